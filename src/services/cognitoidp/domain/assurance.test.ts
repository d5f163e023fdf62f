import { describe, expect, it } from 'vitest';
import { assuranceOf } from './assurance.ts';

describe('how strongly somebody signed in', () => {
  it.each([
    [['PASSWORD'], 1, ['pwd']],
    [['EMAIL_OTP'], 2, ['email_otp']],
    [['SMS_OTP'], 2, ['sms']],
    [['WEB_AUTHN'], 3, ['hwk']],
    [['WEB_AUTHN_PLATFORM', 'USER_VERIFIED'], 3, ['swk']],
    [['PASSWORD', 'SMS_MFA'], 3, ['pwd', 'sms', 'mfa']],
    [['PASSWORD', 'EMAIL_MFA'], 3, ['pwd', 'email_otp', 'mfa']],
    [['PASSWORD', 'SOFTWARE_TOKEN_MFA'], 4, ['pwd', 'otp', 'mfa']],
    [['PASSWORD', 'DEVICE'], 1, ['pwd']],
    [['PASSWORD', 'CUSTOM'], 1, ['pwd']],
  ])('%j is level %i', (factors, level, amr) => {
    expect(assuranceOf(factors)).toEqual({ acr: `urn:cognito:loa:${level}`, amr });
  });

  it('has no name for what functions ask alone', () => {
    expect(assuranceOf(['CUSTOM'])).toBeUndefined();
    expect(assuranceOf([])).toBeUndefined();
  });
});
