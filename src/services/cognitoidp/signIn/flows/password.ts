/** USER_PASSWORD_AUTH and ADMIN_USER_PASSWORD_AUTH: the password as it is. */
import { hashPassword, isPassword, saltBytes } from '../../../../kernel/index.ts';
import { assessed, noteFailure } from '../../risk/protect.ts';
import { preAuthentication } from '../../triggers/authentication.ts';
import { migrateUser } from '../../triggers/migrateUser.ts';
import { findUser } from '../../users.ts';
import type { Progress } from '../attempt.ts';
import {
  checkLock,
  checkReady,
  checkSecretHash,
  checkStatus,
  hidesUsers,
  judgePassword,
  missingUser,
  needed,
  wrongPassword,
} from '../checks.ts';
import { goOn } from '../goOn.ts';
import { checkStranger, judgeStranger } from '../strangers.ts';
import type { Flow } from './index.ts';
import { nameOf } from './srp.ts';

export function byPassword(flow: string): Flow {
  return async (ctx, attempt, parameters) => {
    const username = needed(parameters, 'USERNAME');
    const password = needed(parameters, 'PASSWORD');
    const { door, via, validationData } = attempt;
    checkSecretHash(ctx, door, parameters.SECRET_HASH, [username]);
    const { pool } = door;
    const known = await findUser(ctx.room.store, pool, username);
    const user = known ?? (await migrateUser(ctx, door, { name: username, password, validationData }));
    await preAuthentication(ctx, attempt, username, user);
    if (user) checkReady(attempt, user);
    if (!user?.password) {
      const stranger = user ? undefined : await nameOf(ctx, door, username, undefined);
      if (user) await checkLock(ctx, pool, user);
      else if (stranger !== undefined) checkStranger(ctx, door, stranger);
      // As long as for a user who exists: the time says no more than the answer.
      await hashPassword(password, ctx.room.ids.bytes(saltBytes));
      // Who was imported has no password yet, and is told how to get one, where anybody is told of users.
      if (user?.status === 'RESET_REQUIRED' && !hidesUsers(door)) checkStatus(user);
      if (user) await judgePassword(ctx, pool, user, false);
      else if (stranger !== undefined) judgeStranger(ctx, door, stranger);
      throw user ? wrongPassword() : missingUser(door);
    }
    await checkLock(ctx, pool, user);
    // The function that vouched for somebody new has checked the password.
    const isRight = !known || (await isPassword(password, user.password.hash));
    await judgePassword(ctx, pool, user, isRight);
    if (!isRight) {
      await noteFailure(ctx, attempt, user, 'Password');
      throw wrongPassword();
    }
    const { DEVICE_KEY: deviceKey } = parameters;
    checkStatus(user);
    const progress: Progress = {
      via,
      flow,
      username: user.username,
      factors: ['PASSWORD'],
      ...(deviceKey ? { deviceKey } : {}),
    };
    return goOn(ctx, attempt, user, await assessed(ctx, attempt, user, progress, { password }));
  };
}
