/** Streams of tables and the functions that follow them, by the official clients. */
import {
  CreateTableCommand,
  DynamoDBClient,
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
    { client: dynamodb, maxWaitTime: 20, minDelay: 0.02, maxDelay: 0.1 },
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
