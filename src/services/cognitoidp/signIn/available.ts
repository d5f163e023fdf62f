/** How a user may begin to sign in, where they are asked. https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-selection-sdk.html */
import { wantedFactor } from '../domain/factors.ts';
import type { Context } from '../room.ts';
import type { Pool, User } from '../store.ts';
import { isBothFactors, requestOptions } from '../webAuthn.ts';

export type FirstChallenge = 'PASSWORD' | 'PASSWORD_SRP' | 'EMAIL_OTP' | 'SMS_OTP' | 'WEB_AUTHN';

const firstFactors = ({ settings }: Pool): readonly string[] =>
  settings.Policies.SignInPolicy?.AllowedFirstAuthFactors ?? ['PASSWORD'];

/** Whether people may be here without a password. */
export const isPasswordless = (pool: Pool): boolean =>
  firstFactors(pool).some((factor) => factor === 'EMAIL_OTP' || factor === 'SMS_OTP');

/**
 * What a user can prove. One-time codes go to addresses that are verified, and stand alone: whoever has a second factor
 * begins by password, or by a passkey that counts as both.
 */
export async function availableChallenges(ctx: Context, pool: Pool, user: User): Promise<FirstChallenge[]> {
  const allowed = firstFactors(pool);
  const { attributes, password } = user;
  const stands = wantedFactor(pool, user).kind === 'nothing';
  const list: FirstChallenge[] = [];
  if (password && allowed.includes('PASSWORD')) list.push('PASSWORD', 'PASSWORD_SRP');
  const isOffered = (factor: string, attribute: string): boolean =>
    stands &&
    allowed.includes(factor) &&
    Boolean(attributes[attribute]) &&
    attributes[`${attribute}_verified`] === 'true';
  if (isOffered('EMAIL_OTP', 'email')) list.push('EMAIL_OTP');
  if (isOffered('SMS_OTP', 'phone_number')) list.push('SMS_OTP');
  if (allowed.includes('WEB_AUTHN') && (stands || isBothFactors(pool, user))) {
    if (await requestOptions(ctx, pool, user)) list.push('WEB_AUTHN');
  }
  return list;
}

/** What nobody could prove, where clients aren't told that there is nobody. */
export function pretendedChallenges(pool: Pool): FirstChallenge[] {
  const allowed = firstFactors(pool);
  const stands = pool.settings.MfaConfiguration !== 'ON';
  const codes = (['EMAIL_OTP', 'SMS_OTP'] as const).filter((factor) => stands && allowed.includes(factor));
  return ['PASSWORD', 'PASSWORD_SRP', ...codes];
}
