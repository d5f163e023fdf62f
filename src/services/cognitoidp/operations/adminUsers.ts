/** Users as administrators see and change them. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html and its neighbours. */
import { type AttributeType, checkAttributes, listAttributes, toAttributes } from '../domain/attributes.ts';
import { describeMfa } from '../domain/factors.ts';
import { checkPassword, defaultPolicy } from '../domain/passwords.ts';
import { NotAuthorizedException, UnsupportedUserStateException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Draft, emailOf, filled, post } from '../messages.ts';
import { type Context, poolOf } from '../room.ts';
import { isPasswordless } from '../signIn/available.ts';
import { type Pool, records, type User } from '../store.ts';
import { type CustomTexts, customTexts } from '../triggers/customMessage.ts';
import { senderEvent } from '../triggers/customSender.ts';
import { postConfirmation, preSignUp } from '../triggers/signUp.ts';
import {
  addUser,
  changeUser,
  checkHistory,
  namesOf,
  removeUser,
  sealPassword,
  userKey,
  userOf,
  withPassword,
} from '../users.ts';

interface Named {
  UserPoolId: string;
  Username: string;
}

interface AdminCreateUserInput extends Named {
  UserAttributes?: AttributeType[];
  TemporaryPassword?: string;
  ForceAliasCreation?: boolean;
  MessageAction?: 'RESEND' | 'SUPPRESS';
  DesiredDeliveryMediums?: ('SMS' | 'EMAIL')[];
  ValidationData?: AttributeType[];
  ClientMetadata?: Record<string, string>;
}

const dayMs = 86_400_000;

export async function AdminCreateUser(ctx: Context, input: AdminCreateUserInput) {
  const { ids, store } = ctx.room;
  const pool = await poolOf(ctx, input.UserPoolId);
  const policy = pool.settings.Policies.PasswordPolicy;
  // "Amazon Cognito generates one for you unless you have passwordless options active for your user pool."
  const hasNone = !input.TemporaryPassword && isPasswordless(pool) && input.MessageAction !== 'RESEND';
  const password = input.TemporaryPassword || temporaryPassword(ctx, policy.MinimumLength ?? 8);
  checkPassword(password, policy, 'AdminCreateUser');
  const days = policy.TemporaryPasswordValidityDays ?? limits.temporaryPasswordDays;
  const temporaryUntil = ctx.now + days * dayMs;
  if (input.MessageAction === 'RESEND') {
    const known = await userOf(store, pool, input.Username);
    if (known.status !== 'FORCE_CHANGE_PASSWORD') {
      throw new UnsupportedUserStateException(
        `Resend not possible. ${known.username} status is not FORCE_CHANGE_PASSWORD`,
      );
    }
    const sealed = await sealPassword(ctx.room, pool, known, password);
    const invitations = await prepareInvitations(ctx, pool, known, password, input);
    const changed = await changeUser(ctx, pool, known.username, async (user, tx) => {
      for (const invitation of invitations) await post(tx, ctx, pool, invitation);
      return { ...withPassword(pool, user, sealed), temporaryUntil };
    });
    return { User: describe(changed) };
  }
  const sub = ids.uuid();
  const { username, attributes } = namesOf(pool, input.Username, toAttributes(input.UserAttributes), sub);
  checkAttributes(attributes, { pool, mayLack: true });
  await preSignUp(ctx, pool, {
    source: 'PreSignUp_AdminCreateUser',
    userName: username,
    attributes,
    ...(input.ValidationData ? { validationData: toAttributes(input.ValidationData) } : {}),
    clientMetadata: input.ClientMetadata,
  });
  const user: User = {
    username,
    sub,
    status: hasNone ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD',
    enabled: true,
    attributes,
    ...(hasNone
      ? {}
      : { password: await sealPassword(ctx.room, pool, { username, sub }, password), temporaryUntil }),
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  };
  const isQuiet = hasNone || input.MessageAction === 'SUPPRESS';
  const invitations = isQuiet ? [] : await prepareInvitations(ctx, pool, user, password, input);
  await store.transact(async (tx) => {
    await addUser(tx, pool, user, input.ForceAliasCreation, 'User account already exists');
    for (const invitation of invitations) await post(tx, ctx, pool, invitation);
  });
  return { User: describe(user) };
}

/** The invitation, for each address that the user has for it. Outside of any transaction: a trigger may have its say. */
async function prepareInvitations(
  ctx: Context,
  pool: Pool,
  user: User,
  password: string,
  { DesiredDeliveryMediums: mediums = ['SMS'], ClientMetadata: clientMetadata }: AdminCreateUserInput,
): Promise<Draft[]> {
  const source = 'CustomMessage_AdminCreateUser';
  const drafts: Draft[] = [];
  const template = pool.settings.AdminCreateUserConfig.InviteMessageTemplate ?? {};
  const text = 'Your username is {username} and temporary password is {####}.';
  const name = user.attributes.email ?? user.attributes.phone_number ?? user.username;
  const values = { '####': password, username: pool.settings.UsernameAttributes ? name : user.username };
  for (const medium of mediums) {
    const attribute = medium === 'SMS' ? 'phone_number' : 'email';
    const destination = user.attributes[attribute];
    if (!destination) continue;
    const telling = { user, source, clientMetadata };
    const custom: CustomTexts = await customTexts(ctx, pool, attribute, telling);
    const sender = await senderEvent(ctx, pool, attribute, telling, password);
    const chosen =
      medium === 'SMS' ? (custom.sms ?? template.SMSMessage) : (custom.email ?? template.EmailMessage);
    const subject = custom.subject ?? template.EmailSubject ?? 'Your temporary password';
    const content =
      medium === 'SMS' ? { body: filled(chosen ?? text, values) } : emailOf(subject, chosen ?? text, values);
    drafts.push({ user, attribute, destination, source, content: { ...content, code: password }, sender });
  }
  return drafts;
}

/** One of each kind, so that any policy is content. */
function temporaryPassword({ room: { ids } }: Context, minimum: number): string {
  const kinds = ['abcdefghijkmnpqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789', '!@#$%^&*'];
  const rest = ids.token(Math.max(minimum, defaultPolicy.MinimumLength) - kinds.length, kinds.join(''));
  return kinds.map((kind) => ids.token(1, kind)).join('') + rest;
}

export async function AdminGetUser(ctx: Context, input: Named) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const user = await userOf(ctx.room.store, pool, input.Username);
  const { Attributes, ...described } = describe(user);
  return { ...described, UserAttributes: Attributes, ...describeMfa(user) };
}

export async function AdminSetUserPassword(
  ctx: Context,
  input: Named & { Password: string; Permanent?: boolean },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const policy = pool.settings.Policies.PasswordPolicy;
  checkPassword(input.Password, policy);
  const { username, sub, ...rest } = await userOf(ctx.room.store, pool, input.Username);
  if (input.Permanent) await checkHistory(pool, { username, sub, ...rest }, input.Password);
  const sealed = await sealPassword(ctx.room, pool, { username, sub }, input.Password);
  const days = policy.TemporaryPasswordValidityDays ?? limits.temporaryPasswordDays;
  await changeUser(ctx, pool, username, (user) => ({
    ...withPassword(pool, user, sealed),
    ...(input.Permanent
      ? { status: 'CONFIRMED' as const }
      : { status: 'FORCE_CHANGE_PASSWORD' as const, temporaryUntil: ctx.now + days * dayMs }),
  }));
  return {};
}

export async function AdminConfirmSignUp(
  ctx: Context,
  input: Named & { ClientMetadata?: Record<string, string> },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const { username } = await userOf(ctx.room.store, pool, input.Username);
  const confirmed = await changeUser(ctx, pool, username, (user) => {
    if (user.status !== 'UNCONFIRMED') {
      throw new NotAuthorizedException(`User cannot be confirmed. Current status is ${user.status}`);
    }
    return { ...user, status: 'CONFIRMED' };
  });
  await postConfirmation(ctx, pool, confirmed, {
    source: 'PostConfirmation_ConfirmSignUp',
    clientMetadata: input.ClientMetadata,
  });
  return {};
}

export async function AdminDeleteUser(ctx: Context, input: Named) {
  const pool = await poolOf(ctx, input.UserPoolId);
  await ctx.room.store.transact(async (tx) => removeUser(tx, pool, await userOf(tx, pool, input.Username)));
  return {};
}

export const AdminEnableUser = enabling(true);
export const AdminDisableUser = enabling(false);

function enabling(enabled: boolean) {
  return async (ctx: Context, input: Named) => {
    const pool = await poolOf(ctx, input.UserPoolId);
    const { username } = await userOf(ctx.room.store, pool, input.Username);
    await changeUser(ctx, pool, username, (user, tx) => {
      // “Revokes all access tokens”: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDisableUser.html
      if (!enabled) records.families.deleteUnder(tx, pool.id, userKey(pool, username));
      return enabled ? { ...user, enabled } : { ...user, enabled, signedOutAt: ctx.now };
    });
    return {};
  };
}

export async function AdminUserGlobalSignOut(ctx: Context, input: Named) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const { username } = await userOf(ctx.room.store, pool, input.Username);
  await signOut(ctx, pool, username);
  return {};
}

/** Ends all sign-ins of a user: refresh tokens and access tokens. */
export async function signOut(ctx: Context, pool: Pool, username: string): Promise<void> {
  await changeUser(ctx, pool, username, (user, tx) => {
    records.families.deleteUnder(tx, pool.id, userKey(pool, username));
    return { ...user, signedOutAt: ctx.now };
  });
}

/** As ListUsers and its neighbours show users. */
export function describe(user: User, only?: readonly string[]) {
  return {
    Username: user.username,
    Attributes: listAttributes(user, only),
    UserCreateDate: new Date(user.createdAt),
    UserLastModifiedDate: new Date(user.modifiedAt),
    Enabled: user.enabled,
    UserStatus: user.status,
  };
}
