/** The tokens of a sign-in. https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html */
import { createHash } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';
import type { Reader, Transaction } from '../../../store/index.ts';
import type { Assurance } from '../domain/assurance.ts';
import { validityOf } from '../domain/clientSettings.ts';
import { identityClaims } from '../domain/identities.ts';
import { tracks } from '../domain/userSession.ts';
import { limits } from '../limits.ts';
import type { CognitoRoom, Context, Door } from '../room.ts';
import { type Client, type Family, type Group, type Pool, records, type User } from '../store.ts';
import { askTokenChanges, type TokenSource } from '../triggers/tokenGeneration.ts';
import { openTokenSession } from '../userSessions/track.ts';
import { userKey } from '../users.ts';
import { changedAccess, changedId } from './changes.ts';
import { attributesOfScopes } from './claims.ts';
import { type GroupClaims, groupClaimsOf, groupNames, groupRoles } from './groupClaims.ts';
import { activeScopes, signInScope } from './scopes.ts';
import type { Signer } from './signers.ts';

export interface AuthenticationResult {
  AccessToken: string;
  ExpiresIn: number;
  TokenType: 'Bearer';
  RefreshToken?: string;
  /** Absent where scopes were asked for and `openid` isn't one of them. */
  IdToken?: string;
  /** Where the pool remembers devices, for one that it doesn't know. */
  NewDeviceMetadata?: { DeviceKey: string; DeviceGroupKey: string };
}

/** What a sign-in asked its tokens for; kept with the family, so that refreshed tokens say the same. */
export interface Wishes {
  /** OAuth's; absent for sign-ins by the API, which get an id token and `signInScope`. */
  scopes?: readonly string[];
  /** RFC 8707: the API that the access token is for, its `aud`. */
  resource?: string;
  /** By what the user was let in. */
  assurance?: Assurance;
  /** Which device remembered it. */
  deviceKey?: string;
  /** `event_id` of its tokens, of refreshed ones as well; the request that lets the user in when absent. */
  eventId?: string;
}

/** A sign-in as its tokens tell of it. */
export interface SignIn extends Wishes {
  originJti: string;
  /** Seconds. */
  authTime: number;
  /** Its token session, where the pool tracks them. */
  session?: string | undefined;
  /** Of the authorization request: in the first id token only. */
  nonce?: string;
  /** What the trigger is told this is; a sign-in, by page where scopes were asked for, when absent. */
  source?: TokenSource | undefined;
  /** For the trigger. */
  clientMetadata?: Readonly<Record<string, string>> | undefined;
}

/** Families of a user that are looked through for expired ones at a sign-in. */
const prunedMax = 20;

/** How a family begins. */
interface Beginning {
  /** When the user signed in, in seconds; now unless it was another request that let them in. */
  authTime?: number;
  /** The SSO session that the sign-in came through. */
  sso?: string | undefined;
  /** Where nobody gets its refresh token, it is no session of an app. */
  hasNoRefreshToken?: boolean;
}

/**
 * Opens a family of tokens, and its session in pools that track them, in the caller's transaction.
 * @returns the sign-in and its refresh token.
 */
export async function openFamily(
  tx: Transaction,
  ctx: Context,
  { pool, client }: Door,
  user: User,
  given: Wishes = {},
  { authTime = Math.floor(ctx.now / 1000), sso, hasNoRefreshToken = false }: Beginning = {},
): Promise<SignIn & { refreshToken: string }> {
  const wishes: Wishes = { eventId: ctx.requestId, ...given };
  const key = userKey(pool, user.username);
  for (const { key: parts, value } of await records.families.range(tx, {
    under: [pool.id, key],
    limit: prunedMax,
  })) {
    if (value.expiresAt <= ctx.now) records.families.delete(tx, pool.id, key, parts[2]);
  }
  const originJti = ctx.room.ids.uuid();
  const refreshToken = writeRefreshToken(ctx.room, pool, { key, originJti });
  const isTracked = tracks(pool) && !hasNoRefreshToken;
  const session = isTracked
    ? { session: await openTokenSession(tx, ctx, { pool, client }, key, originJti, sso) }
    : {};
  const family: Family = {
    clientId: client.id,
    token: digest(refreshToken),
    authTime,
    expiresAt: ctx.now + validityOf(client.settings).refresh,
    wishes,
    ...session,
  };
  records.families.put(tx, [pool.id, key, originJti], family);
  return { ...wishes, ...session, originJti, authTime, refreshToken };
}

/**
 * Signs an id token and an access token. Outside of any transaction: a trigger may have its say.
 * @throws UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException
 */
export async function signTokens(
  ctx: Context,
  door: Door,
  user: User,
  signIn: SignIn,
): Promise<AuthenticationResult> {
  const { pool, client } = door;
  const { signers, ids, store } = ctx.room;
  const { nonce, clientMetadata } = signIn;
  const scopes = signIn.scopes && (await activeScopes(store, pool, signIn.scopes));
  const [keys, own] = await Promise.all([
    signers.signers(pool.id),
    groupsOfUser(store, pool, user).then(groupClaimsOf),
  ]);
  const changes = await askTokenChanges(ctx, door, {
    source: signIn.source ?? (scopes ? 'TokenGeneration_HostedAuth' : 'TokenGeneration_Authentication'),
    user,
    groups: own,
    scopes: scopes ?? [signInScope],
    clientMetadata,
  });
  const groups = changes?.groups ?? own;
  const validity = validityOf(client.settings);
  const iat = Math.floor(ctx.now / 1000);
  const common: JWTPayload = {
    sub: user.sub,
    ...groupNames(groups),
    iss: ctx.room.issuer(pool),
    // The tokens of a session end with it, whatever the client says of tokens.
    ...(client.settings.EnableTokenRevocation || signIn.session !== undefined
      ? { origin_jti: signIn.originJti }
      : {}),
    event_id: signIn.eventId ?? ctx.requestId,
    auth_time: signIn.authTime,
    ...(signIn.assurance ? { acr: signIn.assurance.acr, amr: [...signIn.assurance.amr] } : {}),
    iat,
  };
  const access: JWTPayload = {
    ...common,
    ...(scopes ? { version: 2 } : {}),
    client_id: client.id,
    ...(signIn.resource === undefined ? {} : { aud: signIn.resource }),
    ...(signIn.deviceKey === undefined ? {} : { device_key: signIn.deviceKey }),
    token_use: 'access',
    scope: scopes?.join(' ') ?? signInScope,
    exp: iat + validity.access / 1000,
    jti: ids.uuid(),
    username: user.username,
  };
  const AccessToken = await sign(keys.access, changedAccess(access, changes, client.id));
  const result = { AccessToken, ExpiresIn: validity.access / 1000, TokenType: 'Bearer' as const };
  if (scopes && !scopes.includes('openid')) return result;
  const id: JWTPayload = {
    ...claimsOf(client, user, groups, scopes),
    ...common,
    ...(scopes ? { at_hash: halfHash(AccessToken) } : {}),
    aud: client.id,
    'cognito:username': user.username,
    ...(nonce === undefined ? {} : { nonce }),
    token_use: 'id',
    exp: iat + validity.id / 1000,
    jti: ids.uuid(),
  };
  return { ...result, IdToken: await sign(keys.id, changedId(id, changes)) };
}

/** https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken at_hash */
const halfHash = (token: string): string => Buffer.from(digest(token)).subarray(0, 16).toString('base64url');

/** The token of a client that acts for itself (client credentials): nobody is signed in. */
export async function signClientToken(
  ctx: Context,
  door: Door,
  allowed: readonly string[],
  clientMetadata?: Readonly<Record<string, string>>,
): Promise<AuthenticationResult> {
  const { pool, client } = door;
  const scopes = await activeScopes(ctx.room.store, pool, allowed);
  const changes = await askTokenChanges(ctx, door, {
    source: 'TokenGeneration_ClientCredentials',
    scopes,
    clientMetadata,
  });
  const { access } = await ctx.room.signers.signers(pool.id);
  const validity = validityOf(client.settings).access / 1000;
  const iat = Math.floor(ctx.now / 1000);
  const claims: JWTPayload = {
    sub: client.id,
    token_use: 'access',
    scope: scopes.join(' '),
    auth_time: iat,
    iss: ctx.room.issuer(pool),
    exp: iat + validity,
    iat,
    version: 2,
    jti: ctx.room.ids.uuid(),
    client_id: client.id,
  };
  const AccessToken = await sign(access, changedAccess(claims, changes, client.id));
  return { AccessToken, ExpiresIn: validity, TokenType: 'Bearer' };
}

function sign({ kid, privateKey }: Signer, claims: JWTPayload): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ kid, alg: 'RS256' }).sign(privateKey);
}

const booleans = new Set(['email_verified', 'phone_number_verified']);

function claimsOf(
  client: Client,
  user: User,
  groups: GroupClaims,
  scopes: readonly string[] | undefined,
): JWTPayload {
  const claims: JWTPayload = {};
  for (const [name, value] of Object.entries(attributesOfScopes(client, user, scopes))) {
    if (booleans.has(name)) claims[name] = value === 'true';
    else if (name === 'identities') claims.identities = identityClaims(value);
    else if (name === 'address') claims.address = { formatted: value };
    else claims[name] = value;
  }
  return { ...claims, ...groupRoles(groups) };
}

/** A user's groups, by precedence (the lowest first, none last), then by name. */
export async function groupsOfUser(reader: Reader, pool: Pool, user: User): Promise<Group[]> {
  const found = await records.groupsOf.range(reader, {
    under: [pool.id, userKey(pool, user.username)],
    limit: limits.groupsPerUserMax,
  });
  if (found.length === 0) return [];
  const groups = await Promise.all(found.map(({ key }) => records.groups.get(reader, pool.id, key[2])));
  return groups
    .filter((group) => group !== undefined)
    .sort((one, other) => (one.precedence ?? 2 ** 31) - (other.precedence ?? 2 ** 31));
}

interface RefreshClaims {
  key: string;
  originJti: string;
}

const refreshPurpose = (pool: Pool) => `cognitoidp.refreshToken/${pool.id}`;

/** Opaque to clients, as AWS's are; sealing gives each a nonce of its own, so that no two are alike. */
export function writeRefreshToken({ vault }: CognitoRoom, pool: Pool, claims: RefreshClaims): string {
  return Buffer.from(vault.seal(refreshPurpose(pool), JSON.stringify(claims))).toString('base64url');
}

/** @returns nothing when it isn't one of this pool's. */
export function readRefreshToken(
  { vault }: CognitoRoom,
  pool: Pool,
  token: string,
): RefreshClaims | undefined {
  try {
    return JSON.parse(vault.open(refreshPurpose(pool), Buffer.from(token, 'base64url')).toString());
  } catch {
    return undefined;
  }
}

export const digest = (token: string): Uint8Array => createHash('sha256').update(token).digest();
