/** What all ways of signing in check. */
import type { Transaction } from '../../../store/index.ts';
import { isSecretHash } from '../domain/secretHash.ts';
import { canonicalTimestamp } from '../domain/srp.ts';
import {
  InvalidParameterException,
  NotAuthorizedException,
  PasswordResetRequiredException,
  UserNotConfirmedException,
  UserNotFoundException,
} from '../errors.ts';
import { limits } from '../limits.ts';
import { clientSecrets } from '../operations/clientSecrets.ts';
import type { Context, Door } from '../room.ts';
import { type Attempts, type Pool, records, type User } from '../store.ts';
import { findUser, unknownUser, userKey } from '../users.ts';
import type { Attempt, Parameters, Progress } from './attempt.ts';
import { type OpenedSession, openSession } from './sessions.ts';

export const wrongPassword = () => new NotAuthorizedException('Incorrect username or password.');

/** Whether a client is told that a user doesn't exist. */
export const hidesUsers = ({ client }: Door): boolean =>
  client.settings.PreventUserExistenceErrors === 'ENABLED';

export const missingUser = (door: Door): Error => (hidesUsers(door) ? wrongPassword() : unknownUser());

/** What operations of sign-up and recovery say of names that nobody has. */
export const unknownName = () => new UserNotFoundException('Username/client id combination not found.');

/** @param names by which the client may know the user. @throws NotAuthorizedException */
export function checkSecretHash(
  ctx: Context,
  { client }: Door,
  given: string | undefined,
  names: readonly string[],
): void {
  const secrets = clientSecrets(ctx, client);
  if (secrets.length === 0) {
    if (given === undefined) return;
    throw new NotAuthorizedException(`Unable to verify secret hash for client ${client.id}`);
  }
  if (given === undefined) {
    throw new NotAuthorizedException(
      `Client ${client.id} is configured with secret but SECRET_HASH was not received`,
    );
  }
  if (!secrets.some((secret) => names.some((name) => isSecretHash(given, name, client.id, secret)))) {
    throw new NotAuthorizedException(`SecretHash does not match for the client: ${client.id}`);
  }
}

/** @throws NotAuthorizedException too many wrong passwords of late. */
export async function checkLock(ctx: Context, pool: Pool, user: User): Promise<void> {
  const attempts = await records.attempts.get(ctx.room.store, pool.id, userKey(pool, user.username));
  if (attempts && attempts.lockedUntil > ctx.now) {
    throw locked();
  }
}

/**
 * Counts a wrong password; each beyond the free ones locks the user for twice as long. Passwords take their time: by now
 * others may have locked the user, and then a right one says as little as a wrong one. Whoever sends many at once has no
 * more guesses than one who waits.
 * @throws NotAuthorizedException too many wrong passwords of late.
 */
export async function judgePassword(ctx: Context, pool: Pool, user: User, isRight: boolean): Promise<void> {
  const key = userKey(pool, user.username);
  const isLocked = await ctx.room.store.transact(async (tx) => {
    const known = await records.attempts.get(tx, pool.id, key);
    if (known && known.lockedUntil > ctx.now) return true;
    if (!isRight) records.attempts.put(tx, [pool.id, key], afterFailure(known, ctx.now));
    return false;
  });
  if (isLocked) throw locked();
}

/** What is known of an account's wrong passwords after another one. */
export function afterFailure(known: Attempts | undefined, now: number): Attempts {
  const isRecent = known !== undefined && known.lastAt > now - limits.lockMsMax;
  const failures = (isRecent ? known.failures : 0) + 1;
  const lock =
    failures < limits.freeAttempts
      ? 0
      : Math.min(limits.lockMs * 2 ** (failures - limits.freeAttempts), limits.lockMsMax);
  return { codes: [], ...known, failures, lastAt: now, lockedUntil: now + lock };
}

/**
 * Compares the answer to a challenge and counts what is wrong, of the session and of the user, in one transaction:
 * whoever sends many answers at once has no more guesses than one who waits.
 * @param compare @returns what is wrong. It writes what a right answer uses up.
 * @throws NotAuthorizedException no guess is left, or what `compare` returned.
 */
export async function judge(
  ctx: Context,
  pool: Pool,
  user: User,
  session: OpenedSession<unknown>,
  compare: (tx: Transaction) => Promise<Error | undefined> | Error | undefined,
): Promise<void> {
  const key = userKey(pool, user.username);
  const error = await ctx.room.store.transact(async (tx) => {
    const known = await records.attempts.get(tx, pool.id, key);
    if (known && known.lockedUntil > ctx.now) return locked();
    await session.checkOpen(tx);
    const wrong = await compare(tx);
    if (!wrong) return undefined;
    await session.countWrong(tx);
    records.attempts.put(tx, [pool.id, key], afterFailure(known, ctx.now));
    return wrong;
  });
  if (error) throw error;
}

export const locked = () => new NotAuthorizedException('Password attempts exceeded');

/** @throws NotAuthorizedException, UserNotConfirmedException, PasswordResetRequiredException */
export function checkStatus({ status, enabled }: User): void {
  if (!enabled) throw new NotAuthorizedException('User is disabled.');
  if (status === 'UNCONFIRMED') throw new UserNotConfirmedException('User is not confirmed.');
  if (status === 'RESET_REQUIRED') {
    throw new PasswordResetRequiredException('Password reset required for the user');
  }
}

/**
 * Whoever isn't confirmed or has to reset their password is told so before the password is looked at, where clients are
 * told of users anyway. Pages look at passwords first: what they offer next is for whoever knows it.
 * @throws NotAuthorizedException, UserNotConfirmedException, PasswordResetRequiredException
 */
export function checkReady({ door, via }: Attempt, user: User): void {
  if (hidesUsers(door)) return;
  if (!user.enabled || via !== 'page') checkStatus(user);
}

/** JSON can spell what is no Unicode: nothing is called so, and nothing can be filed under it. @throws InvalidParameterException */
export function checkTexts(parameters: Parameters): void {
  // amazon-cognito-identity-js sends null for a device that it doesn't have.
  const wrong = Object.entries(parameters).find(
    (entry) => !entry.every((text) => typeof text !== 'string' || text.isWellFormed()),
  );
  if (wrong) throw new InvalidParameterException('Parameters must be Unicode text.');
}

/** @throws InvalidParameterException */
export function needed(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (!value) {
    throw new InvalidParameterException(`Missing required parameter ${name}`);
  }
  return value;
}

/** TIMESTAMP of a proof, as it is signed. @throws InvalidParameterException */
export function timestampOf(parameters: Parameters): string {
  const timestamp = canonicalTimestamp(needed(parameters, 'TIMESTAMP'));
  if (timestamp !== undefined) return timestamp;
  throw new InvalidParameterException('TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.');
}

/**
 * Whose sign-in a session is: nobody who came by the name since, and whom the client means.
 * @param named USERNAME of the answer. @throws UserNotFoundException, NotAuthorizedException
 */
export async function userOfSession(
  { room: { store } }: Context,
  { pool }: Door,
  { username, sub }: Progress,
  named: string,
): Promise<User> {
  const key = userKey(pool, username);
  const user = await records.users.get(store, pool.id, key);
  if (!user) throw unknownUser();
  if (user.sub !== sub) throw invalidSession();
  if (userKey(pool, named) === key || named === sub) return user;
  const meant = await findUser(store, pool, named);
  if (meant?.sub !== sub) throw invalidSession();
  return user;
}

export const invalidSession = () => new NotAuthorizedException('Invalid session for the user.');

/** A session that a page began is no use to the API, and the other way round. @throws NotAuthorizedException */
export function checkVia(attempt: Attempt, via: Attempt['via']): void {
  if ((attempt.via === 'page') !== (via === 'page')) {
    throw invalidSession();
  }
}

/**
 * The session of a challenge that remembers a sign-in's progress (and what the challenge adds to it).
 * @param sent as the client handed it back. @throws InvalidParameterException, NotAuthorizedException
 */
export function openProgress<State extends Progress = Progress>(
  ctx: Context,
  attempt: Attempt,
  challenge: string,
  sent: string | undefined,
): OpenedSession<State> {
  if (!sent) throw new InvalidParameterException('Missing required parameter Session');
  const session = openSession<State>(ctx, attempt.door, challenge, Buffer.from(sent, 'base64url'));
  checkVia(attempt, session.state.via);
  return session;
}
