import { describe, expect, it } from 'vitest';
import { askedOfProvider, assuranceOf, federatedAssurance } from './assurance.ts';

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

  const names = { Level3: { AcrValue: 'urn:example:strong' } };
  const mapping = { Level1: 'basic', Level3: 'phr' };

  it('calls levels what the pool calls them', () => {
    expect(assuranceOf(['WEB_AUTHN'], names)?.acr).toBe('urn:example:strong');
    expect(assuranceOf(['PASSWORD'], names)?.acr).toBe('urn:cognito:loa:1');
  });

  it.each([
    [{}, 'urn:cognito:loa:1', ['fed']],
    [{ acr: 'phr', amr: '["hwk","user"]' }, 'urn:example:strong', ['hwk', 'user']],
    [{ acr: 'phr' }, 'urn:example:strong', ['fed']],
    [{ acr: 'other', amr: '[]' }, 'urn:cognito:loa:1', ['fed']],
    [{ acr: 'urn:example:strong', amr: '[pwd' }, 'urn:cognito:loa:1', ['fed']],
  ])('of a provider that says %j', (told, acr, amr) => {
    expect(federatedAssurance(names, told, mapping)).toEqual({ acr, amr });
  });

  it('asks providers in their own words, for levels that both know', () => {
    const wanted = ['urn:cognito:loa:4', 'urn:example:strong', 'nonsense', 'urn:cognito:loa:1'];
    expect(askedOfProvider(wanted, names, mapping)).toEqual(['phr', 'basic']);
    expect(askedOfProvider(wanted, names)).toEqual([]);
  });
});
