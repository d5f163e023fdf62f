/** What events tell functions of whoever signed a request: API Gateway, function URLs and Lambda say the same of them. */
import type { Principal } from './principal.ts';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html, “Principal key values”. */
export function userIdOf(principal: Principal): string {
  if (principal.type === 'user') return principal.userId;
  if (principal.type === 'role') return `${principal.roleId}:${principal.sessionName}`;
  if (principal.type === 'federatedUser') return `${principal.account}:${principal.name}`;
  return principal.account;
}

/** Somebody whose credentials an identity pool of Cognito gave. */
export interface CognitoCaller {
  readonly identityId: string;
  readonly identityPoolId: string;
  /** `unauthenticated`, or `authenticated` and by which logins. */
  readonly amr: readonly string[];
}

export function cognitoCallerOf(principal: Principal): CognitoCaller | undefined {
  if (principal.type !== 'role') return undefined;
  const keys = principal.session?.keys;
  const identityId = keys?.['cognito-identity.amazonaws.com:sub'];
  const identityPoolId = keys?.['cognito-identity.amazonaws.com:aud'];
  if (typeof identityId !== 'string' || typeof identityPoolId !== 'string') return undefined;
  return { identityId, identityPoolId, amr: [keys?.['cognito-identity.amazonaws.com:amr'] ?? []].flat() };
}

/** The access key that a request says it is signed with, in its header or its query. */
export function accessKeyOf({
  headers,
  query,
}: {
  headers: Readonly<Record<string, string>>;
  query: string;
}): string | undefined {
  return (
    /Credential=([^/,\s]+)/.exec(headers.authorization ?? '')?.[1] ??
    new URLSearchParams(query).get('X-Amz-Credential')?.split('/')[0]
  );
}
