/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserAuthFactors.html and AdminGetUserAuthFactors */
import { describeMfa } from '../domain/factors.ts';
import { type Context, poolOf } from '../room.ts';
import { availableChallenges } from '../signIn/available.ts';
import type { Pool, User } from '../store.ts';
import { bearerOf } from '../tokens/verify.ts';
import { userOf } from '../users.ts';

export async function GetUserAuthFactors(ctx: Context, input: { AccessToken: string }) {
  const { user, pool } = await bearerOf(ctx, input.AccessToken);
  return describe(ctx, pool, user);
}

export async function AdminGetUserAuthFactors(ctx: Context, input: { UserPoolId: string; Username: string }) {
  const pool = await poolOf(ctx, input.UserPoolId);
  return describe(ctx, pool, await userOf(ctx.room.store, pool, input.Username));
}

async function describe(ctx: Context, pool: Pool, user: User) {
  const { PreferredMfaSetting, UserMFASettingList } = describeMfa(user);
  const challenges = await availableChallenges(ctx, pool, user);
  return {
    Username: user.username,
    ...(PreferredMfaSetting === undefined ? {} : { PreferredMfaSetting }),
    ...(UserMFASettingList === undefined ? {} : { UserMFASettingList }),
    // As AuthFactorType names them: one way to have a password, whichever way it is proved.
    ConfiguredUserAuthFactors: challenges.filter((name) => name !== 'PASSWORD_SRP'),
  };
}
