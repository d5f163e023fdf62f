import { describe, expect, it } from 'vitest';
import type { Client, Pool, User } from '../store.ts';
import { changeAttributes } from './attributeChange.ts';
import { checkClient, clientSettingsOf } from './clientSettings.ts';
import { checkMailRegion } from './poolChecks.ts';
import { type GivenSettings, schemaOf, settingsOf } from './poolSettings.ts';
import { checkTags } from './tags.ts';

describe('settings of a pool', () => {
  const sms = { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms' } };
  const arn = (region: string) => `arn:aws:ses:${region}:000000000000:identity/a@example.com`;
  const factors = (...AllowedFirstAuthFactors: string[]) => ({
    Policies: { SignInPolicy: { AllowedFirstAuthFactors } },
  });
  const recovery = (...names: string[]) => ({
    AccountRecoverySetting: {
      RecoveryMechanisms: names.map((Name, index) => ({ Name, Priority: index + 1 })),
    },
  });
  const token = (LambdaVersion: string) => ({
    LambdaConfig: { PreTokenGenerationConfig: { LambdaVersion, LambdaArn: 'arn' } },
  });

  const good: GivenSettings[] = [
    {},
    { ...sms, AutoVerifiedAttributes: ['email', 'phone_number'] },
    {
      AutoVerifiedAttributes: ['email'],
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
    },
    { ...sms, MfaConfiguration: 'ON' },
    { ...recovery('admin_only') },
    { ...recovery('verified_email', 'verified_phone_number') },
    {
      EmailConfiguration: {
        EmailSendingAccount: 'DEVELOPER',
        SourceArn: arn('eu-west-1'),
        From: 'A B <a@b.c>',
      },
    },
    { EmailConfiguration: { From: 'a@example.com' } },
    factors('PASSWORD', 'EMAIL_OTP'),
    { UserPoolTier: 'LITE', ...token('V1_0') },
    { UserPoolTier: 'PLUS', UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' } },
    { UserPoolTier: 'LITE', UserPoolAddOns: { AdvancedSecurityMode: 'OFF' } },
    {
      AcrConfiguration: {
        Level1: { AcrValue: 'urn:example:1' },
        Level4: { AcrValue: 'https://a.example/4' },
      },
    },
    { UserPoolTier: 'LITE', AcrConfiguration: { Level1: { AcrValue: 'urn:cognito:loa:1' } } },
  ];
  it.each(good.map((given) => [given]))('takes %j', (given) => {
    expect(() => settingsOf(given)).not.toThrow();
  });

  const bad: [GivenSettings, string][] = [
    [{ AliasAttributes: ['email'], UsernameAttributes: ['email'] }, 'Only one of the aliasAttributes'],
    [
      { UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] } },
      'All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes',
    ],
    [{ AutoVerifiedAttributes: ['phone_number'] }, 'SMS configuration is required when phone_number'],
    [{ MfaConfiguration: 'ON' }, 'SMS configuration and Auto verification for phone_number are required'],
    [recovery('admin_only', 'verified_email'), 'cannot use admin_only setting with any other'],
    [recovery('verified_email', 'verified_email'), 'duplicate values of Name'],
    [
      { EmailConfiguration: { EmailSendingAccount: 'DEVELOPER' } },
      'Source ARN is required to use DEVELOPER email sending owner',
    ],
    [{ EmailConfiguration: { From: 'somebody' } }, 'Provided From email address is invalid'],
    [
      { EmailVerificationSubject: 'a', VerificationMessageTemplate: { EmailSubject: 'b' } },
      'EmailVerificationSubject must be the same',
    ],
    [
      {
        Policies: { PasswordPolicy: { TemporaryPasswordValidityDays: 3 } },
        AdminCreateUserConfig: { UnusedAccountValidityDays: 3 },
      },
      'Please use TemporaryPasswordValidityDays in PasswordPolicy',
    ],
    [factors('EMAIL_OTP'), 'Password should be configured as one of the allowed first auth factors.'],
    [
      { UserPoolTier: 'LITE', ...factors('PASSWORD', 'WEB_AUTHN') },
      'The following features need to be disabled for the LITE pricing tier configured: Passwordless Sign-In',
    ],
    [{ UserPoolTier: 'LITE', ...token('V2_0') }, 'Token Customization with Pre-Token Generation Lambda V2_0'],
    [
      { UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' } },
      'The following features need to be disabled for the ESSENTIALS pricing tier configured: Threat Protection',
    ],
    [{ AcrConfiguration: { Level1: { AcrValue: 'urn:cognito:loa:2' } } }, 'must be unique'],
    [{ AcrConfiguration: { Level1: { AcrValue: 'not one' } } }, 'must be a URL or a URN'],
    [{ AcrConfiguration: { Level5: { AcrValue: 'urn:a' } } as never }, 'unknown levels: Level5'],
    [
      { UserPoolTier: 'LITE', AcrConfiguration: { Level1: { AcrValue: 'urn:example:1' } } },
      'The following features need to be disabled for the LITE pricing tier configured: Step-Up Authentication',
    ],
  ];
  it.each(bad)('refuses %j', (given, why) => {
    expect(() => settingsOf(given)).toThrow(why);
  });

  it('send mail from their own region, or from one of three', () => {
    const from = (region: string) => ({
      EmailConfiguration: { EmailSendingAccount: 'DEVELOPER', SourceArn: arn(region) },
    });
    expect(() => checkMailRegion(from('eu-north-1'), 'eu-north-1')).not.toThrow();
    expect(() => checkMailRegion(from('us-west-2'), 'eu-north-1')).not.toThrow();
    expect(() => checkMailRegion(from('eu-north-1'), 'us-east-1')).toThrow(
      'Provided SourceArn must be in one of the following SES regions: eu-west-1, us-east-1, us-west-2.',
    );
  });

  it('show texts of messages by their older names and in the template, whichever were sent', () => {
    const older = settingsOf({ EmailVerificationMessage: 'e {####}', EmailVerificationSubject: 's' });
    expect(older.VerificationMessageTemplate).toEqual({
      DefaultEmailOption: 'CONFIRM_WITH_CODE',
      EmailMessage: 'e {####}',
      EmailSubject: 's',
    });
    const newer = settingsOf({ VerificationMessageTemplate: { SmsMessage: 'm {####}' } });
    expect(newer.SmsVerificationMessage).toBe('m {####}');
    expect(newer).not.toHaveProperty('EmailVerificationMessage');
  });

  it('mean by an empty list of names what no list means', () => {
    const settings = settingsOf({ AliasAttributes: ['email'], UsernameAttributes: [] });
    expect(settings.AliasAttributes).toEqual(['email']);
    expect(settings).not.toHaveProperty('UsernameAttributes');
  });

  it('keep the plan, and what can never change, when they are set again', () => {
    const before = settingsOf({ UserPoolTier: 'LITE', UsernameAttributes: ['email'] });
    expect(settingsOf({}, before)).toMatchObject({ UserPoolTier: 'LITE', UsernameAttributes: ['email'] });
    expect(() => settingsOf(factors('PASSWORD', 'WEB_AUTHN'), before)).toThrow('Passwordless Sign-In');
  });

  it('keep what is verified before it changes until they are told otherwise', () => {
    const AutoVerifiedAttributes = ['email'];
    const UserAttributeUpdateSettings = { AttributesRequireVerificationBeforeUpdate: ['email'] };
    const before = settingsOf({ AutoVerifiedAttributes, UserAttributeUpdateSettings });
    expect(settingsOf({ AutoVerifiedAttributes }, before)).toMatchObject({ UserAttributeUpdateSettings });
    const none = { AttributesRequireVerificationBeforeUpdate: [] };
    expect(settingsOf({ AutoVerifiedAttributes, UserAttributeUpdateSettings: none }, before)).toMatchObject({
      UserAttributeUpdateSettings: none,
    });
    expect(settingsOf({}, before)).not.toHaveProperty('UserAttributeUpdateSettings');
  });

  it('let MFA be required without SMS where there is another factor', () => {
    expect(settingsOf({ MfaConfiguration: 'ON' }, settingsOf({}), true).MfaConfiguration).toBe('ON');
  });

  it('take a zero for the default', () => {
    const Policies = { PasswordPolicy: { TemporaryPasswordValidityDays: 0 } };
    expect(settingsOf({ Policies }).Policies.PasswordPolicy.TemporaryPasswordValidityDays).toBe(7);
  });
});

describe('a schema', () => {
  it.each([
    [[{ Name: 'a' }, { Name: 'a' }], 'Duplicate custom attribute names custom:a are not allowed'],
    [[{ Name: 'a' }], 'Invalid AttributeDataType input, consider using the provided AttributeDataType enum.'],
    [[{ Name: 'email', DeveloperOnlyAttribute: true }], 'You can not change AttributeDataType or set'],
    [
      [
        {
          Name: 'n',
          AttributeDataType: 'Number',
          NumberAttributeConstraints: { MinValue: '9', MaxValue: '1' },
        },
      ],
      "Attribute custom:n cannot have a max value smaller than it's min value",
    ],
    [
      [
        {
          Name: 's',
          AttributeDataType: 'String',
          StringAttributeConstraints: { MinLength: '9', MaxLength: '1' },
        },
      ],
      "Attribute custom:s cannot have a max length shorter than it's min length",
    ],
    [
      [{ Name: 's', AttributeDataType: 'String', StringAttributeConstraints: { MaxLength: '4096' } }],
      'must have a length between',
    ],
  ] as const)('refuses %j', (given, why) => {
    expect(() => schemaOf(given)).toThrow(why);
  });
});

describe('settings of a client', () => {
  const pool = (tier: 'LITE' | 'ESSENTIALS') =>
    ({ settings: settingsOf({ UserPoolTier: tier }), schema: schemaOf() }) as Pool;
  it.each([
    [{ WriteAttributes: ['email_verified'] }, 'Invalid write attributes specified while creating a client'],
    [{ ReadAttributes: ['custom:x'] }, 'Invalid read attributes specified while creating a client'],
    [{ AccessTokenValidity: 25 }, 'Invalid range for token validity.'],
    [{ AnalyticsConfiguration: { ApplicationId: 'a' } }, 'Invalid analytics configuration given'],
    [{ RefreshTokenRotation: { Feature: 'ENABLED' as const } }, 'Refresh Token Rotation'],
    [{ EnablePropagateAdditionalUserContextData: true }, 'a client that has a client secret'],
  ])('refuses %j', (given, why) => {
    expect(() => checkClient(clientSettingsOf(given) as Client['settings'], pool('LITE'))).toThrow(why);
  });
  it('takes what is right', () => {
    const given = {
      ReadAttributes: ['email_verified', 'email'],
      WriteAttributes: ['email'],
      AnalyticsConfiguration: { ApplicationArn: 'arn' },
      RefreshTokenRotation: { Feature: 'ENABLED' as const },
    };
    expect(() => checkClient(clientSettingsOf(given), pool('ESSENTIALS'))).not.toThrow();
    const told = clientSettingsOf({ EnablePropagateAdditionalUserContextData: true });
    expect(() => checkClient(told, pool('ESSENTIALS'), { hasSecret: true })).not.toThrow();
  });
  it('let every client write what the pool requires', () => {
    const strict = { ...pool('ESSENTIALS'), schema: schemaOf([{ Name: 'email', Required: true }]) } as Pool;
    const check = (WriteAttributes?: string[]) =>
      checkClient(clientSettingsOf(WriteAttributes ? { WriteAttributes } : {}), strict, {
        doing: 'updating',
      });
    expect(() => check(['name'])).toThrow('Invalid write attributes specified while updating a client');
    expect(() => check(['name', 'email'])).not.toThrow();
    expect(() => check()).not.toThrow();
  });
  it('show a rotation that is no more as disabled', () => {
    const rotating = clientSettingsOf({ RefreshTokenRotation: { Feature: 'ENABLED' } });
    expect(rotating.RefreshTokenRotation).toEqual({ Feature: 'ENABLED', RetryGracePeriodSeconds: 0 });
    expect(clientSettingsOf({}, rotating).RefreshTokenRotation).toEqual({
      Feature: 'DISABLED',
      RetryGracePeriodSeconds: 0,
    });
    expect(clientSettingsOf({}, clientSettingsOf({}))).not.toHaveProperty('RefreshTokenRotation');
  });
});

describe('changes of attributes', () => {
  const user = {
    attributes: { email: 'old@example.com', email_verified: 'true', name: 'A' },
  } as unknown as User;
  const pool = (settings: GivenSettings) => ({ settings: settingsOf(settings) }) as Pool;
  const verifying = pool({ AutoVerifiedAttributes: ['email'] });
  const keeping = pool({
    AutoVerifiedAttributes: ['email'],
    UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
  });
  const email = 'new@example.com';

  it('mark a new address as unverified, and have it verified where the pool does that', () => {
    const after = { email, email_verified: 'false', name: 'A' };
    expect(changeAttributes(pool({}), user, { email })).toEqual({
      attributes: after,
      toVerify: {},
      settled: ['email'],
    });
    expect(changeAttributes(verifying, user, { email })).toEqual({
      attributes: after,
      toVerify: { email },
      settled: [],
    });
  });

  it('leave the old address in place until the new one is verified', () => {
    expect(changeAttributes(keeping, user, { email, name: 'B' })).toEqual({
      attributes: { ...user.attributes, name: 'B' },
      toVerify: { email },
      settled: [],
    });
    expect(changeAttributes(keeping, user, { email, email_verified: 'true' })).toEqual({
      attributes: { email, email_verified: 'true', name: 'A' },
      toVerify: {},
      settled: ['email'],
    });
  });

  it('change nothing of an address that stays as it is, and take its mark away with it', () => {
    expect(changeAttributes(verifying, user, { email: 'old@example.com' }).toVerify).toEqual({});
    expect(changeAttributes(keeping, user, { email: '' })).toEqual({
      attributes: { name: 'A' },
      toVerify: {},
      settled: ['email'],
    });
  });
});

it('bounds tags', () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']));
  expect(() => checkTags(many(50))).not.toThrow();
  expect(() => checkTags(many(51))).toThrow('must not exceed 50');
  expect(() => checkTags({ 'aws:x': '' })).toThrow('reserved prefix');
});
