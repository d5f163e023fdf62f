/** The cookie `cognito`: who is signed in to managed login in this browser, for an hour. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-managed-login.html */
import type { Transaction } from '../../../store/index.ts';
import type { Assurance } from '../domain/assurance.ts';
import { tracks } from '../domain/userSession.ts';
import { limits } from '../limits.ts';
import type { Door } from '../room.ts';
import { type BrowserSession, records, type User } from '../store.ts';
import { endSession, longestSsoMs, openSsoSession, ssoValidityMs } from '../userSessions/track.ts';
import { userKey } from '../users.ts';
import { browserHash, findBrowser, forgetBrowser, keepBrowser } from './grants.ts';
import { cookie, type Visit } from './visit.ts';

export const sessionCookie = 'cognito';
const tokenLength = 43;

/** Users who would have to do something before they are let in again. */
const unready: ReadonlySet<string> = new Set(['UNCONFIRMED', 'RESET_REQUIRED', 'FORCE_CHANGE_PASSWORD']);

export interface SignedInBrowser extends BrowserSession {
  user: User;
}

/** Who is signed in; nobody who was disabled or deleted since. GlobalSignOut "doesn't clear the managed login session cookie". */
export async function browserOf({ ctx, pool, cookies }: Visit): Promise<SignedInBrowser | undefined> {
  const text = cookies.get(sessionCookie);
  if (!text) return undefined;
  const { store } = ctx.room;
  const session = await findBrowser(store, pool.id, text);
  if (!session || session.expiresAt <= ctx.now) return undefined;
  const user = await records.users.get(store, pool.id, session.key);
  if (!user || user.sub !== session.sub || !user.enabled) return undefined;
  if (unready.has(user.status)) return undefined;
  return { ...session, user };
}

/** Whether a client takes the session for a sign-in: not for longer than it wants to, counted from the last authentication. */
export function isReusable({ ctx }: Visit, { pool, client }: Door, browser: BrowserSession): boolean {
  return ctx.now < beganAt(browser) + ssoValidityMs(pool, client);
}

/** Whether the user proved who they are within the hour: what a session of weeks doesn't say. */
export function isFresh({ ctx }: Visit, browser: BrowserSession): boolean {
  return ctx.now < beganAt(browser) + limits.browserSessionMs;
}

/** Whether the user proved who they are as lately as an app wants. @param maxAge seconds. */
export function isRecent(
  { ctx }: Visit,
  { maxAge }: { maxAge?: number | undefined },
  { authTime }: BrowserSession,
): boolean {
  return maxAge === undefined || Math.floor(ctx.now / 1000) - authTime <= maxAge;
}

const beganAt = ({ beganAt: at, expiresAt }: BrowserSession): number =>
  at ?? expiresAt - limits.browserSessionMs;

/** How somebody came in. */
export interface Entrance {
  /** The identity provider that vouched for the user; absent for users of the pool itself. */
  provider?: string | undefined;
  deviceKey?: string | undefined;
  assurance?: Assurance | undefined;
}

/**
 * A new session under a new name, in the caller's transaction: what a cookie said before the sign-in is worth nothing.
 * @returns the `Set-Cookie`, and the SSO session where the pool tracks them.
 */
export async function signInBrowser(
  tx: Transaction,
  visit: Visit,
  door: Door,
  user: User,
  { provider, deviceKey, assurance }: Entrance,
): Promise<{ cookie: string; sso?: string }> {
  const { ctx, pool, cookies } = visit;
  const key = userKey(pool, user.username);
  const text = ctx.room.ids.token(tokenLength);
  const told = cookies.get(sessionCookie);
  const before = told === undefined ? undefined : await findBrowser(tx, pool.id, told);
  const isSame = before?.key === key && before.sub === user.sub && before.expiresAt > ctx.now;
  const sso = tracks(pool)
    ? await openSsoSession(tx, ctx, door, key, browserHash(text), isSame ? before.sso : undefined)
    : undefined;
  if (before?.sso !== undefined && before.sso !== sso) await endSession(tx, pool.id, before.key, before.sso);
  if (told !== undefined) forgetBrowser(tx, pool.id, told);
  const lifetime = sso === undefined ? limits.browserSessionMs : await longestSsoMs(tx, pool);
  await keepBrowser(tx, ctx.now, pool.id, text, {
    expiresAt: ctx.now + lifetime,
    key,
    sub: user.sub,
    authTime: Math.floor(ctx.now / 1000),
    ...(sso === undefined ? {} : { beganAt: ctx.now, sso }),
    ...(assurance === undefined ? {} : { assurance }),
    ...(deviceKey === undefined ? {} : { deviceKey }),
    ...(provider === undefined ? {} : { provider }),
  });
  return {
    cookie: cookie(visit, sessionCookie, text, lifetime / 1000),
    ...(sso === undefined ? {} : { sso }),
  };
}

/** The session's end. @returns the `Set-Cookie` that takes it away. */
export async function signOutBrowser(visit: Visit): Promise<string> {
  const { ctx, pool, cookies } = visit;
  const text = cookies.get(sessionCookie);
  if (text) {
    await ctx.room.store.transact(async (tx) => {
      const session = await findBrowser(tx, pool.id, text);
      if (session?.sso !== undefined) await endSession(tx, pool.id, session.key, session.sso);
      forgetBrowser(tx, pool.id, text);
    });
  }
  return cookie(visit, sessionCookie, '', 0);
}
