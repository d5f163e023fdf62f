/** New tokens for a refresh token, and its end. https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html */
import { timingSafeEqual } from 'node:crypto';
import type { Transaction } from '../../../store/index.ts';
import { checkRefreshingDevice } from '../devices.ts';
import { tracks } from '../domain/userSession.ts';
import { NotAuthorizedException, UnauthorizedException, UnsupportedTokenTypeException } from '../errors.ts';
import { type Context, type Door, doorOf } from '../room.ts';
import { type Family, type Pool, records, type User } from '../store.ts';
import {
  type AuthenticationResult,
  digest,
  readRefreshToken,
  signTokens,
  writeRefreshToken,
} from '../tokens/issue.ts';
import { endSession, noteRefresh, touchSession } from '../userSessions/track.ts';
import { isClientSecret } from './clientSecrets.ts';

export const rotates = ({ client }: Door): boolean =>
  client.settings.RefreshTokenRotation?.Feature === 'ENABLED';

/** The way that rotates tokens: each is worth something until it was used, and for the client's grace period. */
export async function GetTokensFromRefreshToken(
  ctx: Context,
  input: {
    RefreshToken: string;
    ClientId: string;
    ClientSecret?: string;
    DeviceKey?: string;
    ClientMetadata?: Readonly<Record<string, string>>;
  },
) {
  const door = await doorOf(ctx, input.ClientId);
  checkSecret(ctx, door, input.ClientSecret);
  const result = await refreshedTokens(ctx, door, input.RefreshToken, {
    clientMetadata: input.ClientMetadata,
    deviceKey: input.DeviceKey,
  });
  return { AuthenticationResult: result };
}

interface Refreshing {
  clientMetadata?: Readonly<Record<string, string>> | undefined;
  deviceKey?: string | undefined;
}

/** New tokens for a refresh token of a client that is who it says; a new refresh token along with them where they rotate. */
export async function refreshedTokens(
  ctx: Context,
  door: Door,
  token: string,
  { clientMetadata, deviceKey }: Refreshing = {},
): Promise<AuthenticationResult> {
  const { user, family, originJti, key } = await familyOf(ctx, door, token);
  await checkRefreshingDevice(ctx.room.store, door.pool, user, family, deviceKey);
  const result = await signTokens(ctx, door, user, {
    ...family.wishes,
    originJti,
    session: family.session,
    authTime: family.authTime,
    source: 'TokenGeneration_RefreshTokens',
    clientMetadata,
  });
  if (!rotates(door)) {
    await noteRefresh(ctx, door.pool, key, family.session);
    return result;
  }
  const { pool, client } = door;
  const next = writeRefreshToken(ctx.room, pool, { key, originJti });
  const graceMs = (client.settings.RefreshTokenRotation?.RetryGracePeriodSeconds ?? 0) * 1000;
  await ctx.room.store.transact(async (tx) => {
    const current = await records.families.get(tx, pool.id, key, originJti);
    if (!current || !isCurrent(current, token, ctx.now)) throw invalid();
    // A token that is in its grace period already isn't given another one.
    const isOld = !timingSafeEqual(digest(token), current.token);
    const before =
      isOld && current.before ? current.before : { token: digest(token), until: ctx.now + graceMs };
    records.families.put(tx, [pool.id, key, originJti], { ...current, token: digest(next), before });
    const session = await touchSession(tx, ctx, pool, key, current.session);
    // A rotation is an activity of the SSO session as well; a refresh isn't.
    if (session?.type === 'TOKEN') await touchSession(tx, ctx, pool, key, session.origin);
  });
  return { ...result, RefreshToken: next };
}

export async function RevokeToken(
  ctx: Context,
  input: {
    Token: string;
    ClientId: string;
    ClientSecret?: string;
    RevokeAssociatedSessions?: 'NONE' | 'LINKED';
  },
) {
  const door = await doorOf(ctx, input.ClientId);
  checkSecret(ctx, door, input.ClientSecret);
  await revoke(ctx, door, input.Token, input.RevokeAssociatedSessions === 'LINKED');
  return {};
}

/**
 * Ends the family of a refresh token, and its session; one that says nothing to this pool is no error.
 * @param linked along with the SSO session that it came through. @throws UnauthorizedException, UnsupportedTokenTypeException
 */
export async function revoke(
  ctx: Context,
  { pool, client }: Door,
  token: string,
  linked = false,
): Promise<void> {
  if (!client.settings.EnableTokenRevocation) {
    throw new UnauthorizedException('The client does not have token revocation enabled.');
  }
  const claims = readRefreshToken(ctx.room, pool, token);
  if (!claims) {
    // Access and id tokens are signed, not sealed.
    if (token.split('.').length === 3) throw new UnsupportedTokenTypeException('Unsupported token type');
    return;
  }
  await ctx.room.store.transact(async (tx) => {
    const family = await records.families.get(tx, pool.id, claims.key, claims.originJti);
    if (!family) return;
    if (family.clientId !== client.id) {
      throw new UnauthorizedException('The token was not issued to the client.');
    }
    records.families.delete(tx, pool.id, claims.key, claims.originJti);
    if (family.session !== undefined) await endTracked(tx, pool, claims.key, family.session, linked);
  });
}

async function endTracked(
  tx: Transaction,
  pool: Pool,
  key: string,
  id: string,
  linked: boolean,
): Promise<void> {
  const session = await records.userSessions.get(tx, pool.id, key, id);
  await endSession(tx, pool.id, key, id);
  // "LINKED has no effect when session tracking is disabled or when the token session has no parent SSO session."
  if (!linked || !tracks(pool) || session?.type !== 'TOKEN' || session.origin === undefined) return;
  await endSession(tx, pool.id, key, session.origin);
}

interface FoundFamily {
  user: User;
  family: Family;
  originJti: string;
  key: string;
}

/** @throws NotAuthorizedException */
export async function familyOf(ctx: Context, { pool, client }: Door, token: string): Promise<FoundFamily> {
  const { store } = ctx.room;
  const claims = readRefreshToken(ctx.room, pool, token);
  if (!claims) throw invalid();
  const { key, originJti } = claims;
  const [family, user] = await Promise.all([
    records.families.get(store, pool.id, key, originJti),
    records.users.get(store, pool.id, key),
  ]);
  if (!family) throw new NotAuthorizedException('Refresh Token has been revoked');
  if (!user || family.clientId !== client.id) throw invalid();
  if (family.expiresAt <= ctx.now) throw new NotAuthorizedException('Refresh Token has expired');
  if (!isCurrent(family, token, ctx.now)) throw invalid();
  if (!user.enabled) throw new NotAuthorizedException('User is disabled.');
  return { user, family, originJti, key };
}

function isCurrent({ token, before }: Family, given: string, now: number): boolean {
  const sent = digest(given);
  if (timingSafeEqual(sent, token)) return true;
  return before !== undefined && before.until > now && timingSafeEqual(sent, before.token);
}

function checkSecret(ctx: Context, { client }: Door, given: string | undefined): void {
  if (given === undefined && !client.secrets) return;
  if (given === undefined || !isClientSecret(ctx, client, given)) {
    throw new NotAuthorizedException(`Client secret does not match for the client: ${client.id}`);
  }
}

const invalid = () => new NotAuthorizedException('Invalid Refresh Token');
