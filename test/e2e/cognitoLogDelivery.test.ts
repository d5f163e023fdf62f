/** Logs of user pools in buckets, with `enforce` on: who may set them up, who writes, and what is written. */
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  GetLogDeliveryConfigurationCommand,
  InitiateAuthCommand,
  SetLogDeliveryConfigurationCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const password = 'Correct-horse7';
let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;
let s3: S3Client;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  cognito = new CognitoIdentityProviderClient({ ...cloud.clientConfig, maxAttempts: 1 });
  s3 = new S3Client({ ...cloud.clientConfig, forcePathStyle: true });
});
afterAll(async () => {
  cognito?.destroy();
  s3?.destroy();
  await cloud?.close();
});

async function makePool() {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: 'people',
      UserPoolTier: 'PLUS',
      UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' },
    }),
  );
  const UserPoolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    }),
  );
  const user = { UserPoolId, Username: 'ann' };
  await cognito.send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS' }));
  await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
  return { UserPoolId, ClientId: UserPoolClient?.ClientId ?? '' };
}

const logsTo = (bucket: string) => ({
  EventSource: 'userAuthEvents' as const,
  LogLevel: 'INFO' as const,
  S3Configuration: { BucketArn: `arn:aws:s3:::${bucket}` },
});

const deliver = (UserPoolId: string, bucket: string, client = cognito) =>
  client.send(new SetLogDeliveryConfigurationCommand({ UserPoolId, LogConfigurations: [logsTo(bucket)] }));

const signIn = (ClientId: string) =>
  cognito.send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId,
      AuthParameters: { USERNAME: 'ann', PASSWORD: password },
    }),
  );

async function keysIn(Bucket: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

async function eventsIn(Bucket: string): Promise<object[]> {
  const bodies = (await keysIn(Bucket)).map(async (Key) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return JSON.parse((await Body?.transformToString()) ?? '') as object;
  });
  return Promise.all(bodies);
}

/** Whether the service that delivers logs was refused. */
async function wasRefused(): Promise<boolean> {
  const { records } = (await (await fetch(`${cloud.endpoint}/_brume/audit?limit=50`)).json()) as {
    records: { principal: string; action: string; decision: string }[];
  };
  return records.some(
    ({ principal, action, decision }) =>
      principal === 'delivery.logs.amazonaws.com' && action === 's3:PutObject' && decision.endsWith('deny'),
  );
}

describe('logs in a bucket', () => {
  it('are an object for each event, written by the service that delivers logs', async () => {
    const { UserPoolId, ClientId } = await makePool();
    await s3.send(new CreateBucketCommand({ Bucket: 'people-logs' }));
    await deliver(UserPoolId, 'people-logs');
    const { LogDeliveryConfiguration } = await cognito.send(
      new GetLogDeliveryConfigurationCommand({ UserPoolId }),
    );
    expect(LogDeliveryConfiguration).toEqual({ UserPoolId, LogConfigurations: [logsTo('people-logs')] });
    await signIn(ClientId);
    await expect
      .poll(() => eventsIn('people-logs'))
      .toContainEqual(
        expect.objectContaining({
          eventSource: 'USER_ACTIVITY',
          logLevel: 'INFO',
          logSourceId: { userPoolId: UserPoolId },
          message: expect.objectContaining({ eventType: 'SignIn', userName: 'ann', eventResponse: 'Pass' }),
        }),
      );
    for (const key of await keysIn('people-logs')) {
      expect(key).toMatch(new RegExp(`^AWSLogs/000000000000/cognito-idp/us-east-1/${UserPoolId}/\\d{4}/`));
    }
    expect(JSON.stringify(await eventsIn('people-logs'))).not.toContain(password);
  });

  it('need the bucket\u2019s leave, which setting them up gives once', async () => {
    const { UserPoolId, ClientId } = await makePool();
    const Bucket = 'closed-logs';
    await s3.send(new CreateBucketCommand({ Bucket }));
    await deliver(UserPoolId, Bucket);
    const read = async () => (await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? '';
    const policy = await read();
    expect(policy).toContain('delivery.logs.amazonaws.com');
    await deliver(UserPoolId, Bucket);
    expect(await read()).toBe(policy);
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    await signIn(ClientId);
    await expect.poll(wasRefused).toBe(true);
    expect(await keysIn(Bucket)).toEqual([]);
    // What was refused is tried again.
    await deliver(UserPoolId, Bucket);
    const later = async () => {
      await cloud.clock.advance(10_000);
      return keysIn(Bucket);
    };
    await expect.poll(later).not.toEqual([]);
  });

  it('are set up by whoever may open the bucket, and where there is one', async () => {
    const { UserPoolId } = await makePool();
    await expect(deliver(UserPoolId, 'nobodys-logs')).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'The bucket for the logs does not exist.',
    });
    const iam = new IAMClient(cloud.clientConfig);
    const UserName = 'operator';
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(
      new PutUserPolicyCommand({
        UserName,
        PolicyName: 'pools',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: ['cognito-idp:*', 'logs:CreateLogDelivery'], Resource: '*' },
          ],
        }),
      }),
    );
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    iam.destroy();
    const operator = new CognitoIdentityProviderClient({
      ...cloud.clientConfig,
      maxAttempts: 1,
      credentials: {
        accessKeyId: AccessKey?.AccessKeyId ?? '',
        secretAccessKey: AccessKey?.SecretAccessKey ?? '',
      },
    });
    await s3.send(new CreateBucketCommand({ Bucket: 'others-logs' }));
    await expect(deliver(UserPoolId, 'others-logs', operator)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('s3:GetBucketPolicy'),
    });
    operator.destroy();
  });

  it('are no place for messages, nor for two destinations at once', async () => {
    const { UserPoolId } = await makePool();
    const set = (LogConfiguration: object) =>
      cognito.send(
        new SetLogDeliveryConfigurationCommand({
          UserPoolId,
          LogConfigurations: [LogConfiguration] as never,
        }),
      );
    const LogGroupArn = 'arn:aws:logs:us-east-1:000000000000:log-group:/people';
    const invalid = { name: 'InvalidParameterException' };
    await expect(
      set({ ...logsTo('people-logs'), EventSource: 'userNotification', LogLevel: 'ERROR' }),
    ).rejects.toMatchObject(invalid);
    await expect(
      set({ ...logsTo('people-logs'), CloudWatchLogsConfiguration: { LogGroupArn } }),
    ).rejects.toMatchObject(invalid);
    const { S3Configuration: _bucket, ...activity } = logsTo('');
    const StreamArn = 'arn:aws:firehose:us-east-1:000000000000:deliverystream/people';
    await expect(set({ ...activity, FirehoseConfiguration: { StreamArn } })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 501 },
    });
  });
});
