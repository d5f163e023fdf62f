/** Which scopes a client may ask for. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html */
import type { ClientSettings } from '../store.ts';
import { systemScopes } from '../tokens/scopes.ts';

/** "The phone, email, and profile scopes can only be requested if openid scope is also requested." */
const needOpenId: ReadonlySet<string> = new Set(['email', 'phone', 'profile']);

/** @param all that were asked for along with it. */
export function isAllowedScope(
  { AllowedOAuthScopes: allowed }: ClientSettings,
  scope: string,
  all: readonly string[],
): boolean {
  if (!allowed?.includes(scope)) return false;
  return !needOpenId.has(scope) || all.includes('openid');
}

const attributesOf: Readonly<Record<string, readonly string[]>> = {
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
};

/**
 * "App client doesn't have read access to all attributes in the requested scope. For example, your app requests the `email`
 * scope and your app client can read the `email` attribute, but not `email_verified`." `profile` opens what can be read.
 */
export function mayReadScopes({ ReadAttributes: names }: ClientSettings, scopes: readonly string[]): boolean {
  if (names === undefined) return true;
  return scopes.flatMap((scope) => attributesOf[scope] ?? []).every((name) => names.includes(name));
}

/**
 * Scopes of a machine: those that it asks for, all that its client has when it asks for none; what says something of a user
 * is nothing for it. @returns nothing when one of them isn't the client's.
 */
export function machineScopes(
  { AllowedOAuthScopes = [] }: ClientSettings,
  asked: readonly string[],
): string[] | undefined {
  const allowed = AllowedOAuthScopes.filter((scope) => !systemScopes.has(scope));
  if (!asked.every((scope) => allowed.includes(scope))) return undefined;
  return asked.length > 0 ? [...new Set(asked)] : allowed;
}
