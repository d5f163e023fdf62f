/** The cookie `cognito`: who is signed in to managed login in this browser, for an hour. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-managed-login.html */
import type { Transaction } from '../../../store/index.ts';
import { limits } from '../limits.ts';
import { type BrowserSession, records, type User } from '../store.ts';
import { userKey } from '../users.ts';
import { findBrowser, forgetBrowser, keepBrowser } from './grants.ts';
import { cookie, type Visit } from './visit.ts';

export const sessionCookie = 'cognito';
const tokenLength = 43;

/** Users who would have to do something before they are let in again. */
const unready: ReadonlySet<string> = new Set(['UNCONFIRMED', 'RESET_REQUIRED', 'FORCE_CHANGE_PASSWORD']);

export interface SignedInBrowser extends BrowserSession {
  user: User;
}

/** Who is signed in; nobody who was disabled, deleted or signed out everywhere since. */
export async function browserOf({ ctx, pool, cookies }: Visit): Promise<SignedInBrowser | undefined> {
  const text = cookies.get(sessionCookie);
  if (!text) return undefined;
  const { store } = ctx.room;
  const session = await findBrowser(store, pool.id, text);
  if (!session || session.expiresAt <= ctx.now) return undefined;
  const user = await records.users.get(store, pool.id, session.key);
  if (!user || user.sub !== session.sub || !user.enabled) return undefined;
  if (unready.has(user.status)) return undefined;
  const beganAt = session.expiresAt - limits.browserSessionMs;
  if (user.signedOutAt !== undefined && user.signedOutAt >= beganAt) return undefined;
  return { ...session, user };
}

/**
 * A new session under a new name, in the caller's transaction: what a cookie said before the sign-in is worth nothing.
 * @returns the `Set-Cookie`.
 */
export async function signInBrowser(
  tx: Transaction,
  visit: Visit,
  user: User,
  { provider, deviceKey }: { provider?: string | undefined; deviceKey?: string | undefined },
): Promise<string> {
  const { ctx, pool, cookies } = visit;
  const before = cookies.get(sessionCookie);
  if (before) forgetBrowser(tx, pool.id, before);
  const text = ctx.room.ids.token(tokenLength);
  await keepBrowser(tx, ctx.now, pool.id, text, {
    expiresAt: ctx.now + limits.browserSessionMs,
    key: userKey(pool, user.username),
    sub: user.sub,
    authTime: Math.floor(ctx.now / 1000),
    ...(deviceKey === undefined ? {} : { deviceKey }),
    ...(provider === undefined ? {} : { provider }),
  });
  return cookie(visit, sessionCookie, text, limits.browserSessionMs / 1000);
}

/** The session's end. @returns the `Set-Cookie` that takes it away. */
export async function signOutBrowser(visit: Visit): Promise<string> {
  const { ctx, pool, cookies } = visit;
  const text = cookies.get(sessionCookie);
  if (text) await ctx.room.store.transact(async (tx) => forgetBrowser(tx, pool.id, text));
  return cookie(visit, sessionCookie, '', 0);
}
