/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SignUp.html, ConfirmSignUp, ResendConfirmationCode */

import { type Delivery, deliveryOf, fileCode, prepareCode, type Sending, useCode } from '../codes.ts';
import { type AttributeType, checkAttributes, toAttributes } from '../domain/attributes.ts';
import { checkPassword } from '../domain/passwords.ts';
import { ExpiredCodeException, InvalidParameterException, NotAuthorizedException } from '../errors.ts';
import { limits } from '../limits.ts';
import { noteEvent } from '../risk/events.ts';
import { checkNewPassword } from '../risk/protect.ts';
import { type Context, doorOf } from '../room.ts';
import { isPasswordless } from '../signIn/available.ts';
import { checkSecretHash, hidesUsers, unknownName } from '../signIn/checks.ts';
import { sessionOfConfirmation, sessionOfSignUp } from '../signIn/signUpSession.ts';
import { type Pool, records, type User } from '../store.ts';
import { postConfirmation, preSignUp } from '../triggers/signUp.ts';
import { addUser, findUser, namesOf, putUser, sealPassword, userKey } from '../users.ts';
import { fromApp, type UserContextData } from './initiateAuth.ts';

interface UserInput {
  ClientId: string;
  SecretHash?: string;
  Username: string;
  ClientMetadata?: Record<string, string>;
  UserContextData?: UserContextData;
}

export async function SignUp(
  ctx: Context,
  input: UserInput & {
    Password?: string;
    UserAttributes?: AttributeType[];
    ValidationData?: AttributeType[];
  },
) {
  const door = await doorOf(ctx, input.ClientId);
  const { pool, client } = door;
  checkSecretHash(ctx, door, input.SecretHash, [input.Username]);
  if (pool.settings.AdminCreateUserConfig.AllowAdminCreateUserOnly) {
    throw new NotAuthorizedException('SignUp is not permitted for this user pool');
  }
  const sub = ctx.room.ids.uuid();
  const { username, attributes } = namesOf(pool, input.Username, toAttributes(input.UserAttributes), sub);
  const { Password: password = '' } = input;
  const isPlain = password !== '' || !isPasswordless(pool);
  if (isPlain) {
    if (password === '') throw new InvalidParameterException('Password is required.');
    checkPassword(password, pool.settings.Policies.PasswordPolicy, 'SignUp');
    await checkNewPassword(ctx, pool, client.id, 'SIGN_UP', password);
  }
  checkAttributes(attributes, { pool, client });
  const decided = await preSignUp(ctx, pool, {
    source: 'PreSignUp_SignUp',
    userName: username,
    attributes,
    clientId: client.id,
    ...(input.ValidationData ? { validationData: toAttributes(input.ValidationData) } : {}),
    clientMetadata: input.ClientMetadata,
  });
  const user: User = {
    username,
    sub,
    status: decided.confirmed ? 'CONFIRMED' : 'UNCONFIRMED',
    enabled: true,
    attributes: withVerifications(attributes, decided.verified),
    ...(isPlain ? { password: await sealPassword(ctx.room, pool, { username, sub }, password) } : {}),
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  };
  const attribute = decided.confirmed ? undefined : verifiedAttribute(pool, user);
  const code =
    attribute && (await prepareCode(ctx, pool, sending(user, attribute, 'CustomMessage_SignUp', input)));
  const delivery = await ctx.room.store.transact(async (tx) => {
    // "If an alias with the same email already exists, the alias will be moved to the new user."
    await addUser(tx, pool, user, decided.verified.length > 0);
    const context = fromApp(ctx, door, input.UserContextData);
    await noteEvent(tx, ctx, door, user, { type: 'SignUp', context });
    return code && fileCode(tx, ctx, pool, code);
  });
  if (decided.confirmed) {
    await postConfirmation(ctx, pool, user, {
      source: 'PostConfirmation_ConfirmSignUp',
      clientId: client.id,
      clientMetadata: input.ClientMetadata,
    });
  }
  return {
    UserConfirmed: decided.confirmed,
    UserSub: sub,
    ...(delivery ? { CodeDeliveryDetails: delivery } : {}),
    ...(decided.confirmed ? {} : sessionOfSignUp(ctx, door, user)),
  };
}

export async function ConfirmSignUp(
  ctx: Context,
  input: UserInput & { ConfirmationCode: string; ForceAliasCreation?: boolean; Session?: string },
) {
  const door = await doorOf(ctx, input.ClientId);
  const { pool } = door;
  checkSecretHash(ctx, door, input.SecretHash, [input.Username]);
  const found = await findUser(ctx.room.store, pool, input.Username);
  if (!found) {
    if (!hidesUsers(door)) throw unknownName();
    throw new ExpiredCodeException('Invalid code provided, please request a code again.');
  }
  const confirmation = await ctx.room.store.transact(async (tx) => {
    const user = await records.users.get(tx, pool.id, userKey(pool, found.username));
    if (!user) throw unknownName();
    if (user.status !== 'UNCONFIRMED') {
      throw new NotAuthorizedException(`User cannot be confirmed. Current status is ${user.status}`);
    }
    const used = await useCode(tx, ctx, pool, user, 'signUp', input.ConfirmationCode);
    if ('error' in used) return used;
    const attributes = { ...user.attributes };
    if (attributes[used.attribute] === used.value) attributes[`${used.attribute}_verified`] = 'true';
    const confirmed: User = { ...user, status: 'CONFIRMED', attributes, modifiedAt: ctx.now };
    await putUser(tx, pool, confirmed, user, input.ForceAliasCreation);
    return { confirmed, attribute: used.attribute };
  });
  if ('error' in confirmation) throw confirmation.error;
  await postConfirmation(ctx, pool, confirmation.confirmed, {
    source: 'PostConfirmation_ConfirmSignUp',
    clientId: input.ClientId,
    clientMetadata: input.ClientMetadata,
  });
  const { confirmed, attribute } = confirmation;
  return sessionOfConfirmation(ctx, door, confirmed, attribute, input.Session);
}

export async function ResendConfirmationCode(ctx: Context, input: UserInput) {
  const door = await doorOf(ctx, input.ClientId);
  const { pool } = door;
  checkSecretHash(ctx, door, input.SecretHash, [input.Username]);
  const user = await findUser(ctx.room.store, pool, input.Username);
  if (!user && !hidesUsers(door)) throw unknownName();
  // "For a disabled user or a user that doesn't exist": https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
  if (!user || (!user.enabled && hidesUsers(door))) {
    return { CodeDeliveryDetails: simulatedDelivery(input.Username) };
  }
  if (user.status !== 'UNCONFIRMED') throw new InvalidParameterException('User is already confirmed.');
  const attribute = verifiedAttribute(pool, user);
  if (!attribute) {
    throw new InvalidParameterException('Cannot resend codes. Auto verification not turned on.');
  }
  const code = await prepareCode(ctx, pool, sending(user, attribute, 'CustomMessage_ResendCode', input));
  const delivery = await ctx.room.store.transact(async (tx) => {
    const context = fromApp(ctx, door, input.UserContextData);
    await noteEvent(tx, ctx, door, user, { type: 'ResendCode', context });
    return fileCode(tx, ctx, pool, code);
  });
  return { CodeDeliveryDetails: delivery };
}

/** For users who don't exist: as if somebody had an address. */
export function simulatedDelivery(username: string): Delivery {
  return deliveryOf('email', username.includes('@') ? username : `${username}@example.com`);
}

const sending = (user: User, attribute: string, source: string, input: UserInput): Sending => ({
  user,
  purpose: 'signUp',
  attribute,
  source,
  lastsMs: limits.confirmationCodeMs,
  clientId: input.ClientId,
  clientMetadata: input.ClientMetadata,
});

/** The phone goes before the email where a pool verifies both. */
function verifiedAttribute({ settings }: Pool, { attributes }: User): string | undefined {
  const wanted = settings.AutoVerifiedAttributes ?? [];
  return ['phone_number', 'email'].find((name) => wanted.includes(name) && attributes[name]);
}

/** Addresses nobody has verified say so. @param verified those that count as verified all the same. */
export function withVerifications(
  attributes: Record<string, string>,
  verified: readonly string[] = [],
): Record<string, string> {
  const all = { ...attributes };
  for (const name of ['email', 'phone_number']) {
    if (verified.includes(name)) all[`${name}_verified`] = 'true';
    else if (all[name]) all[`${name}_verified`] ??= 'false';
  }
  return all;
}
