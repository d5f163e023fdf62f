/** What users and administrators do with user pools besides signing in, through the official SDK, with `enforce` on. */
import {
  AddUserPoolClientSecretCommand,
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminResetUserPasswordCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  CognitoIdentityProviderClient,
  ConfirmForgotPasswordCommand,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  CreateUserPoolDomainCommand,
  DeleteUserAttributesCommand,
  DeleteUserPoolClientSecretCommand,
  DescribeUserPoolClientCommand,
  ForgotPasswordCommand,
  GetUserAttributeVerificationCodeCommand,
  GetUserCommand,
  InitiateAuthCommand,
  ListTagsForResourceCommand,
  ListUserPoolClientSecretsCommand,
  ListUsersCommand,
  paginateListUsers,
  paginateListUsersInGroup,
  SignUpCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateUserAttributesCommand,
  VerifyUserAttributeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { secretHash } from '../../src/services/cognitoidp/domain/secretHash.ts';

const password = 'Correct-horse7';
let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;
/** Without credentials, as a browser has none. */
let browser: CognitoIdentityProviderClient;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  cognito = new CognitoIdentityProviderClient(cloud.clientConfig);
  browser = new CognitoIdentityProviderClient({
    region: 'us-east-1',
    endpoint: cloud.endpoint,
    credentials: () => Promise.reject(new Error('a browser has no credentials')),
  });
});
afterAll(async () => {
  cognito.destroy();
  browser.destroy();
  await cloud.close();
});

async function makePool(settings: Partial<CreateUserPoolCommandInput> = {}, GenerateSecret = false) {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({ PoolName: 'people', AutoVerifiedAttributes: ['email'], ...settings }),
  );
  const UserPoolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      GenerateSecret,
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  );
  const { ClientId = '', ClientSecret = '' } = UserPoolClient ?? {};
  return { UserPoolId, ClientId, ClientSecret, Arn: UserPool?.Arn ?? '' };
}

const attributes = (given: Record<string, string>) =>
  Object.entries(given).map(([Name, Value]) => ({ Name, Value }));

/** A confirmed user with a verified address. */
async function makeUser(UserPoolId: string, Username: string, given: Record<string, string> = {}) {
  const UserAttributes = attributes({ email: `${Username}@old.example`, email_verified: 'true', ...given });
  await cognito.send(
    new AdminCreateUserCommand({ UserPoolId, Username, UserAttributes, MessageAction: 'SUPPRESS' }),
  );
  await cognito.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: password, Permanent: true }),
  );
}

const signIn = (ClientId: string, USERNAME: string, PASSWORD = password, SECRET_HASH?: string) =>
  browser.send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId,
      AuthParameters: { USERNAME, PASSWORD, ...(SECRET_HASH ? { SECRET_HASH } : {}) },
    }),
  );

async function accessToken(ClientId: string, username: string): Promise<string> {
  return (await signIn(ClientId, username)).AuthenticationResult?.AccessToken ?? '';
}

async function messages(pool: string, username: string) {
  const page = `${cloud.endpoint}/_brume/services/cognitoidp/messages?pool=${pool}&username=${username}`;
  return (
    (await (await fetch(page)).json()) as {
      messages: { code: string; destination: string; source: string; body: string }[];
    }
  ).messages;
}

async function attributesOf(AccessToken: string): Promise<Record<string, string | undefined>> {
  const { UserAttributes = [] } = await browser.send(new GetUserCommand({ AccessToken }));
  return Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value]));
}

const update = (AccessToken: string, given: Record<string, string>) =>
  browser.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes: attributes(given) }));
const verify = (AccessToken: string, Code = '', AttributeName = 'email') =>
  browser.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName, Code }));

describe('attributes', () => {
  it('replaces an address at once and has it verified by code', async () => {
    const { UserPoolId, ClientId } = await makePool();
    await makeUser(UserPoolId, 'ann');
    const token = await accessToken(ClientId, 'ann');
    const { CodeDeliveryDetailsList } = await update(token, { email: 'ann@new.example', nickname: 'An' });
    expect(CodeDeliveryDetailsList).toEqual([
      { AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: 'a***@n***' },
    ]);
    expect(await attributesOf(token)).toMatchObject({
      email: 'ann@new.example',
      email_verified: 'false',
      nickname: 'An',
    });
    const [message] = await messages(UserPoolId, 'ann');
    expect(message).toMatchObject({
      destination: 'ann@new.example',
      source: 'CustomMessage_UpdateUserAttribute',
    });
    const wrong = message?.code === '000000' ? '000001' : '000000';
    await expect(verify(token, wrong)).rejects.toMatchObject({ name: 'CodeMismatchException' });
    await verify(token, message?.code);
    expect(await attributesOf(token)).toMatchObject({ email_verified: 'true' });
    await expect(verify(token, message?.code)).rejects.toMatchObject({ name: 'ExpiredCodeException' });
  });

  it('keeps the old address until the new one is verified, where the pool wants that', async () => {
    const { UserPoolId, ClientId } = await makePool({
      UsernameAttributes: ['email'],
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
    });
    for (const Username of ['bob@old.example', 'eve@old.example']) {
      await makeUser(UserPoolId, Username, { email: Username });
    }
    const token = await accessToken(ClientId, 'bob@old.example');
    await update(token, { email: 'bob@new.example' });
    expect(await attributesOf(token)).toMatchObject({ email: 'bob@old.example', email_verified: 'true' });
    await signIn(ClientId, 'bob@old.example');
    await expect(signIn(ClientId, 'bob@new.example')).rejects.toThrow();
    const { CodeDeliveryDetails } = await browser.send(
      new GetUserAttributeVerificationCodeCommand({ AccessToken: token, AttributeName: 'email' }),
    );
    expect(CodeDeliveryDetails?.Destination).toBe('b***@n***');
    const { Username = '' } = await browser.send(new GetUserCommand({ AccessToken: token }));
    const [again, first] = await messages(UserPoolId, Username);
    if (first?.code !== again?.code) await expect(verify(token, first?.code)).rejects.toThrow();
    await verify(token, again?.code);
    expect(await attributesOf(token)).toMatchObject({ email: 'bob@new.example', email_verified: 'true' });
    await signIn(ClientId, 'bob@new.example');
    await expect(signIn(ClientId, 'bob@old.example')).rejects.toThrow();
    // Somebody else's address stays theirs, however many codes are known.
    await update(token, { email: 'eve@old.example' });
    const [stolen] = await messages(UserPoolId, Username);
    await expect(verify(token, stolen?.code)).rejects.toMatchObject({ name: 'AliasExistsException' });
  });

  it('lets a code verify only the address that it was sent to', async () => {
    const { UserPoolId, ClientId } = await makePool();
    await makeUser(UserPoolId, 'mallory');
    const token = await accessToken(ClientId, 'mallory');
    await update(token, { email: 'mine@example.com' });
    const [mine] = await messages(UserPoolId, 'mallory');
    await cognito.send(
      new AdminUpdateUserAttributesCommand({
        UserPoolId,
        Username: 'mallory',
        UserAttributes: attributes({ email: 'boss@example.com', email_verified: 'true' }),
      }),
    );
    await expect(verify(token, mine?.code)).rejects.toMatchObject({ name: 'ExpiredCodeException' });
    expect(await attributesOf(token)).toMatchObject({ email: 'boss@example.com' });
    await expect(update(token, { email_verified: 'true' })).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'A client attempted to write unauthorized attribute',
    });
  });

  it('takes administrators at their word', async () => {
    const { UserPoolId, ClientId } = await makePool({
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
    });
    await makeUser(UserPoolId, 'ada');
    const set = (given: Record<string, string>) =>
      cognito.send(
        new AdminUpdateUserAttributesCommand({
          UserPoolId,
          Username: 'ada',
          UserAttributes: attributes(given),
        }),
      );
    const token = await accessToken(ClientId, 'ada');
    await set({ email: 'ada@sure.example', email_verified: 'true' });
    expect(await attributesOf(token)).toMatchObject({ email: 'ada@sure.example', email_verified: 'true' });
    expect(await messages(UserPoolId, 'ada')).toEqual([]);
    await set({ email: 'ada@maybe.example' });
    expect(await attributesOf(token)).toMatchObject({ email: 'ada@sure.example' });
    await verify(token, (await messages(UserPoolId, 'ada'))[0]?.code);
    expect(await attributesOf(token)).toMatchObject({ email: 'ada@maybe.example', email_verified: 'true' });
  });

  it('takes attributes away, except those that the pool requires', async () => {
    const { UserPoolId, ClientId } = await makePool({ Schema: [{ Name: 'email', Required: true }] });
    await makeUser(UserPoolId, 'zoe', { nickname: 'Z', phone_number: '+15555550100' });
    const token = await accessToken(ClientId, 'zoe');
    const drop = (...UserAttributeNames: string[]) =>
      browser.send(new DeleteUserAttributesCommand({ AccessToken: token, UserAttributeNames }));
    await drop('nickname', 'phone_number');
    expect(Object.keys(await attributesOf(token)).sort()).toEqual(['email', 'email_verified', 'sub']);
    await expect(drop('email')).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'Attributes did not conform to the schema: emails: The attribute emails is required',
    });
    const ask = (AttributeName: string) =>
      browser.send(new GetUserAttributeVerificationCodeCommand({ AccessToken: token, AttributeName }));
    await expect(ask('phone_number')).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'User does not have a valid registered phone number',
    });
    await expect(ask('nickname')).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'Invalid attribute name. Only phone_number and email can be verified.',
    });
  });
});

describe('passwords that administrators reset', () => {
  it('are worth nothing until the user has set another by code', async () => {
    const { UserPoolId, ClientId } = await makePool();
    await makeUser(UserPoolId, 'rob');
    await cognito.send(new AdminResetUserPasswordCommand({ UserPoolId, Username: 'rob' }));
    const { UserStatus } = await cognito.send(new AdminGetUserCommand({ UserPoolId, Username: 'rob' }));
    expect(UserStatus).toBe('RESET_REQUIRED');
    await expect(signIn(ClientId, 'rob')).rejects.toMatchObject({
      name: 'PasswordResetRequiredException',
      message: 'Password reset required for the user',
    });
    const [message] = await messages(UserPoolId, 'rob');
    await browser.send(
      new ConfirmForgotPasswordCommand({
        ClientId,
        Username: 'rob',
        ConfirmationCode: message?.code,
        Password: 'Another-horse8',
      }),
    );
    expect((await signIn(ClientId, 'rob', 'Another-horse8')).AuthenticationResult).toBeDefined();
  });

  it('stay as they are when the user has no verified address, or only administrators recover accounts', async () => {
    const open = await makePool();
    await makeUser(open.UserPoolId, 'lost', { email_verified: 'false' });
    await expect(
      cognito.send(new AdminResetUserPasswordCommand({ UserPoolId: open.UserPoolId, Username: 'lost' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    const closed = await makePool({
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] },
    });
    await makeUser(closed.UserPoolId, 'kim');
    await expect(
      browser.send(new ForgotPasswordCommand({ ClientId: closed.ClientId, Username: 'kim' })),
    ).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'Contact administrator to reset password.',
    });
    expect((await signIn(closed.ClientId, 'kim')).AuthenticationResult).toBeDefined();
  });
});

describe('secrets of clients', () => {
  it('change without an interruption: two count at once, never more, never none', async () => {
    const { UserPoolId, ClientId, ClientSecret } = await makePool({}, true);
    await makeUser(UserPoolId, 'ann');
    const named = { UserPoolId, ClientId };
    const added = await cognito.send(new AddUserPoolClientSecretCommand(named));
    const second = added.ClientSecretDescriptor?.ClientSecretValue ?? '';
    expect(second).toMatch(/^\w{24,64}$/);
    for (const secret of [ClientSecret, second]) {
      await signIn(ClientId, 'ann', password, secretHash('ann', ClientId, secret));
    }
    await expect(cognito.send(new AddUserPoolClientSecretCommand(named))).rejects.toMatchObject({
      name: 'LimitExceededException',
    });
    const { ClientSecrets = [] } = await cognito.send(new ListUserPoolClientSecretsCommand(named));
    expect(ClientSecrets).toHaveLength(2);
    expect(JSON.stringify(ClientSecrets)).not.toContain(second);
    const old = ClientSecrets.find(
      ({ ClientSecretId }) => ClientSecretId !== added.ClientSecretDescriptor?.ClientSecretId,
    );
    await cognito.send(
      new DeleteUserPoolClientSecretCommand({ ...named, ClientSecretId: old?.ClientSecretId }),
    );
    await expect(
      signIn(ClientId, 'ann', password, secretHash('ann', ClientId, ClientSecret)),
    ).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    await signIn(ClientId, 'ann', password, secretHash('ann', ClientId, second));
    await expect(
      cognito.send(
        new DeleteUserPoolClientSecretCommand({
          ...named,
          ClientSecretId: added.ClientSecretDescriptor?.ClientSecretId,
        }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    const { UserPoolClient } = await cognito.send(new DescribeUserPoolClientCommand(named));
    expect(UserPoolClient?.ClientSecret).toBe(second);
  });
});

describe('links that confirm', () => {
  it('come by email where the pool wants them, and work once', async () => {
    const { UserPoolId, ClientId } = await makePool(
      {
        VerificationMessageTemplate: {
          DefaultEmailOption: 'CONFIRM_WITH_LINK',
          EmailMessageByLink: '<p>Welcome! {##Confirm##}</p>',
        },
      },
      true,
    );
    await cognito.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain: 'by-link' }));
    const { UserPoolClient } = await cognito.send(
      new DescribeUserPoolClientCommand({ UserPoolId, ClientId }),
    );
    await browser.send(
      new SignUpCommand({
        ClientId,
        SecretHash: secretHash('ann', ClientId, UserPoolClient?.ClientSecret ?? ''),
        Username: 'ann',
        Password: password,
        UserAttributes: attributes({ email: 'ann@example.com' }),
      }),
    );
    const [message] = await messages(UserPoolId, 'ann');
    const [, href = ''] = /^<p>Welcome! <a href="([^"]+)">Confirm<\/a><\/p>$/.exec(message?.body ?? '') ?? [];
    const url = href.replaceAll('&amp;', '&');
    const wrong = await fetch(url.replace(/confirmation_code=\d+/, 'confirmation_code=x'));
    expect(wrong.status).toBe(400);
    const status = async () =>
      (await cognito.send(new AdminGetUserCommand({ UserPoolId, Username: 'ann' }))).UserStatus;
    expect(await status()).toBe('UNCONFIRMED');
    const right = await fetch(url);
    expect(right.status).toBe(200);
    expect(await right.text()).toContain('Your registration has been confirmed!');
    expect(await status()).toBe('CONFIRMED');
    expect((await fetch(url)).status).toBe(400);
  });
});

describe('lists of users', () => {
  it('tell cases apart where AWS does, and go on page by page', async () => {
    const { UserPoolId } = await makePool();
    for (const name of ['Ann', 'anna', 'bob']) await makeUser(UserPoolId, name, { given_name: name });
    const found = async (Filter: string) => {
      const { Users = [] } = await cognito.send(new ListUsersCommand({ UserPoolId, Filter }));
      return Users.map(({ Username }) => Username);
    };
    expect(await found('username ^= "ann"')).toEqual(['anna']);
    expect(await found('given_name ^= "ANN"')).toEqual(['Ann', 'anna']);
    expect(await found('email = "bob@old.example"')).toEqual(['bob']);
    expect(await found('cognito:user_status = "confirmed"')).toHaveLength(3);
    expect(await found('status = "Enabled"')).toHaveLength(3);
    expect(await found('status = "enabled"')).toEqual([]);
    for (const [Filter, message] of [
      ['nickname = "x"', 'Invalid search attribute: nickname'],
      ['username > "x"', 'Error while parsing filter.'],
      ['username = x', 'Error while parsing filter.'],
    ] as const) {
      await expect(found(Filter)).rejects.toMatchObject({ name: 'InvalidParameterException', message });
    }
    await expect(
      cognito.send(new ListUsersCommand({ UserPoolId, AttributesToGet: ['email', 'nope'] })),
    ).rejects.toMatchObject({ message: 'One or more requested attributes do not exist.' });
    const seen: (string | undefined)[] = [];
    for await (const { Users = [] } of paginateListUsers(
      { client: cognito, pageSize: 1 },
      { UserPoolId, AttributesToGet: ['email'] },
    )) {
      expect(Users.length).toBeLessThanOrEqual(1);
      for (const { Username, Attributes } of Users) {
        seen.push(Username);
        expect(Attributes?.map(({ Name }) => Name)).toEqual(['email']);
      }
    }
    expect(seen).toEqual(['Ann', 'anna', 'bob']);
  });

  it('of a group go on page by page', async () => {
    const { UserPoolId } = await makePool();
    await cognito.send(new CreateGroupCommand({ UserPoolId, GroupName: 'all' }));
    for (const Username of ['ann', 'bob', 'eve']) {
      await makeUser(UserPoolId, Username);
      await cognito.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName: 'all' }));
    }
    const pages: (string | undefined)[][] = [];
    for await (const { Users = [] } of paginateListUsersInGroup(
      { client: cognito, pageSize: 2 },
      { UserPoolId, GroupName: 'all' },
    )) {
      pages.push(Users.map(({ Username }) => Username));
    }
    expect(pages).toEqual([['ann', 'bob'], ['eve']]);
  });
});

describe('tags', () => {
  it('come and go, by ARN', async () => {
    const { Arn: ResourceArn } = await makePool({ UserPoolTags: { a: '1' } });
    await cognito.send(new TagResourceCommand({ ResourceArn, Tags: { b: '2', a: '3' } }));
    await cognito.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['b'] }));
    const { Tags } = await cognito.send(new ListTagsForResourceCommand({ ResourceArn }));
    expect(Tags).toEqual({ a: '3' });
    await expect(
      cognito.send(new TagResourceCommand({ ResourceArn, Tags: { 'AWS:x': '1' } })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(
      cognito.send(new ListTagsForResourceCommand({ ResourceArn: `${ResourceArn}x` })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('policies', () => {
  it('name pools by their tags, and say which tags may be given', async () => {
    const iam = new IAMClient(cloud.clientConfig);
    await iam.send(new CreateUserCommand({ UserName: 'helper' }));
    const allow = (Condition: object, ...Action: string[]) => ({
      Effect: 'Allow',
      Action,
      Resource: '*',
      Condition,
    });
    await iam.send(
      new PutUserPolicyCommand({
        UserName: 'helper',
        PolicyName: 'own',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            allow({ StringEquals: { 'aws:ResourceTag/team': 'red' } }, 'cognito-idp:*'),
            allow({ StringEquals: { 'aws:RequestTag/team': 'red' } }, 'cognito-idp:CreateUserPool'),
          ],
        }),
      }),
    );
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'helper' }));
    iam.destroy();
    const helper = new CognitoIdentityProviderClient({
      ...cloud.clientConfig,
      credentials: {
        accessKeyId: AccessKey?.AccessKeyId ?? '',
        secretAccessKey: AccessKey?.SecretAccessKey ?? '',
      },
    });
    const denied = { name: 'AccessDeniedException' };
    const [red, blue] = [
      await makePool({ UserPoolTags: { team: 'red' } }),
      await makePool({ UserPoolTags: { team: 'blue' } }),
    ];
    await helper.send(new ListUsersCommand({ UserPoolId: red.UserPoolId }));
    await expect(helper.send(new ListUsersCommand({ UserPoolId: blue.UserPoolId }))).rejects.toMatchObject(
      denied,
    );
    const tag = (ResourceArn: string) =>
      helper.send(new TagResourceCommand({ ResourceArn, Tags: { team: 'red' } }));
    await tag(red.Arn);
    await expect(tag(blue.Arn)).rejects.toMatchObject(denied);
    const create = (team: string) =>
      helper.send(new CreateUserPoolCommand({ PoolName: 'mine', UserPoolTags: { team } }));
    await create('red');
    await expect(create('blue')).rejects.toMatchObject(denied);
    helper.destroy();
  });
});

describe('signing keys', () => {
  it('are replaced without an interruption, and forgotten when their last token has expired', async () => {
    const { UserPoolId, ClientId } = await makePool();
    await makeUser(UserPoolId, 'ann');
    const keys = async () =>
      (await (await fetch(`${cloud.endpoint}/${UserPoolId}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
    const post = async (path: string, body?: object) =>
      fetch(`${cloud.endpoint}/_brume/${path}`, {
        method: 'POST',
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    const old = await accessToken(ClientId, 'ann');
    const before = await keys();
    expect(before.keys).toHaveLength(2);
    expect((await post('services/cognitoidp/rotate-keys')).status).toBe(400);
    expect((await post(`services/cognitoidp/rotate-keys?pool=${UserPoolId}`)).status).toBe(200);
    const during = await keys();
    expect(during.keys).toHaveLength(4);
    expect(during.keys).toEqual(expect.arrayContaining(before.keys));
    const fresh = await accessToken(ClientId, 'ann');
    expect(decodeProtectedHeader(fresh).kid).not.toBe(decodeProtectedHeader(old).kid);
    for (const token of [old, fresh]) {
      await jwtVerify(token, createLocalJWKSet(during));
      expect(await attributesOf(token)).toMatchObject({ email: 'ann@old.example' });
    }
    await expect(jwtVerify(fresh, createLocalJWKSet(before))).rejects.toThrow();
    await post('clock', { advanceMs: 25 * 3_600_000 });
    const after = await keys();
    expect(after.keys).toHaveLength(2);
    await expect(attributesOf(old)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });
});
