/** Passwords of users: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html and its neighbours. */
import type {
  ChangePasswordRequest,
  CreateLoginProfileRequest,
  DeleteLoginProfileRequest,
  GetLoginProfileRequest,
  UpdateLoginProfileRequest,
} from '@aws-sdk/client-iam';
import { hashPassword, isPassword, saltBytes } from '../../../kernel/index.ts';
import type { Reader, Transaction } from '../../../store/index.ts';
import { checkPassword, checkReuse } from '../domain/passwords.ts';
import {
  AccessDenied,
  EntityAlreadyExists,
  EntityTemporarilyUnmodifiable,
  InvalidUserType,
  NoSuchEntity,
  ValidationError,
} from '../errors.ts';
import { passwordsRememberedMax } from '../limits.ts';
import { type IamContext, userNamed, userOf } from '../room.ts';
import { type LoginProfile, loginProfiles } from '../store/credentials.ts';
import { accounts, type User } from '../store.ts';

export async function CreateLoginProfile(ctx: IamContext, input: CreateLoginProfileRequest) {
  const { room, account, now } = ctx;
  const { reader } = room.store;
  const user = await userNamed(ctx, userOf(ctx, input.UserName));
  if (input.Password === undefined) throw new ValidationError('The password of an IAM user must be given.');
  checkPassword(input.Password, await policyOf(account, reader));
  const profile: LoginProfile = {
    createdAt: now,
    changedAt: now,
    resetRequired: input.PasswordResetRequired ?? false,
    hash: await hashPassword(input.Password, room.ids.bytes(saltBytes)),
    previous: [],
  };
  await room.store.transactAside(async (tx) => {
    await sameUser(ctx, user, tx);
    if (await loginProfiles.exists(tx, user.id)) {
      throw new EntityAlreadyExists(`Login Profile for user ${user.name} already exists.`);
    }
    loginProfiles.put(tx, [user.id], profile);
  });
  return { LoginProfile: shown(user, profile) };
}

export async function GetLoginProfile(ctx: IamContext, input: GetLoginProfileRequest) {
  const user = await userNamed(ctx, userOf(ctx, input.UserName));
  return { LoginProfile: shown(user, await profileOf(user, ctx.room.store.reader)) };
}

export async function UpdateLoginProfile(ctx: IamContext, input: UpdateLoginProfileRequest) {
  const { store } = ctx.room;
  const user = await userNamed(ctx, input.UserName as string);
  const before = await profileOf(user, store.reader);
  const changed = input.Password === undefined ? before : await withPassword(ctx, before, input.Password);
  await replace(ctx, user, before, {
    ...changed,
    resetRequired: input.PasswordResetRequired ?? changed.resetRequired,
  });
  return {};
}

export async function DeleteLoginProfile(ctx: IamContext, input: DeleteLoginProfileRequest) {
  await ctx.room.store.transactAside(async (tx) => {
    const user = await userNamed(ctx, userOf(ctx, input.UserName), tx);
    await profileOf(user, tx);
    loginProfiles.delete(tx, user.id);
  });
  return {};
}

export async function ChangePassword(ctx: IamContext, input: ChangePasswordRequest) {
  const { principal, room } = ctx;
  if (principal.type !== 'user') throw new InvalidUserType('Only IAM Users can change their own password');
  const user = await userNamed(ctx, principal.userName);
  const before = await profileOf(user, room.store.reader);
  if (!(await isPassword(input.OldPassword as string, before.hash))) {
    throw new AccessDenied('The old password was incorrect.');
  }
  const changed = await withPassword(ctx, before, input.NewPassword as string);
  await replace(ctx, user, before, { ...changed, resetRequired: false });
  return {};
}

/** @throws PasswordPolicyViolation */
async function withPassword(ctx: IamContext, profile: LoginProfile, password: string): Promise<LoginProfile> {
  const policy = await policyOf(ctx.account, ctx.room.store.reader);
  checkPassword(password, policy);
  await checkReuse(password, [profile.hash, ...profile.previous], policy);
  return {
    ...profile,
    changedAt: ctx.now,
    hash: await hashPassword(password, ctx.room.ids.bytes(saltBytes)),
    previous: [profile.hash, ...profile.previous].slice(0, passwordsRememberedMax),
  };
}

/** Hashing takes its time outside of the transaction: what was read before has to be there still. */
async function replace(
  ctx: IamContext,
  user: User,
  before: LoginProfile,
  after: LoginProfile,
): Promise<void> {
  await ctx.room.store.transactAside(async (tx) => {
    await sameUser(ctx, user, tx);
    const current = await profileOf(user, tx);
    if (Buffer.compare(current.hash, before.hash) !== 0) {
      throw new EntityTemporarilyUnmodifiable(
        `Login Profile for User ${user.name} cannot be modified while it is being changed.`,
      );
    }
    loginProfiles.put(tx, [user.id], after);
  });
}

async function sameUser(ctx: IamContext, user: User, tx: Transaction): Promise<void> {
  const { id } = await userNamed(ctx, user.name, tx);
  if (id !== user.id) throw new NoSuchEntity(`The user with name ${user.name} cannot be found.`);
}

async function profileOf(user: User, reader: Reader): Promise<LoginProfile> {
  const profile = await loginProfiles.get(reader, user.id);
  if (!profile) throw new NoSuchEntity(`Login Profile for User ${user.name} cannot be found.`);
  return profile;
}

async function policyOf(account: string, reader: Reader) {
  return (await accounts.get(reader, account))?.passwordPolicy;
}

function shown(user: User, profile: LoginProfile) {
  return {
    UserName: user.name,
    CreateDate: new Date(profile.createdAt),
    PasswordResetRequired: profile.resetRequired,
  };
}
