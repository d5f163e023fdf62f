/** Pages of items leave as they are stored: the official client must read them as it reads what is written anew. */
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const TableName = 'pages';
let cloud: Cloud;
let client: DynamoDBClient;

const items = Array.from({ length: 20 }, (_, n) => ({
  pk: { B: Uint8Array.of(0, 255, 7) },
  sk: { N: String(n) },
  'näme "quoted"\u2028': { S: `ünïcode \\ \u0000 ${'😀'.repeat(n)}` },
  nested: { L: [{ M: { bytes: { B: Uint8Array.of(n) }, no: { NULL: true as const } } }, { BOOL: false }] },
  sets: { BS: [Uint8Array.of(1), Uint8Array.of(2)] },
}));

beforeAll(async () => {
  cloud = await startCloud();
  client = new DynamoDBClient(cloud.clientConfig);
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'B' },
        { AttributeName: 'sk', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const RequestItems = { [TableName]: items.map((Item) => ({ PutRequest: { Item } })) };
  await client.send(new BatchWriteItemCommand({ RequestItems }));
});
afterAll(async () => {
  client.destroy();
  await cloud.close();
});

const query = {
  TableName,
  KeyConditionExpression: 'pk = :pk',
  ExpressionAttributeValues: { ':pk': { B: Uint8Array.of(0, 255, 7) } },
};
const first = items[0] as (typeof items)[number];
/** Names every attribute, so that the answer is written anew. */
const projection = {
  ProjectionExpression: '#0, #1, #2, #3, #4',
  ExpressionAttributeNames: Object.fromEntries(Object.keys(first).map((name, at) => [`#${at}`, name])),
};

describe('a page of whole items', () => {
  it('is read by the official client, page by page', async () => {
    const page = await client.send(
      new QueryCommand({ ...query, Limit: 7, ReturnConsumedCapacity: 'INDEXES' }),
    );
    expect(page.Items).toEqual(items.slice(0, 7));
    expect(page).toMatchObject({
      Count: 7,
      ScannedCount: 7,
      LastEvaluatedKey: { pk: first.pk, sk: { N: '6' } },
      ConsumedCapacity: { TableName, CapacityUnits: 0.5, Table: { CapacityUnits: 0.5 } },
    });
    const rest = await client.send(new QueryCommand({ ...query, ExclusiveStartKey: page.LastEvaluatedKey }));
    expect(rest.Items).toEqual(items.slice(7));
    expect(rest.LastEvaluatedKey).toBeUndefined();
  });

  it('says the same as one that is written anew', async () => {
    const ask = { ...query, ScanIndexForward: false, ReturnConsumedCapacity: 'TOTAL' as const, Limit: 5 };
    const { $metadata: _, ...whole } = await client.send(new QueryCommand(ask));
    const { $metadata: __, ...projected } = await client.send(new QueryCommand({ ...ask, ...projection }));
    expect(whole).toEqual(projected);
  });

  it('holds what a filter leaves, and nothing when that is nothing', async () => {
    const scan = {
      TableName,
      FilterExpression: 'sk < :n',
      ExpressionAttributeValues: { ':n': { N: '3' } },
    };
    expect(await client.send(new ScanCommand(scan))).toMatchObject({
      Items: items.slice(0, 3),
      Count: 3,
      ScannedCount: 20,
    });
    const none = { ...scan, ExpressionAttributeValues: { ':n': { N: '0' } } };
    expect(await client.send(new ScanCommand(none))).toMatchObject({ Items: [], Count: 0, ScannedCount: 20 });
  });

  it('answers batches', async () => {
    const Keys = items.slice(3, 6).map(({ pk, sk }) => ({ pk, sk }));
    const { Responses, UnprocessedKeys, ConsumedCapacity } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } }, ReturnConsumedCapacity: 'TOTAL' }),
    );
    expect(Responses).toEqual({ [TableName]: items.slice(3, 6) });
    expect(UnprocessedKeys).toEqual({});
    expect(ConsumedCapacity).toEqual([{ TableName, CapacityUnits: 1.5 }]);
    const missing = { [TableName]: { Keys: [{ pk: first.pk, sk: { N: '99' } }] } };
    const { Responses: nothing } = await client.send(new BatchGetItemCommand({ RequestItems: missing }));
    expect(nothing).toEqual({ [TableName]: [] });
  });
});
