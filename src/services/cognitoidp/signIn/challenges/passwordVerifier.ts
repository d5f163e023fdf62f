/** PASSWORD_VERIFIER: the proof of SRP. */
import { deviceIfKnown } from '../../devices.ts';
import { isProofRight } from '../../domain/srp.ts';
import { noteFailure } from '../../risk/protect.ts';
import { findUser, openVerifier, srpPool } from '../../users.ts';
import type { Progress } from '../attempt.ts';
import {
  checkLock,
  checkReady,
  checkSecretHash,
  checkVia,
  judgePassword,
  needed,
  timestampOf,
  wrongPassword,
} from '../checks.ts';
import { afterPassword } from '../customAuth.ts';
import type { SrpState } from '../flows/srp.ts';
import { goOn } from '../goOn.ts';
import { openSession } from '../sessions.ts';
import { judgeStranger } from '../strangers.ts';
import type { Challenge } from './index.ts';

export const passwordVerifier: Challenge = async (ctx, attempt, responses) => {
  const username = needed(responses, 'USERNAME');
  const secretBlock = Buffer.from(needed(responses, 'PASSWORD_CLAIM_SECRET_BLOCK'), 'base64');
  const signature = needed(responses, 'PASSWORD_CLAIM_SIGNATURE');
  const timestamp = timestampOf(responses);
  const { door } = attempt;
  const { pool } = door;
  checkSecretHash(ctx, door, responses.SECRET_HASH, [username]);
  const session = openSession<SrpState>(ctx, door, 'PASSWORD_VERIFIER', secretBlock);
  const { sub, userId, clientNumber, secret, via, rounds, deviceKey: told } = session.state;
  checkVia(attempt, via);
  const user = await findUser(ctx.room.store, pool, userId);
  // Who was imported has no password yet, and is told how to get one.
  if (user?.sub === sub) checkReady(attempt, user);
  if (!user) judgeStranger(ctx, door, userId);
  if (!user?.password || user.sub !== sub) throw wrongPassword();
  await checkLock(ctx, pool, user);
  const isRight = isProofRight({
    pool: srpPool(pool),
    userId,
    kept: openVerifier(ctx.room, pool, user.sub, user.password),
    clientNumber,
    secret: Buffer.from(secret, 'hex'),
    secretBlock,
    timestamp,
    signature,
  });
  await judgePassword(ctx, pool, user, isRight);
  if (!isRight) {
    await noteFailure(ctx, attempt, user, 'Password', rounds ? 'CUSTOM_AUTH' : undefined);
    throw wrongPassword();
  }
  const deviceKey = responses.DEVICE_KEY || (await deviceIfKnown(ctx, pool, user, told));
  const progress: Progress = {
    via,
    flow: rounds ? 'CUSTOM_AUTH' : 'USER_SRP_AUTH',
    username: user.username,
    factors: ['PASSWORD'],
    ...(deviceKey === undefined ? {} : { deviceKey }),
  };
  if (!rounds) return goOn(ctx, attempt, user, progress, session);
  return afterPassword(ctx, attempt, user, progress, session);
};
