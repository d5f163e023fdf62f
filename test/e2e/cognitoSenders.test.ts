/** Custom senders of user pools, with real functions, the real AWS Encryption SDK and `enforce`: who gets codes, and who can read them. */
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  CognitoIdentityProviderClient,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  ForgotPasswordCommand,
  GetUserAttributeVerificationCodeCommand,
  InitiateAuthCommand,
  ResendConfirmationCodeCommand,
  RespondToAuthChallengeCommand,
  SetRiskConfigurationCommand,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  KMSClient,
  ListGrantsCommand,
} from '@aws-sdk/client-kms';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';
import { root } from './support/server.ts';

const password = 'Correct-horse7';
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

let cloud: Cloud;
let kms: KMSClient;
let iam: IAMClient;
let logs: CloudWatchLogsClient;
let lambda: LambdaClient;
let cognito: CognitoIdentityProviderClient;
let keyArn: string;
let senderArn: string;
/** It may not decrypt. */
let blindArn: string;

interface Told {
  event: {
    version: string;
    triggerSource: string;
    userName: string;
    userPoolId: string;
    region: string;
    callerContext: { clientId: string };
    request: { type: string; code?: string; userAttributes: Record<string, string>; clientMetadata?: object };
  };
  code?: string;
  failure?: string;
}

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  const config = { ...cloud.clientConfig, maxAttempts: 1 };
  kms = new KMSClient(config);
  iam = new IAMClient(config);
  logs = new CloudWatchLogsClient(config);
  lambda = new LambdaClient(config);
  cognito = new CognitoIdentityProviderClient(config);
  keyArn = await makeKey();
  const { outputFiles } = await build({
    entryPoints: [join(root, 'test/e2e/fixtures/customSender/handler.ts')],
    bundle: true,
    platform: 'node',
    target: 'node22',
    write: false,
    logLevel: 'silent',
  });
  const code = await zipped({ 'index.js': outputFiles[0]?.text ?? '' });
  const decrypts = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: keyArn };
  [senderArn, blindArn] = await Promise.all([
    makeSender('sender', code, decrypts),
    makeSender('blind', code),
  ]);
});
afterAll(async () => {
  for (const client of [kms, iam, logs, lambda, cognito]) client?.destroy();
  await cloud?.close();
});

async function makeKey(): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: 'codes' }));
  return KeyMetadata?.Arn ?? '';
}

async function makeSender(FunctionName: string, ZipFile: Uint8Array, ...allowed: object[]): Promise<string> {
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: FunctionName,
      AssumeRolePolicyDocument: document({
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      }),
    }),
  );
  const writes = { Effect: 'Allow', Action: 'logs:*', Resource: '*' };
  const PolicyDocument = document(writes, ...allowed);
  await iam.send(new PutRolePolicyCommand({ RoleName: FunctionName, PolicyName: 'p', PolicyDocument }));
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: Role?.Arn,
      Timeout: 30,
      Code: { ZipFile },
      Environment: { Variables: { KEY_ARN: keyArn } },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName });
  await lambda.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: 'pools',
      Action: 'lambda:InvokeFunction',
      Principal: 'cognito-idp.amazonaws.com',
    }),
  );
  return FunctionArn;
}

const senders = (LambdaArn = senderArn) => ({
  CustomEmailSender: { LambdaArn, LambdaVersion: 'V1_0' as const },
  CustomSMSSender: { LambdaArn, LambdaVersion: 'V1_0' as const },
  KMSKeyID: keyArn,
});

async function makePool(settings: Partial<CreateUserPoolCommandInput> = {}) {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: 'people',
      AutoVerifiedAttributes: ['email'],
      LambdaConfig: senders(),
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
    }),
  );
  return { UserPoolId, ClientId: UserPoolClient?.ClientId ?? '' };
}

/** What a function was told of a user, as soon as it was. */
async function told(triggerSource: string, userName: string, functionName = 'sender'): Promise<Told> {
  return vi.waitFor(
    async () => {
      const { events = [] } = await logs.send(
        new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${functionName}` }),
      );
      const all = events
        .map(({ message = '' }) => /told (\{.*\})/.exec(message)?.[1])
        .filter((line) => line !== undefined)
        .map((line) => JSON.parse(line) as Told);
      const found = all
        .reverse()
        .find(({ event }) => event.triggerSource === triggerSource && event.userName === userName);
      if (!found) throw new Error(`${functionName} wasn't told of ${triggerSource}`);
      return found;
    },
    { timeout: 60_000, interval: 200 },
  );
}

const signUp = (ClientId: string, Username: string, more: object = {}) =>
  cognito.send(
    new SignUpCommand({
      ClientId,
      Username,
      Password: password,
      UserAttributes: [{ Name: 'email', Value: `${Username}@example.com` }],
      ...more,
    }),
  );

async function outbox(UserPoolId: string): Promise<unknown[]> {
  const page = `${cloud.endpoint}/_brume/services/cognitoidp/messages?pool=${UserPoolId}`;
  return ((await (await fetch(page)).json()) as { messages: unknown[] }).messages;
}

describe('CustomEmailSender', () => {
  it('gets the code of who signs up, encrypted, and Cognito sends nothing', async () => {
    const { UserPoolId, ClientId } = await makePool();
    const { CodeDeliveryDetails } = await signUp(ClientId, 'ann', { ClientMetadata: { from: 'app' } });
    expect(CodeDeliveryDetails).toMatchObject({ DeliveryMedium: 'EMAIL', Destination: 'a***@e***' });
    const { event, code } = await told('CustomEmailSender_SignUp', 'ann');
    expect(event).toMatchObject({
      version: '1',
      region: 'us-east-1',
      userPoolId: UserPoolId,
      callerContext: { clientId: ClientId },
      request: {
        type: 'customEmailSenderRequestV1',
        code: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
        clientMetadata: { from: 'app' },
        userAttributes: { email: 'ann@example.com', 'cognito:user_status': 'UNCONFIRMED' },
      },
    });
    expect(code).toMatch(/^\d{6}$/);
    expect(await outbox(UserPoolId)).toEqual([]);

    await cognito.send(new ResendConfirmationCodeCommand({ ClientId, Username: 'ann' }));
    const again = await told('CustomEmailSender_ResendCode', 'ann');
    await cognito.send(new ConfirmSignUpCommand({ ClientId, Username: 'ann', ConfirmationCode: again.code }));

    await cognito.send(new ForgotPasswordCommand({ ClientId, Username: 'ann' }));
    const forgotten = await told('CustomEmailSender_ForgotPassword', 'ann');
    await cognito.send(
      new ConfirmForgotPasswordCommand({
        ClientId,
        Username: 'ann',
        ConfirmationCode: forgotten.code,
        Password: `${password}!`,
      }),
    );
  });

  it('gets temporary passwords, and codes of attributes', async () => {
    const { UserPoolId, ClientId } = await makePool();
    const Username = 'bob';
    await cognito.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username,
        UserAttributes: [{ Name: 'email', Value: 'bob@example.com' }],
        DesiredDeliveryMediums: ['EMAIL'],
      }),
    );
    const invited = await told('CustomEmailSender_AdminCreateUser', Username);
    const challenged = await cognito.send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: Username, PASSWORD: invited.code ?? '' },
      }),
    );
    const { AuthenticationResult } = await cognito.send(
      new RespondToAuthChallengeCommand({
        ClientId,
        ChallengeName: challenged.ChallengeName,
        Session: challenged.Session,
        ChallengeResponses: { USERNAME: Username, NEW_PASSWORD: password },
      }),
    );
    await cognito.send(
      new GetUserAttributeVerificationCodeCommand({
        AccessToken: AuthenticationResult?.AccessToken,
        AttributeName: 'email',
      }),
    );
    expect((await told('CustomEmailSender_VerifyUserAttribute', Username)).code).toMatch(/^\d{6}$/);
    await cognito.send(
      new AdminUpdateUserAttributesCommand({
        UserPoolId,
        Username,
        UserAttributes: [{ Name: 'email', Value: 'bob@example.org' }],
      }),
    );
    const changed = await told('CustomEmailSender_UpdateUserAttribute', Username);
    expect(changed.code).toMatch(/^\d{6}$/);
    expect(await outbox(UserPoolId)).toEqual([]);
  });
});

it('CustomEmailSender tells of a sign-in that looks like somebody else’s, which has no code', async () => {
  const { UserPoolId, ClientId } = await makePool({
    UserPoolTier: 'PLUS',
    UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
  });
  await cognito.send(
    new SetRiskConfigurationCommand({
      UserPoolId,
      AccountTakeoverRiskConfiguration: {
        NotifyConfiguration: { SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.com' },
        Actions: { LowAction: { EventAction: 'NO_ACTION', Notify: true } },
      },
    }),
  );
  const user = { UserPoolId, Username: 'gus' };
  await cognito.send(
    new AdminCreateUserCommand({
      ...user,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: 'gus@example.com' },
        { Name: 'email_verified', Value: 'true' },
      ],
    }),
  );
  await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
  for (const agent of [
    'Mozilla/5.0 (Windows NT 10.0) Chrome/126.0',
    'Mozilla/5.0 (X11; Linux) Firefox/127.0',
  ]) {
    await cognito.send(
      new AdminInitiateAuthCommand({
        UserPoolId,
        ClientId,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'gus', PASSWORD: password },
        ContextData: {
          IpAddress: '192.0.2.7',
          ServerName: 'shop.example.com',
          ServerPath: '/login',
          HttpHeaders: [{ headerName: 'User-Agent', headerValue: agent }],
        },
      }),
    );
  }
  const { event } = await told('CustomEmailSender_AccountTakeOverNotification', 'gus');
  expect(event.request).toMatchObject({ userAttributes: { email: 'gus@example.com' } });
  expect(event.request).not.toHaveProperty('code');
  expect(await outbox(UserPoolId)).toEqual([]);
});

describe('CustomSMSSender', () => {
  it('gets the code of a second factor', async () => {
    const { UserPoolId, ClientId } = await makePool();
    await cognito.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId,
        MfaConfiguration: 'ON',
        SmsMfaConfiguration: {
          SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms', ExternalId: 'x' },
        },
      }),
    );
    const user = { UserPoolId, Username: 'cleo' };
    await cognito.send(
      new AdminCreateUserCommand({
        ...user,
        MessageAction: 'SUPPRESS',
        UserAttributes: [
          { Name: 'phone_number', Value: '+15555550100' },
          { Name: 'phone_number_verified', Value: 'true' },
        ],
      }),
    );
    await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
    const { ChallengeName, Session } = await cognito.send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'cleo', PASSWORD: password },
      }),
    );
    expect(ChallengeName).toBe('SMS_MFA');
    const { event, code = '' } = await told('CustomSMSSender_Authentication', 'cleo');
    expect(event.request.type).toBe('customSMSSenderRequestV1');
    const { AuthenticationResult } = await cognito.send(
      new RespondToAuthChallengeCommand({
        ClientId,
        ChallengeName,
        Session,
        ChallengeResponses: { USERNAME: 'cleo', SMS_MFA_CODE: code },
      }),
    );
    expect(AuthenticationResult?.AccessToken).toBeDefined();
  });
});

describe('the key', () => {
  it('tells a function nothing that may not decrypt with it', async () => {
    const { ClientId } = await makePool({ LambdaConfig: senders(blindArn) });
    await signUp(ClientId, 'dan');
    const { code, failure } = await told('CustomEmailSender_SignUp', 'dan', 'blind');
    expect(code).toBeUndefined();
    expect(failure).toContain('is not authorized to perform: kms:Decrypt');
  });

  it('is lent to Cognito by a grant for this pool alone, which not everybody may make', async () => {
    const { UserPoolId } = await makePool();
    const { Grants = [] } = await kms.send(new ListGrantsCommand({ KeyId: keyArn, Limit: 1_000 }));
    expect(Grants.find(({ Name }) => Name === `cognito-idp/${UserPoolId}`)).toMatchObject({
      GranteePrincipal: 'cognito-idp.amazonaws.com',
      Operations: ['GenerateDataKey'],
      Constraints: { EncryptionContextSubset: { 'userpool-id': UserPoolId } },
    });

    await iam.send(new CreateUserCommand({ UserName: 'eve' }));
    const PolicyDocument = document({ Effect: 'Allow', Action: ['cognito-idp:*', 'iam:*'], Resource: '*' });
    await iam.send(new PutUserPolicyCommand({ UserName: 'eve', PolicyName: 'p', PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'eve' }));
    const eve = new CognitoIdentityProviderClient({
      ...cloud.clientConfig,
      maxAttempts: 1,
      credentials: {
        accessKeyId: AccessKey?.AccessKeyId ?? '',
        secretAccessKey: AccessKey?.SecretAccessKey ?? '',
      },
    });
    await expect(
      eve.send(new CreateUserPoolCommand({ PoolName: 'hers', LambdaConfig: senders() })),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('kms:CreateGrant'),
    });
    await eve.send(new CreateUserPoolCommand({ PoolName: 'hers' }));

    // Leave to grant by way of Cognito is no leave to grant.
    const viaCognito = {
      Effect: 'Allow',
      Action: 'kms:CreateGrant',
      Resource: keyArn,
      Condition: {
        StringEquals: { 'kms:ViaService': 'cognito-idp.us-east-1.amazonaws.com' },
        Bool: { 'kms:GrantIsForAWSResource': 'true' },
      },
    };
    await iam.send(
      new PutUserPolicyCommand({
        UserName: 'eve',
        PolicyName: 'via',
        PolicyDocument: document(viaCognito),
      }),
    );
    await eve.send(new CreateUserPoolCommand({ PoolName: 'hers', LambdaConfig: senders() }));
    const { region, credentials } = eve.config;
    const directly = new KMSClient({ region, endpoint: cloud.endpoint, credentials });
    await expect(
      directly.send(
        new CreateGrantCommand({
          KeyId: keyArn,
          GranteePrincipal: 'arn:aws:iam::000000000000:user/eve',
          Operations: ['Decrypt'],
        }),
      ),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
    directly.destroy();
    eve.destroy();
  });

  it('must be there when a sender is set up, and be usable when a code is made', async () => {
    const gone = 'arn:aws:kms:us-east-1:000000000000:key/12345678-1234-1234-1234-123456789012';
    const { UserPoolId, ClientId } = await makePool({ LambdaConfig: {} });
    const setUp = (KMSKeyID: string) =>
      cognito.send(
        new UpdateUserPoolCommand({
          UserPoolId,
          AutoVerifiedAttributes: ['email'],
          LambdaConfig: { ...senders(), KMSKeyID },
        }),
      );
    await expect(setUp(gone)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    const own = await makeKey();
    await setUp(own);
    await kms.send(new DisableKeyCommand({ KeyId: own }));
    await expect(signUp(ClientId, 'finn')).rejects.toMatchObject({
      name: 'CodeDeliveryFailureException',
      message: expect.stringContaining('DisabledException'),
    });
  });
});
