/** Lambda triggers of user pools, with real functions and with `enforce` on: which events they get, and what their answers do. */
import {
  AdminAddUserToGroupCommand,
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  CreateGroupCommand,
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  CreateUserPoolDomainCommand,
  ForgotPasswordCommand,
  GetTokensFromRefreshTokenCommand,
  InitiateAuthCommand,
  type LambdaConfigType,
  RespondToAuthChallengeCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { createUser, signInByPage } from './support/hostedUi.ts';
import { makeTriggerFunction, type TriggerFunction } from './support/triggerFunction.ts';

const password = 'Correct-horse7';
let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;
/** Without credentials, as a browser has none. */
let browser: CognitoIdentityProviderClient;
let guard: TriggerFunction;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  cognito = new CognitoIdentityProviderClient({ ...cloud.clientConfig, maxAttempts: 1 });
  browser = new CognitoIdentityProviderClient({
    region: 'us-east-1',
    endpoint: cloud.endpoint,
    credentials: () => Promise.reject(new Error('a browser has no credentials')),
    maxAttempts: 1,
  });
  guard = await makeTriggerFunction(cloud, 'guard');
});
afterAll(async () => {
  cognito?.destroy();
  browser?.destroy();
  await cloud?.close();
});

interface TestPool {
  UserPoolId: string;
  ClientId: string;
}

/** @param triggers that the guard stands behind. */
async function makePool(
  triggers: (keyof LambdaConfigType)[],
  settings: Partial<CreateUserPoolCommandInput> = {},
  client: Partial<CreateUserPoolClientCommandInput> = {},
): Promise<TestPool> {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: 'people',
      AutoVerifiedAttributes: ['email'],
      LambdaConfig: Object.fromEntries(triggers.map((trigger) => [trigger, guard.arn])),
      ...settings,
    }),
  );
  await guard.allow(UserPool?.Arn ?? '');
  const UserPoolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      ExplicitAuthFlows: [
        'ALLOW_USER_PASSWORD_AUTH',
        'ALLOW_ADMIN_USER_PASSWORD_AUTH',
        'ALLOW_CUSTOM_AUTH',
        'ALLOW_REFRESH_TOKEN_AUTH',
      ],
      ...client,
    }),
  );
  return { UserPoolId, ClientId: UserPoolClient?.ClientId ?? '' };
}

const email = (Value: string) => [{ Name: 'email', Value }];

async function addUser({ UserPoolId }: TestPool, Username: string) {
  const { User } = await cognito.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username,
      UserAttributes: [...email(`${Username}@example.com`), { Name: 'email_verified', Value: 'true' }],
      MessageAction: 'SUPPRESS',
    }),
  );
  await cognito.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: password, Permanent: true }),
  );
  return User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
}

const signIn = ({ ClientId }: TestPool, USERNAME: string, more: object = {}, PASSWORD = password) =>
  browser.send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId,
      AuthParameters: { USERNAME, PASSWORD },
      ...more,
    }),
  );

async function lastMessage(pool: string, username: string) {
  const page = `${cloud.endpoint}/_brume/services/cognitoidp/messages?pool=${pool}&username=${username}`;
  const { messages } = (await (await fetch(page)).json()) as {
    messages: { code: string; source: string; subject?: string; body: string }[];
  };
  return messages[0];
}

const refused = (name: string, message: string) => ({ name, message });

describe('signing up', () => {
  it('asks before, confirms and verifies as the function says, and tells it after', async () => {
    const pool = await makePool(['PreSignUp', 'PostConfirmation']);
    const { ClientId, UserPoolId } = pool;
    await guard.answer({ PreSignUp_SignUp: { autoConfirmUser: true, autoVerifyEmail: true } });
    const made = await browser.send(
      new SignUpCommand({
        ClientId,
        Username: 'ann',
        Password: password,
        UserAttributes: email('ann@example.com'),
        ValidationData: [{ Name: 'invitation', Value: '7' }],
        ClientMetadata: { campaign: 'spring' },
      }),
    );
    expect(made.UserConfirmed).toBe(true);
    expect(made.CodeDeliveryDetails).toBeUndefined();
    const common = {
      version: '1',
      region: 'us-east-1',
      userPoolId: UserPoolId,
      userName: 'ann',
      callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: ClientId },
    };
    expect(await guard.events()).toEqual([
      {
        ...common,
        triggerSource: 'PreSignUp_SignUp',
        request: {
          userAttributes: { email: 'ann@example.com' },
          validationData: { invitation: '7' },
          clientMetadata: { campaign: 'spring' },
        },
        response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
      },
      {
        ...common,
        triggerSource: 'PostConfirmation_ConfirmSignUp',
        request: {
          userAttributes: {
            sub: made.UserSub,
            'cognito:user_status': 'CONFIRMED',
            email: 'ann@example.com',
            email_verified: 'true',
          },
          clientMetadata: { campaign: 'spring' },
        },
        response: {},
      },
    ]);
    expect((await signIn(pool, 'ann')).AuthenticationResult).toBeDefined();
  });

  it('creates nobody whom the function refuses, or of whom it says what cannot be', async () => {
    const { ClientId, UserPoolId } = await makePool(['PreSignUp']);
    const signUp = () => browser.send(new SignUpCommand({ ClientId, Username: 'bob', Password: password }));
    await guard.answer({ PreSignUp_SignUp: { error: 'not on the list' } });
    await expect(signUp()).rejects.toMatchObject(
      refused('UserLambdaValidationException', 'PreSignUp failed with error not on the list.'),
    );
    await guard.answer({ PreSignUp_SignUp: { raw: 'yes' } });
    await expect(signUp()).rejects.toMatchObject(
      refused('InvalidLambdaResponseException', 'Unrecognizable lambda output'),
    );
    await guard.answer({ PreSignUp_SignUp: { autoVerifyEmail: true } });
    await expect(signUp()).rejects.toMatchObject({ name: 'InvalidLambdaResponseException' });
    await expect(
      cognito.send(new AdminGetUserCommand({ UserPoolId, Username: 'bob' })),
    ).rejects.toMatchObject({ name: 'UserNotFoundException' });
  });

  it('refuses where the function lets another pool in, not this one', async () => {
    const other = await makePool([]);
    const { UserPool } = await cognito.send(
      new CreateUserPoolCommand({ PoolName: 'strangers', LambdaConfig: { PreSignUp: guard.arn } }),
    );
    const { UserPoolClient } = await cognito.send(
      new CreateUserPoolClientCommand({ UserPoolId: UserPool?.Id, ClientName: 'app' }),
    );
    expect(other.UserPoolId).not.toBe(UserPool?.Id);
    await guard.answer({});
    await expect(
      browser.send(
        new SignUpCommand({ ClientId: UserPoolClient?.ClientId, Username: 'eve', Password: password }),
      ),
    ).rejects.toMatchObject(
      refused('UnexpectedLambdaException', 'PreSignUp invocation failed due to error AccessDeniedException.'),
    );
    expect(await guard.events()).toEqual([]);
  });

  it('asks of users that administrators make, and confirms none of them for it', async () => {
    const { UserPoolId } = await makePool(['PreSignUp', 'PostConfirmation', 'CustomMessage']);
    await guard.answer({
      PreSignUp_AdminCreateUser: { autoConfirmUser: true, autoVerifyEmail: true },
      CustomMessage_AdminCreateUser: { emailSubject: 'Welcome', emailMessage: 'You are {username}: {####}' },
    });
    const { User } = await cognito.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: 'cat',
        TemporaryPassword: 'Temporary-7',
        UserAttributes: email('cat@example.com'),
        DesiredDeliveryMediums: ['EMAIL'],
        ValidationData: [{ Name: 'department', Value: 'r&d' }],
        ClientMetadata: { by: 'hand' },
      }),
    );
    expect(User?.UserStatus).toBe('FORCE_CHANGE_PASSWORD');
    expect(User?.Attributes?.find(({ Name }) => Name === 'email_verified')?.Value).not.toBe('true');
    const [before, message, ...rest] = await guard.events();
    expect(rest).toEqual([]);
    expect(before).toMatchObject({
      triggerSource: 'PreSignUp_AdminCreateUser',
      callerContext: { clientId: 'CLIENT_ID_NOT_APPLICABLE' },
      request: {
        userAttributes: { email: 'cat@example.com' },
        validationData: { department: 'r&d' },
        clientMetadata: { by: 'hand' },
      },
    });
    expect(message).toMatchObject({
      triggerSource: 'CustomMessage_AdminCreateUser',
      request: {
        userAttributes: { 'cognito:user_status': 'FORCE_CHANGE_PASSWORD' },
        codeParameter: '{####}',
        usernameParameter: '{username}',
      },
      response: { smsMessage: null, emailMessage: null, emailSubject: null },
    });
    expect(await lastMessage(UserPoolId, 'cat')).toMatchObject({
      subject: 'Welcome',
      body: 'You are cat: Temporary-7',
    });
  });

  it('tells functions of those whom administrators confirm', async () => {
    const { UserPoolId, ClientId } = await makePool(['PostConfirmation']);
    await browser.send(new SignUpCommand({ ClientId, Username: 'dan', Password: password }));
    await guard.answer({ PostConfirmation_ConfirmSignUp: { error: 'no mailing list' } });
    await expect(
      cognito.send(
        new AdminConfirmSignUpCommand({ UserPoolId, Username: 'dan', ClientMetadata: { a: 'b' } }),
      ),
    ).rejects.toMatchObject(
      refused('UserLambdaValidationException', 'PostConfirmation failed with error no mailing list.'),
    );
    // What has happened has happened.
    expect((await cognito.send(new AdminGetUserCommand({ UserPoolId, Username: 'dan' }))).UserStatus).toBe(
      'CONFIRMED',
    );
    expect((await guard.events())[0]).toMatchObject({
      callerContext: { clientId: 'CLIENT_ID_NOT_APPLICABLE' },
      request: { userAttributes: { 'cognito:user_status': 'CONFIRMED' }, clientMetadata: { a: 'b' } },
    });
  });
});

describe('messages', () => {
  it('says what the function makes of them', async () => {
    const { ClientId, UserPoolId } = await makePool(['CustomMessage']);
    await guard.answer({
      CustomMessage_SignUp: { emailSubject: 'Hello', emailMessage: '<b>{####}</b> it is' },
      CustomMessage_ForgotPassword: { emailMessage: 'no code in here' },
    });
    const made = await browser.send(
      new SignUpCommand({
        ClientId,
        Username: 'ann',
        Password: password,
        UserAttributes: email('ann@example.com'),
        ClientMetadata: { language: 'fr' },
      }),
    );
    const sent = await lastMessage(UserPoolId, 'ann');
    expect(sent).toMatchObject({ subject: 'Hello', body: `<b>${sent?.code}</b> it is` });
    expect(await guard.events()).toEqual([
      expect.objectContaining({
        triggerSource: 'CustomMessage_SignUp',
        userName: 'ann',
        request: {
          userAttributes: {
            sub: made.UserSub,
            'cognito:user_status': 'UNCONFIRMED',
            email: 'ann@example.com',
            email_verified: 'false',
          },
          codeParameter: '{####}',
          linkParameter: '{##Click Here##}',
          usernameParameter: null,
          clientMetadata: { language: 'fr' },
        },
      }),
    ]);
    await browser.send(new ConfirmSignUpCommand({ ClientId, Username: 'ann', ConfirmationCode: sent?.code }));
    // A message without the code would lock the user out.
    await expect(
      browser.send(new ForgotPasswordCommand({ ClientId, Username: 'ann' })),
    ).rejects.toMatchObject({ name: 'InvalidLambdaResponseException' });
  });
});

describe('signing in', () => {
  it('asks before the password is looked at and tells before there are tokens', async () => {
    const pool = await makePool(['PreAuthentication', 'PostAuthentication']);
    const sub = await addUser(pool, 'ann');
    await guard.answer({});
    const wrong = signIn(pool, 'ann', {}, 'Wrong-horse7');
    await expect(wrong).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    expect((await guard.events()).map(({ triggerSource }) => triggerSource)).toEqual([
      'PreAuthentication_Authentication',
    ]);
    await guard.answer({});
    await signIn(pool, 'ann', { ClientMetadata: { door: 'front' } });
    const userAttributes = {
      sub,
      'cognito:user_status': 'CONFIRMED',
      email: 'ann@example.com',
      email_verified: 'true',
    };
    expect(await guard.events()).toMatchObject([
      { request: { userAttributes, validationData: { door: 'front' } }, response: {} },
      {
        triggerSource: 'PostAuthentication_Authentication',
        request: { userAttributes, newDeviceUsed: false },
        response: {},
      },
    ]);
    // InitiateAuth's metadata is for the functions before.
    expect((await guard.events())[1]?.request).not.toHaveProperty('clientMetadata');
    for (const source of ['PreAuthentication', 'PostAuthentication']) {
      await guard.answer({ [`${source}_Authentication`]: { error: 'closed' } });
      await expect(signIn(pool, 'ann')).rejects.toMatchObject(
        refused('UserLambdaValidationException', `${source} failed with error closed.`),
      );
    }
  });

  it('tells functions of users who do not exist only where clients are not told', async () => {
    const open = await makePool(['PreAuthentication'], {}, { PreventUserExistenceErrors: 'LEGACY' });
    const hiding = await makePool(['PreAuthentication'], {}, { PreventUserExistenceErrors: 'ENABLED' });
    await guard.answer({});
    await expect(signIn(open, 'nobody')).rejects.toMatchObject({ name: 'UserNotFoundException' });
    expect(await guard.events()).toEqual([]);
    await expect(signIn(hiding, 'nobody')).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    expect(await guard.events()).toMatchObject([
      { userName: 'nobody', request: { userAttributes: {}, userNotFound: true } },
    ]);
  });
});

describe('tokens', () => {
  const claims = (token: string | undefined) => decodeJwt(token ?? '');

  it('version 1 changes the id token, and the groups of both', async () => {
    const pool = await makePool(['PreTokenGeneration']);
    const { UserPoolId } = pool;
    const sub = await addUser(pool, 'ann');
    await cognito.send(new CreateGroupCommand({ UserPoolId, GroupName: 'staff' }));
    await cognito.send(new AdminAddUserToGroupCommand({ UserPoolId, Username: 'ann', GroupName: 'staff' }));
    await guard.answer({
      TokenGeneration_Authentication: {
        claimsOverrideDetails: {
          claimsToAddOrOverride: { tier: 'gold', sub: 'somebody', 'cognito:groups': 'root', aud: 'x', n: 7 },
          claimsToSuppress: ['email', 'exp'],
          groupOverrideDetails: {
            groupsToOverride: ['guests'],
            iamRolesToOverride: ['arn:r'],
            preferredRole: 'arn:r',
          },
        },
      },
    });
    const { AuthenticationResult: tokens } = await signIn(pool, 'ann');
    expect(claims(tokens?.IdToken)).toMatchObject({
      tier: 'gold',
      n: '7',
      sub,
      aud: pool.ClientId,
      'cognito:groups': ['guests'],
      'cognito:roles': ['arn:r'],
      'cognito:preferred_role': 'arn:r',
      exp: expect.any(Number),
    });
    expect(claims(tokens?.IdToken)).not.toHaveProperty('email');
    expect(claims(tokens?.AccessToken)).toMatchObject({ sub, 'cognito:groups': ['guests'] });
    expect(claims(tokens?.AccessToken)).not.toHaveProperty('tier');
    expect((await guard.events())[0]).toMatchObject({
      version: '1',
      request: {
        userAttributes: { sub, email_verified: 'true' },
        groupConfiguration: { groupsToOverride: ['staff'], iamRolesToOverride: [], preferredRole: null },
      },
      response: { claimsOverrideDetails: null },
    });
    // Where it says nothing, nothing changes.
    await guard.answer({});
    const refreshed = await browser.send(
      new GetTokensFromRefreshTokenCommand({
        ClientId: pool.ClientId,
        RefreshToken: tokens?.RefreshToken,
        ClientMetadata: { again: 'yes' },
      }),
    );
    expect(claims(refreshed.AuthenticationResult?.IdToken)).toMatchObject({ 'cognito:groups': ['staff'] });
    expect(await guard.events()).toMatchObject([
      { triggerSource: 'TokenGeneration_RefreshTokens', request: { clientMetadata: { again: 'yes' } } },
    ]);
  });

  it('version 2 changes both tokens and the scopes', async () => {
    const pool = await makePool([], {
      LambdaConfig: { PreTokenGenerationConfig: { LambdaArn: guard.arn, LambdaVersion: 'V2_0' } },
    });
    await addUser(pool, 'ann');
    await guard.answer({
      TokenGeneration_Authentication: {
        claimsAndScopeOverrideDetails: {
          idTokenGeneration: {
            claimsToAddOrOverride: { address2: { city: 'Lyon' } },
            claimsToSuppress: ['email'],
          },
          accessTokenGeneration: {
            claimsToAddOrOverride: {
              plan: ['a', 'b'],
              aud: 'somebody-else',
              username: 'root',
              client_id: 'x',
            },
            claimsToSuppress: ['token_use'],
            scopesToAdd: ['api/read'],
            scopesToSuppress: ['aws.cognito.signin.user.admin'],
          },
        },
      },
    });
    const { AuthenticationResult: tokens } = await signIn(pool, 'ann');
    expect(claims(tokens?.IdToken)).toMatchObject({ address2: { city: 'Lyon' } });
    expect(claims(tokens?.IdToken)).not.toHaveProperty('email');
    const access = claims(tokens?.AccessToken);
    expect(access).toMatchObject({
      plan: ['a', 'b'],
      scope: 'api/read',
      username: 'ann',
      client_id: pool.ClientId,
      token_use: 'access',
    });
    expect(access).not.toHaveProperty('aud');
    expect((await guard.events())[0]).toMatchObject({
      version: '2',
      request: { scopes: ['aws.cognito.signin.user.admin'] },
      response: { claimsAndScopeOverrideDetails: null },
    });
    await guard.answer({ TokenGeneration_Authentication: { error: 'no' } });
    await expect(signIn(pool, 'ann')).rejects.toMatchObject(
      refused('UserLambdaValidationException', 'PreTokenGeneration failed with error no.'),
    );
  });

  it('version 3 changes the tokens of machines as well, version 2 does not', async () => {
    const tokenOf = async (LambdaVersion: 'V2_0' | 'V3_0', Domain: string, metadata?: string) => {
      const { UserPoolId } = await makePool([], {
        LambdaConfig: { PreTokenGenerationConfig: { LambdaArn: guard.arn, LambdaVersion } },
      });
      await cognito.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain }));
      await cognito.send(
        new CreateResourceServerCommand({
          UserPoolId,
          Identifier: 'orders',
          Name: 'orders',
          Scopes: [{ ScopeName: 'read', ScopeDescription: 'Reads orders' }],
        }),
      );
      const { UserPoolClient } = await cognito.send(
        new CreateUserPoolClientCommand({
          UserPoolId,
          ClientName: 'machine',
          GenerateSecret: true,
          AllowedOAuthFlowsUserPoolClient: true,
          AllowedOAuthFlows: ['client_credentials'],
          AllowedOAuthScopes: ['orders/read'],
        }),
      );
      const { ClientId, ClientSecret } = UserPoolClient ?? {};
      const authorization = `Basic ${Buffer.from(`${ClientId}:${ClientSecret}`).toString('base64')}`;
      const response = await fetch(`${cloud.endpoint}/_aws/auth/us-east-1/${Domain}/oauth2/token`, {
        method: 'POST',
        headers: { authorization },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          ...(metadata === undefined ? {} : { aws_client_metadata: metadata }),
        }),
      });
      return (await response.json()) as { access_token?: string; error?: string; error_description?: string };
    };
    const answers = {
      TokenGeneration_ClientCredentials: {
        claimsAndScopeOverrideDetails: {
          accessTokenGeneration: {
            claimsToAddOrOverride: { tenant: 'a', sub: 'x' },
            scopesToAdd: ['orders/write'],
          },
        },
      },
    };
    await guard.answer(answers);
    expect(claims((await tokenOf('V2_0', 'trigger-two')).access_token)).toMatchObject({
      scope: 'orders/read',
    });
    expect(await guard.events()).toEqual([]);
    const token = claims((await tokenOf('V3_0', 'trigger-three', '{"onBehalfOf":"ann"}')).access_token);
    expect(token).toMatchObject({ tenant: 'a', scope: 'orders/read orders/write' });
    expect(token.sub).toBe(token.client_id);
    expect(await guard.events()).toMatchObject([
      {
        version: '3',
        userName: 'ClientCredentials',
        request: {
          userAttributes: {},
          groupConfiguration: null,
          scopes: ['orders/read'],
          clientMetadata: { onBehalfOf: 'ann' },
        },
      },
    ]);
    for (const [index, wrong] of ['ann', '["ann"]', '{"a":1}'].entries()) {
      expect(await tokenOf('V3_0', `trigger-wrong-${index}`, wrong)).toEqual({
        error: 'invalid_request',
      });
    }
    await guard.answer({ TokenGeneration_ClientCredentials: { error: 'not today' } });
    expect(await tokenOf('V3_0', 'trigger-four')).toEqual({
      error: 'invalid_grant',
      error_description: 'PreTokenGeneration failed with error not today.',
    });
  });

  it('are changed alike when users come by page', async () => {
    const callback = 'http://localhost:3000/callback';
    const pool = await makePool(
      ['PreAuthentication', 'PostAuthentication', 'PreTokenGeneration'],
      {},
      {
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: ['openid', 'email'],
        CallbackURLs: [callback],
        SupportedIdentityProviders: ['COGNITO'],
      },
    );
    const { UserPoolId, ClientId } = pool;
    await cognito.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain: 'trigger-page' }));
    await createUser(cognito, UserPoolId, 'ann');
    const base = `${cloud.endpoint}/_aws/auth/us-east-1/trigger-page`;
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: ClientId,
      redirect_uri: callback,
      scope: 'openid email',
    });
    await guard.answer({
      TokenGeneration_HostedAuth: { claimsOverrideDetails: { claimsToAddOrOverride: { tier: 'gold' } } },
    });
    const { location } = await signInByPage(`${base}/oauth2/authorize?${query}`, 'ann');
    const response = await fetch(`${base}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: ClientId,
        redirect_uri: callback,
        code: new URL(location).searchParams.get('code') ?? '',
      }),
    });
    const { id_token } = (await response.json()) as { id_token?: string };
    expect(claims(id_token).tier).toBe('gold');
    expect((await guard.events()).map(({ triggerSource }) => triggerSource)).toEqual([
      'PreAuthentication_Authentication',
      'PostAuthentication_Authentication',
      'TokenGeneration_HostedAuth',
    ]);
  });

  it('says when a password was new', async () => {
    const pool = await makePool(['PreTokenGeneration', 'PostAuthentication']);
    const { UserPoolId, ClientId } = pool;
    await cognito.send(
      new AdminCreateUserCommand({ UserPoolId, Username: 'eva', TemporaryPassword: 'Temporary-7' }),
    );
    await guard.answer({});
    const { Session } = await cognito.send(
      new AdminInitiateAuthCommand({
        UserPoolId,
        ClientId,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'eva', PASSWORD: 'Temporary-7' },
      }),
    );
    expect(await guard.events()).toEqual([]);
    const respond = () =>
      browser.send(
        new RespondToAuthChallengeCommand({
          ClientId,
          ChallengeName: 'NEW_PASSWORD_REQUIRED',
          Session,
          ChallengeResponses: { USERNAME: 'eva', NEW_PASSWORD: password },
          ClientMetadata: { step: 'two' },
        }),
      );
    await respond();
    expect(await guard.events()).toMatchObject([
      { triggerSource: 'PostAuthentication_Authentication', request: { clientMetadata: { step: 'two' } } },
      { triggerSource: 'TokenGeneration_NewPasswordChallenge', request: { clientMetadata: { step: 'two' } } },
    ]);
    // The same answer a second time is nobody's business.
    await guard.answer({});
    await expect(respond()).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    expect(await guard.events()).toEqual([]);
  });
});

describe('migration', () => {
  it('takes users over at their first sign-in, with their password', async () => {
    const pool = await makePool(['UserMigration', 'PreAuthentication']);
    const { UserPoolId } = pool;
    await guard.answer({
      UserMigration_Authentication: {
        userAttributes: { email: 'old@example.com', email_verified: 'true' },
        finalUserStatus: 'CONFIRMED',
        messageAction: 'SUPPRESS',
      },
    });
    const short = 'short';
    const first = await signIn(pool, 'old', { ClientMetadata: { from: 'ldap' } }, short);
    expect(first.AuthenticationResult).toBeDefined();
    expect((await guard.events())[0]).toEqual({
      version: '1',
      region: 'us-east-1',
      userPoolId: UserPoolId,
      userName: 'old',
      callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: pool.ClientId },
      triggerSource: 'UserMigration_Authentication',
      request: { password: short, validationData: { from: 'ldap' } },
      response: {
        userAttributes: null,
        forceAliasCreation: null,
        finalUserStatus: null,
        messageAction: null,
        desiredDeliveryMediums: null,
        enableSMSMFA: null,
      },
    });
    await guard.answer({});
    await expect(signIn(pool, 'old', {}, 'other')).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    expect((await signIn(pool, 'old', {}, short)).AuthenticationResult).toBeDefined();
    expect((await guard.events()).map(({ triggerSource }) => triggerSource)).not.toContain(
      'UserMigration_Authentication',
    );
  });

  it('lets nobody in whom the function does not know', async () => {
    const legacy = await makePool(['UserMigration'], {}, { PreventUserExistenceErrors: 'LEGACY' });
    const hiding = await makePool(['UserMigration'], {}, { PreventUserExistenceErrors: 'ENABLED' });
    await guard.answer({ UserMigration_Authentication: { error: 'Bad password' } });
    await expect(signIn(legacy, 'eve')).rejects.toMatchObject(
      refused('UserNotFoundException', `Exception migrating user in app client ${legacy.ClientId}`),
    );
    await expect(signIn(hiding, 'eve')).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Incorrect username or password.'),
    );
    // No attributes: nobody.
    await guard.answer({});
    await expect(signIn(legacy, 'eve')).rejects.toMatchObject({ name: 'UserNotFoundException' });
    await expect(
      cognito.send(new AdminGetUserCommand({ UserPoolId: legacy.UserPoolId, Username: 'eve' })),
    ).rejects.toMatchObject({ name: 'UserNotFoundException' });
  });

  it('asks for a new password where the function says so, and for a forgotten one', async () => {
    const pool = await makePool(['UserMigration', 'PostConfirmation']);
    const { ClientId, UserPoolId } = pool;
    const userAttributes = { email: 'fay@example.com', email_verified: 'true' };
    await guard.answer({
      UserMigration_Authentication: { userAttributes },
      UserMigration_ForgotPassword: { userAttributes },
    });
    await expect(signIn(pool, 'fay')).rejects.toMatchObject({ name: 'PasswordResetRequiredException' });
    await browser.send(
      new ForgotPasswordCommand({ ClientId, Username: 'gus', ClientMetadata: { from: 'page' } }),
    );
    expect((await guard.events())[1]).toMatchObject({
      triggerSource: 'UserMigration_ForgotPassword',
      request: { clientMetadata: { from: 'page' } },
    });
    expect((await guard.events())[1]?.request).not.toHaveProperty('password');
    await browser.send(
      new ConfirmForgotPasswordCommand({
        ClientId,
        Username: 'gus',
        ConfirmationCode: (await lastMessage(UserPoolId, 'gus'))?.code,
        Password: password,
      }),
    );
    expect((await guard.events()).at(-1)).toMatchObject({
      triggerSource: 'PostConfirmation_ConfirmForgotPassword',
      request: { userAttributes: { 'cognito:user_status': 'CONFIRMED' } },
    });
    expect((await signIn(pool, 'gus')).AuthenticationResult).toBeDefined();
  });
});
