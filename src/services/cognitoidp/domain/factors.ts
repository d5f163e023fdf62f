/** Second factors: which a pool has, and which of them a user is asked for. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html */
import { InvalidParameterException } from '../errors.ts';
import type { Pool, User, UserMfa } from '../store.ts';

/** As UserMFASettingList names them. */
export type Factor = 'SMS_MFA' | 'SOFTWARE_TOKEN_MFA' | 'EMAIL_OTP';

interface MfaConfig {
  SmsMfaConfiguration?: { SmsAuthenticationMessage?: string };
  SoftwareTokenMfaConfiguration?: { Enabled?: boolean };
  EmailMfaConfiguration?: { Message?: string; Subject?: string };
  WebAuthnConfiguration?: {
    RelyingPartyId?: string;
    UserVerification?: string;
    FactorConfiguration?: string;
  };
}

/** What SetUserPoolMfaConfig set. */
export const mfaConfigOf = ({ mfa }: Pool): MfaConfig => mfa;

/**
 * Where everybody must have a second factor, codes aren't a first one, and passkeys only if they count as both.
 * @param ofPasskeys what is told of those. @throws InvalidParameterException
 */
export function checkFirstFactors(pool: Pool, ofPasskeys: string): Pool {
  const { MfaConfiguration, Policies } = pool.settings;
  const allowed = Policies.SignInPolicy?.AllowedFirstAuthFactors ?? [];
  if (MfaConfiguration !== 'ON') return pool;
  if (allowed.some((factor) => factor === 'EMAIL_OTP' || factor === 'SMS_OTP')) {
    throw new InvalidParameterException(
      'Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled',
    );
  }
  const { FactorConfiguration } = mfaConfigOf(pool).WebAuthnConfiguration ?? {};
  if (allowed.includes('WEB_AUTHN') && FactorConfiguration !== 'MULTI_FACTOR_WITH_USER_VERIFICATION') {
    throw new InvalidParameterException(ofPasskeys);
  }
  return pool;
}

/** A pool that nobody gave an MFA configuration of its own has the SMS of its settings. */
export function factorsOfPool(pool: Pool): Factor[] {
  const config = mfaConfigOf(pool);
  const isPlain = Object.keys(config).length === 0 && pool.settings.SmsConfiguration !== undefined;
  const factors: Factor[] = [];
  if (config.SmsMfaConfiguration || isPlain) factors.push('SMS_MFA');
  if (config.SoftwareTokenMfaConfiguration?.Enabled) factors.push('SOFTWARE_TOKEN_MFA');
  if (config.EmailMfaConfiguration) factors.push('EMAIL_OTP');
  return factors;
}

/** Whether a user has what a factor needs: an address to send codes to, or an authenticator app. */
export function canUse({ attributes, mfa }: User, factor: Factor): boolean {
  if (factor === 'SOFTWARE_TOKEN_MFA') return mfa?.hasToken === true;
  return Boolean(attributes[attributeOf(factor)]);
}

/** To which address a factor's codes go. */
export const attributeOf = (factor: Exclude<Factor, 'SOFTWARE_TOKEN_MFA'>): 'phone_number' | 'email' =>
  factor === 'SMS_MFA' ? 'phone_number' : 'email';

/** What a sign-in asks for after the first factor. */
export type Wanted =
  | { kind: 'nothing' }
  | { kind: 'one'; factor: Factor }
  | { kind: 'choice'; factors: Factor[] }
  | { kind: 'setup'; factors: Factor[] };

/**
 * Factors that a user activated go first, the preferred one of them before all. Where MFA is required, whoever activated
 * none is asked for what they could use: codes go to addresses that aren't verified as well.
 * @param isRisky the sign-in is one of those after which the pool wants a second factor of those who could use one.
 */
export function wantedFactor(pool: Pool, user: User, isRisky = false): Wanted {
  const { MfaConfiguration: mode } = pool.settings;
  if (mode === 'OFF') return { kind: 'nothing' };
  const offered = factorsOfPool(pool);
  const enabled = enabledFactors(pool, user);
  const preferred = user.mfa?.preferred;
  if (preferred && enabled.includes(preferred)) return { kind: 'one', factor: preferred };
  if (enabled.length > 0) return oneOf(enabled);
  if (mode === 'OPTIONAL' && !isRisky) return { kind: 'nothing' };
  const usable = offered.filter((factor) => canUse(user, factor));
  if (mode === 'OPTIONAL' && usable.length === 0) return { kind: 'nothing' };
  return usable.length > 0 ? oneOf(usable) : { kind: 'setup', factors: offered };
}

function oneOf(factors: Factor[]): Wanted {
  const [factor, ...others] = factors;
  return factor && others.length === 0 ? { kind: 'one', factor } : { kind: 'choice', factors };
}

/** What a user activated and can use, in the pool's order. */
export function enabledFactors(pool: Pool, user: User): Factor[] {
  const enabled = user.mfa?.enabled ?? [];
  return factorsOfPool(pool).filter((factor) => enabled.includes(factor) && canUse(user, factor));
}

/**
 * Whether a password can't be reset by an address, since the second factor's codes go there: one address would be both
 * factors. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AccountRecoverySettingType.html
 */
export function isFactorAddress(pool: Pool, user: User, attribute: string): boolean {
  if (pool.settings.MfaConfiguration === 'OFF') return false;
  return enabledFactors(pool, user).some(
    (factor) => factor !== 'SOFTWARE_TOKEN_MFA' && attributeOf(factor) === attribute,
  );
}

/** A user with a factor activated. */
export function withFactor(user: User, factor: Factor, more: Partial<UserMfa> = {}): User {
  const enabled = user.mfa?.enabled ?? [];
  return {
    ...user,
    mfa: { ...user.mfa, ...more, enabled: enabled.includes(factor) ? enabled : [...enabled, factor] },
  };
}

/** A user without an authenticator app. */
export function withoutToken(user: User): User {
  if (!user.mfa) return user;
  const { hasToken: _gone, preferred, ...rest } = user.mfa;
  const enabled = rest.enabled.filter((factor) => factor !== 'SOFTWARE_TOKEN_MFA');
  const kept = preferred === undefined || preferred === 'SOFTWARE_TOKEN_MFA' ? {} : { preferred };
  return { ...user, mfa: { ...rest, ...kept, enabled } };
}

/** As GetUser and AdminGetUser show it. */
export function describeMfa({ mfa }: User) {
  if (!mfa) return {};
  const sms = [{ DeliveryMedium: 'SMS' as const, AttributeName: 'phone_number' }];
  return {
    ...(mfa.enabled.length > 0 ? { UserMFASettingList: mfa.enabled } : {}),
    ...(mfa.preferred ? { PreferredMfaSetting: mfa.preferred } : {}),
    ...(mfa.bySettings && mfa.enabled.includes('SMS_MFA') ? { MFAOptions: sms } : {}),
  };
}
