/** Resource policies of tables and streams, within an account and across accounts, where IAM is enforced. */
import {
  CreateTableCommand,
  DeleteResourcePolicyCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  PutResourcePolicyCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveOptions } from '../../src/cloud/options.ts';
import { RunningCloud } from '../../src/cloud/runningCloud.ts';
import { rootOf } from '../../src/platform/index.ts';

const region = 'us-east-1';
const home = '000000000000';
const abroad = '111122223333';
const tableArn = `arn:aws:dynamodb:${region}:${home}:table/orders`;
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const denied = { name: 'AccessDeniedException' };

let cloud: RunningCloud;
let root: DynamoDBClient;
let streamArn: string;

/** What the constructor of a client takes to be a user with this identity policy, or none. */
async function user(account: string, UserName: string, allow?: object) {
  const aws = cloud.aws({ account, region, principal: rootOf(account) });
  await aws.call('iam', 'CreateUser', { UserName });
  if (allow) {
    const PolicyDocument = document({ Effect: 'Allow', Resource: '*', ...allow });
    await aws.call('iam', 'PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument });
  }
  const { AccessKey } = await aws.call<{ AccessKey: { AccessKeyId: string; SecretAccessKey: string } }>(
    'iam',
    'CreateAccessKey',
    { UserName },
  );
  return config({ accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey });
}

function config(credentials: { accessKeyId: string; secretAccessKey: string }) {
  return { endpoint: cloud.endpoint, region, credentials, maxAttempts: 1 };
}

const userArn = (account: string, name: string) => `arn:aws:iam::${account}:user/${name}`;
const setPolicy = (Policy: string, ResourceArn = tableArn) =>
  root.send(new PutResourcePolicyCommand({ ResourceArn, Policy }));
const get = (client: DynamoDBClient) =>
  client.send(new GetItemCommand({ TableName: tableArn, Key: { id: { S: '1' } } }));

beforeAll(async () => {
  cloud = await RunningCloud.start(resolveOptions({ iam: 'enforce' }));
  root = new DynamoDBClient(config({ accessKeyId: 'test', secretAccessKey: 'test' }));
  const { TableDescription } = await root.send(
    new CreateTableCommand({
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'day', AttributeType: 'S' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byDay',
          KeySchema: [{ AttributeName: 'day', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
    }),
  );
  streamArn = TableDescription?.LatestStreamArn ?? '';
  await root.send(
    new PutItemCommand({ TableName: 'orders', Item: { id: { S: '1' }, day: { S: 'monday' } } }),
  );
});
afterAll(() => cloud.close());

describe('a table’s policy', () => {
  it('lets in a user of its account who has no other leave, to the index too if it says so', async () => {
    const reader = new DynamoDBClient(await user(home, 'reader'));
    const query = () =>
      reader.send(
        new QueryCommand({
          TableName: 'orders',
          IndexName: 'byDay',
          KeyConditionExpression: '#d = :d',
          ExpressionAttributeNames: { '#d': 'day' },
          ExpressionAttributeValues: { ':d': { S: 'monday' } },
        }),
      );
    await expect(get(reader)).rejects.toMatchObject(denied);
    const allow = { Effect: 'Allow', Principal: { AWS: userArn(home, 'reader') } };
    const Action = ['dynamodb:GetItem', 'dynamodb:Query'];
    await setPolicy(document({ ...allow, Action, Resource: tableArn }));
    expect((await get(reader)).Item?.id).toEqual({ S: '1' });
    await expect(query()).rejects.toMatchObject(denied);
    await setPolicy(document({ ...allow, Action, Resource: [tableArn, `${tableArn}/index/*`] }));
    expect((await query()).Count).toBe(1);
    await root.send(new DeleteResourcePolicyCommand({ ResourceArn: tableArn }));
    await expect(get(reader)).rejects.toMatchObject(denied);
  });

  it('keeps out whom it denies, whatever their own policies allow', async () => {
    const admin = new DynamoDBClient(await user(home, 'admin', { Action: '*' }));
    await get(admin);
    const deny = { Effect: 'Deny', Principal: '*', Action: 'dynamodb:GetItem', Resource: tableArn };
    await setPolicy(document(deny));
    await expect(get(admin)).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining('with an explicit deny in a resource-based policy'),
    });
    await expect(get(root)).rejects.toMatchObject(denied);
    await root.send(new DeleteResourcePolicyCommand({ ResourceArn: tableArn }));
    await get(admin);
  });

  it('opens the table to another account, whose own policies must agree', async () => {
    const allowed = new DynamoDBClient(await user(abroad, 'allowed', { Action: 'dynamodb:*' }));
    const idle = new DynamoDBClient(await user(abroad, 'idle'));
    await expect(get(allowed)).rejects.toMatchObject(denied);
    const allow = { Effect: 'Allow', Principal: { AWS: abroad }, Action: 'dynamodb:GetItem' };
    await setPolicy(document({ ...allow, Resource: tableArn }));
    expect((await get(allowed)).Item?.id).toEqual({ S: '1' });
    await expect(get(idle)).rejects.toMatchObject(denied);
    await expect(
      allowed.send(new PutItemCommand({ TableName: tableArn, Item: { id: { S: '2' } } })),
    ).rejects.toMatchObject(denied);
  });

  it('locks nobody out unawares', async () => {
    const deny = { Effect: 'Deny', Principal: '*', Action: 'dynamodb:PutResourcePolicy', Resource: tableArn };
    await expect(setPolicy(document(deny))).rejects.toMatchObject({
      ...denied,
      message: 'The new resource policy will not allow you to update the resource policy in the future.',
    });
    const confirmed = {
      ResourceArn: tableArn,
      Policy: document(deny),
      ConfirmRemoveSelfResourceAccess: true,
    };
    await root.send(new PutResourcePolicyCommand(confirmed));
    await expect(root.send(new PutResourcePolicyCommand(confirmed))).rejects.toMatchObject(denied);
    await root.send(new DeleteResourcePolicyCommand({ ResourceArn: tableArn }));
  });
});

describe('a stream’s policy', () => {
  it('opens the stream to another account', async () => {
    const reader = new DynamoDBStreamsClient(await user(abroad, 'follower', { Action: 'dynamodb:*' }));
    const describeStream = () => reader.send(new DescribeStreamCommand({ StreamArn: streamArn }));
    await expect(describeStream()).rejects.toMatchObject(denied);
    const actions = ['DescribeStream', 'GetShardIterator', 'GetRecords'].map((name) => `dynamodb:${name}`);
    const allow = { Effect: 'Allow', Principal: { AWS: abroad }, Resource: streamArn };
    await setPolicy(document({ ...allow, Action: actions }), streamArn);
    const { StreamDescription } = await describeStream();
    const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
    const start = { StreamArn: streamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const };
    const { ShardIterator } = await reader.send(new GetShardIteratorCommand(start));
    const read = () => reader.send(new GetRecordsCommand({ ShardIterator }));
    expect((await read()).Records).toHaveLength(1);
    await setPolicy(document({ ...allow, Action: actions.slice(0, 2) }), streamArn);
    await expect(read()).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining(`dynamodb:GetRecords on resource: ${streamArn}`),
    });
  });
});
