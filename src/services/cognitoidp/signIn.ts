/** What all ways of signing in share: who it is, how often they guessed, and what they get. */
import { NotImplemented } from '../../kernel/index.ts';
import { isSecretHash } from './domain/secretHash.ts';
import {
  NotAuthorizedException,
  PasswordResetRequiredException,
  UserNotConfirmedException,
} from './errors.ts';
import { limits } from './limits.ts';
import { clientSecret } from './operations/clients.ts';
import { type Context, type Door, runTrigger } from './room.ts';
import { type OpenedSession, sealSession } from './sessions.ts';
import { type Attempts, type Pool, records, type User } from './store.ts';
import { type AuthenticationResult, checkTokenTriggers, openFamily, signTokens } from './tokens/issue.ts';
import { unknownUser, userKey } from './users.ts';

export interface AuthAnswer {
  ChallengeName?: string;
  Session?: string;
  ChallengeParameters: Record<string, string>;
  AuthenticationResult?: AuthenticationResult;
}

export const wrongPassword = () => new NotAuthorizedException('Incorrect username or password.');

/** Whether a client is told that a user doesn't exist. */
export const hidesUsers = ({ client }: Door): boolean =>
  client.settings.PreventUserExistenceErrors === 'ENABLED';

export const missingUser = (door: Door): Error => (hidesUsers(door) ? wrongPassword() : unknownUser());

/** @param names by which the client may know the user. @throws NotAuthorizedException */
export function checkSecretHash(
  ctx: Context,
  { client }: Door,
  given: string | undefined,
  names: readonly string[],
): void {
  const secret = clientSecret(ctx, client);
  if (secret === undefined) {
    if (given === undefined) return;
    throw new NotAuthorizedException(`Unable to verify secret hash for client ${client.id}`);
  }
  if (given === undefined) {
    throw new NotAuthorizedException(
      `Client ${client.id} is configured with secret but SECRET_HASH was not received`,
    );
  }
  if (!names.some((name) => isSecretHash(given, name, client.id, secret))) {
    throw new NotAuthorizedException(`SecretHash does not match for the client: ${client.id}`);
  }
}

/** @throws NotAuthorizedException too many wrong passwords of late. */
export async function checkLock(ctx: Context, pool: Pool, user: User): Promise<void> {
  const attempts = await records.attempts.get(ctx.room.store, pool.id, userKey(pool, user.username));
  if (attempts && attempts.lockedUntil > ctx.now) {
    throw new NotAuthorizedException('Password attempts exceeded');
  }
}

/** Counts a wrong password; each beyond the free ones locks the user for twice as long. */
export async function recordFailure(ctx: Context, pool: Pool, user: User): Promise<void> {
  const key = userKey(pool, user.username);
  await ctx.room.store.transact(async (tx) => {
    const known = await records.attempts.get(tx, pool.id, key);
    const isRecent = known !== undefined && known.lastAt > ctx.now - limits.lockMsMax;
    const failures = (isRecent ? known.failures : 0) + 1;
    const lock =
      failures < limits.freeAttempts
        ? 0
        : Math.min(limits.lockMs * 2 ** (failures - limits.freeAttempts), limits.lockMsMax);
    const attempts: Attempts = {
      codes: known?.codes ?? [],
      failures,
      lastAt: ctx.now,
      lockedUntil: ctx.now + lock,
    };
    records.attempts.put(tx, [pool.id, key], attempts);
  });
}

/** @throws NotAuthorizedException, UserNotConfirmedException, PasswordResetRequiredException */
export function checkStatus({ status, enabled }: User): void {
  if (!enabled) throw new NotAuthorizedException('User is disabled.');
  if (status === 'UNCONFIRMED') throw new UserNotConfirmedException('User is not confirmed.');
  if (status === 'RESET_REQUIRED') {
    throw new PasswordResetRequiredException('Password reset required for the user');
  }
}

/** What NEW_PASSWORD_REQUIRED's session remembers. */
export interface NewPasswordState {
  username: string;
}

/**
 * After the password was right: the next challenge, or tokens.
 * @param session the answered one: used up with what follows from it.
 */
export async function goOn(
  ctx: Context,
  door: Door,
  user: User,
  session?: OpenedSession<unknown>,
): Promise<AuthAnswer> {
  const { pool } = door;
  checkStatus(user);
  if (user.status === 'FORCE_CHANGE_PASSWORD') {
    if (user.temporaryUntil !== undefined && user.temporaryUntil <= ctx.now) {
      throw new NotAuthorizedException(
        'Temporary password has expired and must be reset by an administrator.',
      );
    }
    if (session) await ctx.room.store.transact((tx) => session.use(tx));
    return newPasswordRequired(ctx, door, user);
  }
  return finish(ctx, door, user, session, pool);
}

/** Tokens, and the end of counting. */
export async function finish(
  ctx: Context,
  door: Door,
  user: User,
  session: OpenedSession<unknown> | undefined,
  pool: Pool = door.pool,
): Promise<AuthAnswer> {
  if (pool.settings.MfaConfiguration === 'ON') throw new NotImplemented('MFA of Cognito user pools');
  runTrigger(pool, 'PreAuthentication');
  runTrigger(pool, 'PostAuthentication');
  checkTokenTriggers(pool);
  const { refreshToken, ...signIn } = await ctx.room.store.transact(async (tx) => {
    if (session) await session.use(tx);
    const key = userKey(pool, user.username);
    // Whoever disabled or deleted the user meanwhile was first.
    const current = await records.users.get(tx, pool.id, key);
    if (!current) throw missingUser(door);
    checkStatus(current);
    const attempts = await records.attempts.get(tx, pool.id, key);
    if (attempts?.failures) {
      records.attempts.put(tx, [pool.id, key], { ...attempts, failures: 0, lockedUntil: 0 });
    }
    return openFamily(tx, ctx, door, user);
  });
  const tokens = await signTokens(ctx, door, user, signIn);
  return {
    ChallengeParameters: {},
    AuthenticationResult: { ...tokens, RefreshToken: refreshToken },
  };
}

function newPasswordRequired(ctx: Context, door: Door, user: User): AuthAnswer {
  const { pool } = door;
  const state: NewPasswordState = { username: user.username };
  const missing = pool.schema.filter(
    ({ Name, Required }) => Required && Name !== 'sub' && !user.attributes[Name],
  );
  return {
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    Session: sealSession(ctx, door, 'NEW_PASSWORD_REQUIRED', state).toString('base64url'),
    ChallengeParameters: {
      USER_ID_FOR_SRP: user.username,
      requiredAttributes: JSON.stringify(missing.map(({ Name }) => `userAttributes.${Name}`)),
      userAttributes: JSON.stringify(user.attributes),
    },
  };
}
