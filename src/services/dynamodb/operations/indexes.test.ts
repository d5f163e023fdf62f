import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTables } from '../testing/checker.ts';
import { openDynamoDb } from '../testing/harness.ts';

const place = { account: '000000000000', region: 'eu-west-1' };

const indexes = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'n', AttributeType: 'N' },
    { AttributeName: 'g', AttributeType: 'S' },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: 'local',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'n', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'all',
      KeySchema: [
        { AttributeName: 'g', KeyType: 'HASH' },
        { AttributeName: 'n', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
    {
      IndexName: 'some',
      KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] },
    },
  ],
};

const key = fc.record({
  pk: fc.constantFrom('a', 'b').map((S) => ({ S })),
  sk: fc.constantFrom('1', '2', '3').map((S) => ({ S })),
});
const rest = fc.record(
  {
    n: fc.integer({ min: -3, max: 3 }).map((N) => ({ N: String(N) })),
    g: fc.constantFrom('g', 'h').map((S) => ({ S })),
    x: fc.nat(3).map((N) => ({ N: String(N) })),
    y: fc.nat(3).map((N) => ({ N: String(N) })),
  },
  { requiredKeys: [] },
);
const command = fc.oneof(
  fc.tuple(key, rest).map(([Key, more]) => ['PutItem', { Item: { ...Key, ...more } }] as const),
  key.map((Key) => ['DeleteItem', { Key }] as const),
  fc.tuple(key, fc.integer({ min: -2, max: 2 })).map(
    ([Key, N]) =>
      [
        'UpdateItem',
        {
          Key,
          UpdateExpression: 'ADD n :n SET y = :n',
          ExpressionAttributeValues: { ':n': { N: String(N) } },
        },
      ] as const,
  ),
  key.map((Key) => ['UpdateItem', { Key, UpdateExpression: 'REMOVE g, x' }] as const),
);

describe('indexes', () => {
  it('agree with their table after any sequence of writes, also when created on the way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 25 }), fc.nat(25), async (commands, at) => {
        const { call, createTable, store, settle } = await openDynamoDb();
        await createTable('tbl', 'S', indexes);
        for (const [step, [operation, input]] of commands.entries()) {
          if (step === at) {
            await call('UpdateTable', {
              TableName: 'tbl',
              AttributeDefinitions: [{ AttributeName: 'y', AttributeType: 'N' }],
              GlobalSecondaryIndexUpdates: [
                {
                  Create: {
                    IndexName: 'late',
                    KeySchema: [{ AttributeName: 'y', KeyType: 'HASH' }],
                    Projection: { ProjectionType: 'KEYS_ONLY' },
                  },
                },
              ],
            });
          }
          await call(operation, { TableName: 'tbl', ...input });
        }
        await settle();
        expect(await checkTables(store)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('follow the writes of other processes over the same store', async () => {
    const one = await openDynamoDb();
    const two = await openDynamoDb(one.store);
    await one.createTable('tbl', 'S');
    const put = (bench: typeof one, n: number) =>
      bench.call('PutItem', {
        TableName: 'tbl',
        Item: { pk: { S: 'a' }, sk: { S: `${n}` }, y: { N: '1' } },
      });
    await put(one, 1);
    await put(two, 2);
    const created = one.call('UpdateTable', {
      TableName: 'tbl',
      AttributeDefinitions: [{ AttributeName: 'y', AttributeType: 'N' }],
      GlobalSecondaryIndexUpdates: [
        {
          Create: {
            IndexName: 'late',
            KeySchema: [{ AttributeName: 'y', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        },
      ],
    });
    await Promise.all([created, ...[3, 4, 5, 6].map((n) => put(n % 2 === 0 ? one : two, n))]);
    await put(two, 7);
    await one.settle();
    await two.settle();
    expect(await checkTables(two.store)).toEqual([]);
    expect((await two.room.tables.load(place, 'tbl')).indexes).toMatchObject([{ status: 'ACTIVE' }]);
  });

  it('would be found out if they lost an entry', async () => {
    const { call, createTable, room, store } = await openDynamoDb();
    await createTable('tbl', 'S', indexes);
    await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'a' }, sk: { S: '1' }, g: { S: 'g' } } });
    const table = await room.tables.load(place, 'tbl');
    const [entry] = await room.items.range(table, table.indexes[2], { limit: 1, bytesMax: 1000 });
    await store.transact(async (tx) => tx.delete(entry?.key as never));
    expect(await checkTables(store)).toHaveLength(1);
  });

  it('answer queries with what they hold; a local one fetches the rest', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', 'S', indexes);
    for (const [sk, n] of [
      ['1', '3'],
      ['2', '1'],
      ['3', '2'],
    ] as const) {
      await call('PutItem', {
        TableName: 'tbl',
        Item: { pk: { S: 'a' }, sk: { S: sk }, n: { N: n }, g: { S: 'g' }, x: { S: 'x' }, y: { N: '0' } },
      });
    }
    const query = (IndexName: string, more: object) =>
      call<{ Items: Record<string, { N: string }>[]; LastEvaluatedKey?: object; ConsumedCapacity?: object }>(
        'Query',
        { TableName: 'tbl', IndexName, ...more },
      );
    const byPk = { KeyConditionExpression: 'pk = :a', ExpressionAttributeValues: { ':a': { S: 'a' } } };
    const byG = { KeyConditionExpression: 'g = :g', ExpressionAttributeValues: { ':g': { S: 'g' } } };
    const local = await query('local', byPk);
    expect(local.Items.map(({ n }) => n?.N)).toEqual(['1', '2', '3']);
    expect(Object.keys(local.Items[0] ?? {}).sort()).toEqual(['n', 'pk', 'sk']);
    const fetched = await query('local', {
      ...byPk,
      Select: 'ALL_ATTRIBUTES',
      ReturnConsumedCapacity: 'INDEXES',
    });
    expect(Object.keys(fetched.Items[0] ?? {})).toHaveLength(6);
    expect(fetched.ConsumedCapacity).toEqual({
      TableName: 'tbl',
      CapacityUnits: 2,
      Table: { CapacityUnits: 1.5 },
      LocalSecondaryIndexes: { local: { CapacityUnits: 0.5 } },
    });
    const page = await query('all', { ...byG, Limit: 2 });
    expect(page.LastEvaluatedKey).toEqual({
      pk: { S: 'a' },
      sk: { S: '3' },
      g: { S: 'g' },
      n: { N: '2' },
    });
    const next = await query('all', { ...byG, ExclusiveStartKey: page.LastEvaluatedKey });
    expect(next.Items.map(({ n }) => n?.N)).toEqual(['3']);
    await expect(query('some', { ...byG, Select: 'ALL_ATTRIBUTES' })).rejects.toThrow(
      'One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index some because its projection type is not ALL',
    );
    await expect(query('all', { ...byG, ConsistentRead: true })).rejects.toThrow(
      'Consistent reads are not supported on global secondary indexes',
    );
  });
});
