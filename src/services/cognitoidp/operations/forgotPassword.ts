/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ForgotPassword.html and ConfirmForgotPassword */

import { checkCode, fileCode, mismatch, prepareCode, useCode } from '../codes.ts';
import { isFactorAddress } from '../domain/factors.ts';
import { checkPassword } from '../domain/passwords.ts';
import { InvalidParameterException, NotAuthorizedException } from '../errors.ts';
import { limits } from '../limits.ts';
import { noteEvent } from '../risk/events.ts';
import { checkNewPassword } from '../risk/protect.ts';
import { type Context, doorOf } from '../room.ts';
import { checkSecretHash, hidesUsers, unknownName } from '../signIn/checks.ts';
import { type Pool, records, type User } from '../store.ts';
import { migrateUser } from '../triggers/migrateUser.ts';
import { postConfirmation } from '../triggers/signUp.ts';
import { checkHistory, findUser, putUser, sealPassword, userKey, withPassword } from '../users.ts';
import { fromApp, type UserContextData } from './initiateAuth.ts';
import { simulatedDelivery } from './signUp.ts';

interface UserInput {
  ClientId: string;
  SecretHash?: string;
  Username: string;
  ClientMetadata?: Record<string, string>;
  UserContextData?: UserContextData;
}

export async function ForgotPassword(ctx: Context, input: UserInput) {
  const door = await doorOf(ctx, input.ClientId);
  const { pool } = door;
  checkSecretHash(ctx, door, input.SecretHash, [input.Username]);
  const user =
    (await findUser(ctx.room.store, pool, input.Username)) ??
    (await migrateUser(ctx, door, { name: input.Username, clientMetadata: input.ClientMetadata }));
  if (!user?.enabled) {
    if (hidesUsers(door)) return { CodeDeliveryDetails: simulatedDelivery(input.Username) };
    throw user ? new NotAuthorizedException('User is disabled.') : unknownName();
  }
  if (user.status === 'FORCE_CHANGE_PASSWORD' || user.status === 'EXTERNAL_PROVIDER') {
    throw new NotAuthorizedException('User password cannot be reset in the current state.');
  }
  // Users with no verified address look like nobody: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
  if (hidesUsers(door) && verifiedAddress(pool, user) === undefined) {
    return { CodeDeliveryDetails: simulatedDelivery(input.Username) };
  }
  const attribute = recoveryAddress(pool, user);
  const code = await prepareCode(ctx, pool, {
    user,
    purpose: 'reset',
    attribute,
    source: 'CustomMessage_ForgotPassword',
    lastsMs: limits.resetCodeMs,
    clientId: input.ClientId,
    clientMetadata: input.ClientMetadata,
  });
  const delivery = await ctx.room.store.transact(async (tx) => {
    const context = fromApp(ctx, door, input.UserContextData);
    await noteEvent(tx, ctx, door, user, { type: 'ForgotPassword', context });
    return fileCode(tx, ctx, pool, code);
  });
  return { CodeDeliveryDetails: delivery };
}

export async function ConfirmForgotPassword(
  ctx: Context,
  input: UserInput & { ConfirmationCode: string; Password: string },
) {
  const door = await doorOf(ctx, input.ClientId);
  const { pool } = door;
  checkSecretHash(ctx, door, input.SecretHash, [input.Username]);
  // What is wrong with the password is told to everybody alike; what it has to do with a user's, to who has the code.
  checkPassword(input.Password, pool.settings.Policies.PasswordPolicy);
  await checkNewPassword(ctx, pool, input.ClientId, 'PASSWORD_CHANGE', input.Password);
  const found = await findUser(ctx.room.store, pool, input.Username);
  if (!found?.enabled) {
    if (hidesUsers(door)) throw mismatch();
    throw found ? new NotAuthorizedException('User is disabled.') : unknownName();
  }
  const checked = await ctx.room.store.transact((tx) =>
    checkCode(tx, ctx, pool, found, 'reset', input.ConfirmationCode),
  );
  if ('error' in checked) throw checked.error;
  await checkHistory(pool, found, input.Password);
  const sealed = await sealPassword(ctx.room, pool, found, input.Password);
  const confirmation = await ctx.room.store.transact(async (tx) => {
    const key = userKey(pool, found.username);
    const user = await records.users.get(tx, pool.id, key);
    if (user?.sub !== found.sub) throw unknownName();
    const used = await useCode(tx, ctx, pool, user, 'reset', input.ConfirmationCode);
    if ('error' in used) return used;
    // Whoever guessed is forgotten: the password is another one.
    records.attempts.delete(tx, pool.id, key);
    const confirmed: User = {
      ...withPassword(pool, user, sealed),
      status: 'CONFIRMED',
      modifiedAt: ctx.now,
    };
    await putUser(tx, pool, confirmed, user);
    const context = fromApp(ctx, door, input.UserContextData);
    await noteEvent(tx, ctx, door, user, { type: 'PasswordChange', context });
    return { confirmed };
  });
  if ('error' in confirmation) throw confirmation.error;
  await postConfirmation(ctx, pool, confirmation.confirmed, {
    source: 'PostConfirmation_ConfirmForgotPassword',
    clientId: input.ClientId,
    clientMetadata: input.ClientMetadata,
  });
  return {};
}

/**
 * Where a user's password is reset: the first mechanism of the pool's that the user has verified; the phone before the
 * email where it names none. @throws NotAuthorizedException, InvalidParameterException
 */
export function recoveryAddress(pool: Pool, user: User): string {
  const address = verifiedAddress(pool, user);
  if (address) return address;
  throw new InvalidParameterException(
    'Cannot reset password for the user as there is no registered/verified email or phone_number',
  );
}

function verifiedAddress(pool: Pool, user: User): string | undefined {
  const { settings } = pool;
  const { attributes } = user;
  const named = [...(settings.AccountRecoverySetting?.RecoveryMechanisms ?? [])]
    .sort((one, other) => one.Priority - other.Priority)
    .map(({ Name }) => Name);
  if (named.includes('admin_only')) {
    throw new NotAuthorizedException('Contact administrator to reset password.');
  }
  const order =
    named.length > 0 ? named.map((name) => name.replace('verified_', '')) : ['phone_number', 'email'];
  return order.find(
    (name) =>
      attributes[name] &&
      attributes[`${name}_verified`] === 'true' &&
      !(named.length > 0 && isFactorAddress(pool, user, name)),
  );
}
