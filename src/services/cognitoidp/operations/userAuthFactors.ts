/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserAuthFactors.html */
import { describeMfa } from '../domain/factors.ts';
import type { Context } from '../room.ts';
import { availableChallenges } from '../signIn/available.ts';
import { bearerOf } from '../tokens/verify.ts';

export async function GetUserAuthFactors(ctx: Context, input: { AccessToken: string }) {
  const { user, pool } = await bearerOf(ctx, input.AccessToken);
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
