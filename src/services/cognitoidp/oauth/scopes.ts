/** Scopes. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html */
import type { ClientSettings } from '../store.ts';
import { signInScope } from '../tokens/issue.ts';

export const systemScopes: ReadonlySet<string> = new Set([
  'openid',
  'email',
  'phone',
  'profile',
  signInScope,
]);

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
