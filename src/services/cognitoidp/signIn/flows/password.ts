/** USER_PASSWORD_AUTH and ADMIN_USER_PASSWORD_AUTH: the password as it is. */
import { hashPassword, isPassword } from '../../domain/passwords.ts';
import { NotAuthorizedException } from '../../errors.ts';
import { notYetRun } from '../../room.ts';
import { findUser } from '../../users.ts';
import {
  checkLock,
  checkSecretHash,
  hidesUsers,
  missingUser,
  needed,
  recordFailure,
  wrongPassword,
} from '../checks.ts';
import { goOn } from '../goOn.ts';
import type { Flow } from './index.ts';

export function byPassword(flow: string): Flow {
  return async (ctx, attempt, parameters) => {
    const username = needed(parameters, 'USERNAME');
    const password = needed(parameters, 'PASSWORD');
    const { door, via } = attempt;
    checkSecretHash(ctx, door, parameters.SECRET_HASH, [username]);
    const { pool } = door;
    const user = await findUser(ctx.room.store, pool, username);
    if (!user?.password) {
      if (!user) notYetRun(pool, 'UserMigration');
      // As long as for a user who exists: the time says no more than the answer.
      await hashPassword(password, ctx.room.ids.bytes(16));
      throw user ? wrongPassword() : missingUser(door);
    }
    if (!user.enabled && !hidesUsers(door)) throw new NotAuthorizedException('User is disabled.');
    await checkLock(ctx, pool, user);
    if (!(await isPassword(password, user.password.hash))) {
      await recordFailure(ctx, pool, user);
      throw wrongPassword();
    }
    const { DEVICE_KEY: deviceKey } = parameters;
    return goOn(ctx, attempt, user, {
      via,
      flow,
      username: user.username,
      factors: ['PASSWORD'],
      ...(deviceKey ? { deviceKey } : {}),
    });
  };
}
