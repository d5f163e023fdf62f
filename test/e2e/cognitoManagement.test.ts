/** User pools as administrators find them: what is filled in, what is refused, and in which words. Through the official SDK. */
import {
  AddCustomAttributesCommand,
  AdminCreateUserCommand,
  AdminDeleteUserAttributesCommand,
  AdminGetUserCommand,
  AdminLinkProviderForUserCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  type AttributeType,
  type AuthFactorType,
  CognitoIdentityProviderClient,
  CreateIdentityProviderCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  DeleteIdentityProviderCommand,
  DescribeRiskConfigurationCommand,
  DescribeUserPoolCommand,
  GetUserPoolMfaConfigCommand,
  type IdentityProviderTypeType,
  ListUsersCommand,
  paginateListUsers,
  SetRiskConfigurationCommand,
  SetUserPoolMfaConfigCommand,
  UpdateUserPoolClientCommand,
  UpdateUserPoolCommand,
  type UpdateUserPoolCommandInput,
  type UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;

beforeAll(async () => {
  cloud = await startCloud();
  cognito = new CognitoIdentityProviderClient(cloud.clientConfig);
});
afterAll(async () => {
  cognito.destroy();
  await cloud.close();
});

const invalid = (message: string) => ({ name: 'InvalidParameterException', message });

async function makePool(settings: Partial<CreateUserPoolCommandInput> = {}): Promise<string> {
  const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'people', ...settings }));
  return UserPool?.Id ?? '';
}

async function settingsOf(UserPoolId: string): Promise<UserPoolType> {
  const { UserPool } = await cognito.send(new DescribeUserPoolCommand({ UserPoolId }));
  return UserPool ?? {};
}

const makeClient = (UserPoolId: string, settings: Partial<CreateUserPoolClientCommandInput> = {}) =>
  cognito.send(new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'app', ...settings }));

const attributesOf = (all: Record<string, string>): AttributeType[] =>
  Object.entries(all).map(([Name, Value]) => ({ Name, Value }));

const makeUser = (
  UserPoolId: string,
  Username: string,
  all: Record<string, string> = {},
  more: object = {},
) =>
  cognito.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username,
      MessageAction: 'SUPPRESS',
      UserAttributes: attributesOf(all),
      ...more,
    }),
  );

describe('what nobody set', () => {
  it('is filled in for pools', async () => {
    const UserPoolId = await makePool();
    const { UserPool } = await cognito.send(new DescribeUserPoolCommand({ UserPoolId }));
    const { SchemaAttributes, CreationDate, LastModifiedDate, ...rest } = UserPool ?? {};
    expect(CreationDate).toEqual(LastModifiedDate);
    expect(rest).toEqual({
      Id: UserPoolId,
      Name: 'people',
      Arn: `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${UserPoolId}`,
      Policies: {
        PasswordPolicy: {
          MinimumLength: 8,
          RequireUppercase: true,
          RequireLowercase: true,
          RequireNumbers: true,
          RequireSymbols: true,
          TemporaryPasswordValidityDays: 7,
        },
        SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD'] },
      },
      DeletionProtection: 'INACTIVE',
      LambdaConfig: {},
      MfaConfiguration: 'OFF',
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false, UnusedAccountValidityDays: 7 },
      VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_CODE' },
      EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT' },
      AccountRecoverySetting: {
        RecoveryMechanisms: [
          { Priority: 1, Name: 'verified_email' },
          { Priority: 2, Name: 'verified_phone_number' },
        ],
      },
      EstimatedNumberOfUsers: 0,
      UserPoolTags: {},
      UserPoolTier: 'ESSENTIALS',
      AcrConfiguration: {
        Level1: { AcrValue: 'urn:cognito:loa:1' },
        Level2: { AcrValue: 'urn:cognito:loa:2' },
        Level3: { AcrValue: 'urn:cognito:loa:3' },
        Level4: { AcrValue: 'urn:cognito:loa:4' },
      },
    });
    expect(SchemaAttributes).toHaveLength(21);
  });

  it('is filled in for clients', async () => {
    const UserPoolId = await makePool();
    const { UserPoolClient } = await makeClient(UserPoolId);
    const { ClientId, CreationDate, LastModifiedDate, ...rest } = UserPoolClient ?? {};
    expect(ClientId).toMatch(/^[a-z0-9]{26}$/);
    expect(CreationDate).toEqual(LastModifiedDate);
    expect(rest).toEqual({
      UserPoolId,
      ClientName: 'app',
      RefreshTokenValidity: 30,
      TokenValidityUnits: {},
      AllowedOAuthFlowsUserPoolClient: false,
      EnableTokenRevocation: true,
      EnablePropagateAdditionalUserContextData: false,
      AuthSessionValidity: 3,
    });
  });
});

describe('clients', () => {
  it('name providers that the pool has', async () => {
    const UserPoolId = await makePool();
    const SupportedIdentityProviders = ['COGNITO', 'Google'];
    const missing = invalid(`The provider Google does not exist for User Pool ${UserPoolId}.`);
    await expect(makeClient(UserPoolId, { SupportedIdentityProviders })).rejects.toMatchObject(missing);
    const { UserPoolClient } = await makeClient(UserPoolId, { SupportedIdentityProviders: ['COGNITO'] });
    const update = () =>
      cognito.send(
        new UpdateUserPoolClientCommand({
          UserPoolId,
          ClientId: UserPoolClient?.ClientId,
          SupportedIdentityProviders,
        }),
      );
    await expect(update()).rejects.toMatchObject(missing);
    await cognito.send(
      new CreateIdentityProviderCommand({
        UserPoolId,
        ProviderName: 'Google',
        ProviderType: 'Google',
        ProviderDetails: { client_id: 'a', client_secret: 'b', authorize_scopes: 'email' },
      }),
    );
    expect((await update()).UserPoolClient?.SupportedIdentityProviders).toEqual(['COGNITO', 'Google']);
    // A provider may go while clients name it; their next update says so.
    await cognito.send(new DeleteIdentityProviderCommand({ UserPoolId, ProviderName: 'Google' }));
    await expect(update()).rejects.toMatchObject(missing);
  });

  it('can write what the pool requires, and show a rotation that was taken away as disabled', async () => {
    const UserPoolId = await makePool({ Schema: [{ Name: 'email', Required: true }] });
    const create = makeClient(UserPoolId, { WriteAttributes: ['name'] });
    await expect(create).rejects.toMatchObject(
      invalid('Invalid write attributes specified while creating a client'),
    );
    const { UserPoolClient } = await makeClient(UserPoolId, {
      WriteAttributes: ['name', 'email'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
    });
    const ClientId = UserPoolClient?.ClientId;
    const update = (more: Partial<CreateUserPoolClientCommandInput>) =>
      cognito.send(new UpdateUserPoolClientCommand({ UserPoolId, ClientId, ...more }));
    await expect(update({ WriteAttributes: ['name'] })).rejects.toMatchObject(
      invalid('Invalid write attributes specified while updating a client'),
    );
    expect((await update({})).UserPoolClient).toMatchObject({
      RefreshTokenRotation: { Feature: 'DISABLED', RetryGracePeriodSeconds: 0 },
    });
  });
});

describe('users', () => {
  it('are made and changed in the words of each operation', async () => {
    const UserPoolId = await makePool({
      Schema: [{ Name: 'tenant', AttributeDataType: 'String', Mutable: false }],
    });
    await makeUser(UserPoolId, 'ann', { email: 'ann@example.com', email_verified: 'True' });
    await expect(makeUser(UserPoolId, 'ann')).rejects.toMatchObject({
      name: 'UsernameExistsException',
      message: 'User account already exists',
    });
    const weak = makeUser(UserPoolId, 'bob', {}, { TemporaryPassword: 'abcdefgh1' });
    await expect(weak).rejects.toMatchObject({
      name: 'InvalidPasswordException',
      message: 'Password did not conform with password policy: Password must have uppercase characters',
    });
    await expect(
      cognito.send(new AdminSetUserPasswordCommand({ UserPoolId, Username: 'ann', Password: 'short' })),
    ).rejects.toMatchObject({
      name: 'InvalidPasswordException',
      message: 'Password does not conform to policy: Password not long enough',
    });
    await expect(makeUser(UserPoolId, 'bob', { 'custom:x': '1' })).rejects.toMatchObject(
      invalid(
        'Attributes did not conform to the schema: Type for attribute {custom:x} could not be determined',
      ),
    );
    const change = (all: Record<string, string>) =>
      cognito.send(
        new AdminUpdateUserAttributesCommand({
          UserPoolId,
          Username: 'ann',
          UserAttributes: attributesOf(all),
        }),
      );
    await expect(change({ 'custom:x': '1' })).rejects.toMatchObject(
      invalid('user.custom:x: Attribute does not exist in the schema.\n'),
    );
    // What is immutable is set when users are made, or never.
    await expect(change({ 'custom:tenant': 'a' })).rejects.toMatchObject(
      invalid('user.custom:tenant: Attribute cannot be updated.\n'),
    );
    await expect(
      cognito.send(
        new AdminDeleteUserAttributesCommand({ UserPoolId, Username: 'ann', UserAttributeNames: ['sub'] }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await cognito.send(
      new AdminSetUserPasswordCommand({
        UserPoolId,
        Username: 'ann',
        Password: 'Correct-horse7',
        Permanent: true,
      }),
    );
    await expect(
      cognito.send(new AdminCreateUserCommand({ UserPoolId, Username: 'ann', MessageAction: 'RESEND' })),
    ).rejects.toMatchObject({
      name: 'UnsupportedUserStateException',
      message: 'Resend not possible. ann status is not FORCE_CHANGE_PASSWORD',
    });
  });

  it.each([
    [['email'], 'Username should be an email.'],
    [['phone_number'], 'Username should be a phone number.'],
    [['phone_number', 'email'], 'Username should be either an email or a phone number.'],
  ] as const)('are called by their %j', async (UsernameAttributes, message) => {
    const UserPoolId = await makePool({ UsernameAttributes: [...UsernameAttributes] });
    await expect(makeUser(UserPoolId, 'ann')).rejects.toMatchObject(invalid(message));
  });

  it('lose an alias to whom an administrator gives it, verified', async () => {
    const address = { email: 'x@example.com', email_verified: 'true' };
    const UserPoolId = await makePool({ AliasAttributes: ['email'] });
    await makeUser(UserPoolId, 'ann', address);
    await expect(makeUser(UserPoolId, 'bob', address)).rejects.toMatchObject({
      name: 'UsernameExistsException',
      message: 'An account with the email already exists.',
    });
    await makeUser(UserPoolId, 'bob');
    const get = async (Username: string) => {
      const { UserAttributes, ...rest } = await cognito.send(
        new AdminGetUserCommand({ UserPoolId, Username }),
      );
      return {
        ...rest,
        ...Object.fromEntries((UserAttributes ?? []).map(({ Name, Value }) => [Name, Value])),
      };
    };
    const give = (more: Record<string, string>) =>
      cognito.send(
        new AdminUpdateUserAttributesCommand({
          UserPoolId,
          Username: 'bob',
          UserAttributes: attributesOf({ email: 'x@example.com', ...more }),
        }),
      );
    // What isn't verified is no alias, and takes none.
    await give({});
    expect(await get('x@example.com')).toMatchObject({ Username: 'ann' });
    await give({ email_verified: 'true' });
    expect(await get('x@example.com')).toMatchObject({ Username: 'bob', email_verified: 'true' });
    expect(await get('ann')).toMatchObject({ email: 'x@example.com', email_verified: 'false' });
    // Where addresses are usernames, nobody loses one.
    const strict = await makePool({ UsernameAttributes: ['email'] });
    await makeUser(strict, 'x@example.com');
    await makeUser(strict, 'y@example.com');
    const stealing = new AdminUpdateUserAttributesCommand({
      UserPoolId: strict,
      Username: 'y@example.com',
      UserAttributes: attributesOf(address),
    });
    await expect(cognito.send(stealing)).rejects.toMatchObject({
      name: 'AliasExistsException',
      message: 'An account with the given email already exists.',
    });
  });

  it('are listed page by page, each once', async () => {
    const UserPoolId = await makePool();
    const names = Array.from({ length: 70 }, (_, index) => `user-${index}`);
    await Promise.all(names.map((name) => makeUser(UserPoolId, name, { name: name.slice(0, 6) })));
    const listed: string[] = [];
    const sizes: number[] = [];
    for await (const { Users = [] } of paginateListUsers({ client: cognito }, { UserPoolId })) {
      sizes.push(Users.length);
      listed.push(...Users.map(({ Username = '' }) => Username));
    }
    expect(sizes).toEqual([60, 10]);
    expect([...listed].sort()).toEqual([...names].sort());
    const some: string[] = [];
    const filter = { UserPoolId, Filter: 'name = "user-1"', Limit: 4 };
    for await (const { Users = [] } of paginateListUsers({ client: cognito }, filter)) {
      some.push(...Users.map(({ Username = '' }) => Username));
    }
    expect(some.sort()).toEqual(names.filter((name) => name.startsWith('user-1')).sort());
  });

  it('are listed with attributes that all of them have', async () => {
    const UserPoolId = await makePool();
    await makeUser(UserPoolId, 'ann', { name: 'Ann', email: 'ann@example.com' });
    await makeUser(UserPoolId, 'bob', { name: 'Bob' });
    const list = async (AttributesToGet: string[], Filter?: string) => {
      const { Users = [] } = await cognito.send(
        new ListUsersCommand({ UserPoolId, AttributesToGet, Filter }),
      );
      return Users.map(({ Attributes }) => Attributes);
    };
    expect(await list(['name'])).toEqual([
      [{ Name: 'name', Value: 'Ann' }],
      [{ Name: 'name', Value: 'Bob' }],
    ]);
    expect(await list(['email'], 'name = "Ann"')).toEqual([[{ Name: 'email', Value: 'ann@example.com' }]]);
    expect(await list([])).toEqual([[], []]);
    for (const name of ['email', 'custom:x']) {
      await expect(list([name])).rejects.toMatchObject(
        invalid('One or more requested attributes do not exist.'),
      );
    }
  });

  it('with passwords are linked to, never as identities of others', async () => {
    const UserPoolId = await makePool();
    await makeUser(UserPoolId, 'ann');
    await makeUser(UserPoolId, 'bob');
    const user = (ProviderAttributeValue: string) => ({ ProviderName: 'Cognito', ProviderAttributeValue });
    const link = new AdminLinkProviderForUserCommand({
      UserPoolId,
      DestinationUser: user('ann'),
      SourceUser: { ...user('bob'), ProviderAttributeName: 'Cognito_Subject' },
    });
    await expect(cognito.send(link)).rejects.toMatchObject(
      invalid(
        'Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser',
      ),
    );
  });
});

describe('pools', () => {
  it('are told what type an attribute has', async () => {
    const UserPoolId = await makePool();
    const untyped = { UserPoolId, CustomAttributes: [{ Name: 'email' }] } as never;
    await expect(cognito.send(new AddCustomAttributesCommand(untyped))).rejects.toMatchObject(
      invalid('Invalid AttributeDataType input, consider using the provided AttributeDataType enum.'),
    );
  });

  it('have the SMS of their settings for MFA until they are told otherwise', async () => {
    const SmsConfiguration = { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms', ExternalId: 'x' };
    const UserPoolId = await makePool({ MfaConfiguration: 'ON', SmsConfiguration });
    const shown = await cognito.send(new GetUserPoolMfaConfigCommand({ UserPoolId }));
    expect(shown).toMatchObject({ MfaConfiguration: 'ON', SmsMfaConfiguration: { SmsConfiguration } });
    const SoftwareTokenMfaConfiguration = { Enabled: true };
    // A factor that isn't enabled is one, too.
    const factors = [{ SoftwareTokenMfaConfiguration: { Enabled: false } }, { EmailMfaConfiguration: {} }];
    for (const factor of [{ SoftwareTokenMfaConfiguration }, ...factors]) {
      const off = new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: 'OFF', ...factor });
      await expect(cognito.send(off)).rejects.toMatchObject(
        invalid("Invalid MFA configuration given, can't turn off MFA and configure an MFA together."),
      );
    }
    const none = new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: 'ON' });
    await expect(cognito.send(none)).rejects.toMatchObject(
      invalid('Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.'),
    );
    const optional = { MfaConfiguration: 'OPTIONAL' as const, SoftwareTokenMfaConfiguration };
    expect(await cognito.send(new SetUserPoolMfaConfigCommand({ UserPoolId, ...optional }))).toMatchObject(
      optional,
    );
    const changed = await cognito.send(new GetUserPoolMfaConfigCommand({ UserPoolId }));
    expect(changed.SmsMfaConfiguration).toBeUndefined();
  });

  it('keep what an update does not speak of, but for what the service sets back', async () => {
    const { Policies } = await settingsOf(
      await makePool({ Policies: { PasswordPolicy: { MinimumLength: 12, RequireSymbols: false } } }),
    );
    const UserPoolId = await makePool({
      Policies: { ...Policies, SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
      AutoVerifiedAttributes: ['email'],
      AccountRecoverySetting: { RecoveryMechanisms: [{ Priority: 1, Name: 'admin_only' }] },
      DeletionProtection: 'ACTIVE',
      EmailVerificationSubject: 'Hello',
    });
    await cognito.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId,
        MfaConfiguration: 'OPTIONAL',
        SoftwareTokenMfaConfiguration: { Enabled: true },
      }),
    );
    const update = (settings: Partial<UpdateUserPoolCommandInput>) =>
      cognito.send(new UpdateUserPoolCommand({ UserPoolId, ...settings }));
    await update({});
    const kept = await settingsOf(UserPoolId);
    expect(kept).toMatchObject({
      Policies: {
        PasswordPolicy: { MinimumLength: 12, RequireSymbols: false, TemporaryPasswordValidityDays: 7 },
        SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] },
      },
      MfaConfiguration: 'OPTIONAL',
      AccountRecoverySetting: { RecoveryMechanisms: [{ Priority: 1, Name: 'admin_only' }] },
      DeletionProtection: 'ACTIVE',
      EmailVerificationSubject: 'Hello',
      VerificationMessageTemplate: { EmailSubject: 'Hello' },
    });
    expect(kept.AutoVerifiedAttributes).toBeUndefined();
    await update({ VerificationMessageTemplate: { EmailMessage: 'Code {####}' } });
    expect((await settingsOf(UserPoolId)).EmailVerificationSubject).toBeUndefined();
    await update({ AdminCreateUserConfig: { UnusedAccountValidityDays: 9 } });
    await update({ Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } });
    expect((await settingsOf(UserPoolId)).Policies).toMatchObject({
      PasswordPolicy: { MinimumLength: 12, TemporaryPasswordValidityDays: 9 },
      SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] },
    });
    await expect(update({ UserPoolTier: 'LITE' })).rejects.toThrow('Passwordless');
  });

  it('have no codes, and no passkeys alone, as a first factor where a second one is required', async () => {
    const UserPoolId = await makePool();
    const allow = (...others: AuthFactorType[]) =>
      cognito.send(
        new UpdateUserPoolCommand({
          UserPoolId,
          Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', ...others] } },
        }),
      );
    const set = (MfaConfiguration: 'ON' | 'OPTIONAL', more: object = {}) =>
      cognito.send(
        new SetUserPoolMfaConfigCommand({
          UserPoolId,
          MfaConfiguration,
          SoftwareTokenMfaConfiguration: { Enabled: true },
          ...more,
        }),
      );
    const codes = invalid(
      'Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled',
    );
    await allow('EMAIL_OTP');
    await set('OPTIONAL');
    await expect(set('ON')).rejects.toMatchObject(codes);
    await allow('WEB_AUTHN');
    await expect(set('ON')).rejects.toMatchObject(
      invalid(
        'Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an allowed first auth factor',
      ),
    );
    await allow();
    await set('ON');
    await expect(allow('SMS_OTP')).rejects.toMatchObject(codes);
    await expect(allow('WEB_AUTHN')).rejects.toMatchObject(
      invalid('WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA.'),
    );
    await set('ON', {
      WebAuthnConfiguration: { FactorConfiguration: 'MULTI_FACTOR_WITH_USER_VERIFICATION' },
    });
    await allow('WEB_AUTHN');
  });

  it('look at passwords at all times unless they say when', async () => {
    const UserPoolId = await makePool({
      UserPoolTier: 'PLUS',
      UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' },
    });
    const Actions = { EventAction: 'BLOCK' as const };
    await cognito.send(
      new SetRiskConfigurationCommand({ UserPoolId, CompromisedCredentialsRiskConfiguration: { Actions } }),
    );
    const { RiskConfiguration } = await cognito.send(new DescribeRiskConfigurationCommand({ UserPoolId }));
    expect(RiskConfiguration?.CompromisedCredentialsRiskConfiguration).toEqual({
      EventFilter: ['SIGN_IN', 'SIGN_UP', 'PASSWORD_CHANGE'],
      Actions,
    });
  });

  it('refuse providers in the words of the service', async () => {
    const UserPoolId = await makePool();
    const make = (
      ProviderType: IdentityProviderTypeType,
      ProviderDetails: Record<string, string>,
      AttributeMapping: Record<string, string> = {},
    ) =>
      cognito.send(
        new CreateIdentityProviderCommand({
          UserPoolId,
          ProviderName: 'Corp',
          ProviderType,
          ProviderDetails,
          AttributeMapping,
        }),
      );
    const google = { client_id: 'a', client_secret: 'b', authorize_scopes: 'email' };
    await expect(make('Google', google)).rejects.toMatchObject(
      invalid('Provider Corp cannot be of type Google.'),
    );
    await expect(make('SAML', {})).rejects.toMatchObject(
      invalid('At least one of the MetadataURL or MetadataFile should be provided.'),
    );
    const oidc = {
      ...google,
      attributes_request_method: 'GET',
      oidc_issuer: 'https://issuer.example',
      authorize_url: 'https://issuer.example/a',
      token_url: 'https://issuer.example/t',
      attributes_url: 'https://issuer.example/u',
      jwks_uri: 'https://issuer.example/k',
    };
    await expect(make('OIDC', oidc, { email: 'email', 'custom:groups': 'groups' })).rejects.toMatchObject(
      invalid('AttributeMapping contains invalid mapping: [custom:groups]'),
    );
  });
});
