/** Sessions as they begin and go on, each in the transaction of what causes it. https://docs.aws.amazon.com/cognito/latest/developerguide/managing-user-sessions.html */
import type { Reader, Transaction } from '../../../store/index.ts';
import {
  defaultConfiguration,
  deviceType,
  type SsoSession,
  sessionId,
  sessionIdLength,
  tracks,
  type UserSession,
} from '../domain/userSession.ts';
import { limits } from '../limits.ts';
import type { Context, Door } from '../room.ts';
import { type Client, type Pool, records } from '../store.ts';

const minuteMs = 60_000;

/** Who is active where: overwritten at each activity. */
const activityOf = ({ now, sourceIp, request }: Context) => ({
  activeAt: now,
  address: sourceIp,
  device: deviceType(request?.headers['user-agent']),
});

/**
 * A token session of a family that is being opened; the least recently used ones make room for it.
 * @param origin the SSO session that the sign-in came through. @returns its id.
 */
export async function openTokenSession(
  tx: Transaction,
  ctx: Context,
  { pool, client }: Door,
  key: string,
  originJti: string,
  origin: string | undefined,
): Promise<string> {
  const { maxPerUser } = pool.sessions ?? defaultConfiguration;
  const alive: { id: string; activeAt: number }[] = [];
  for (const [id, session] of await sessionsOf(tx, pool.id, key)) {
    if (session.type !== 'TOKEN') continue;
    if (await isAlive(tx, pool.id, key, session, ctx.now)) alive.push({ id, activeAt: session.activeAt });
    else records.userSessions.delete(tx, pool.id, key, id);
  }
  alive.sort((one, other) => one.activeAt - other.activeAt);
  for (const { id } of alive.slice(0, Math.max(0, alive.length - maxPerUser + 1))) {
    await endSession(tx, pool.id, key, id);
  }
  const id = sessionId('tkn', ctx.room.ids.token(sessionIdLength));
  records.userSessions.put(tx, [pool.id, key, id], {
    type: 'TOKEN',
    clientId: client.id,
    createdAt: ctx.now,
    ...activityOf(ctx),
    originJti,
    ...(origin === undefined ? {} : { origin }),
  });
  return id;
}

/**
 * The SSO session of a browser that has signed in.
 * @param before the session of the same user in the same browser, which goes on.
 * @param browser hash of the cookie. @returns its id.
 */
export async function openSsoSession(
  tx: Transaction,
  ctx: Context,
  { pool, client }: Door,
  key: string,
  browser: Uint8Array,
  before: string | undefined,
): Promise<string> {
  const known = before === undefined ? undefined : await records.userSessions.get(tx, pool.id, key, before);
  const others: { id: string; activeAt: number }[] = [];
  for (const [id, session] of await sessionsOf(tx, pool.id, key)) {
    if (session.type !== 'SSO' || id === before) continue;
    if (await isAlive(tx, pool.id, key, session, ctx.now)) others.push({ id, activeAt: session.activeAt });
    else records.userSessions.delete(tx, pool.id, key, id);
  }
  others.sort((one, other) => one.activeAt - other.activeAt);
  for (const { id } of others.slice(0, Math.max(0, others.length - limits.ssoSessionsMax + 1))) {
    await endSession(tx, pool.id, key, id);
  }
  const id = known && before ? before : sessionId('sso', ctx.room.ids.token(sessionIdLength));
  const session: SsoSession = {
    type: 'SSO',
    clientId: client.id,
    createdAt: known?.createdAt ?? ctx.now,
    ...activityOf(ctx),
    browser,
  };
  records.userSessions.put(tx, [pool.id, key, id], session);
  return id;
}

/** Something happened in a session that is still there; elsewhere it is nothing. */
export async function touchSession(
  tx: Transaction,
  ctx: Context,
  pool: Pool,
  key: string,
  id: string | undefined,
): Promise<UserSession | undefined> {
  if (id === undefined || !tracks(pool)) return undefined;
  const session = await records.userSessions.get(tx, pool.id, key, id);
  if (!session) return undefined;
  const touched: UserSession = { ...session, ...activityOf(ctx) };
  records.userSessions.put(tx, [pool.id, key, id], touched);
  return touched;
}

/** New tokens for a refresh token that stays as it is: a write in pools that track sessions, nothing elsewhere. */
export async function noteRefresh(
  ctx: Context,
  pool: Pool,
  key: string,
  session: string | undefined,
): Promise<void> {
  if (session === undefined || !tracks(pool)) return;
  await ctx.room.store.transact((tx) => touchSession(tx, ctx, pool, key, session));
}

/** Whether the SSO session that a code was handed out in is open, as far as anybody tracks it: handing out tokens is an activity of it. */
export async function isStillOpen(
  tx: Transaction,
  ctx: Context,
  pool: Pool,
  key: string,
  id: string | undefined,
): Promise<boolean> {
  if (id === undefined || !tracks(pool)) return true;
  return (await touchSession(tx, ctx, pool, key, id)) !== undefined;
}

/** A session and what keeps it alive. @returns false where it was gone already. */
export async function endSession(tx: Transaction, poolId: string, key: string, id: string): Promise<boolean> {
  const session = await records.userSessions.get(tx, poolId, key, id);
  if (!session) return false;
  if (session.type === 'TOKEN') records.families.delete(tx, poolId, key, session.originJti);
  else records.browserSessions.delete(tx, poolId, session.browser);
  records.userSessions.delete(tx, poolId, key, id);
  return true;
}

/** All that is kept of a user's sessions; some may have ended since. */
export async function sessionsOf(
  reader: Reader,
  poolId: string,
  key: string,
): Promise<(readonly [id: string, session: UserSession])[]> {
  const found = await records.userSessions.range(reader, {
    under: [poolId, key],
    limit: limits.userSessionsMax,
  });
  return found.map(({ key: parts, value }) => [parts[2], value] as const);
}

/** Whether what the session stands for still lets anybody in. */
export async function isAlive(
  reader: Reader,
  poolId: string,
  key: string,
  session: UserSession,
  now: number,
): Promise<boolean> {
  const lived =
    session.type === 'TOKEN'
      ? await records.families.get(reader, poolId, key, session.originJti)
      : await records.browserSessions.get(reader, poolId, session.browser);
  if (!lived || lived.expiresAt <= now) return false;
  if (session.type === 'TOKEN') return true;
  const user = await records.users.get(reader, poolId, key);
  // Whoever has only the name of who signed in isn't signed in.
  return user?.enabled === true && 'sub' in lived && lived.sub === user.sub;
}

/** Milliseconds since the last authentication for which a client takes a browser's session for one. */
export function ssoValidityMs(pool: Pool, { ssoMinutes }: Pick<Client, 'ssoMinutes'>): number {
  const minutes = tracks(pool) ? ssoMinutes : undefined;
  return minutes === undefined ? limits.browserSessionMs : minutes * minuteMs;
}

/** How long a browser's session has to be kept: as long as the most patient client of the pool takes it for one. */
export async function longestSsoMs(reader: Reader, pool: Pool): Promise<number> {
  if (!tracks(pool)) return limits.browserSessionMs;
  const clients = await records.clients.values(reader, {
    under: [pool.id],
    limit: limits.clientsPerPoolMax,
  });
  return Math.max(limits.browserSessionMs, ...clients.map((client) => ssoValidityMs(pool, client)));
}
