/** Indexes, expiry times and the sizes of collections always agree with their table, whatever is written, changed and deleted, and together. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTables } from '../testing/checker.ts';
import { openDynamoDb, startAt } from '../testing/harness.ts';

const string = (...texts: string[]) => fc.constantFrom(...texts).map((S) => ({ S }));
const number = (min: number, max: number) => fc.integer({ min, max }).map((N) => ({ N: String(N) }));
const key = fc.record({ pk: string('a', 'b'), sk: string('1', '2', '3') });
const seconds = startAt / 1000;
const rest = fc.record(
  {
    n: number(-2, 2),
    g: string('g', 'h'),
    h: number(0, 1),
    x: number(0, 3),
    ends: fc.constantFrom(seconds + 30, seconds + 90, seconds + 10_000).map((N) => ({ N: String(N) })),
  },
  { requiredKeys: [] },
);
const item = fc.tuple(key, rest).map(([Key, more]) => ({ ...Key, ...more }));
const TableName = 'tbl';
const change = fc
  .tuple(
    key,
    fc.constantFrom('ADD n :one', 'REMOVE g', 'SET g = :g, h = :one', 'SET ends = :soon', 'REMOVE ends, n'),
  )
  .map(([Key, UpdateExpression]) => ({
    TableName,
    Key,
    UpdateExpression,
    ...valuesOf(UpdateExpression, {
      ':one': { N: '1' },
      ':g': { S: 'h' },
      ':soon': { N: String(seconds + 30) },
    }),
  }));

function valuesOf(expression: string, values: Record<string, object>): object {
  const used = Object.entries(values).filter(([name]) => expression.includes(name));
  return used.length > 0 ? { ExpressionAttributeValues: Object.fromEntries(used) } : {};
}

type Step = readonly [operation: string, input: object];

const transaction = fc.uniqueArray(
  fc.oneof(
    item.map((Item) => ({ Put: { TableName, Item } })),
    change.map((Update) => ({ Update })),
    key.map((Key) => ({ Delete: { TableName, Key } })),
  ),
  { minLength: 1, maxLength: 4, selector: (one) => JSON.stringify(keyOf(one)) },
);

function keyOf(one: object): object {
  const { Key, Item } = Object.values(one)[0] as { Key?: object; Item?: { pk: object; sk: object } };
  return Key ?? { pk: Item?.pk, sk: Item?.sk };
}

const batch = fc.uniqueArray(
  fc.oneof(
    item.map((Item) => ({ PutRequest: { Item } })),
    key.map((Key) => ({ DeleteRequest: { Key } })),
  ),
  { minLength: 1, maxLength: 5, selector: (one) => JSON.stringify(keyOf(one)) },
);

const definitions = (types: Record<string, string>) =>
  Object.entries(types).map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
const schema = (hashes: string[], ranges: string[] = []) => [
  ...hashes.map((AttributeName) => ({ AttributeName, KeyType: 'HASH' })),
  ...ranges.map((AttributeName) => ({ AttributeName, KeyType: 'RANGE' })),
];
const index = (IndexName: string, KeySchema: object[], Projection: object) => ({
  IndexName,
  KeySchema,
  Projection,
});
const update = (more: object): Step => ['UpdateTable', { TableName, ...more }];
const timeToLive = (Enabled: boolean): Step => [
  'UpdateTimeToLive',
  { TableName, TimeToLiveSpecification: { Enabled, AttributeName: 'ends' } },
];

const write: fc.Arbitrary<Step> = fc.oneof(
  item.map((Item) => ['PutItem', { TableName, Item }] as const),
  key.map((Key) => ['DeleteItem', { TableName, Key }] as const),
  change.map((input) => ['UpdateItem', input] as const),
  transaction.map((TransactItems) => ['TransactWriteItems', { TransactItems }] as const),
  batch.map((requests) => ['BatchWriteItem', { RequestItems: { [TableName]: requests } }] as const),
);
const administer: fc.Arbitrary<Step> = fc.constantFrom(
  update({
    AttributeDefinitions: definitions({ x: 'N' }),
    GlobalSecondaryIndexUpdates: [{ Create: index('late', schema(['x']), { ProjectionType: 'KEYS_ONLY' }) }],
  }),
  update({ GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'late' } }] }),
  update({ GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'composed' } }] }),
  timeToLive(true),
  timeToLive(false),
);
/** Steps that are under way together. */
const together = fc.array(fc.oneof({ arbitrary: write, weight: 6 }, { arbitrary: administer, weight: 1 }), {
  minLength: 1,
  maxLength: 5,
});

const table = {
  AttributeDefinitions: definitions({ pk: 'S', sk: 'S', n: 'N', g: 'S', h: 'N' }),
  LocalSecondaryIndexes: [
    index('local', schema(['pk'], ['n']), { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] }),
  ],
  GlobalSecondaryIndexes: [
    index('all', schema(['g'], ['n']), { ProjectionType: 'ALL' }),
    index('composed', schema(['g', 'h'], ['n', 'pk']), { ProjectionType: 'KEYS_ONLY' }),
  ],
};

describe('tables and their indexes', () => {
  it('agree after everything that can be done to them at once', async () => {
    const refused = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(together, { maxLength: 12 }), async (rounds) => {
        const { call, createTable, store, clock, settle } = await openDynamoDb();
        await createTable(TableName, 'S', table);
        for (const round of rounds) {
          const done = await Promise.allSettled(round.map(([operation, input]) => call(operation, input)));
          for (const one of done) if (one.status === 'rejected') refused.add(one.reason.code);
          await clock.advance(20_000);
        }
        await settle();
        expect(await checkTables(store)).toEqual([]);
      }),
      { numRuns: 60 },
    );
    const expected = [
      'ValidationException',
      'ResourceNotFoundException',
      'ResourceInUseException',
      'LimitExceededException',
      'TransactionCanceledException',
      'TransactionConflictException',
    ];
    expect([...refused].filter((code) => !expected.includes(code))).toEqual([]);
  });

  it.each<[string, (entry: Uint8Array) => Uint8Array | undefined, string]>([
    ['an entry is lost', () => undefined, 'lacks an entry'],
    [
      'an entry is another item',
      (entry) => entry.map((byte) => (byte === 113 ? 114 : byte)),
      'holds something else than the item',
    ],
  ])('are found not to agree when %s', async (_what, change, what) => {
    const { call, createTable, store, room } = await openDynamoDb();
    await createTable(TableName, 'S', table);
    const Item = { pk: { S: 'a' }, sk: { S: '1' }, g: { S: 'g' }, n: { N: '1' }, text: { S: 'q' } };
    await call('PutItem', { TableName, Item });
    const { indexes } = await room.tables.load({ account: '000000000000', region: 'eu-west-1' }, TableName);
    const [all] = indexes.filter(({ name }) => name === 'all');
    await store.transact(async (tx) => {
      const [entry] = await tx.range({ prefix: ['dynamodb.index', all?.id as string], limit: 1 });
      if (!entry) throw new Error('the index is empty');
      const value = change(entry.value);
      if (value) tx.put(entry.key, value);
      else tx.delete(entry.key);
    });
    expect(await checkTables(store)).toMatchObject([{ table: TableName, where: 'all', what }]);
  });

  it('are found not to agree when an item is lost', async () => {
    const { call, createTable, store, room } = await openDynamoDb();
    await createTable(TableName, 'S', table);
    await call('UpdateTimeToLive', timeToLive(true)[1]);
    await call('PutItem', {
      TableName,
      Item: {
        pk: { S: 'a' },
        sk: { S: '1' },
        g: { S: 'g' },
        n: { N: '1' },
        ends: { N: String(seconds + 30) },
      },
    });
    const { id } = await room.tables.load({ account: '000000000000', region: 'eu-west-1' }, TableName);
    await store.transact(async (tx) => tx.deletePrefix(['dynamodb.item', id]));
    const found = await checkTables(store);
    expect(found.map(({ where }) => where).sort()).toEqual(['all', 'collections', 'expiry', 'local']);
  });
});
