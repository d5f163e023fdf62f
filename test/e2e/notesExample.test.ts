/** The example `notes`, deployed with `enforce`: people reach their own rows and files, and nobody else's. */
import { readFileSync } from 'node:fs';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  CognitoIdentityClient,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
} from '@aws-sdk/client-cognito-identity';
import {
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const template = readFileSync(new URL('../../examples/notes/template.yaml', import.meta.url), 'utf8');
const password = 'Correct-horse7';
let cloud: Cloud;
let outputs: Record<string, string>;

interface Person {
  id: string;
  dynamodb: DynamoDBClient;
  s3: S3Client;
}
let ann: Person;
let bob: Person;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  const client = new CloudFormationClient(cloud.clientConfig);
  const StackName = 'notes';
  await client.send(
    new CreateStackCommand({ StackName, TemplateBody: template, Capabilities: ['CAPABILITY_IAM'] }),
  );
  await waitUntilStackCreateComplete(
    { client, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.2 },
    { StackName },
  );
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
  outputs = Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
  ann = await join('ann@example.com');
  bob = await join('bob@example.com');
});
afterAll(() => cloud?.close());

/** Signs somebody up and in, without any credentials of AWS's, and trades that for some. */
async function join(Username: string): Promise<Person> {
  const anonymous = {
    region: 'us-east-1',
    endpoint: cloud.endpoint,
    signer: { sign: async (r: never) => r },
  };
  const pool = new CognitoIdentityProviderClient(anonymous);
  const ClientId = outputs.ClientId ?? '';
  await pool.send(new SignUpCommand({ ClientId, Username, Password: password }));
  const page = await fetch(
    `${cloud.endpoint}/_brume/services/cognitoidp/messages?pool=${outputs.UserPoolId}`,
  );
  const { messages } = (await page.json()) as { messages: { code: string; destination: string }[] };
  const code = messages.find(({ destination }) => destination === Username)?.code;
  await pool.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: code }));
  const { AuthenticationResult } = await pool.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: Username, PASSWORD: password },
    }),
  );
  const Logins = { [outputs.ProviderName ?? '']: AuthenticationResult?.IdToken ?? '' };
  const identities = new CognitoIdentityClient(anonymous);
  const { IdentityId = '' } = await identities.send(
    new GetIdCommand({ IdentityPoolId: outputs.IdentityPoolId, Logins }),
  );
  const { Credentials } = await identities.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }));
  const config = {
    region: 'us-east-1',
    endpoint: cloud.endpoint,
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
  };
  return {
    id: IdentityId,
    dynamodb: new DynamoDBClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
  };
}

const put = (who: Person, owner: string) =>
  who.dynamodb.send(
    new PutItemCommand({
      TableName: outputs.TableName,
      Item: { owner: { S: owner }, id: { S: '1' }, text: { S: 'hello' } },
    }),
  );

/** Each call is answered with that error, in AWS's words. */
async function allRefused(name: string, calls: Promise<unknown>[]): Promise<void> {
  for (const told of await Promise.allSettled(calls)) {
    expect(told).toMatchObject({
      status: 'rejected',
      reason: { name, message: expect.stringContaining('is not authorized to perform: ') },
    });
  }
}

describe('a person', () => {
  it('writes and reads rows under their own key, and no others', async () => {
    await put(ann, ann.id);
    await put(bob, bob.id);
    const key = (owner: string) => ({ owner: { S: owner }, id: { S: '1' } });
    const { Item } = await ann.dynamodb.send(
      new GetItemCommand({ TableName: outputs.TableName, Key: key(ann.id) }),
    );
    expect(Item?.text).toEqual({ S: 'hello' });
    const query = (owner: string) =>
      new QueryCommand({
        TableName: outputs.TableName,
        KeyConditionExpression: '#owner = :owner',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':owner': { S: owner } },
      });
    expect((await ann.dynamodb.send(query(ann.id))).Count).toBe(1);
    await allRefused('AccessDeniedException', [
      put(ann, bob.id),
      ann.dynamodb.send(new GetItemCommand({ TableName: outputs.TableName, Key: key(bob.id) })),
      ann.dynamodb.send(query(bob.id)),
      ann.dynamodb.send(new ScanCommand({ TableName: outputs.TableName })),
    ]);
  });

  it('writes, reads and lists files under their own prefix, and no others', async () => {
    const Bucket = outputs.BucketName;
    const file = (who: Person) => ({ Bucket, Key: `${who.id}/hello.txt` });
    await ann.s3.send(new PutObjectCommand({ ...file(ann), Body: 'hello' }));
    await bob.s3.send(new PutObjectCommand({ ...file(bob), Body: 'hello' }));
    const { Body } = await ann.s3.send(new GetObjectCommand(file(ann)));
    expect(await Body?.transformToString()).toBe('hello');
    const list = (Prefix?: string) => ann.s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    expect((await list(`${ann.id}/`)).KeyCount).toBe(1);
    await allRefused('AccessDenied', [
      ann.s3.send(new PutObjectCommand({ ...file(bob), Body: 'mine' })),
      ann.s3.send(new GetObjectCommand(file(bob))),
      list(`${bob.id}/`),
      list(),
    ]);
  });

  it('has no rights beyond these, and none at all once the credentials have expired', async () => {
    await expect(ann.dynamodb.send(new ScanCommand({ TableName: 'another' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await cloud.clock.advance(2 * 60 * 60 * 1000);
    await expect(put(ann, ann.id)).rejects.toMatchObject({ name: 'ExpiredTokenException' });
  });
});
