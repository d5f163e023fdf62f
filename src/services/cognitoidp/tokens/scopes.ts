/** Scopes of access tokens. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html */
import type { Reader } from '../../../store/index.ts';
import { type Pool, records } from '../store.ts';

export const signInScope = 'aws.cognito.signin.user.admin';

/** Cognito's own; all others are `resourceServer/scope`. */
export const systemScopes: ReadonlySet<string> = new Set([
  'openid',
  'email',
  'phone',
  'profile',
  signInScope,
]);

/** `identifier/scope`: identifiers may have slashes of their own, scopes have none. */
export async function isCustomScope(reader: Reader, pool: Pool, scope: string): Promise<boolean> {
  const slash = scope.lastIndexOf('/');
  if (slash <= 0) return false;
  const server = await records.resourceServers.get(reader, pool.id, scope.slice(0, slash));
  return server?.scopes.some(({ ScopeName }) => ScopeName === scope.slice(slash + 1)) === true;
}

/**
 * "Deleting a scope from a resource server does not delete its association with all clients. Instead, the scope is marked
 * inactive. Amazon Cognito doesn't add inactive scopes to access tokens, but otherwise proceeds as normal."
 */
export async function activeScopes(reader: Reader, pool: Pool, scopes: readonly string[]): Promise<string[]> {
  const active = await Promise.all(
    scopes.map((scope) => systemScopes.has(scope) || isCustomScope(reader, pool, scope)),
  );
  return scopes.filter((_, index) => active[index]);
}
