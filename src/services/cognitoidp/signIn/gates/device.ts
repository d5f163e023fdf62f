/** DEVICE_SRP_AUTH: a device that the user trusts proves that it is itself. https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-device-tracking.html */
import { deviceConfigOf, deviceOf } from '../../devices.ts';
import type { Gate } from '../goOn.ts';
import { sealSession } from '../sessions.ts';

/** In place of a second factor, where the pool takes devices for one. */
export const deviceForFactor: Gate = (ctx, attempt, user, progress) =>
  deviceConfigOf(attempt.door.pool)?.ChallengeRequiredOnNewDevice
    ? knownDevice(ctx, attempt, user, progress)
    : undefined;

/** Beside it. @throws ResourceNotFoundException the user has no such device. */
export const knownDevice: Gate = async (ctx, { door, via }, user, progress) => {
  const { deviceKey, factors } = progress;
  if (deviceKey === undefined || via === 'page' || factors.includes('DEVICE')) return undefined;
  if (!deviceConfigOf(door.pool)) return undefined;
  const device = await deviceOf(ctx.room.store, door.pool, user, deviceKey);
  if (!device.remembered) return undefined;
  return {
    ChallengeName: 'DEVICE_SRP_AUTH',
    Session: sealSession(ctx, door, 'DEVICE_SRP_AUTH', progress).toString('base64url'),
    ChallengeParameters: {},
  };
};
