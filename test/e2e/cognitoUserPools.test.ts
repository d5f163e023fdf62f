/** Cognito user pools through the official SDK and amazon-cognito-identity-js: signing up, in and out, with `enforce` on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminGetUserCommand,
  AdminInitiateAuthCommand,
  AdminResetUserPasswordCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  ChangePasswordCommand,
  CognitoIdentityProviderClient,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  DeleteGroupCommand,
  DeleteUserPoolCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  ForgotPasswordCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  ListUserPoolsCommand,
  ListUsersCommand,
  ListUsersInGroupCommand,
  ResendConfirmationCodeCommand,
  RespondToAuthChallengeCommand,
  RevokeTokenCommand,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
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

async function makePool(
  settings: Partial<CreateUserPoolCommandInput> = {},
  client: Partial<CreateUserPoolClientCommandInput> = {},
) {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: 'people',
      AutoVerifiedAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
      ...settings,
    }),
  );
  const UserPoolId = UserPool?.Id ?? '';
  const made = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      ExplicitAuthFlows: [
        'ALLOW_USER_PASSWORD_AUTH',
        'ALLOW_ADMIN_USER_PASSWORD_AUTH',
        'ALLOW_USER_SRP_AUTH',
        'ALLOW_REFRESH_TOKEN_AUTH',
      ],
      ...client,
    }),
  );
  const { ClientId = '', ClientSecret } = made.UserPoolClient ?? {};
  return { UserPoolId, ClientId, ClientSecret: ClientSecret ?? '' };
}

/** The newest message to a user, as the control plane shows it. */
async function lastMessage(pool: string, username: string) {
  const page = `${cloud.endpoint}/_brume/services/cognitoidp/messages?pool=${pool}&username=${username}`;
  const { messages } = (await (await fetch(page)).json()) as {
    messages: { code: string; destination: string; source: string; body: string }[];
  };
  return messages[0];
}

const email = (Value: string) => [{ Name: 'email', Value }];

async function signUp({ ClientId, UserPoolId }: { ClientId: string; UserPoolId: string }, Username: string) {
  await browser.send(
    new SignUpCommand({
      ClientId,
      Username,
      Password: password,
      UserAttributes: email(`${Username}@example.com`),
    }),
  );
  const ConfirmationCode = (await lastMessage(UserPoolId, Username))?.code;
  await browser.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode }));
}

const signIn = (ClientId: string, USERNAME: string, PASSWORD = password) =>
  browser.send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId,
      AuthParameters: { USERNAME, PASSWORD },
    }),
  );

const refused = (name: string, message: string) => ({ name, message });

describe('pools and clients', () => {
  it('shows what was set, with what AWS fills in', async () => {
    const { UserPoolId, ClientId } = await makePool(
      { Schema: [{ Name: 'team', AttributeDataType: 'String' }], UserPoolTags: { a: 'b' } },
      { GenerateSecret: true },
    );
    expect(UserPoolId).toMatch(/^us-east-1_[A-Za-z0-9]{9}$/);
    const { UserPool } = await cognito.send(new DescribeUserPoolCommand({ UserPoolId }));
    expect(UserPool).toMatchObject({
      Arn: `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${UserPoolId}`,
      DeletionProtection: 'INACTIVE',
      MfaConfiguration: 'OFF',
      UserPoolTags: { a: 'b' },
      Policies: { PasswordPolicy: { MinimumLength: 8, RequireSymbols: true } },
    });
    expect(UserPool?.SchemaAttributes?.map(({ Name }) => Name)).toContain('custom:team');
    const { UserPoolClient } = await cognito.send(
      new DescribeUserPoolClientCommand({ UserPoolId, ClientId }),
    );
    expect(UserPoolClient).toMatchObject({ RefreshTokenValidity: 30, EnableTokenRevocation: true });
    expect(UserPoolClient?.ClientSecret).toMatch(/^[a-z0-9]{51}$/);
  });

  it('keeps a protected pool', async () => {
    const { UserPoolId } = await makePool({ DeletionProtection: 'ACTIVE' });
    await expect(cognito.send(new DeleteUserPoolCommand({ UserPoolId }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await cognito.send(new UpdateUserPoolCommand({ UserPoolId, DeletionProtection: 'INACTIVE' }));
    await cognito.send(new DeleteUserPoolCommand({ UserPoolId }));
    await expect(cognito.send(new DescribeUserPoolCommand({ UserPoolId }))).rejects.toMatchObject({
      ...refused('ResourceNotFoundException', `User pool ${UserPoolId} does not exist.`),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('pages through pools', async () => {
    await makePool();
    await makePool();
    const first = await cognito.send(new ListUserPoolsCommand({ MaxResults: 1 }));
    const second = await cognito.send(
      new ListUserPoolsCommand({ MaxResults: 1, NextToken: first.NextToken }),
    );
    expect(second.UserPools?.[0]?.Id).not.toBe(first.UserPools?.[0]?.Id);
  });

  it('refuses administration without a signature', async () => {
    const response = await fetch(cloud.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSCognitoIdentityProviderService.ListUserPools',
      },
      body: '{"MaxResults":1}',
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await response.text()).toContain('MissingAuthenticationToken');
  });
});

describe('signing up and in', () => {
  it('confirms by the code in the outbox, and tells of the user in its tokens', async () => {
    const pool = await makePool();
    const { ClientId, UserPoolId } = pool;
    await browser.send(
      new SignUpCommand({
        ClientId,
        Username: 'Ann',
        Password: password,
        UserAttributes: email('ann@example.com'),
      }),
    );
    await expect(signIn(ClientId, 'ann')).rejects.toMatchObject(
      refused('UserNotConfirmedException', 'User is not confirmed.'),
    );
    await expect(
      browser.send(new ConfirmSignUpCommand({ ClientId, Username: 'ann', ConfirmationCode: 'abc' })),
    ).rejects.toMatchObject(
      refused('CodeMismatchException', 'Invalid verification code provided, please try again.'),
    );
    const { CodeDeliveryDetails } = await browser.send(
      new ResendConfirmationCodeCommand({ ClientId, Username: 'ann' }),
    );
    expect(CodeDeliveryDetails).toEqual({
      Destination: 'a***@e***',
      DeliveryMedium: 'EMAIL',
      AttributeName: 'email',
    });
    const message = await lastMessage(UserPoolId, 'ann');
    expect(message).toMatchObject({ destination: 'ann@example.com', source: 'CustomMessage_ResendCode' });
    await browser.send(
      new ConfirmSignUpCommand({ ClientId, Username: 'ann', ConfirmationCode: message?.code }),
    );
    const { AuthenticationResult: tokens } = await signIn(ClientId, 'ann');
    expect(tokens).toMatchObject({ ExpiresIn: 3600, TokenType: 'Bearer' });
    const jwks = await fetch(`${cloud.endpoint}/${UserPoolId}/.well-known/jwks.json`);
    const keys = createLocalJWKSet((await jwks.json()) as JSONWebKeySet);
    const issuer = `https://cognito-idp.us-east-1.amazonaws.com/${UserPoolId}`;
    const id = await jwtVerify(tokens?.IdToken ?? '', keys, { issuer, audience: ClientId });
    expect(id.payload).toMatchObject({
      token_use: 'id',
      'cognito:username': 'ann',
      email: 'ann@example.com',
      email_verified: true,
      acr: 'urn:cognito:loa:1',
      amr: ['pwd'],
    });
    const access = await jwtVerify(tokens?.AccessToken ?? '', keys, { issuer });
    expect(access.payload).toMatchObject({
      token_use: 'access',
      client_id: ClientId,
      username: 'ann',
      scope: 'aws.cognito.signin.user.admin',
      sub: id.payload.sub,
      origin_jti: id.payload.origin_jti,
      acr: 'urn:cognito:loa:1',
      amr: ['pwd'],
    });
    const me = await browser.send(new GetUserCommand({ AccessToken: tokens?.AccessToken }));
    expect(me.UserAttributes).toContainEqual({ Name: 'email_verified', Value: 'true' });
  });

  it('refuses weak passwords, names that are taken, and wrong passwords', async () => {
    const pool = await makePool();
    const { ClientId } = pool;
    await expect(
      browser.send(new SignUpCommand({ ClientId, Username: 'bob', Password: 'short' })),
    ).rejects.toMatchObject(
      refused('InvalidPasswordException', 'Password did not conform with policy: Password not long enough'),
    );
    await signUp(pool, 'bob');
    await expect(
      browser.send(new SignUpCommand({ ClientId, Username: 'BOB', Password: password })),
    ).rejects.toMatchObject(refused('UsernameExistsException', 'User already exists'));
    await expect(signIn(ClientId, 'bob', 'Wrong-horse7')).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Incorrect username or password.'),
    );
    await expect(signIn(ClientId, 'nobody')).rejects.toMatchObject(
      refused('UserNotFoundException', 'User does not exist.'),
    );
    const nobody = { ClientId, Username: 'nobody' };
    const ConfirmationCode = '123456';
    for (const command of [
      new ForgotPasswordCommand(nobody),
      new ConfirmForgotPasswordCommand({ ...nobody, ConfirmationCode, Password: password }),
      new ConfirmSignUpCommand({ ...nobody, ConfirmationCode }),
      new ResendConfirmationCodeCommand(nobody),
    ]) {
      await expect(browser.send(command as ForgotPasswordCommand)).rejects.toMatchObject(
        refused('UserNotFoundException', 'Username/client id combination not found.'),
      );
    }
  });

  it('locks after five wrong passwords, and not for long', async () => {
    const pool = await makePool();
    await signUp(pool, 'carl');
    cloud.clock.freeze();
    for (let guess = 0; guess < 5; guess++) {
      await expect(signIn(pool.ClientId, 'carl', 'Wrong-horse7')).rejects.toMatchObject({
        message: 'Incorrect username or password.',
      });
    }
    await expect(signIn(pool.ClientId, 'carl')).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Password attempts exceeded'),
    );
    await cloud.clock.advance(1_001);
    cloud.clock.resume();
    expect((await signIn(pool.ClientId, 'carl')).AuthenticationResult).toBeDefined();
  });

  it('says the same of users who are and who are not, where errors are prevented', async () => {
    const pool = await makePool({}, { PreventUserExistenceErrors: 'ENABLED' });
    const { ClientId } = pool;
    await expect(signIn(ClientId, 'nobody')).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Incorrect username or password.'),
    );
    const { CodeDeliveryDetails } = await browser.send(
      new ForgotPasswordCommand({ ClientId, Username: 'nobody' }),
    );
    expect(CodeDeliveryDetails?.DeliveryMedium).toBe('EMAIL');
    await expect(
      browser.send(
        new ConfirmForgotPasswordCommand({
          ClientId,
          Username: 'nobody',
          ConfirmationCode: '123456',
          Password: password,
        }),
      ),
    ).rejects.toMatchObject({ name: 'CodeMismatchException' });
  });

  it('tells who is not confirmed, or has to reset a password, whatever the password; not where errors are prevented', async () => {
    const open = await makePool();
    const closed = await makePool({}, { PreventUserExistenceErrors: 'ENABLED' });
    const answers = async ({ ClientId, UserPoolId }: { ClientId: string; UserPoolId: string }) => {
      const attempt = (given: string) =>
        signIn(ClientId, 'una', given).then(
          () => 'in',
          (error: Error) => error.name,
        );
      await browser.send(
        new SignUpCommand({
          ClientId,
          Username: 'una',
          Password: password,
          UserAttributes: email('una@example.com'),
        }),
      );
      const unconfirmed = [await attempt('Wrong-horse7'), await attempt(password)];
      const ConfirmationCode = (await lastMessage(UserPoolId, 'una'))?.code;
      await browser.send(new ConfirmSignUpCommand({ ClientId, Username: 'una', ConfirmationCode }));
      await cognito.send(new AdminResetUserPasswordCommand({ UserPoolId, Username: 'una' }));
      return [...unconfirmed, await attempt('Wrong-horse7'), await attempt(password)];
    };
    const [unconfirmed, reset] = ['UserNotConfirmedException', 'PasswordResetRequiredException'];
    expect(await answers(open)).toEqual([unconfirmed, unconfirmed, reset, reset]);
    expect(await answers(closed)).toEqual([
      'NotAuthorizedException',
      unconfirmed,
      'NotAuthorizedException',
      reset,
    ]);
    const others = await makePool({}, { ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'] });
    const begin = (AuthFlow: 'USER_SRP_AUTH' | 'CUSTOM_AUTH' | 'USER_PASSWORD_AUTH') =>
      browser.send(new InitiateAuthCommand({ AuthFlow, ClientId: others.ClientId, AuthParameters: {} }));
    for (const [flow, message] of [
      ['USER_SRP_AUTH', 'USER_SRP_AUTH is not enabled for the client.'],
      ['CUSTOM_AUTH', 'CUSTOM_AUTH is not enabled for the client.'],
      ['USER_PASSWORD_AUTH', 'USER_PASSWORD_AUTH flow not enabled for this client'],
    ] as const) {
      await expect(begin(flow)).rejects.toMatchObject(refused('InvalidParameterException', message));
    }
  });

  it('asks a client with a secret for its proof', async () => {
    const { ClientId, ClientSecret } = await makePool({}, { GenerateSecret: true });
    const send = (SecretHash?: string) =>
      browser.send(new SignUpCommand({ ClientId, Username: 'dora', Password: password, SecretHash }));
    await expect(send()).rejects.toMatchObject(
      refused(
        'NotAuthorizedException',
        `Client ${ClientId} is configured with secret but SECRET_HASH was not received`,
      ),
    );
    await expect(send(secretHash('dora', ClientId, 'guess'))).rejects.toMatchObject(
      refused('NotAuthorizedException', `SecretHash does not match for the client: ${ClientId}`),
    );
    expect((await send(secretHash('dora', ClientId, ClientSecret))).UserConfirmed).toBe(false);
  });

  it('signs in by email where emails are usernames', async () => {
    const pool = await makePool({ UsernameAttributes: ['email'] });
    const { ClientId, UserPoolId } = pool;
    await browser.send(new SignUpCommand({ ClientId, Username: 'eve@example.com', Password: password }));
    const user = await cognito.send(new AdminGetUserCommand({ UserPoolId, Username: 'eve@example.com' }));
    expect(user.UserAttributes).toContainEqual({ Name: 'sub', Value: user.Username });
    const code = (await lastMessage(UserPoolId, user.Username ?? ''))?.code;
    await browser.send(
      new ConfirmSignUpCommand({ ClientId, Username: 'eve@example.com', ConfirmationCode: code }),
    );
    expect((await signIn(ClientId, 'eve@example.com')).AuthenticationResult).toBeDefined();
    await expect(
      browser.send(new SignUpCommand({ ClientId, Username: 'EVE@example.com', Password: password })),
    ).rejects.toMatchObject({ name: 'UsernameExistsException' });
  });
});

describe('amazon-cognito-identity-js', () => {
  function authenticate(pool: { UserPoolId: string; ClientId: string }, Username: string, Password: string) {
    const userPool = new CognitoUserPool({
      UserPoolId: pool.UserPoolId,
      ClientId: pool.ClientId,
      endpoint: cloud.endpoint,
    });
    const user = new CognitoUser({ Username, Pool: userPool });
    return new Promise<{ user: CognitoUser; token: string } | { user: CognitoUser; newPassword: true }>(
      (resolve, reject) =>
        user.authenticateUser(new AuthenticationDetails({ Username, Password }), {
          onSuccess: (session) => resolve({ user, token: session.getAccessToken().getJwtToken() }),
          onFailure: reject,
          newPasswordRequired: () => resolve({ user, newPassword: true }),
        }),
    );
  }

  it('signs in by SRP, and is refused with another password', async () => {
    const pool = await makePool();
    await signUp(pool, 'finn');
    const found = await authenticate(pool, 'finn', password);
    expect('token' in found && decodeJwt(found.token).username).toBe('finn');
    await expect(authenticate(pool, 'finn', 'Wrong-horse7')).rejects.toMatchObject({
      code: 'NotAuthorizedException',
      message: 'Incorrect username or password.',
    });
  });

  it('takes a new password instead of a temporary one', async () => {
    const pool = await makePool();
    await cognito.send(
      new AdminCreateUserCommand({
        UserPoolId: pool.UserPoolId,
        Username: 'gina',
        TemporaryPassword: 'Temporary-7',
        UserAttributes: email('gina@example.com'),
        DesiredDeliveryMediums: ['EMAIL'],
      }),
    );
    expect((await lastMessage(pool.UserPoolId, 'gina'))?.body).toContain('Temporary-7');
    const { user } = await authenticate(pool, 'gina', 'Temporary-7');
    await new Promise((resolve, reject) =>
      user.completeNewPasswordChallenge(password, {}, { onSuccess: resolve, onFailure: reject }),
    );
    const { UserStatus } = await cognito.send(
      new AdminGetUserCommand({ UserPoolId: pool.UserPoolId, Username: 'gina' }),
    );
    expect(UserStatus).toBe('CONFIRMED');
    expect(await authenticate(pool, 'gina', password)).toHaveProperty('token');
  });
});

describe('tokens', () => {
  async function signedIn(client: Partial<CreateUserPoolClientCommandInput> = {}) {
    const pool = await makePool({}, client);
    const { UserPoolId } = pool;
    await cognito.send(
      new AdminCreateUserCommand({ UserPoolId, Username: 'hal', MessageAction: 'SUPPRESS' }),
    );
    await cognito.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username: 'hal', Password: password, Permanent: true }),
    );
    const { AuthenticationResult } = await signIn(pool.ClientId, 'hal');
    return { ...pool, tokens: AuthenticationResult ?? {} };
  }
  const get = (AccessToken: string | undefined) => browser.send(new GetUserCommand({ AccessToken }));

  it('are refreshed until they are revoked', async () => {
    const { ClientId, tokens } = await signedIn();
    const refresh = () =>
      browser.send(
        new InitiateAuthCommand({
          AuthFlow: 'REFRESH_TOKEN_AUTH',
          ClientId,
          AuthParameters: { REFRESH_TOKEN: tokens.RefreshToken ?? '' },
        }),
      );
    const { AuthenticationResult: fresh } = await refresh();
    expect(fresh?.RefreshToken).toBeUndefined();
    expect(decodeJwt(fresh?.AccessToken ?? '').origin_jti).toBe(
      decodeJwt(tokens.AccessToken ?? '').origin_jti,
    );
    await browser.send(new RevokeTokenCommand({ ClientId, Token: tokens.RefreshToken }));
    await expect(refresh()).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Refresh Token has been revoked'),
    );
    await expect(get(fresh?.AccessToken)).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Access Token has been revoked'),
    );
  });

  it('rotate where the client says so: the old one is worth nothing', async () => {
    const { ClientId, tokens } = await signedIn({
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
    });
    const rotate = (RefreshToken: string | undefined) =>
      browser.send(new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken }));
    const { AuthenticationResult: next } = await rotate(tokens.RefreshToken);
    expect(next?.RefreshToken).not.toBe(tokens.RefreshToken);
    await expect(rotate(tokens.RefreshToken)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    expect((await rotate(next?.RefreshToken)).AuthenticationResult).toBeDefined();
  });

  it('end with a global sign-out, a disabled user and an hour', async () => {
    const one = await signedIn();
    await browser.send(new GlobalSignOutCommand({ AccessToken: one.tokens.AccessToken }));
    await expect(get(one.tokens.AccessToken)).rejects.toMatchObject({
      message: 'Access Token has been revoked',
    });
    const two = await signedIn();
    await cognito.send(new AdminDisableUserCommand({ UserPoolId: two.UserPoolId, Username: 'hal' }));
    await expect(get(two.tokens.AccessToken)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    await expect(signIn(two.ClientId, 'hal')).rejects.toMatchObject(
      refused('NotAuthorizedException', 'User is disabled.'),
    );
    const three = await signedIn({ AccessTokenValidity: 5, TokenValidityUnits: { AccessToken: 'minutes' } });
    expect((await get(three.tokens.AccessToken)).Username).toBe('hal');
    await cloud.clock.advance(5 * 60_000);
    await expect(get(three.tokens.AccessToken)).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Access Token has expired'),
    );
  });

  it('are refused when they are unsigned, signed by a stranger, of another pool or of another kind', async () => {
    const { tokens, UserPoolId } = await signedIn();
    const claims = decodeJwt(tokens.AccessToken ?? '');
    const [, body] = (tokens.AccessToken ?? '').split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
    const jwks = await (await fetch(`${cloud.endpoint}/${UserPoolId}/.well-known/jwks.json`)).text();
    // Key confusion: the public key as an HMAC secret.
    const confused = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(jwks));
    const other = await signedIn();
    const foreign = `${tokens.AccessToken?.split('.').slice(0, 2).join('.')}.${other.tokens.AccessToken?.split('.')[2]}`;
    for (const token of [none, confused, foreign, tokens.IdToken, 'a.b.c']) {
      await expect(get(token)).rejects.toMatchObject(
        refused('NotAuthorizedException', 'Invalid Access Token'),
      );
    }
    expect((await get(tokens.AccessToken)).Username).toBe('hal');
  });

  it('name the groups of the user, and no longer those that are gone', async () => {
    const { UserPoolId, ClientId } = await signedIn();
    const group = { UserPoolId, GroupName: 'admins' };
    const RoleArn = 'arn:aws:iam::000000000000:role/admin';
    await cognito.send(new CreateGroupCommand({ ...group, Precedence: 1, RoleArn }));
    await cognito.send(new AdminAddUserToGroupCommand({ ...group, Username: 'hal' }));
    const claims = async () => decodeJwt((await signIn(ClientId, 'hal')).AuthenticationResult?.IdToken ?? '');
    expect(await claims()).toMatchObject({
      'cognito:groups': ['admins'],
      'cognito:roles': [RoleArn],
      'cognito:preferred_role': RoleArn,
    });
    expect((await cognito.send(new ListUsersInGroupCommand(group))).Users).toHaveLength(1);
    await cognito.send(new DeleteGroupCommand(group));
    await cognito.send(new CreateGroupCommand(group));
    expect((await claims())['cognito:groups']).toBeUndefined();
  });

  it('change nothing about the password but by the old one', async () => {
    const { tokens, ClientId } = await signedIn();
    const change = (PreviousPassword: string) =>
      browser.send(
        new ChangePasswordCommand({
          AccessToken: tokens.AccessToken,
          PreviousPassword,
          ProposedPassword: 'Another-horse7',
        }),
      );
    await expect(change('Wrong-horse7')).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    await change(password);
    expect((await signIn(ClientId, 'hal', 'Another-horse7')).AuthenticationResult).toBeDefined();
  });
});

it('keeps users, their passwords and the keys of tokens over a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cognito-'));
  const options = { data: folder };
  const first = await startCloud(options);
  const client = new CognitoIdentityProviderClient(first.clientConfig);
  const { UserPool } = await client.send(new CreateUserPoolCommand({ PoolName: 'people' }));
  const UserPoolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await client.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      GenerateSecret: true,
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    }),
  );
  const { ClientId = '', ClientSecret = '' } = UserPoolClient ?? {};
  await client.send(new AdminCreateUserCommand({ UserPoolId, Username: 'Nia' }));
  await client.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username: 'Nia', Password: password, Permanent: true }),
  );
  const AuthParameters = {
    USERNAME: 'Nia',
    PASSWORD: password,
    SECRET_HASH: secretHash('Nia', ClientId, ClientSecret),
  };
  const input = { AuthFlow: 'USER_PASSWORD_AUTH' as const, ClientId, AuthParameters };
  const before = await client.send(new InitiateAuthCommand(input));
  client.destroy();
  await first.close();
  const second = await startCloud(options);
  const again = new CognitoIdentityProviderClient(second.clientConfig);
  try {
    const AccessToken = before.AuthenticationResult?.AccessToken;
    expect((await again.send(new GetUserCommand({ AccessToken }))).Username).toBe('Nia');
    expect((await again.send(new InitiateAuthCommand(input))).AuthenticationResult).toBeDefined();
    // A pool that says nothing tells cases apart.
    await expect(again.send(new AdminGetUserCommand({ UserPoolId, Username: 'nia' }))).rejects.toMatchObject(
      refused('UserNotFoundException', 'User does not exist.'),
    );
  } finally {
    again.destroy();
    await second.close();
    rmSync(folder, { recursive: true });
  }
});

describe('administration', () => {
  it('answers challenges once', async () => {
    const { UserPoolId, ClientId } = await makePool();
    await cognito.send(
      new AdminCreateUserCommand({ UserPoolId, Username: 'ida', TemporaryPassword: 'Temporary-7' }),
    );
    const { Session, ChallengeName } = await cognito.send(
      new AdminInitiateAuthCommand({
        UserPoolId,
        ClientId,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ida', PASSWORD: 'Temporary-7' },
      }),
    );
    expect(ChallengeName).toBe('NEW_PASSWORD_REQUIRED');
    const respond = () =>
      browser.send(
        new RespondToAuthChallengeCommand({
          ClientId,
          ChallengeName: 'NEW_PASSWORD_REQUIRED',
          Session,
          ChallengeResponses: { USERNAME: 'ida', NEW_PASSWORD: password },
        }),
      );
    expect((await respond()).AuthenticationResult).toBeDefined();
    await expect(respond()).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Invalid session for the user, session can only be used once.'),
    );
  });

  it('finds a user by sub', async () => {
    const { UserPoolId } = await makePool();
    const { User } = await cognito.send(
      new AdminCreateUserCommand({ UserPoolId, Username: 'ole', MessageAction: 'SUPPRESS' }),
    );
    const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value;
    const found = await cognito.send(new AdminGetUserCommand({ UserPoolId, Username: sub }));
    expect(found.Username).toBe('ole');
  });

  it('lets nobody in past a second factor that nobody would ask', async () => {
    const { UserPoolId, ClientId } = await makePool();
    await cognito.send(
      new AdminCreateUserCommand({ UserPoolId, Username: 'pia', MessageAction: 'SUPPRESS' }),
    );
    await cognito.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username: 'pia', Password: password, Permanent: true }),
    );
    await cognito.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId,
        MfaConfiguration: 'ON',
        SoftwareTokenMfaConfiguration: { Enabled: true },
      }),
    );
    const asked = await signIn(ClientId, 'pia');
    expect(asked.ChallengeName).toBe('MFA_SETUP');
    expect(asked.AuthenticationResult).toBeUndefined();
  });

  it('finds users, page by page', async () => {
    const { UserPoolId } = await makePool();
    for (const Username of ['jo', 'joan', 'kim']) {
      await cognito.send(
        new AdminCreateUserCommand({
          UserPoolId,
          Username,
          UserAttributes: email(`${Username}@example.com`),
          MessageAction: 'SUPPRESS',
        }),
      );
    }
    const list = (Filter?: string, more: object = {}) =>
      cognito.send(new ListUsersCommand({ UserPoolId, Filter, ...more }));
    const names = async (filter: string) => (await list(filter)).Users?.map(({ Username }) => Username);
    expect(await names('username ^= "jo"')).toEqual(['jo', 'joan']);
    expect(await names('email = "KIM@example.com"')).toEqual(['kim']);
    expect(await names('cognito:user_status = "CONFIRMED"')).toEqual([]);
    await expect(list('custom:x = "1"')).rejects.toMatchObject({ name: 'InvalidParameterException' });
    const first = await list(undefined, { Limit: 2 });
    const rest = await list(undefined, { Limit: 2, PaginationToken: first.PaginationToken });
    expect([first.Users?.length, rest.Users?.length, rest.PaginationToken]).toEqual([2, 1, undefined]);
  });

  it('resets a forgotten password by the code', async () => {
    const pool = await makePool();
    const { ClientId, UserPoolId } = pool;
    await signUp(pool, 'liz');
    await browser.send(new ForgotPasswordCommand({ ClientId, Username: 'liz' }));
    const code = (await lastMessage(UserPoolId, 'liz'))?.code;
    const confirm = (ConfirmationCode: string | undefined) =>
      browser.send(
        new ConfirmForgotPasswordCommand({
          ClientId,
          Username: 'liz',
          ConfirmationCode,
          Password: 'Another-horse7',
        }),
      );
    await expect(confirm('x')).rejects.toMatchObject({ name: 'CodeMismatchException' });
    await confirm(code);
    await expect(confirm(code)).rejects.toMatchObject({ name: 'ExpiredCodeException' });
    expect((await signIn(ClientId, 'liz', 'Another-horse7')).AuthenticationResult).toBeDefined();
  });

  it('gives an address to one user at a time', async () => {
    const { UserPoolId } = await makePool({ AliasAttributes: ['email'] });
    const verified = [...email('max@example.com'), { Name: 'email_verified', Value: 'true' }];
    for (const Username of ['max', 'mia']) {
      await cognito.send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: 'SUPPRESS' }));
    }
    const give = (Username: string) =>
      cognito.send(new AdminUpdateUserAttributesCommand({ UserPoolId, Username, UserAttributes: verified }));
    for (const name of ['max', 'mia']) {
      await give(name);
      const { Username } = await cognito.send(
        new AdminGetUserCommand({ UserPoolId, Username: 'max@example.com' }),
      );
      expect(Username).toBe(name);
    }
    const { UserAttributes } = await cognito.send(new AdminGetUserCommand({ UserPoolId, Username: 'max' }));
    expect(UserAttributes).toContainEqual({ Name: 'email_verified', Value: 'false' });
  });
});
