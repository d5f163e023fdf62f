import { describe, expect, it } from 'vitest';
import type { Pool, User, UserMfa } from '../store.ts';
import { describeMfa, type Factor, isFactorAddress, wantedFactor, withFactor } from './factors.ts';
import { newSecret, stepOf } from './softwareToken.ts';

const all = {
  SmsMfaConfiguration: {},
  SoftwareTokenMfaConfiguration: { Enabled: true },
  EmailMfaConfiguration: {},
};

// Only what the decision looks at.
const pool = (MfaConfiguration: 'OFF' | 'ON' | 'OPTIONAL', mfa: object = all, more: object = {}): Pool =>
  ({ settings: { MfaConfiguration, ...more }, mfa }) as unknown as Pool;
const user = (attributes: Record<string, string>, mfa?: Partial<UserMfa>): User =>
  ({ attributes, ...(mfa ? { mfa: { enabled: [], ...mfa } } : {}) }) as unknown as User;

const phone = { phone_number: '+15555550123' };
const email = { email: 'ann@example.com' };

describe('the second factor that a sign-in asks for', () => {
  const cases: [string, Pool, User, ReturnType<typeof wantedFactor>][] = [
    ['none where it is off', pool('OFF'), user(phone, { enabled: ['SMS_MFA'] }), { kind: 'nothing' }],
    ['none where it is optional and nobody chose one', pool('OPTIONAL'), user(phone), { kind: 'nothing' }],
    [
      'the one that was chosen',
      pool('OPTIONAL'),
      user(phone, { enabled: ['SMS_MFA'] }),
      { kind: 'one', factor: 'SMS_MFA' },
    ],
    ['none whose address is gone', pool('OPTIONAL'), user({}, { enabled: ['SMS_MFA'] }), { kind: 'nothing' }],
    [
      'the preferred one',
      pool('ON'),
      user({ ...phone, ...email }, { enabled: ['SMS_MFA', 'EMAIL_OTP'], preferred: 'EMAIL_OTP' }),
      { kind: 'one', factor: 'EMAIL_OTP' },
    ],
    [
      'a choice of several',
      pool('ON'),
      user({ ...phone, ...email }, { enabled: ['EMAIL_OTP', 'SMS_MFA'] }),
      { kind: 'choice', factors: ['SMS_MFA', 'EMAIL_OTP'] },
    ],
    [
      'a preferred one that the pool no longer has: what is left',
      pool('ON', { SmsMfaConfiguration: {} }),
      user({ ...phone, ...email }, { enabled: ['SMS_MFA', 'EMAIL_OTP'], preferred: 'EMAIL_OTP' }),
      { kind: 'one', factor: 'SMS_MFA' },
    ],
    ['what could be used where it is required', pool('ON'), user(phone), { kind: 'one', factor: 'SMS_MFA' }],
    [
      'an app that was verified, where it is required',
      pool('ON'),
      user({}, { hasToken: true }),
      { kind: 'one', factor: 'SOFTWARE_TOKEN_MFA' },
    ],
    [
      'a setup where there is nothing yet',
      pool('ON', { SoftwareTokenMfaConfiguration: { Enabled: true } }),
      user(phone),
      { kind: 'setup', factors: ['SOFTWARE_TOKEN_MFA'] },
    ],
    [
      'SMS of a pool that was made with it',
      pool('ON', {}, { SmsConfiguration: {} }),
      user(phone),
      { kind: 'one', factor: 'SMS_MFA' },
    ],
  ];
  for (const [name, where, who, wanted] of cases) {
    it(`is ${name}`, () => expect(wantedFactor(where, who)).toEqual(wanted));
  }

  it('is asked of whoever could use one when the sign-in is risky', () => {
    expect(wantedFactor(pool('OPTIONAL'), user(email), true)).toEqual({ kind: 'one', factor: 'EMAIL_OTP' });
    expect(wantedFactor(pool('OPTIONAL'), user({}), true)).toEqual({ kind: 'nothing' });
  });
});

it('keeps recovery off an address that is the second factor', () => {
  const who = user({ ...phone, ...email }, { enabled: ['SMS_MFA'] });
  expect(isFactorAddress(pool('OPTIONAL'), who, 'phone_number')).toBe(true);
  expect(isFactorAddress(pool('OPTIONAL'), who, 'email')).toBe(false);
  expect(isFactorAddress(pool('OFF'), who, 'phone_number')).toBe(false);
});

it('shows what a user chose, in the order of activation', () => {
  const order: Factor[] = ['EMAIL_OTP', 'SMS_MFA', 'EMAIL_OTP'];
  const chosen = order.reduce((who, factor) => withFactor(who, factor), user({ ...phone, ...email }));
  expect(describeMfa(chosen)).toEqual({ UserMFASettingList: ['EMAIL_OTP', 'SMS_MFA'] });
  expect(describeMfa(user({}))).toEqual({});
});

describe('authenticator apps', () => {
  // RFC 6238, appendix B, SHA-1, its last six digits.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

  it('show the codes of RFC 6238, a step early or late as well', () => {
    expect(stepOf(secret, '287082', 59_000)).toBe(1);
    expect(stepOf(secret, '081804', 1_111_111_109_000)).toBe(37_037_036);
    expect(stepOf(secret, '287082', 89_000)).toBe(1);
    expect(stepOf(secret, '287082', 0)).toBe(1);
    expect(stepOf(secret, '287082', 119_000)).toBeUndefined();
    expect(stepOf(secret, '', 59_000)).toBeUndefined();
  });

  it('get secrets of 256 bits in Base32', () => {
    const made = newSecret((length) => new Uint8Array(length).fill(0xff));
    expect(made).toMatch(/^7{51}Q$/);
  });
});
