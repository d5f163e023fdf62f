/** What users do with themselves, by access token. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUser.html and its neighbours. */
import { isPassword } from '../../../kernel/index.ts';
import { listAttributes, readable } from '../domain/attributes.ts';
import { describeMfa } from '../domain/factors.ts';
import { checkPassword } from '../domain/passwords.ts';
import { noteEvent } from '../risk/events.ts';
import { checkNewPassword } from '../risk/protect.ts';
import type { Context } from '../room.ts';
import { checkLock, judgePassword, wrongPassword } from '../signIn/checks.ts';
import { bearerOf } from '../tokens/verify.ts';
import { changeUser, checkHistory, removeUser, sealPassword, userOf, withPassword } from '../users.ts';
import { signOut } from './adminUsers.ts';
import { fromApp } from './initiateAuth.ts';

interface Bearing {
  AccessToken: string;
}

export async function GetUser(ctx: Context, input: Bearing) {
  const { user, client } = await bearerOf(ctx, input.AccessToken);
  const attributes = readable(client, user.attributes);
  return {
    Username: user.username,
    UserAttributes: listAttributes({ sub: user.sub, attributes }),
    ...describeMfa(user),
  };
}

export async function ChangePassword(
  ctx: Context,
  input: Bearing & { PreviousPassword?: string; ProposedPassword: string },
) {
  const { user, pool, client } = await bearerOf(ctx, input.AccessToken);
  await checkLock(ctx, pool, user);
  const isRight =
    user.password !== undefined && (await isPassword(input.PreviousPassword ?? '', user.password.hash));
  await judgePassword(ctx, pool, user, isRight);
  if (!isRight) throw wrongPassword();
  checkPassword(input.ProposedPassword, pool.settings.Policies.PasswordPolicy);
  await checkNewPassword(ctx, pool, client.id, 'PASSWORD_CHANGE', input.ProposedPassword);
  await checkHistory(pool, user, input.ProposedPassword);
  const sealed = await sealPassword(ctx.room, pool, user, input.ProposedPassword);
  await changeUser(ctx, pool, user.username, async (current, tx) => {
    const context = fromApp(ctx, { pool, client }, undefined);
    await noteEvent(tx, ctx, { pool, client }, current, { type: 'PasswordChange', context });
    return withPassword(pool, current, sealed);
  });
  return {};
}

export async function GlobalSignOut(ctx: Context, input: Bearing) {
  const { user, pool } = await bearerOf(ctx, input.AccessToken);
  await signOut(ctx, pool, user.username);
  return {};
}

export async function DeleteUser(ctx: Context, input: Bearing) {
  const { user, pool } = await bearerOf(ctx, input.AccessToken);
  await ctx.room.store.transact(async (tx) => removeUser(tx, pool, await userOf(tx, pool, user.username)));
  return {};
}
