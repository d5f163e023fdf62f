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
  'exp',
  'iat',
  'iss',
  'jti',
  'nbf',
  'nonce',
  'origin_jti',
  'sub',
  'token_use',
  // "For group-related claims, use groupOverrideDetails instead."
  'cognito:groups',
  'cognito:preferred_role',
  'cognito:roles',
];
const ofId: ReadonlySet<string> = new Set([...ofBoth, 'aud', 'cognito:username', 'identities']);
/** Scopes have members of their own. */
const ofAccess: ReadonlySet<string> = new Set([
  ...ofBoth,
  'client_id',
  'device_key',
  'event_id',
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

/** "If a value is both suppressed and replaced, then it will be suppressed." */
function changed(claims: JWTPayload, { add, suppress }: ClaimChanges, kept: ReadonlySet<string>): JWTPayload {
  const made = { ...claims };
  for (const [name, value] of Object.entries(add)) if (!kept.has(name)) made[name] = value;
  for (const name of suppress) if (!kept.has(name)) delete made[name];
  return made;
}
