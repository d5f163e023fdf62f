/** Streams of tables and the functions that follow them, by the official clients. */

import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListTagsCommand,
  TagResourceCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let lambda: LambdaClient;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  cloud = await startCloud();
  const config = { ...cloud.clientConfig, maxAttempts: 1 };
  lambda = new LambdaClient(config);
  dynamodb = new DynamoDBClient(config);
  await createTable('seen', false);
});
afterAll(() => cloud.close());

/** Keeps what it is given in the table `seen`, in its order; fails when a record says so. */
const recorder = `
const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
const client = new DynamoDBClient({});
exports.handler = async (event) => {
  const records = event.Records.map(({ dynamodb }) => dynamodb.Keys.pk.S + (dynamodb.NewImage?.n?.N ?? ''));
  await client.send(new PutItemCommand({ TableName: 'seen', Item: {
    pk: { S: process.env.AWS_LAMBDA_FUNCTION_NAME },
    sk: { S: String(Date.now()).padStart(15, '0') + Math.random() },
    event: { S: JSON.stringify(event) }, records: { S: records.join() },
  } }));
  if (records.some((record) => record.startsWith('poison'))) throw new Error('poison');
};`;

/** Appends what it is given to one list. */
const appender = `
const { DynamoDBClient, UpdateItemCommand } = require('@aws-sdk/client-dynamodb');
const client = new DynamoDBClient({});
exports.handler = async ({ Records }) => {
  await client.send(new UpdateItemCommand({
    TableName: 'log', Key: { pk: { S: 'log' } },
    UpdateExpression: 'SET seen = list_append(if_not_exists(seen, :none), :seen)',
    ExpressionAttributeValues: { ':none': { L: [] }, ':seen': { L: Records.map((one) => one.dynamodb.NewImage.n) } },
  }));
};`;

async function createTable(TableName: string, withStream = true): Promise<string> {
  const { TableDescription } = await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        ...(withStream ? [] : [{ AttributeName: 'sk', KeyType: 'RANGE' as const }]),
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        ...(withStream ? [] : [{ AttributeName: 'sk', AttributeType: 'S' as const }]),
      ],
      ...(withStream
        ? { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } }
        : {}),
    }),
  );
  await waitUntilTableExists(
    { client: dynamodb, maxWaitTime: 60, minDelay: 0.02, maxDelay: 0.1 },
    { TableName },
  );
  return TableDescription?.LatestStreamArn ?? '';
}

async function createFunction(FunctionName: string, code = recorder): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/reader',
      Timeout: 20,
      Code: { ZipFile: await zipped({ 'index.js': code }) },
    }),
  );
}

async function map(
  FunctionName: string,
  EventSourceArn: string,
  more: Partial<CreateEventSourceMappingCommandInput> = {},
) {
  const { UUID = '' } = await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName,
      EventSourceArn,
      StartingPosition: 'TRIM_HORIZON',
      ...more,
    }),
  );
  await until(async () => (await get(UUID)).State === 'Enabled');
  return UUID;
}

const get = (UUID: string) => lambda.send(new GetEventSourceMappingCommand({ UUID }));

const put = (TableName: string, pk: string, n?: number) =>
  dynamodb.send(
    new PutItemCommand({
      TableName,
      Item: { pk: { S: pk }, ...(n === undefined ? {} : { n: { N: String(n) } }) },
    }),
  );

async function seen(name: string) {
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: 'seen', ConsistentRead: true }));
  return Items.filter(({ pk }) => pk?.S === name)
    .sort((one, other) => String(one.sk?.S).localeCompare(String(other.sk?.S)))
    .map(({ event, records }) => ({
      event: JSON.parse(event?.S ?? '{}'),
      records: records?.S?.split(',') ?? [],
    }));
}

/** Asks until it is so. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; !(await isSo()); turn++) {
    if (turn > 1_000) throw new Error('it never came to be');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a mapping', () => {
  it('is made, told of, changed, tagged and deleted', async () => {
    const arn = await createTable('managed');
    await createFunction('managed');
    const created = await lambda.send(
      new CreateEventSourceMappingCommand({
        FunctionName: 'managed',
        EventSourceArn: arn,
        StartingPosition: 'LATEST',
        Tags: { team: 'a' },
      }),
    );
    const { $metadata, ...shown } = created;
    const UUID = created.UUID ?? '';
    expect($metadata.httpStatusCode).toBe(202);
    expect(shown).toEqual({
      UUID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      EventSourceMappingArn: `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${UUID}`,
      EventSourceArn: arn,
      FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:managed',
      BatchSize: 100,
      BisectBatchOnFunctionError: false,
      DestinationConfig: { OnFailure: {} },
      FunctionResponseTypes: [],
      LastModified: expect.any(Date),
      LastProcessingResult: 'No records processed',
      MaximumBatchingWindowInSeconds: 0,
      MaximumRecordAgeInSeconds: -1,
      MaximumRetryAttempts: -1,
      ParallelizationFactor: 1,
      StartingPosition: 'LATEST',
      State: 'Creating',
      StateTransitionReason: 'User action',
      TumblingWindowInSeconds: 0,
    });
    await until(async () => (await get(UUID)).State === 'Enabled');
    await expect(
      lambda.send(
        new CreateEventSourceMappingCommand({
          FunctionName: 'managed',
          EventSourceArn: arn,
          StartingPosition: 'LATEST',
        }),
      ),
    ).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message: `The event source arn (" ${arn} ") and function (" managed ") provided mapping already exists. Please update or delete the existing mapping with UUID ${UUID}`,
    });
    const changed = await lambda.send(
      new UpdateEventSourceMappingCommand({ UUID, Enabled: false, BatchSize: 3 }),
    );
    expect(changed).toMatchObject({ State: 'Disabling', BatchSize: 3 });
    await until(async () => (await get(UUID)).State === 'Disabled');
    const Resource = shown.EventSourceMappingArn ?? '';
    await lambda.send(new TagResourceCommand({ Resource, Tags: { more: 'b' } }));
    expect((await lambda.send(new ListTagsCommand({ Resource }))).Tags).toEqual({ team: 'a', more: 'b' });
    const list = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName: 'managed' }));
    expect(list.EventSourceMappings?.map((mapping) => mapping.UUID)).toEqual([UUID]);
    expect((await lambda.send(new DeleteEventSourceMappingCommand({ UUID }))).State).toBe('Deleting');
    await until(async () => (await get(UUID).catch((error) => error.name)) === 'ResourceNotFoundException');
  });
});

describe('a function that follows a table', () => {
  it('gets each change once, in order, as AWS writes them', async () => {
    const arn = await createTable('orders');
    await createFunction('follower');
    await map('follower', arn, { BatchSize: 7 });
    for (let n = 0; n < 40; n++) await put('orders', 'a', n);
    const all = async () => (await seen('follower')).flatMap(({ records }) => records);
    await until(async () => (await all()).length >= 40);
    expect(await all()).toEqual(Array.from({ length: 40 }, (_, n) => `a${n}`));
    const [first] = await seen('follower');
    expect(first?.event.Records[0]).toEqual({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: { pk: { S: 'a' } },
        NewImage: { pk: { S: 'a' }, n: { N: '0' } },
        SequenceNumber: expect.stringMatching(/^\d{21}$/),
        SizeBytes: 8,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      eventSourceARN: arn,
    });
    const later = Number(first?.event.Records[0].dynamodb.ApproximateCreationDateTime);
    expect(Math.abs(later * 1000 - Date.now())).toBeLessThan(120_000);
  });
});

describe('a table whose shards close', () => {
  it('is followed from shard to shard, and settled when all is done', async () => {
    await using moved = await startCloud();
    const config = { ...moved.clientConfig, maxAttempts: 1 };
    const [client, functions] = [new DynamoDBClient(config), new LambdaClient(config)];
    const key = {
      BillingMode: 'PAY_PER_REQUEST' as const,
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' as const }],
    };
    await client.send(new CreateTableCommand({ TableName: 'log', ...key }));
    const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' as const };
    const { TableDescription } = await client.send(
      new CreateTableCommand({ TableName: 'rolling', ...key, StreamSpecification }),
    );
    await functions.send(
      new CreateFunctionCommand({
        FunctionName: 'roller',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/reader',
        Timeout: 20,
        Code: { ZipFile: await zipped({ 'index.js': appender }) },
      }),
    );
    const EventSourceArn = TableDescription?.LatestStreamArn ?? '';
    await functions.send(
      new CreateEventSourceMappingCommand({
        FunctionName: 'roller',
        EventSourceArn,
        StartingPosition: 'LATEST',
      }),
    );
    await moved.settled();
    const seenNow = async () => {
      const Key = { pk: { S: 'log' } };
      const { Item } = await client.send(new GetItemCommand({ TableName: 'log', Key }));
      return (Item?.seen?.L ?? []).map(({ S }) => S);
    };
    const hours = 5;
    for (let n = 0; n < 4; n++) {
      for (const part of ['a', 'b']) {
        const Item = { pk: { S: 'item' }, n: { S: `${n}${part}` } };
        await client.send(new PutItemCommand({ TableName: 'rolling', Item }));
      }
      await until(async () => (await seenNow()).length >= 2 * (n + 1));
      await moved.clock.advance(hours * 3_600_000);
    }
    await moved.settled();
    expect(await seenNow()).toEqual(['0a', '0b', '1a', '1b', '2a', '2b', '3a', '3b']);
  });
});

describe('a queue, while there is no SQS', () => {
  it('is mapped, and the mapping says what is missing', async () => {
    await createFunction('worker');
    const UUID = await map('worker', 'arn:aws:sqs:us-east-1:000000000000:jobs', {
      StartingPosition: undefined,
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    await until(async () => (await get(UUID)).LastProcessingResult !== undefined);
    expect(await get(UUID)).toMatchObject({
      State: 'Enabled',
      StateTransitionReason: 'USER_INITIATED',
      LastProcessingResult: expect.stringMatching(/^PROBLEM: Brume has no service sqs yet\./),
      ScalingConfig: { MaximumConcurrency: 2 },
      BatchSize: 10,
    });
  });
});

describe('what AWS refuses', () => {
  const stream = 'arn:aws:dynamodb:us-east-1:000000000000:table/none/stream/2026-01-01T00:00:00.000';
  const queue = 'arn:aws:sqs:us-east-1:000000000000:jobs';
  const latest = { StartingPosition: 'LATEST' as const };
  it.each<[string, Partial<CreateEventSourceMappingCommandInput>, string]>([
    ['no source', {}, 'Unrecognized event source.'],
    ['a bucket', { EventSourceArn: 'arn:aws:s3:::b' }, 'Unrecognized event source.'],
    [
      'no position',
      { EventSourceArn: stream },
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    ],
    [
      'a time in a table',
      { EventSourceArn: stream, StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: new Date(0) },
      `Unsupported starting position for arn type: ${stream}`,
    ],
    ['no such stream', { EventSourceArn: stream, ...latest }, `Stream not found: ${stream}`],
    [
      'a destination of success',
      { EventSourceArn: stream, ...latest, DestinationConfig: { OnSuccess: { Destination: queue } } },
      'Unsupported DestinationConfig parameter for given event source mapping type.',
    ],
    [
      'a pattern that is none',
      { EventSourceArn: stream, ...latest, FilterCriteria: { Filters: [{ Pattern: '{"a":1}' }] } },
      'Invalid filter pattern definition.',
    ],
    [
      'many messages at once',
      { EventSourceArn: queue, BatchSize: 11 },
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    ],
    [
      'no such function',
      { EventSourceArn: stream, ...latest, FunctionName: 'nobody' },
      'Function does not exist',
    ],
  ])('%s', async (_what, input, message) => {
    await expect(
      lambda.send(new CreateEventSourceMappingCommand({ FunctionName: 'worker', ...input })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException', message, Type: 'User' });
  });

  it('a mapping that is not there', async () => {
    await expect(get('00000000-0000-0000-0000-000000000000')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'The resource you requested does not exist.',
    });
  });
});

describe('a SAM template with a table and a function', () => {
  const StackName = 'following';
  const template = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: sourced
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Lost: {Type: AWS::S3::Bucket, Properties: {BucketName: lost-records}}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: sam-follower
      Runtime: nodejs22.x
      Handler: index.handler
      Timeout: 20
      InlineCode: |
${recorder.replaceAll(/^/gm, '        ')}
      Events:
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Table.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: 8
            BisectBatchOnFunctionError: true
            MaximumRetryAttempts: 1
            FilterCriteria: {Filters: [{Pattern: '{"eventName":["INSERT"]}'}]}
            DestinationConfig: {OnFailure: {Type: S3, Destination: !GetAtt Lost.Arn}}
Outputs:
  Mapping: {Value: !Ref FunctionChanges}
`;
  const waiter = { maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.2 };

  it('follows each change in order, and sends what can not be done to the bucket', async () => {
    const cloudformation = new CloudFormationClient({ ...cloud.clientConfig, maxAttempts: 1 });
    await cloudformation.send(
      new CreateStackCommand({
        StackName,
        TemplateBody: template,
        Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'],
      }),
    );
    await waitUntilStackCreateComplete({ client: cloudformation, ...waiter }, { StackName });
    const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
    const UUID = Stacks?.[0]?.Outputs?.[0]?.OutputValue ?? '';
    expect(await get(UUID)).toMatchObject({ State: 'Enabled', BatchSize: 8 });
    const names = ['a', 'b', 'c', 'poison', 'd', 'e', 'f', 'g'];
    for (const name of names) await put('sourced', name);
    await put('sourced', 'a', 1);
    const good = names.filter((name) => name !== 'poison');
    const processed = async () => {
      const all = (await seen('sam-follower')).map(({ records }) => records);
      return all.filter((records) => !records.includes('poison')).flat();
    };
    await until(async () => (await processed()).length >= good.length);
    expect(await processed()).toEqual(good);
    const s3 = new S3Client({ ...cloud.clientConfig, forcePathStyle: true, maxAttempts: 1 });
    const list = () => s3.send(new ListObjectsV2Command({ Bucket: 'lost-records' }));
    await until(async () => (await list()).KeyCount === 1);
    const Key = (await list()).Contents?.[0]?.Key ?? '';
    expect(Key).toMatch(
      new RegExp(`^aws/lambda/${UUID}/shardId-[0-9a-f-]+/\\d{4}/\\d\\d/\\d\\d/[0-9T.-]+-[0-9a-f-]{36}$`),
    );
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'lost-records', Key }));
    const lost = JSON.parse((await Body?.transformToString()) ?? '');
    expect(lost).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted' },
      responseContext: { functionError: 'Unhandled' },
      DDBStreamBatchInfo: { batchSize: 1 },
    });
    expect(JSON.parse(lost.payload).Records[0].dynamodb.Keys).toEqual({ pk: { S: 'poison' } });
    await s3.send(new DeleteObjectCommand({ Bucket: 'lost-records', Key }));
    await cloudformation.send(new DeleteStackCommand({ StackName }));
    await waitUntilStackDeleteComplete({ client: cloudformation, ...waiter }, { StackName });
    await expect(get(UUID)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
