/** DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER: SRP with the device's key as its name and its secret as the password. */
import { deviceGroupKey, deviceOf, openDeviceVerifier, unknownDevice } from '../../devices.ts';
import { isProofRight, publicNumber } from '../../domain/srp.ts';
import type { Progress } from '../attempt.ts';
import {
  checkLock,
  checkSecretHash,
  checkVia,
  judgePassword,
  needed,
  openProgress,
  timestampOf,
  userOfSession,
  wrongPassword,
} from '../checks.ts';
import { clientNumberOf } from '../flows/srp.ts';
import { carryOut, goOn } from '../goOn.ts';
import { openSession, sealSession } from '../sessions.ts';
import type { Challenge } from './index.ts';

/** What the secret block remembers. Numbers are hexadecimal. */
interface DeviceState {
  progress: Progress;
  clientNumber: string;
  secret: string;
}

const secretBytes = 32;

export const deviceSrp: Challenge = async (ctx, attempt, responses, sent) => {
  const username = needed(responses, 'USERNAME');
  const deviceKey = needed(responses, 'DEVICE_KEY');
  const clientNumber = clientNumberOf(responses);
  const { door } = attempt;
  checkSecretHash(ctx, door, responses.SECRET_HASH, [username]);
  const session = openProgress(ctx, attempt, 'DEVICE_SRP_AUTH', sent);
  const progress = session.state;
  if (progress.deviceKey !== deviceKey) throw unknownDevice();
  const user = await userOfSession(ctx, door, progress, username);
  const device = await deviceOf(ctx.room.store, door.pool, user, deviceKey);
  const kept = openDeviceVerifier(ctx, door.pool, user, device);
  const secret = ctx.room.ids.bytes(secretBytes);
  const state: DeviceState = {
    progress,
    clientNumber,
    secret: Buffer.from(secret).toString('hex'),
  };
  const asked = {
    ChallengeName: 'DEVICE_PASSWORD_VERIFIER',
    ChallengeParameters: {
      DEVICE_KEY: deviceKey,
      SALT: kept.salt,
      SECRET_BLOCK: sealSession(ctx, door, 'DEVICE_PASSWORD_VERIFIER', state).toString('base64'),
      SRP_B: publicNumber(kept, secret),
      USERNAME: user.username,
    },
  };
  return carryOut(ctx, asked, session);
};

export const deviceVerifier: Challenge = async (ctx, attempt, responses) => {
  const username = needed(responses, 'USERNAME');
  const deviceKey = needed(responses, 'DEVICE_KEY');
  const secretBlock = Buffer.from(needed(responses, 'PASSWORD_CLAIM_SECRET_BLOCK'), 'base64');
  const signature = needed(responses, 'PASSWORD_CLAIM_SIGNATURE');
  const timestamp = timestampOf(responses);
  const { door } = attempt;
  const { pool } = door;
  checkSecretHash(ctx, door, responses.SECRET_HASH, [username]);
  const session = openSession<DeviceState>(ctx, door, 'DEVICE_PASSWORD_VERIFIER', secretBlock);
  const { progress, clientNumber, secret } = session.state;
  checkVia(attempt, progress.via);
  if (progress.deviceKey !== deviceKey) throw unknownDevice();
  const user = await userOfSession(ctx, door, progress, username);
  await checkLock(ctx, pool, user);
  const device = await deviceOf(ctx.room.store, pool, user, deviceKey);
  if (!device.remembered) throw unknownDevice();
  const isRight = isProofRight({
    pool: deviceGroupKey(pool),
    userId: deviceKey,
    kept: openDeviceVerifier(ctx, pool, user, device),
    clientNumber,
    secret: Buffer.from(secret, 'hex'),
    secretBlock,
    timestamp,
    signature,
  });
  await judgePassword(ctx, pool, user, isRight);
  if (!isRight) throw wrongPassword();
  const proved: Progress = {
    ...progress,
    factors: [...progress.factors, 'DEVICE'],
    tokenSource: progress.tokenSource ?? 'TokenGeneration_AuthenticateDevice',
  };
  return goOn(ctx, attempt, user, proved, session);
};
