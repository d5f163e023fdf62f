/** Which attributes the scopes of a sign-in open. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html */
import { type Attributes, readable } from '../domain/attributes.ts';
import type { Client, User } from '../store.ts';

const ofScope: Readonly<Record<string, readonly string[]>> = {
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
};

/**
 * "When you request `openid` and no others, … claims for all user attributes that your app client can read. When you
 * request `openid` and other OIDC-compliant scopes like `profile`, `email`, and `phone`, the contents … are limited";
 * `profile` opens all that the client can read.
 * @param scopes absent for sign-ins by API.
 */
export function attributesOfScopes(
  client: Client,
  { attributes }: Pick<User, 'attributes'>,
  scopes?: readonly string[],
): Attributes {
  const all = readable(client, attributes);
  const named = scopes?.flatMap((scope) => ofScope[scope] ?? []) ?? [];
  if (named.length === 0 || scopes?.includes('profile')) return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => named.includes(name)));
}
