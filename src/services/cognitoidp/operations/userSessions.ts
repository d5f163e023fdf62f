/** Where a user is signed in, and the end of one of those. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserSessions.html and its neighbours. */
import type { Reader } from '../../../store/index.ts';
import { describeSession, tracks, type UserSession } from '../domain/userSession.ts';
import {
  InvalidParameterException,
  OperationNotEnabledException,
  ResourceNotFoundException,
} from '../errors.ts';
import { type Context, poolOf } from '../room.ts';
import { type Pool, records, type User } from '../store.ts';
import { bearerOf } from '../tokens/verify.ts';
import { endSession, isAlive, sessionsOf } from '../userSessions/track.ts';
import { userKey, userOf } from '../users.ts';

interface Named {
  UserPoolId: string;
  Username: string;
}

interface Bearing {
  AccessToken: string;
}

interface Revoked {
  SessionId: string;
  /** `NONE` when absent. */
  RevokeAssociatedSessions?: 'NONE' | 'LINKED';
}

export async function AdminListUserSessions(ctx: Context, input: Named & { NextToken?: string }) {
  const { pool, user } = await userNamed(ctx, input);
  return list(ctx, pool, user, input.NextToken);
}

export async function ListUserSessions(ctx: Context, input: Bearing & { NextToken?: string }) {
  const { pool, user, claims } = await bearerOf(ctx, input.AccessToken);
  checkTracking(pool);
  return list(ctx, pool, user, input.NextToken, claims.origin_jti);
}

export async function AdminRevokeUserSession(ctx: Context, input: Named & Revoked) {
  const { pool, user } = await userNamed(ctx, input);
  await revoke(ctx, pool, user, input);
  return {};
}

export async function RevokeUserSession(ctx: Context, input: Bearing & Revoked) {
  const { pool, user, claims } = await bearerOf(ctx, input.AccessToken);
  checkTracking(pool);
  await revoke(ctx, pool, user, input, claims.origin_jti);
  return {};
}

async function userNamed(ctx: Context, { UserPoolId, Username }: Named): Promise<{ pool: Pool; user: User }> {
  const pool = await poolOf(ctx, UserPoolId);
  checkTracking(pool);
  return { pool, user: await userOf(ctx.room.store, pool, Username) };
}

/** @throws OperationNotEnabledException */
function checkTracking(pool: Pool): void {
  if (tracks(pool)) return;
  throw new OperationNotEnabledException('User session tracking is not enabled for the user pool.');
}

/** "Amazon Cognito returns all of a user's sessions in a single page": nobody was given a token. @param current `origin_jti` of who asks. */
async function list({ room, now }: Context, pool: Pool, user: User, token?: string, current?: unknown) {
  if (token !== undefined) throw new InvalidParameterException('Invalid pagination token');
  const alive = await room.store.snapshot((reader) => aliveSessions(reader, pool, user, now));
  const Sessions = alive
    .sort(([, one], [, other]) => other.createdAt - one.createdAt)
    .map(([id, session]) => describeSession(id, session, isOf(session, current)));
  return { Sessions };
}

async function aliveSessions(
  reader: Reader,
  pool: Pool,
  user: User,
  now: number,
): Promise<(readonly [id: string, session: UserSession])[]> {
  const key = userKey(pool, user.username);
  const known = await sessionsOf(reader, pool.id, key);
  const alive = await Promise.all(known.map(([, session]) => isAlive(reader, pool.id, key, session, now)));
  return known.filter((_, index) => alive[index]);
}

const isOf = (session: UserSession, originJti: unknown): boolean =>
  session.type === 'TOKEN' && session.originJti === originJti;

/** @param current `origin_jti` of who asks: nobody revokes the session that the asking is done with. @throws ResourceNotFoundException, InvalidParameterException */
async function revoke(
  ctx: Context,
  pool: Pool,
  user: User,
  { SessionId: id, RevokeAssociatedSessions: associated }: Revoked,
  current?: unknown,
): Promise<void> {
  const key = userKey(pool, user.username);
  await ctx.room.store.transact(async (tx) => {
    const session = await records.userSessions.get(tx, pool.id, key, id);
    if (!session || !(await isAlive(tx, pool.id, key, session, ctx.now))) {
      throw new ResourceNotFoundException('Session does not exist.');
    }
    if (isOf(session, current)) {
      throw new InvalidParameterException('The current session cannot be revoked.');
    }
    await endSession(tx, pool.id, key, id);
    if (associated !== 'LINKED') return;
    if (session.type === 'TOKEN') {
      if (session.origin !== undefined) await endSession(tx, pool.id, key, session.origin);
      return;
    }
    for (const [other, { type, ...linked }] of await sessionsOf(tx, pool.id, key)) {
      if (type === 'TOKEN' && 'origin' in linked && linked.origin === id) {
        await endSession(tx, pool.id, key, other);
      }
    }
  });
}
