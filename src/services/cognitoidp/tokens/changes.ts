/** What a function may change in tokens, and what not. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html */
import type { JWTPayload } from 'jose';
import type { GroupClaims } from './groupClaims.ts';

export interface ClaimChanges {
  add: Readonly<Record<string, unknown>>;
  suppress: readonly string[];
}

export interface TokenChanges {
  id: ClaimChanges;
  access: ClaimChanges & { scopesToAdd: readonly string[]; scopesToSuppress: readonly string[] };
  /** In place of the user's own; absent when they stay. */
  groups?: GroupClaims;
}

const ofBoth = [
  'acr',
  'amr',
  'at_hash',
  'auth_time',
  'azp',
  'event_id',
  'exp',
  'iat',
  'iss',
  'jti',
  'nbf',
  'nonce',
  'origin_jti',
  'sub',
  'token_use',
];
const ofId: ReadonlySet<string> = new Set([...ofBoth, 'aud', 'identities']);
/** Scopes have members of their own. */
const ofAccess: ReadonlySet<string> = new Set([
  ...ofBoth,
  'client_id',
  'device_key',
  'scope',
  'username',
  'version',
]);

export const changedId = (claims: JWTPayload, changes: TokenChanges | undefined): JWTPayload =>
  changes ? changed(claims, changes.id, ofId) : claims;

/** @param clientId the only audience that may be added. */
export function changedAccess(
  claims: JWTPayload,
  changes: TokenChanges | undefined,
  clientId: string,
): JWTPayload {
  if (!changes) return claims;
  const { add, suppress, scopesToAdd, scopesToSuppress } = changes.access;
  const { aud, ...rest } = add;
  const made = changed(claims, { add: aud === clientId ? add : rest, suppress }, ofAccess);
  if (scopesToAdd.length === 0 && scopesToSuppress.length === 0) return made;
  const before = String(claims.scope ?? '')
    .split(' ')
    .filter(Boolean);
  const scopes = new Set([...before, ...scopesToAdd]);
  for (const scope of scopesToSuppress) scopes.delete(scope);
  return { ...made, scope: [...scopes].join(' ') };
}

/** "To suppress the `cognito:preferred_role` and `cognito:roles` claims, add `cognito:groups` to `claimsToSuppress`." */
const ofGroups = ['cognito:groups', 'cognito:roles', 'cognito:preferred_role'];

/**
 * "If a value is both suppressed and replaced, then it will be suppressed." Claims with a `cognito:` prefix can't be added
 * ("For group-related claims, use groupOverrideDetails instead"), those of `dev:` only suppressed.
 */
function changed(claims: JWTPayload, { add, suppress }: ClaimChanges, kept: ReadonlySet<string>): JWTPayload {
  const made = { ...claims };
  const isOwn = (name: string): boolean => kept.has(name) || name.startsWith('cognito:');
  for (const [name, value] of Object.entries(add)) {
    if (!isOwn(name) && !name.startsWith('dev:')) made[name] = value;
  }
  for (const name of suppress) if (!isOwn(name)) delete made[name];
  if (suppress.includes('cognito:groups')) for (const name of ofGroups) delete made[name];
  return made;
}
