/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolMfaConfig.html */
import { checkFirstFactors } from '../domain/factors.ts';
import { checkTier } from '../domain/tiers.ts';
import { InvalidParameterException } from '../errors.ts';
import { type Context, poolOf } from '../room.ts';
import type { Pool } from '../store.ts';
import { changePool } from './userPools.ts';

interface MfaConfigInput {
  UserPoolId: string;
  MfaConfiguration?: 'OFF' | 'ON' | 'OPTIONAL';
  SmsMfaConfiguration?: { SmsAuthenticationMessage?: string; SmsConfiguration?: { SnsCallerArn?: string } };
  SoftwareTokenMfaConfiguration?: { Enabled?: boolean };
  EmailMfaConfiguration?: object;
  WebAuthnConfiguration?: object;
}

export async function SetUserPoolMfaConfig(ctx: Context, input: MfaConfigInput) {
  const { UserPoolId, MfaConfiguration, ...factors } = input;
  const sent = Object.fromEntries(Object.entries(factors).filter(([, value]) => value !== undefined));
  const { SmsMfaConfiguration, SoftwareTokenMfaConfiguration, EmailMfaConfiguration } = factors;
  const hasFactor =
    SmsMfaConfiguration !== undefined ||
    EmailMfaConfiguration !== undefined ||
    SoftwareTokenMfaConfiguration?.Enabled === true;
  if ((MfaConfiguration === 'ON' || MfaConfiguration === 'OPTIONAL') && !hasFactor) {
    throw new InvalidParameterException(
      'Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.',
    );
  }
  const namesFactor = SmsMfaConfiguration || SoftwareTokenMfaConfiguration || EmailMfaConfiguration;
  if (MfaConfiguration === 'OFF' && namesFactor) {
    throw new InvalidParameterException(
      "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
    );
  }
  // They are settings of the pool as well, whoever sets them.
  const sms = Object.fromEntries(
    Object.entries(SmsMfaConfiguration ?? {}).filter(([, value]) => value !== undefined),
  );
  const changed = await changePool(ctx, UserPoolId, (pool) => {
    if (EmailMfaConfiguration) checkTier(pool.settings.UserPoolTier, ['Email MFA']);
    const { MfaConfiguration: before } = pool.settings;
    const settings = { ...pool.settings, ...sms, MfaConfiguration: MfaConfiguration ?? before };
    return checkFirstFactors(
      { ...pool, mfa: sent, settings },
      'Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an allowed first auth factor',
    );
  });
  return describe(changed);
}

export async function GetUserPoolMfaConfig(ctx: Context, input: { UserPoolId: string }) {
  return describe(await poolOf(ctx, input.UserPoolId));
}

function describe(pool: Pool) {
  const { MfaConfiguration, SmsConfiguration, SmsAuthenticationMessage } = pool.settings;
  // A pool that nobody gave an MFA configuration of its own asks for the SMS of its settings: see domain/factors.ts.
  const isPlain = Object.keys(pool.mfa).length === 0 && MfaConfiguration !== 'OFF' && SmsConfiguration;
  const sms = { SmsConfiguration, ...(SmsAuthenticationMessage ? { SmsAuthenticationMessage } : {}) };
  return { ...(isPlain ? { SmsMfaConfiguration: sms } : pool.mfa), MfaConfiguration };
}
