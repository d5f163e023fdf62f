/** Who may make mappings, and what the role of their function must be allowed, where IAM is enforced. */
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let lambda: LambdaClient;
let iam: IAMClient;
let dynamodb: DynamoDBClient;
let stream: string;
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  const config = { ...cloud.clientConfig, maxAttempts: 1 };
  lambda = new LambdaClient(config);
  iam = new IAMClient(config);
  dynamodb = new DynamoDBClient(config);
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  await iam.send(new CreateRoleCommand({ RoleName: 'reader', AssumeRolePolicyDocument: document(trust) }));
  const { TableDescription } = await dynamodb.send(
    new CreateTableCommand({
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
    }),
  );
  stream = TableDescription?.LatestStreamArn ?? '';
  for (const FunctionName of ['one', 'two']) {
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Role: 'arn:aws:iam::000000000000:role/reader',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Code: { ZipFile: await zipped({ 'index.js': 'exports.handler = async () => null;' }) },
      }),
    );
  }
});
afterAll(() => cloud.close());

const mapTo = (FunctionName: string, client = lambda) =>
  client.send(
    new CreateEventSourceMappingCommand({
      FunctionName,
      EventSourceArn: stream,
      StartingPosition: 'TRIM_HORIZON',
    }),
  );
const get = (UUID: string, client = lambda) => client.send(new GetEventSourceMappingCommand({ UUID }));
const allowReading = () =>
  iam.send(
    new PutRolePolicyCommand({
      RoleName: 'reader',
      PolicyName: 'read',
      PolicyDocument: document({
        Effect: 'Allow',
        Action: ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream'],
        Resource: stream,
      }),
    }),
  );

describe('the execution role', () => {
  it('must be allowed to read the stream, when the mapping is made and later', async () => {
    await expect(mapTo('one')).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: `Cannot access stream ${stream}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.`,
    });
    await allowReading();
    const { UUID = '' } = await mapTo('one');
    await dynamodb.send(new PutItemCommand({ TableName: 'orders', Item: { pk: { S: 'a' } } }));
    await expect.poll(async () => (await get(UUID)).LastProcessingResult).toBe('OK');
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'reader', PolicyName: 'read' }));
    // Any change stirs the poller, which finds that it may not look any more.
    await expect
      .poll(async () => {
        await dynamodb.send(
          new PutItemCommand({ TableName: 'orders', Item: { pk: { S: String(Math.random()) } } }),
        );
        return (await get(UUID)).LastProcessingResult;
      })
      .toMatch(/^PROBLEM: .*not authorized to perform: dynamodb:/);
    await allowReading();
  });
});

describe('a user', () => {
  it('may map the functions that a condition names, and see those mappings', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'mapper' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'mapper' }));
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    };
    const mapper = new LambdaClient({ ...cloud.clientConfig, credentials, maxAttempts: 1 });
    await expect(mapTo('two', mapper)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const only = { 'lambda:FunctionArn': 'arn:aws:lambda:us-east-1:000000000000:function:two' };
    const allow = {
      Effect: 'Allow',
      Action: 'lambda:*EventSourceMapping',
      Resource: '*',
      Condition: { StringEquals: only },
    };
    await iam.send(
      new PutUserPolicyCommand({ UserName: 'mapper', PolicyName: 'map', PolicyDocument: document(allow) }),
    );
    const { UUID = '' } = await mapTo('two', mapper);
    expect((await get(UUID, mapper)).UUID).toBe(UUID);
    await expect(mapTo('one', mapper)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect.poll(async () => (await get(UUID)).State).toBe('Enabled');
    await expect(
      mapper.send(new UpdateEventSourceMappingCommand({ UUID, FunctionName: 'one' })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect((await mapper.send(new DeleteEventSourceMappingCommand({ UUID }))).State).toBe('Deleting');
  });
});
