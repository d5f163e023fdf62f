/** Which second factors a user wants. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserMFAPreference.html and its neighbours. */
import { canUse, type Factor, factorsOfPool, mfaConfigOf } from '../domain/factors.ts';
import { InvalidParameterException } from '../errors.ts';
import { type Context, poolOf } from '../room.ts';
import type { Pool, User, UserMfa } from '../store.ts';
import { bearerOf } from '../tokens/verify.ts';
import { changeUser, userOf } from '../users.ts';

interface Preference {
  Enabled?: boolean;
  PreferredMfa?: boolean;
}

interface Preferences {
  SMSMfaSettings?: Preference;
  SoftwareTokenMfaSettings?: Preference;
  EmailMfaSettings?: Preference;
  WebAuthnMfaSettings?: { Enabled?: boolean };
}

export async function SetUserMFAPreference(ctx: Context, input: Preferences & { AccessToken: string }) {
  const { user, pool } = await bearerOf(ctx, input.AccessToken);
  await setPreferences(ctx, pool, user, input);
  return {};
}

export async function AdminSetUserMFAPreference(
  ctx: Context,
  input: Preferences & { UserPoolId: string; Username: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  await setPreferences(ctx, pool, await userOf(ctx.room.store, pool, input.Username), input);
  return {};
}

/** Factors that aren't named stay as they are. @throws InvalidParameterException */
async function setPreferences(ctx: Context, pool: Pool, user: User, input: Preferences): Promise<void> {
  const named: [Factor, Preference | undefined][] = [
    ['SMS_MFA', input.SMSMfaSettings],
    ['SOFTWARE_TOKEN_MFA', input.SoftwareTokenMfaSettings],
    ['EMAIL_OTP', input.EmailMfaSettings],
  ];
  if (named.filter(([, wanted]) => wanted?.PreferredMfa).length > 1) {
    throw new InvalidParameterException('Only one MFA method can be set as preferred.');
  }
  const offered = factorsOfPool(pool);
  const { WebAuthnMfaSettings: passkeys } = input;
  if (passkeys?.Enabled && !passkeysAreTwo(pool)) {
    throw new InvalidParameterException('User pool does not have passkeys configured as a factor of MFA.');
  }
  await changeUser(ctx, pool, user.username, (current) => {
    let mfa: UserMfa = current.mfa ?? { enabled: [] };
    for (const [factor, wanted] of named) {
      if (!wanted) continue;
      if (wanted.Enabled && !offered.includes(factor)) {
        throw new InvalidParameterException(`User pool does not have ${factor} configured.`);
      }
      if (wanted.Enabled && !canUse(current, factor)) {
        throw new InvalidParameterException(`User does not have delivery config set to turn on ${factor}`);
      }
      mfa = changed(mfa, factor, wanted);
    }
    if (passkeys) mfa = { ...mfa, passkeys: passkeys.Enabled === true };
    return { ...current, mfa };
  });
}

function passkeysAreTwo(pool: Pool): boolean {
  const { FactorConfiguration } = mfaConfigOf(pool).WebAuthnConfiguration ?? {};
  return FactorConfiguration === 'MULTI_FACTOR_WITH_USER_VERIFICATION';
}

function changed(mfa: UserMfa, factor: Factor, { Enabled = false, PreferredMfa }: Preference): UserMfa {
  const { preferred, ...rest } = mfa;
  const others = mfa.enabled.filter((one) => one !== factor);
  const enabled = !Enabled ? others : mfa.enabled.includes(factor) ? mfa.enabled : [...others, factor];
  if (PreferredMfa && !Enabled) {
    throw new InvalidParameterException('An MFA method that is not enabled cannot be set as preferred.');
  }
  const keeps = preferred !== undefined && preferred !== factor;
  if (PreferredMfa) return { ...rest, enabled, preferred: factor };
  return { ...rest, enabled, ...(keeps ? { preferred } : {}) };
}

interface Options {
  MFAOptions: { DeliveryMedium?: 'SMS' | 'EMAIL'; AttributeName?: string }[];
}

/** The older way: SMS only. */
export async function SetUserSettings(ctx: Context, input: Options & { AccessToken: string }) {
  const { user, pool } = await bearerOf(ctx, input.AccessToken);
  await setOptions(ctx, pool, user, input);
  return {};
}

export async function AdminSetUserSettings(
  ctx: Context,
  input: Options & { UserPoolId: string; Username: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  await setOptions(ctx, pool, await userOf(ctx.room.store, pool, input.Username), input);
  return {};
}

async function setOptions(ctx: Context, pool: Pool, user: User, { MFAOptions }: Options): Promise<void> {
  const isForeign = MFAOptions.some(
    ({ DeliveryMedium, AttributeName }) => DeliveryMedium !== 'SMS' || AttributeName !== 'phone_number',
  );
  if (isForeign) {
    throw new InvalidParameterException('Invalid MFA options: only phone_number by SMS is supported.');
  }
  const isOn = MFAOptions.length > 0;
  if (isOn && !canUse(user, 'SMS_MFA')) {
    throw new InvalidParameterException('User does not have delivery config set to turn on SMS_MFA');
  }
  await changeUser(ctx, pool, user.username, (current) => {
    const mfa = changed(current.mfa ?? { enabled: [] }, 'SMS_MFA', { Enabled: isOn });
    return { ...current, mfa: { ...mfa, bySettings: isOn } };
  });
}
