/** Threat protection of user pools through the official SDK: what is assessed, what is done about it, and what attackers try. */
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminListUserAuthEventsCommand,
  AdminRespondToAuthChallengeCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateAuthEventFeedbackCommand,
  ChangePasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  DescribeRiskConfigurationCommand,
  GetTokensFromRefreshTokenCommand,
  InitiateAuthCommand,
  SetLogDeliveryConfigurationCommand,
  SetRiskConfigurationCommand,
  type SetRiskConfigurationCommandInput,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
  UpdateAuthEventFeedbackCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const password = 'Correct-horse7';
let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;
let browser: CognitoIdentityProviderClient;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  cognito = new CognitoIdentityProviderClient({ ...cloud.clientConfig, maxAttempts: 1 });
  browser = new CognitoIdentityProviderClient({
    region: 'us-east-1',
    endpoint: cloud.endpoint,
    credentials: () => Promise.reject(new Error('a browser has no credentials')),
    maxAttempts: 1,
  });
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

async function makePool(
  settings: Partial<CreateUserPoolCommandInput> = {},
  client: Partial<CreateUserPoolClientCommandInput> = {},
): Promise<TestPool> {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: 'people',
      UserPoolTier: 'PLUS',
      UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
      ...settings,
    }),
  );
  const UserPoolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      ExplicitAuthFlows: [
        'ALLOW_USER_PASSWORD_AUTH',
        'ALLOW_ADMIN_USER_PASSWORD_AUTH',
        'ALLOW_REFRESH_TOKEN_AUTH',
      ],
      ...client,
    }),
  );
  return { UserPoolId, ClientId: UserPoolClient?.ClientId ?? '' };
}

async function addUser({ UserPoolId }: TestPool, Username: string, Password = password) {
  await cognito.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username,
      UserAttributes: [
        { Name: 'email', Value: `${Username}@example.com` },
        { Name: 'email_verified', Value: 'true' },
      ],
      MessageAction: 'SUPPRESS',
    }),
  );
  await cognito.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: true }));
}

const configure = (
  { UserPoolId }: TestPool,
  more: Omit<SetRiskConfigurationCommandInput, 'UserPoolId'> = {},
) => cognito.send(new SetRiskConfigurationCommand({ UserPoolId, ...more }));

const chrome = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36';
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0';

/** A server signs a user in, and tells where the user is. */
const signIn = (
  { UserPoolId, ClientId }: TestPool,
  USERNAME: string,
  { from = '192.0.2.7', agent = chrome, PASSWORD = password } = {},
) =>
  cognito.send(
    new AdminInitiateAuthCommand({
      UserPoolId,
      ClientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME, PASSWORD },
      ContextData: {
        IpAddress: from,
        ServerName: 'shop.example.com',
        ServerPath: '/login',
        HttpHeaders: [{ headerName: 'User-Agent', headerValue: agent }],
      },
    }),
  );

const eventsOf = async ({ UserPoolId }: TestPool, Username: string) =>
  (await cognito.send(new AdminListUserAuthEventsCommand({ UserPoolId, Username }))).AuthEvents ?? [];

async function messages(pool: string, username: string) {
  const page = `${cloud.endpoint}/_brume/services/cognitoidp/messages?pool=${pool}&username=${username}`;
  const found = (await (await fetch(page)).json()) as {
    messages: { source: string; subject: string; body: string; code: string; html?: boolean }[];
  };
  return found.messages;
}

const blocked = { name: 'NotAuthorizedException', message: 'Unable to login because of security reasons.' };
const action = (
  EventAction: 'BLOCK' | 'MFA_IF_CONFIGURED' | 'MFA_REQUIRED' | 'NO_ACTION',
  Notify = false,
) => ({
  EventAction,
  Notify,
});

describe('settings', () => {
  it('are kept by pool and by client, and taken back', async () => {
    const pool = await makePool();
    const { UserPoolId, ClientId } = pool;
    const describeIt = (more: object = {}) =>
      cognito.send(new DescribeRiskConfigurationCommand({ UserPoolId, ...more }));
    expect((await describeIt()).RiskConfiguration).toEqual({ UserPoolId });
    const CompromisedCredentialsRiskConfiguration = {
      EventFilter: ['SIGN_UP' as const],
      Actions: { EventAction: 'BLOCK' as const },
    };
    await configure(pool, { CompromisedCredentialsRiskConfiguration });
    expect((await describeIt()).RiskConfiguration).toEqual({
      UserPoolId,
      CompromisedCredentialsRiskConfiguration,
      LastModifiedDate: expect.any(Date),
    });
    expect((await describeIt({ ClientId })).RiskConfiguration).toEqual({ UserPoolId, ClientId });
    await configure(pool);
    expect((await describeIt()).RiskConfiguration).toEqual({ UserPoolId });
  });

  it('are refused where they mean nothing, or where the pool is not protected', async () => {
    const pool = await makePool();
    await expect(
      configure(pool, { RiskExceptionConfiguration: { BlockedIPRangeList: ['everywhere'] } }),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(
      configure(pool, {
        AccountTakeoverRiskConfiguration: { Actions: { LowAction: action('BLOCK', true) } },
      }),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    const plain = await makePool({ UserPoolAddOns: { AdvancedSecurityMode: 'OFF' } });
    await addUser(plain, 'ann');
    await expect(configure(plain)).rejects.toMatchObject({ name: 'UserPoolAddOnNotEnabledException' });
    await signIn(plain, 'ann');
    await expect(eventsOf(plain, 'ann')).rejects.toMatchObject({ name: 'UserPoolAddOnNotEnabledException' });
    await expect(makePool({ UserPoolTier: 'ESSENTIALS' })).rejects.toMatchObject({
      name: 'FeatureUnavailableInTierException',
    });
  });
});

describe('compromised credentials', () => {
  const blocking = {
    CompromisedCredentialsRiskConfiguration: { Actions: { EventAction: 'BLOCK' as const } },
  };

  it('are refused when they are chosen, and when they are used', async () => {
    const pool = await makePool();
    const { ClientId, UserPoolId } = pool;
    await configure(pool, blocking);
    await expect(
      browser.send(new SignUpCommand({ ClientId, Username: 'ann', Password: 'P@ssw0rd' })),
    ).rejects.toMatchObject({ name: 'InvalidPasswordException' });
    // An administrator may set one; the user may not sign in with it.
    await addUser(pool, 'bob', 'P@ssw0rd');
    await expect(signIn(pool, 'bob', { PASSWORD: 'P@ssw0rd' })).rejects.toMatchObject(blocked);
    expect(await eventsOf(pool, 'bob')).toMatchObject([
      {
        EventType: 'SignIn',
        EventResponse: 'Fail',
        EventRisk: { RiskDecision: 'Block', CompromisedCredentialsDetected: true },
      },
    ]);
    await cognito.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username: 'bob', Password: password, Permanent: true }),
    );
    const { AuthenticationResult } = await signIn(pool, 'bob');
    await expect(
      browser.send(
        new ChangePasswordCommand({
          AccessToken: AuthenticationResult?.AccessToken,
          PreviousPassword: password,
          ProposedPassword: 'P@ssw0rd',
        }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidPasswordException' });
  });

  it('are told of and let pass where the pool only watches', async () => {
    const pool = await makePool({ UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' } });
    await configure(pool, blocking);
    await addUser(pool, 'cat', 'P@ssw0rd');
    expect((await signIn(pool, 'cat', { PASSWORD: 'P@ssw0rd' })).AuthenticationResult).toBeDefined();
    expect((await eventsOf(pool, 'cat'))[0]).toMatchObject({
      EventResponse: 'Pass',
      EventRisk: { RiskDecision: 'NoRisk', CompromisedCredentialsDetected: true },
    });
  });
});

describe('adaptive authentication', () => {
  it('lets users in where they always are, and blocks where the pool says so', async () => {
    const pool = await makePool();
    await addUser(pool, 'ann');
    await configure(pool, {
      AccountTakeoverRiskConfiguration: {
        Actions: { MediumAction: action('BLOCK'), HighAction: action('BLOCK') },
      },
    });
    await signIn(pool, 'ann');
    await signIn(pool, 'ann');
    // Another network within the hour: Medium.
    await expect(signIn(pool, 'ann', { from: '203.0.113.5' })).rejects.toMatchObject(blocked);
    const [stopped, passed] = await eventsOf(pool, 'ann');
    expect(stopped).toEqual({
      EventId: expect.any(String),
      EventType: 'SignIn',
      CreationDate: expect.any(Date),
      EventResponse: 'Fail',
      EventRisk: { RiskDecision: 'Block', RiskLevel: 'Medium', CompromisedCredentialsDetected: false },
      ChallengeResponses: [{ ChallengeName: 'Password', ChallengeResponse: 'Success' }],
      EventContextData: { IpAddress: '203.0.113.5', DeviceName: 'Chrome, Windows' },
    });
    expect(passed).toMatchObject({ EventResponse: 'Pass', EventRisk: { RiskDecision: 'NoRisk' } });
    // A wrong password is an event as well, and says no more than elsewhere.
    await expect(signIn(pool, 'ann', { PASSWORD: 'Wrong-horse7' })).rejects.toMatchObject({
      message: 'Incorrect username or password.',
    });
    expect((await eventsOf(pool, 'ann'))[0]).toMatchObject({
      EventResponse: 'Fail',
      ChallengeResponses: [{ ChallengeName: 'Password', ChallengeResponse: 'Failure' }],
    });
  });

  it('watches only where it is told to', async () => {
    const pool = await makePool({ UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' } });
    await addUser(pool, 'ann');
    const every = action('BLOCK');
    await configure(pool, {
      AccountTakeoverRiskConfiguration: {
        Actions: { LowAction: every, MediumAction: every, HighAction: every },
      },
    });
    await signIn(pool, 'ann');
    expect(
      (await signIn(pool, 'ann', { from: '203.0.113.5', agent: firefox })).AuthenticationResult,
    ).toBeDefined();
    expect((await eventsOf(pool, 'ann'))[0]).toMatchObject({
      EventResponse: 'Pass',
      EventRisk: { RiskDecision: 'AccountTakeover', RiskLevel: 'High' },
    });
  });

  it('asks for a second factor, and blocks whoever has none where it is required', async () => {
    const pool = await makePool();
    const { UserPoolId } = pool;
    await cognito.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId,
        MfaConfiguration: 'OPTIONAL',
        SoftwareTokenMfaConfiguration: { Enabled: true },
        EmailMfaConfiguration: {},
      }),
    );
    await configure(pool, {
      AccountTakeoverRiskConfiguration: {
        Actions: { LowAction: action('MFA_IF_CONFIGURED'), MediumAction: action('MFA_REQUIRED') },
      },
    });
    await addUser(pool, 'ann');
    await signIn(pool, 'ann');
    // Low: another device. The code goes to the address that the user has.
    const asked = await signIn(pool, 'ann', { agent: firefox });
    expect(asked).toMatchObject({ ChallengeName: 'EMAIL_OTP' });
    expect((await eventsOf(pool, 'ann'))[0]).toMatchObject({
      EventResponse: 'InProgress',
      EventRisk: { RiskDecision: 'AccountTakeover', RiskLevel: 'Low' },
    });
    const answer = (EMAIL_OTP_CODE: string) =>
      cognito.send(
        new AdminRespondToAuthChallengeCommand({
          ...pool,
          ChallengeName: 'EMAIL_OTP',
          Session: asked.Session,
          ChallengeResponses: { USERNAME: 'ann', EMAIL_OTP_CODE },
        }),
      );
    await expect(answer('000')).rejects.toMatchObject({ name: 'CodeMismatchException' });
    expect((await eventsOf(pool, 'ann'))[0]).toMatchObject({
      EventResponse: 'Fail',
      ChallengeResponses: [{ ChallengeName: 'Mfa', ChallengeResponse: 'Failure' }],
    });
    const passed = await answer((await messages(UserPoolId, 'ann'))[0]?.code ?? '');
    const event = (await eventsOf(pool, 'ann')).find(({ EventResponse }) => EventResponse === 'Pass');
    expect(event).toMatchObject({
      EventId: decodeJwt(passed.AuthenticationResult?.AccessToken ?? '').event_id,
      ChallengeResponses: [
        { ChallengeName: 'Password', ChallengeResponse: 'Success' },
        { ChallengeName: 'Mfa', ChallengeResponse: 'Success' },
      ],
    });
    // A device that was let in is known.
    expect((await signIn(pool, 'ann', { agent: firefox })).AuthenticationResult).toBeDefined();
    await cognito.send(
      new AdminCreateUserCommand({ UserPoolId, Username: 'bob', MessageAction: 'SUPPRESS' }),
    );
    await cognito.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username: 'bob', Password: password, Permanent: true }),
    );
    await signIn(pool, 'bob');
    expect((await signIn(pool, 'bob', { agent: firefox })).AuthenticationResult).toBeDefined();
    await expect(signIn(pool, 'bob', { from: '203.0.113.5' })).rejects.toMatchObject(blocked);
  });

  it('has addresses that are always let in, and such as never are', async () => {
    const pool = await makePool();
    await addUser(pool, 'ann');
    await configure(pool, {
      AccountTakeoverRiskConfiguration: {
        Actions: { LowAction: action('BLOCK'), MediumAction: action('BLOCK'), HighAction: action('BLOCK') },
      },
      RiskExceptionConfiguration: {
        BlockedIPRangeList: ['198.51.100.0/24'],
        SkippedIPRangeList: ['203.0.113.0/24'],
      },
    });
    await signIn(pool, 'ann');
    expect(
      (await signIn(pool, 'ann', { from: '203.0.113.5', agent: firefox })).AuthenticationResult,
    ).toBeDefined();
    // The same words for the right password and for a wrong one: an address that is blocked learns nothing.
    for (const PASSWORD of [password, 'Wrong-horse7']) {
      await expect(signIn(pool, 'ann', { from: '198.51.100.9', PASSWORD })).rejects.toMatchObject(blocked);
    }
  });

  it('believes no address that an app without a secret names', async () => {
    const pool = await makePool();
    const { ClientId, UserPoolId } = pool;
    await addUser(pool, 'ann');
    const fromApp = () =>
      browser.send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: 'ann', PASSWORD: password },
          UserContextData: { IpAddress: '203.0.113.5' },
        }),
      );
    await fromApp();
    expect((await eventsOf(pool, 'ann'))[0]?.EventContextData?.IpAddress).toMatch(/127\.0\.0\.1|::1/);
    await configure(pool, { RiskExceptionConfiguration: { BlockedIPRangeList: ['127.0.0.0/8', '::1/128'] } });
    await expect(fromApp()).rejects.toMatchObject(blocked);
    expect(UserPoolId).toBeDefined();
  });
});

describe('events', () => {
  it('are in the log of the pool that wants them there', async () => {
    const pool = await makePool();
    const { UserPoolId } = pool;
    await addUser(pool, 'ann');
    const logs = new CloudWatchLogsClient({ ...cloud.clientConfig, maxAttempts: 1 });
    const logGroupName = '/aws/vendedlogs/people';
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    await cognito.send(
      new SetLogDeliveryConfigurationCommand({
        UserPoolId,
        LogConfigurations: [
          {
            EventSource: 'userAuthEvents',
            LogLevel: 'INFO',
            CloudWatchLogsConfiguration: {
              LogGroupArn: `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`,
            },
          },
        ],
      }),
    );
    await signIn(pool, 'ann');
    const logged = async () => {
      const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
      return events.map(({ message }) => JSON.parse(message ?? '') as object);
    };
    const [event] = await eventsOf(pool, 'ann');
    await expect.poll(logged).toContainEqual(
      expect.objectContaining({
        eventSource: 'USER_ACTIVITY',
        logLevel: 'INFO',
        logSourceId: { userPoolId: UserPoolId },
        message: expect.objectContaining({
          eventId: event?.EventId,
          eventType: 'SignIn',
          userName: 'ann',
          eventResponse: 'Pass',
          riskDecision: 'PASS',
          ipAddress: '192.0.2.7',
          challenges: ['Password:Success'],
        }),
      }),
    );
    expect(JSON.stringify(await logged())).not.toContain(password);
    logs.destroy();
  });

  it('are listed page by page, newest first, the last hundred of them', async () => {
    const pool = await makePool();
    const { UserPoolId, ClientId } = pool;
    await browser.send(new SignUpCommand({ ClientId, Username: 'ann', Password: password }));
    await cognito.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username: 'ann', Password: password, Permanent: true }),
    );
    await signIn(pool, 'ann');
    await signIn(pool, 'ann');
    const list = (more: object) =>
      cognito.send(new AdminListUserAuthEventsCommand({ UserPoolId, Username: 'ann', ...more }));
    const first = await list({ MaxResults: 2 });
    const rest = await list({ MaxResults: 2, NextToken: first.NextToken });
    expect(
      [...(first.AuthEvents ?? []), ...(rest.AuthEvents ?? [])].map(({ EventType }) => EventType),
    ).toEqual(['SignIn', 'SignIn', 'SignUp']);
    expect(rest.NextToken).toBeUndefined();
    await expect(list({ NextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('have the ids that tokens have, refreshed ones as well', async () => {
    const pool = await makePool();
    await addUser(pool, 'ann');
    const { AuthenticationResult: tokens } = await signIn(pool, 'ann');
    const refreshed = await browser.send(
      new GetTokensFromRefreshTokenCommand({ ClientId: pool.ClientId, RefreshToken: tokens?.RefreshToken }),
    );
    const [event] = await eventsOf(pool, 'ann');
    for (const token of [tokens?.AccessToken, tokens?.IdToken, refreshed.AuthenticationResult?.AccessToken]) {
      expect(decodeJwt(token ?? '').event_id).toBe(event?.EventId);
    }
  });

  it('tell users, who say whether it was them: by the token of that event only', async () => {
    const pool = await makePool();
    const { UserPoolId } = pool;
    for (const name of ['ann', 'bob']) await addUser(pool, name);
    await configure(pool, {
      AccountTakeoverRiskConfiguration: {
        NotifyConfiguration: {
          SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.com',
          NoActionEmail: {
            Subject: 'Was it you, {username}?',
            HtmlBody: '<p>{ip-address} {device-name} {event-id} {feedback-token} {unknown}</p>',
          },
        },
        Actions: { LowAction: action('NO_ACTION', true), HighAction: action('BLOCK') },
      },
    });
    const told = async (Username: string) => {
      await signIn(pool, Username);
      await signIn(pool, Username, { agent: '<script>alert(1)</script>' });
      const [message] = await messages(UserPoolId, Username);
      expect(message).toMatchObject({
        source: 'AccountTakeOverNotification',
        subject: `Was it you, ${Username}?`,
        html: true,
      });
      expect(message?.body).not.toContain('<script>');
      const [, EventId = '', FeedbackToken = ''] =
        /([0-9a-f-]{36}) (\S+) \{unknown\}/.exec(message?.body ?? '') ?? [];
      return { EventId, FeedbackToken };
    };
    const ann = await told('ann');
    const bob = await told('bob');
    const feedback = (Username: string, from: { EventId: string; FeedbackToken: string }) =>
      browser.send(
        new UpdateAuthEventFeedbackCommand({ UserPoolId, Username, FeedbackValue: 'Invalid', ...from }),
      );
    const refused = { name: 'NotAuthorizedException' };
    await expect(feedback('bob', ann)).rejects.toMatchObject(refused);
    await expect(feedback('ann', { ...bob, EventId: ann.EventId })).rejects.toMatchObject(refused);
    await expect(feedback('ann', { ...ann, FeedbackToken: 'xyz' })).rejects.toMatchObject(refused);
    await feedback('ann', ann);
    expect((await eventsOf(pool, 'ann'))[0]?.EventFeedback).toMatchObject({
      FeedbackValue: 'Invalid',
      Provider: 'User',
    });
    // Whoever it was is expected no more: the device that the user disowned is at High.
    await expect(signIn(pool, 'ann', { agent: '<script>alert(1)</script>' })).rejects.toMatchObject(blocked);
    await cognito.send(
      new AdminUpdateAuthEventFeedbackCommand({
        UserPoolId,
        Username: 'bob',
        EventId: bob.EventId,
        FeedbackValue: 'Valid',
      }),
    );
    expect((await eventsOf(pool, 'bob'))[0]?.EventFeedback).toMatchObject({ Provider: 'Admin' });
    await expect(
      cognito.send(
        new AdminUpdateAuthEventFeedbackCommand({
          UserPoolId,
          Username: 'bob',
          EventId: ann.EventId,
          FeedbackValue: 'Valid',
        }),
      ),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
