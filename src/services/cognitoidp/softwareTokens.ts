/** Authenticator apps of users: their secrets, and what their codes are worth. */
import type { Transaction } from '../../store/index.ts';
import { factorsOfPool, wantedFactor, withFactor, withoutToken } from './domain/factors.ts';
import { stepOf } from './domain/softwareToken.ts';
import {
  CodeMismatchException,
  ExpiredCodeException,
  NotAuthorizedException,
  SoftwareTokenMFANotFoundException,
} from './errors.ts';
import type { Context } from './room.ts';
import { type Pool, records, type User } from './store.ts';
import { changeUser, userKey } from './users.ts';

const purpose = (pool: Pool, sub: string) => `cognitoidp.softwareToken/${pool.id}/${sub}`;

/** @throws SoftwareTokenMFANotFoundException */
export function checkTokenAllowed(pool: Pool): void {
  if (factorsOfPool(pool).includes('SOFTWARE_TOKEN_MFA')) return;
  throw new SoftwareTokenMFANotFoundException('Software Token MFA has not been enabled by the userPool');
}

/** Remembers a secret that was handed out; the one in use counts until the new one is verified. */
export async function keepPending(ctx: Context, pool: Pool, user: User, secret: string): Promise<void> {
  const place: [string, string] = [pool.id, userKey(pool, user.username)];
  const pending = ctx.room.vault.seal(purpose(pool, user.sub), secret);
  await ctx.room.store.transact(async (tx) => {
    const known = await records.softwareTokens.get(tx, ...place);
    records.softwareTokens.put(tx, place, { lastStep: 0, ...known, pending });
  });
}

/** @returns undefined when none was handed out. */
export async function pendingSecret(ctx: Context, pool: Pool, user: User): Promise<string | undefined> {
  const known = await records.softwareTokens.get(ctx.room.store, pool.id, userKey(pool, user.username));
  return known?.pending && ctx.room.vault.open(purpose(pool, user.sub), known.pending).toString();
}

export interface Verified {
  secret: string;
  /** Whose code was taken. */
  step: number;
  name?: string | undefined;
}

/**
 * A verified app takes the place of the one before. @returns the user.
 * @param isSetup it is the user's first factor, and asked for from now on. @throws NotAuthorizedException they have one already.
 */
export function keepToken(
  ctx: Context,
  pool: Pool,
  user: User,
  { secret, step, name }: Verified,
  isSetup: boolean,
): Promise<User> {
  const sealed = ctx.room.vault.seal(purpose(pool, user.sub), secret);
  return changeUser(ctx, pool, user.username, (current, tx) => {
    if (isSetup) checkSetup(pool, current);
    const place: [string, string] = [pool.id, userKey(pool, current.username)];
    records.softwareTokens.put(tx, place, { secret: sealed, lastStep: step, ...(name ? { name } : {}) });
    if (isSetup) return withFactor(current, 'SOFTWARE_TOKEN_MFA', { hasToken: true });
    return { ...current, mfa: { enabled: [], ...current.mfa, hasToken: true } };
  });
}

/** Takes a user's authenticator app away, one that waits to be verified included. */
export function forgetToken(ctx: Context, pool: Pool, user: User): Promise<User> {
  return changeUser(ctx, pool, user.username, (current, tx) => {
    records.softwareTokens.delete(tx, pool.id, userKey(pool, current.username));
    return withoutToken(current);
  });
}

/**
 * Setting up a first factor needs no factor: once there is one, a sign-in that began before can't put another in its place.
 * @throws NotAuthorizedException
 */
export function checkSetup(pool: Pool, user: User): void {
  if (wantedFactor(pool, user).kind === 'setup') return;
  throw new NotAuthorizedException('Invalid session for the user.');
}

/** Compares a code; a right one is used up. @returns what is wrong. */
export async function useToken(
  tx: Transaction,
  ctx: Context,
  pool: Pool,
  user: User,
  code: string,
): Promise<Error | undefined> {
  const place: [string, string] = [pool.id, userKey(pool, user.username)];
  const known = await records.softwareTokens.get(tx, ...place);
  if (!known?.secret) {
    return new SoftwareTokenMFANotFoundException('Software Token MFA does not exist for the user.');
  }
  const secret = ctx.room.vault.open(purpose(pool, user.sub), known.secret).toString();
  const step = stepOf(secret, code, ctx.now);
  if (step === undefined) return new CodeMismatchException('Invalid code received for user');
  if (step <= known.lastStep) {
    return new ExpiredCodeException('Your software token has already been used once.');
  }
  records.softwareTokens.put(tx, place, { ...known, lastStep: step });
  return undefined;
}
