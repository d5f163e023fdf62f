/** What strangers, thieves and impatient people try on user pools, and what it gets them. */
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolDomainCommand,
  DeleteUserCommand,
  ForgotPasswordCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  ResendConfirmationCodeCommand,
  RespondToAuthChallengeCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formOf, Jar, signInByPage, submit } from './support/hostedUi.ts';
import { password, refused, startUserPools, type UserPools } from './support/userPools.ts';

let pools: UserPools;
beforeAll(async () => {
  pools = await startUserPools();
});
afterAll(() => pools.close());

const temporary = 'Temporary-horse7';
const another = 'Another-horse7';
const verified = (email: string) => ({ email, email_verified: 'true' });
const listed = (attributes: Record<string, string>) =>
  Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));

const invite = (UserPoolId: string, Username: string, attributes: Record<string, string> = {}) =>
  pools.cognito.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username,
      TemporaryPassword: temporary,
      UserAttributes: listed(attributes),
      MessageAction: 'SUPPRESS',
    }),
  );

const newPassword = (
  ClientId: string,
  USERNAME: string,
  Session: string | undefined,
  more: Record<string, string> = {},
) =>
  pools.respond({
    ClientId,
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    Session,
    ChallengeResponses: { USERNAME, NEW_PASSWORD: another, ...more },
  });

describe('a temporary password', () => {
  it("doesn't make anybody's address its owner's", async () => {
    const { UserPoolId, ClientId } = await pools.makePool({ AliasAttributes: ['email'] });
    await invite(UserPoolId, 'mallory', verified('mallory@example.com'));
    const { Session } = await pools.signIn(ClientId, 'mallory', { PASSWORD: temporary });
    await expect(
      newPassword(ClientId, 'mallory', Session, { 'userAttributes.email': 'victim@example.com' }),
    ).rejects.toMatchObject(refused('NotAuthorizedException', 'Cannot modify an already provided email'));
    await newPassword(ClientId, 'mallory', Session, { 'userAttributes.name': 'Mallory' });
    const { UserAttributes } = await pools.cognito.send(
      new AdminGetUserCommand({ UserPoolId, Username: 'mallory' }),
    );
    expect(UserAttributes).toContainEqual({ Name: 'email', Value: 'mallory@example.com' });
  });

  it('is worth nothing once another one was set', async () => {
    const { UserPoolId, ClientId } = await pools.makePool();
    await invite(UserPoolId, 'ann');
    const { Session } = await pools.signIn(ClientId, 'ann', { PASSWORD: temporary });
    const Username = 'ann';
    await pools.cognito.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: password, Permanent: true }),
    );
    await expect(newPassword(ClientId, 'ann', Session)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
    expect((await pools.signIn(ClientId, 'ann')).AuthenticationResult).toBeDefined();
  });

  it('is worth nothing once another temporary one was sent', async () => {
    const { UserPoolId, ClientId } = await pools.makePool();
    await invite(UserPoolId, 'abe');
    const { Session } = await pools.signIn(ClientId, 'abe', { PASSWORD: temporary });
    await pools.cognito.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: 'abe',
        TemporaryPassword: `${temporary}8`,
        MessageAction: 'RESEND',
      }),
    );
    await expect(newPassword(ClientId, 'abe', Session)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
  });

  it('lets nobody into the account of the next one by that name', async () => {
    const { UserPoolId, ClientId } = await pools.makePool();
    await invite(UserPoolId, 'ben');
    const { Session } = await pools.signIn(ClientId, 'ben', { PASSWORD: temporary });
    await pools.cognito.send(new AdminDeleteUserCommand({ UserPoolId, Username: 'ben' }));
    await invite(UserPoolId, 'ben');
    await expect(newPassword(ClientId, 'ben', Session)).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Invalid session for the user.'),
    );
  });

  it('is replaced once, however many answers come at once', async () => {
    const { UserPoolId, ClientId } = await pools.makePool();
    await invite(UserPoolId, 'cleo');
    const { Session } = await pools.signIn(ClientId, 'cleo', { PASSWORD: temporary });
    const answers = await Promise.allSettled(
      [1, 2, 3, 4].map((index) =>
        newPassword(ClientId, 'cleo', Session, { NEW_PASSWORD: `${another}${index}` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('sessions', () => {
  it('are answered by whom they were made for', async () => {
    const { UserPoolId, ClientId } = await pools.makePool();
    await invite(UserPoolId, 'dora', verified('dora@example.com'));
    await invite(UserPoolId, 'eve', verified('eve@example.com'));
    const { Session } = await pools.signIn(ClientId, 'dora', { PASSWORD: temporary });
    await expect(newPassword(ClientId, 'eve', Session)).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Invalid session for the user.'),
    );
    // Nor are they answered as another challenge.
    for (const ChallengeName of ['SOFTWARE_TOKEN_MFA', 'SMS_MFA', 'EMAIL_OTP', 'SELECT_MFA_TYPE'] as const) {
      const answered = pools.respond({
        ClientId,
        ChallengeName,
        Session,
        ChallengeResponses: {
          USERNAME: 'dora',
          SOFTWARE_TOKEN_MFA_CODE: '000000',
          SMS_MFA_CODE: '000000',
          EMAIL_OTP_CODE: '000000',
          ANSWER: 'EMAIL_OTP',
        },
      });
      await expect(answered).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    }
  });

  it('are of one client only', async () => {
    const { UserPoolId, ClientId } = await pools.makePool();
    const { UserPoolClient } = await pools.cognito.send(
      new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'other' }),
    );
    await invite(UserPoolId, 'fay');
    const { Session } = await pools.signIn(ClientId, 'fay', { PASSWORD: temporary });
    await expect(newPassword(UserPoolClient?.ClientId ?? '', 'fay', Session)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
  });

  it('name challenges, not members of objects', async () => {
    const { ClientId } = await pools.makePool();
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const answered = pools.browser.send(
        new RespondToAuthChallengeCommand({
          ClientId,
          ChallengeName: name as 'SMS_MFA',
          ChallengeResponses: { USERNAME: 'x' },
        }),
      );
      await expect(answered).rejects.toMatchObject({ name: 'InvalidParameterException' });
      const begun = pools.browser.send(
        new InitiateAuthCommand({ ClientId, AuthFlow: name as 'USER_AUTH', AuthParameters: {} }),
      );
      await expect(begun).rejects.toMatchObject({ name: 'InvalidParameterException' });
    }
  });
});

describe('guessing', () => {
  it('gets no more tries by asking many times at once', async () => {
    const { UserPoolId, ClientId } = await pools.makePool();
    await pools.makeUser(UserPoolId, 'gil');
    const guesses = [...Array.from({ length: 14 }, (_, index) => `Wrong-horse${index}`), password];
    // The first lock is of a second, which a slow machine needs for so many passwords.
    pools.cloud.clock.freeze();
    const answers = await Promise.allSettled(
      guesses.map((PASSWORD) => pools.signIn(ClientId, 'gil', { PASSWORD })),
    );
    pools.cloud.clock.resume();
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(0);
    const messages = answers.map((answer) => (answer.status === 'rejected' ? answer.reason.message : ''));
    expect(messages.filter((text) => text === 'Incorrect username or password.')).toHaveLength(5);
    expect(messages.filter((text) => text === 'Password attempts exceeded')).toHaveLength(10);
  });

  it("of old passwords needs the code, and doesn't tell who exists", async () => {
    const { UserPoolId, ClientId } = await pools.makePool(
      {
        UserPoolTier: 'ESSENTIALS',
        Policies: { PasswordPolicy: { MinimumLength: 8, PasswordHistorySize: 3 } },
      },
      undefined,
      { PreventUserExistenceErrors: 'ENABLED' },
    );
    await pools.makeUser(UserPoolId, 'hal', verified('hal@example.com'));
    await pools.browser.send(new ForgotPasswordCommand({ ClientId, Username: 'hal' }));
    const reset = (Username: string, Password: string, ConfirmationCode = '000000') =>
      pools.browser.send(
        new ConfirmForgotPasswordCommand({ ClientId, Username, ConfirmationCode, Password }),
      );
    const code = (await pools.lastMessage(UserPoolId, 'hal'))?.code ?? '';
    const wrong = code === '000000' ? '000001' : '000000';
    await expect(reset('hal', password, wrong)).rejects.toMatchObject({ name: 'CodeMismatchException' });
    for (const name of ['hal', 'nobody']) {
      await expect(reset(name, 'short', wrong)).rejects.toMatchObject({ name: 'InvalidPasswordException' });
    }
    await expect(reset('hal', password, code)).rejects.toMatchObject({
      name: 'PasswordHistoryPolicyViolationException',
    });
    await reset('hal', another, code);
    await expect(reset('hal', another, code)).rejects.toMatchObject({ name: 'ExpiredCodeException' });
  });

  it('codes stops for an hour, however many codes are sent', async () => {
    const { UserPoolId, ClientId } = await pools.makePool();
    await pools.browser.send(
      new SignUpCommand({
        ClientId,
        Username: 'ida',
        Password: password,
        UserAttributes: listed({ email: 'ida@example.com' }),
      }),
    );
    const confirm = (ConfirmationCode: string) =>
      pools.browser.send(new ConfirmSignUpCommand({ ClientId, Username: 'ida', ConfirmationCode }));
    const names: string[] = [];
    for (let round = 0; round < 5; round++) {
      const code = (await pools.lastMessage(UserPoolId, 'ida'))?.code;
      const wrong = code === '000000' ? '000001' : '000000';
      for (let guess = 0; guess < 5; guess++) {
        names.push(
          await confirm(wrong).then(
            () => 'none',
            ({ name }: Error) => name,
          ),
        );
      }
      await pools.browser.send(new ResendConfirmationCodeCommand({ ClientId, Username: 'ida' }));
    }
    expect(names.filter((name) => name === 'CodeMismatchException')).toHaveLength(20);
    expect(names.slice(20)).toEqual(Array.from({ length: 5 }, () => 'LimitExceededException'));
    const code = (await pools.lastMessage(UserPoolId, 'ida'))?.code ?? '';
    await expect(confirm(code)).rejects.toMatchObject({ name: 'LimitExceededException' });
  });

  it('who exists gets the same answers for both', async () => {
    const { UserPoolId, ClientId } = await pools.makePool({}, undefined, {
      PreventUserExistenceErrors: 'ENABLED',
    });
    await pools.makeUser(UserPoolId, 'joe', { email: 'joe@example.com' });
    const forgot = async (Username: string) =>
      (await pools.browser.send(new ForgotPasswordCommand({ ClientId, Username }))).CodeDeliveryDetails;
    // Without an address that is verified joe is told nothing, and nobody is told so.
    expect(await forgot('joe')).toEqual({
      AttributeName: 'email',
      DeliveryMedium: 'EMAIL',
      Destination: 'j***@e***',
    });
    expect(await forgot('jim')).toEqual(await forgot('joe'));
    expect(await pools.lastMessage(UserPoolId, 'joe')).toBeUndefined();
  });

  it('passwords locks who exists and who does not', async () => {
    for (const more of [{}, { UsernameAttributes: ['email' as const] }]) {
      const { UserPoolId, ClientId } = await pools.makePool(more, undefined, {
        PreventUserExistenceErrors: 'ENABLED',
      });
      await pools.makeUser(UserPoolId, 'nat@example.com');
      const told = async (USERNAME: string) => {
        const messages: string[] = [];
        for (let times = 0; times < 7; times++) {
          const answer = pools.signIn(ClientId, USERNAME, { PASSWORD: 'Wrong-horse7' });
          messages.push(
            await answer.then(
              () => '',
              ({ message }: Error) => message,
            ),
          );
        }
        return messages;
      };
      pools.cloud.clock.freeze();
      const ofUser = await told('nat@example.com');
      expect(ofUser.slice(4)).toEqual([
        'Incorrect username or password.',
        'Password attempts exceeded',
        'Password attempts exceeded',
      ]);
      expect(await told('nobody@example.com')).toEqual(ofUser);
      // Whoever locked a name by one flow sees it in the other.
      const bySrp = pools.browser.send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: 'USER_SRP_AUTH',
          AuthParameters: { USERNAME: 'nobody@example.com', SRP_A: 'abcdef' },
        }),
      );
      await expect(bySrp).rejects.toMatchObject({ message: 'Password attempts exceeded' });
      pools.cloud.clock.resume();
    }
  });
});

describe('names', () => {
  it("of others aren't hidden by a nickname", async () => {
    const { UserPoolId, ClientId } = await pools.makePool({
      AliasAttributes: ['preferred_username', 'email'],
    });
    await pools.makeUser(UserPoolId, 'kim', verified('kim@example.com'));
    await pools.makeUser(UserPoolId, 'mallory');
    const { AuthenticationResult } = await pools.signIn(ClientId, 'mallory');
    await pools.browser
      .send(
        new UpdateUserAttributesCommand({
          AccessToken: AuthenticationResult?.AccessToken,
          UserAttributes: [{ Name: 'preferred_username', Value: 'kim@example.com' }],
        }),
      )
      .catch(() => undefined);
    const signedIn = await pools.signIn(ClientId, 'kim@example.com');
    const { Username } = await pools.browser.send(
      new GetUserCommand({ AccessToken: signedIn.AuthenticationResult?.AccessToken }),
    );
    expect(Username).toBe('kim');
  });

  it('of any length, and such as no text can be, do no harm', async () => {
    const { ClientId } = await pools.makePool({}, undefined, { PreventUserExistenceErrors: 'ENABLED' });
    for (const USERNAME of ['x'.repeat(200_000), 'x'.repeat(100_000), 'a\u0000b', '\ud800']) {
      for (const AuthFlow of ['USER_PASSWORD_AUTH', 'USER_SRP_AUTH', 'USER_AUTH'] as const) {
        const begun = pools.browser.send(
          new InitiateAuthCommand({
            ClientId,
            AuthFlow,
            AuthParameters: { USERNAME, PASSWORD: password, SRP_A: 'abcdef' },
          }),
        );
        const status = await begun.then(
          () => 200,
          (error: { $metadata: { httpStatusCode?: number } }) => error.$metadata.httpStatusCode ?? 0,
        );
        expect(USERNAME.isWellFormed() ? [200, 400, 403] : [400]).toContain(status);
      }
    }
  });
});

describe('attributes', () => {
  it("aren't written beyond what is one's own", async () => {
    const { UserPoolId, ClientId } = await pools.makePool();
    await pools.makeUser(UserPoolId, 'liz', { email: 'liz@example.com' });
    const { AuthenticationResult } = await pools.signIn(ClientId, 'liz');
    const AccessToken = AuthenticationResult?.AccessToken ?? '';
    for (const Name of [
      'sub',
      'identities',
      'email_verified',
      'phone_number_verified',
      'cognito:groups',
      '__proto__',
      'constructor',
      'dev:custom:admin',
    ]) {
      const update = pools.browser.send(
        new UpdateUserAttributesCommand({ AccessToken, UserAttributes: [{ Name, Value: 'true' }] }),
      );
      await expect(update).rejects.toThrow();
      const signUp = pools.browser.send(
        new SignUpCommand({
          ClientId,
          Username: 'liz2',
          Password: password,
          UserAttributes: [{ Name, Value: 'true' }],
        }),
      );
      await expect(signUp).rejects.toThrow();
    }
    // Nor by the wrong token.
    await expect(
      pools.browser.send(new GetUserCommand({ AccessToken: AuthenticationResult?.IdToken })),
    ).rejects.toMatchObject(refused('NotAuthorizedException', 'Invalid Access Token'));
  });
});

describe('refresh tokens that rotate', () => {
  it("have one period of grace, which isn't prolonged by using it", async () => {
    const { UserPoolId, ClientId } = await pools.makePool({}, undefined, {
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 60 },
    });
    await pools.makeUser(UserPoolId, 'meg');
    const { AuthenticationResult } = await pools.signIn(ClientId, 'meg');
    const first = AuthenticationResult?.RefreshToken ?? '';
    const refresh = async (RefreshToken: string) =>
      (await pools.browser.send(new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken })))
        .AuthenticationResult?.RefreshToken ?? '';
    await refresh(first);
    for (let times = 0; times < 3; times++) {
      await pools.cloud.clock.advance(25_000);
      await refresh(first).catch(() => undefined);
    }
    await expect(refresh(first)).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Invalid Refresh Token'),
    );
  });
});

describe('managed login', () => {
  const callback = 'http://localhost:3000/callback';
  const shopOf = async (Domain: string) => {
    const { UserPoolId, ClientId } = await pools.makePool({}, undefined, {
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid'],
      CallbackURLs: [callback],
      SupportedIdentityProviders: ['COGNITO'],
    });
    await pools.cognito.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain }));
    const base = `${pools.cloud.endpoint}/_aws/auth/us-east-1/${Domain}`;
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: ClientId,
      redirect_uri: callback,
      scope: 'openid',
    });
    const exchange = (code: string, more: Record<string, string> = {}) =>
      fetch(`${base}/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: ClientId,
          redirect_uri: callback,
          code,
          ...more,
        }),
      });
    return { UserPoolId, ClientId, base, query, exchange };
  };
  const codeOf = (location: string) => new URL(location).searchParams.get('code') ?? '';

  it('gives one sign-in for a code that two exchange at once, and takes it back', async () => {
    const { UserPoolId, base, query, exchange } = await shopOf('attacked-one');
    await pools.makeUser(UserPoolId, 'ola');
    const { location } = await signInByPage(`${base}/oauth2/authorize?${query}`, 'ola');
    const answers = await Promise.all([1, 2, 3].map(() => exchange(codeOf(location))));
    const good = answers.filter(({ status }) => status === 200);
    expect(good).toHaveLength(1);
    const { access_token: token } = ((await good[0]?.json()) ?? {}) as { access_token?: string };
    const info = await fetch(`${base}/oauth2/userInfo`, { headers: { authorization: `Bearer ${token}` } });
    expect(info.status).toBe(401);
    // The scope of the API wasn't asked for: the token opens nothing of it.
    const other = await signInByPage(`${base}/oauth2/authorize?${query}`, 'ola');
    const { access_token: AccessToken } = (await (await exchange(codeOf(other.location))).json()) as {
      access_token: string;
    };
    for (const command of [
      new GetUserCommand({ AccessToken }),
      new DeleteUserCommand({ AccessToken }),
      new GlobalSignOutCommand({ AccessToken }),
    ]) {
      await expect(pools.browser.send(command as GetUserCommand)).rejects.toMatchObject(
        refused('NotAuthorizedException', 'Access Token does not have required scopes'),
      );
    }
  });

  it('knows the browsers of its own pool only, and codes by nobody else', async () => {
    const mine = await shopOf('attacked-two');
    const other = await shopOf('attacked-three');
    await pools.makeUser(mine.UserPoolId, 'pia');
    const { location, jar } = await signInByPage(`${mine.base}/oauth2/authorize?${mine.query}`, 'pia');
    const elsewhere = await jar.fetch(`${other.base}/oauth2/authorize?${other.query}&prompt=none`);
    expect(elsewhere.headers.get('location')).toContain('login_required');
    const code = codeOf(location);
    expect((await other.exchange(code)).status).toBe(400);
    expect((await mine.exchange(code, { client_id: other.ClientId })).status).toBe(400);
    expect((await mine.exchange(code, { redirect_uri: `${callback}/` })).status).toBe(400);
    await pools.cognito.send(new AdminDisableUserCommand({ UserPoolId: mine.UserPoolId, Username: 'pia' }));
    expect((await mine.exchange(code)).status).toBe(400);
  });

  it("hands the API no session, and takes none of the API's", async () => {
    const { UserPoolId, ClientId, base, query } = await shopOf('attacked-four');
    await invite(UserPoolId, 'quin');
    const jar = new Jar();
    const login = await jar.fetch(`${base}/login?${query}`);
    const asked = await submit(jar, login, { username: 'quin', password: temporary });
    const page = await asked.text();
    const form = formOf(page, asked.url);
    const session = form.fields.get('session') ?? '';
    expect(session).not.toBe('');
    await expect(newPassword(ClientId, 'quin', session)).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Invalid session for the user.'),
    );
    const { Session = '' } = await pools.signIn(ClientId, 'quin', { PASSWORD: temporary });
    form.fields.set('session', Session);
    form.fields.set('new_password', another);
    form.fields.set('confirm_password', another);
    const answered = await jar.fetch(form.action, { method: 'POST', body: form.fields });
    expect([answered.status, answered.headers.get('location')]).toEqual([400, null]);
  });

  it('takes no name that the API would not take', async () => {
    const { base, query } = await shopOf('attacked-five');
    for (const username of ['', 'two words', 'line\nbreak', 'nul\u0000', 'x'.repeat(129)]) {
      const jar = new Jar();
      const page = await jar.fetch(`${base}/signup?${query}`);
      const answered = await submit(jar, page, {
        username,
        'requiredAttributes[email]': 'someone@example.com',
        password,
      });
      expect(answered.status).toBe(400);
      expect(await answered.text()).toContain('Usernames have 1 to 128');
    }
  });
});
