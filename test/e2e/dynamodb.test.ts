/** DynamoDB and its streams as the official JavaScript clients see them. */
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  paginateScan,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const TableName = 'orders';
let cloud: Cloud;
let client: DynamoDBClient;
let documents: DynamoDBDocumentClient;
let streamArn: string | undefined;

beforeAll(async () => {
  cloud = await startCloud();
  client = new DynamoDBClient(cloud.clientConfig);
  documents = DynamoDBDocumentClient.from(client);
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: 'customer', AttributeType: 'S' },
        { AttributeName: 'number', AttributeType: 'N' },
        { AttributeName: 'state', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'customer', KeyType: 'HASH' },
        { AttributeName: 'number', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byState',
          KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  streamArn = TableDescription?.LatestStreamArn;
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 60 }, { TableName });
});
afterAll(async () => {
  client.destroy();
  await cloud.close();
});

describe('the document client', () => {
  it('gets back what it put, of every type', async () => {
    const Item = {
      customer: 'ada',
      number: 1,
      big: 12_345_678_901,
      text: 'naïve 😀',
      nothing: null,
      yes: true,
      list: [1, 'two', { three: 3 }],
      names: new Set(['a', 'b']),
      bytes: new Uint8Array([0, 1, 255]),
      constructor: 'not a function',
    };
    await documents.send(new PutCommand({ TableName, Item }));
    const answer = await documents.send(new GetCommand({ TableName, Key: { customer: 'ada', number: 1 } }));
    expect(answer.Item).toEqual(Item);
  });

  it('updates, queries an index and meets conditions', async () => {
    const Key = { customer: 'bob', number: 7 };
    const update = (state: string, condition: string) =>
      documents.send(
        new UpdateCommand({
          TableName,
          Key,
          UpdateExpression: 'SET #s = :s ADD tries :one',
          ConditionExpression: condition,
          ExpressionAttributeNames: { '#s': 'state' },
          ExpressionAttributeValues: { ':s': state, ':one': 1 },
          ReturnValues: 'ALL_NEW',
        }),
      );
    await update('open', 'attribute_not_exists(customer)');
    expect((await update('paid', 'tries = :one')).Attributes).toEqual({ ...Key, state: 'paid', tries: 2 });
    await expect(update('lost', 'tries = :one')).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
    });
    const byState = await documents.send(
      new QueryCommand({
        TableName,
        IndexName: 'byState',
        KeyConditionExpression: '#s = :s',
        ExpressionAttributeNames: { '#s': 'state' },
        ExpressionAttributeValues: { ':s': 'paid' },
      }),
    );
    expect(byState.Items).toEqual([{ ...Key, state: 'paid' }]);
  });
});

describe('the client', () => {
  it('reads the reasons of a cancelled transaction', async () => {
    const transaction = client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: { customer: { S: 'eve' }, number: { N: '1' } } } },
          {
            ConditionCheck: {
              TableName,
              Key: { customer: { S: 'nobody' }, number: { N: '1' } },
              ConditionExpression: 'attribute_exists(customer)',
            },
          },
        ],
      }),
    );
    const error = await transaction.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(TransactionCanceledException);
    expect((error as TransactionCanceledException).CancellationReasons).toEqual([
      { Code: 'None' },
      { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
    ]);
  });

  it('pages through a scan', async () => {
    for (let batch = 0; batch < 4; batch++) {
      await client.send(
        new BatchWriteItemCommand({
          RequestItems: {
            [TableName]: Array.from({ length: 25 }, (_, n) => ({
              PutRequest: { Item: { customer: { S: `c${batch}` }, number: { N: String(n) } } },
            })),
          },
        }),
      );
    }
    const seen = new Set<string>();
    let pages = 0;
    const input = {
      TableName,
      FilterExpression: 'begins_with(customer, :c)',
      ExpressionAttributeValues: { ':c': { S: 'c' } },
    };
    for await (const page of paginateScan({ client, pageSize: 30 }, input)) {
      pages++;
      for (const item of page.Items ?? []) seen.add(`${item.customer?.S} ${item.number?.N}`);
    }
    expect(seen.size).toBe(100);
    expect(pages).toBeGreaterThan(3);
  });

  it('gets the documented errors of the wire', async () => {
    await expect(
      client.send(new UpdateTableCommand({ TableName: 'nowhere', DeletionProtectionEnabled: true })),
    ).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Requested resource not found: Table: nowhere not found',
    });
    await expect(
      documents.send(new PutCommand({ TableName, Item: { customer: 'x' } })),
    ).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'One or more parameter values were invalid: Missing the key number in the item',
    });
  });
});

describe('a stream', () => {
  it('tells of what happened, expiry included', async () => {
    const streams = new DynamoDBStreamsClient(cloud.clientConfig);
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
    const { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({
        StreamArn: streamArn,
        ShardId: StreamDescription?.Shards?.[0]?.ShardId,
        ShardIteratorType: 'LATEST',
      }),
    );
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' },
      }),
    );
    const until = Math.floor(cloud.clock.now() / 1000) + 60;
    await documents.send(new PutCommand({ TableName, Item: { customer: 'ttl', number: 1, until } }));
    await cloud.clock.advance(5 * 60_000);
    await expect
      .poll(async () => {
        const { Records } = await streams.send(new GetRecordsCommand({ ShardIterator }));
        return Records?.map(({ eventName, userIdentity }) => [eventName, userIdentity?.PrincipalId]);
      })
      .toEqual([
        ['INSERT', undefined],
        ['REMOVE', 'dynamodb.amazonaws.com'],
      ]);
    streams.destroy();
  });
});
