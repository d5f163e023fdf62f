/** Global indexes with several partition and sort attributes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTables } from '../testing/checker.ts';
import { openDynamoDb } from '../testing/harness.ts';

type Values = Record<string, { S?: string; N?: string }>;

interface Page {
  Items: Values[];
  LastEvaluatedKey?: Values;
}

const schema = (hashes: string[], ranges: string[]) => [
  ...hashes.map((AttributeName) => ({ AttributeName, KeyType: 'HASH' })),
  ...ranges.map((AttributeName) => ({ AttributeName, KeyType: 'RANGE' })),
];
const definitions = (strings: string[], numbers: string[] = []) => [
  ...strings.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  ...numbers.map((AttributeName) => ({ AttributeName, AttributeType: 'N' })),
];

async function tournament() {
  const bench = await openDynamoDb();
  await bench.createTable('matches', false, {
    AttributeDefinitions: definitions(['pk', 'tournament', 'region', 'round', 'bracket'], ['num']),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byRound',
        KeySchema: schema(['tournament', 'region'], ['round', 'bracket', 'num']),
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  });
  const query = (condition: string, values: Values, more: object = {}) =>
    bench.call<Page>('Query', {
      TableName: 'matches',
      IndexName: 'byRound',
      KeyConditionExpression: condition,
      ExpressionAttributeNames: { '#r': 'region' },
      ExpressionAttributeValues: values,
      ...more,
    });
  return { ...bench, query };
}

const item = (pk: string, round: string, bracket: string, match: number, region = 'NA') => ({
  pk: { S: pk },
  tournament: { S: 'WINTER' },
  region: { S: region },
  round: { S: round },
  bracket: { S: bracket },
  num: { N: String(match) },
  notes: { S: 'not projected' },
});

const partition: Values = { ':t': { S: 'WINTER' }, ':r': { S: 'NA' } };

describe('an index with composed keys', () => {
  it('is described as it was made', async () => {
    const { call } = await tournament();
    const { Table } = await call<{ Table: { GlobalSecondaryIndexes: object[] } }>('DescribeTable', {
      TableName: 'matches',
    });
    expect(Table.GlobalSecondaryIndexes).toMatchObject([
      { KeySchema: schema(['tournament', 'region'], ['round', 'bracket', 'num']) },
    ]);
  });

  it('is read from left to right, in the order of all its sort attributes', async () => {
    const { call, query } = await tournament();
    const items = [
      item('1', 'FINAL', 'UPPER', 10),
      item('2', 'FINAL', 'UPPER', 9),
      item('3', 'FINAL', 'LOWER', 100),
      item('4', 'SEMI', 'UPPER', -1),
      item('5', 'FINAL', 'UPPER', 9, 'EU'),
      { ...item('6', 'FINAL', 'UPPER', 1), bracket: undefined },
    ];
    for (const given of items) await call('PutItem', { TableName: 'matches', Item: definite(given) });
    const found = async (more: string, values: Values = {}, options: object = {}) =>
      (await query(`tournament = :t AND #r = :r${more}`, { ...partition, ...values }, options)).Items.map(
        ({ pk }) => pk?.S,
      );
    expect(await found('')).toEqual(['3', '2', '1', '4']);
    expect(await found('', {}, { ScanIndexForward: false })).toEqual(['4', '1', '2', '3']);
    expect(await found(' AND round = :f', { ':f': { S: 'FINAL' } })).toEqual(['3', '2', '1']);
    expect(await found(' AND round > :f', { ':f': { S: 'FINAL' } })).toEqual(['4']);
    expect(await found(' AND begins_with(round, :f)', { ':f': { S: 'F' } })).toEqual(['3', '2', '1']);
    const upper = { ':f': { S: 'FINAL' }, ':u': { S: 'UPPER' } };
    expect(await found(' AND round = :f AND bracket = :u', upper)).toEqual(['2', '1']);
    expect(
      await found(' AND bracket = :u AND round = :f AND num BETWEEN :a AND :b', {
        ...upper,
        ':a': { N: '9.5' },
        ':b': { N: '10' },
      }),
    ).toEqual(['1']);
    const { Items } = await query('tournament = :t AND #r = :r', partition, { Limit: 1 });
    expect(Object.keys(Items[0] ?? {}).sort()).toEqual([
      'bracket',
      'num',
      'pk',
      'region',
      'round',
      'tournament',
    ]);
  });

  it.each<[string, Values, string]>([
    ['tournament = :t', {}, 'Query condition missed key schema element: region'],
    ['tournament = :t AND #r > :r', {}, 'Query key condition not supported'],
    [
      'tournament = :t AND #r = :r AND bracket = :x',
      { ':x': { S: 'x' } },
      'Query condition missed key schema element: round',
    ],
    [
      'tournament = :t AND #r = :r AND round > :x AND bracket = :x',
      { ':x': { S: 'x' } },
      'Query key condition not supported',
    ],
    [
      'tournament = :t AND #r = :r AND round = :n',
      { ':n': { N: '1' } },
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    ],
  ])('refuses %s', async (condition, values, message) => {
    const { query } = await tournament();
    const used = Object.entries({ ...partition, ...values }).filter(([name]) => condition.includes(name));
    await expect(
      query(
        condition,
        Object.fromEntries(used),
        condition.includes('#r') ? {} : { ExpressionAttributeNames: undefined },
      ),
    ).rejects.toMatchObject({ code: 'ValidationException', message });
  });

  it.each<[string, object[], string]>([
    [
      'five partition attributes',
      schema(['a', 'b', 'c', 'd', 'e'], []),
      'One or more parameter values were invalid: The KeySchema exceeds the maximum allowed number of HASH key attributes',
    ],
    [
      'five sort attributes',
      schema(['pk'], ['a', 'b', 'c', 'd', 'e']),
      'One or more parameter values were invalid: The KeySchema exceeds the maximum allowed number of RANGE key attributes',
    ],
    [
      'a partition attribute after a sort attribute',
      [...schema(['a'], ['b']), ...schema(['c'], [])],
      'One or more parameter values were invalid: All HASH key attributes must precede RANGE key attributes in the KeySchema',
    ],
    [
      'only sort attributes',
      schema([], ['a', 'b']),
      'Invalid KeySchema: The first KeySchemaElement is not a HASH key type',
    ],
    [
      'one attribute twice',
      schema(['a', 'b'], ['a']),
      'The KeySchema contains multiple key attributes with the same name',
    ],
  ])('may not have %s', async (_what, KeySchema, message) => {
    const { createTable } = await openDynamoDb();
    const made = createTable('tbl', false, {
      AttributeDefinitions: definitions([
        ...new Set([
          'pk',
          ...KeySchema.map((element) => (element as { AttributeName: string }).AttributeName),
        ]),
      ]),
      GlobalSecondaryIndexes: [{ IndexName: 'idx', KeySchema, Projection: { ProjectionType: 'ALL' } }],
    });
    await expect(made).rejects.toMatchObject({ code: 'ValidationException', message });
  });

  it('answers as a filter over all its items would, page by page, and agrees with its table', async () => {
    const bench = await openDynamoDb();
    const { call, store, settle } = bench;
    const all = definitions(['pk', 'h1', 'h3', 'r1', 'r3'], ['h2', 'r2']);
    const index = {
      IndexName: 'idx',
      KeySchema: schema(['h1', 'h2', 'h3'], ['r1', 'r2', 'r3']),
      Projection: { ProjectionType: 'ALL' },
    };
    await bench.createTable('tbl', false, { AttributeDefinitions: all, GlobalSecondaryIndexes: [index] });
    const text = fc.constantFrom('a', 'b', 'a\u0000').map((S) => ({ S }));
    const number = fc.constantFrom('-1', '0', '10', '9').map((N) => ({ N }));
    const parts = { h1: text, h2: number, h3: text, r1: text, r2: number, r3: text };
    let n = 0;
    await fc.assert(
      fc.asyncProperty(fc.record(parts, { requiredKeys: ['h1', 'h3', 'r1'] }), async (values) => {
        await call('PutItem', {
          TableName: 'tbl',
          Item: { pk: { S: String(n++ % 120) }, ...definite(values) },
        });
      }),
      { numRuns: 200 },
    );
    await call('UpdateTable', {
      TableName: 'tbl',
      AttributeDefinitions: all,
      GlobalSecondaryIndexUpdates: [{ Create: { ...index, IndexName: 'late' } }],
    });
    await settle();
    expect(await checkTables(store)).toEqual([]);
    const { Items } = await call<Page>('Scan', { TableName: 'tbl' });
    await fc.assert(
      fc.asyncProperty(
        fc.record({ h1: text, h2: number, h3: text }),
        fc.constantFrom('idx', 'late'),
        fc.boolean(),
        async (hash, IndexName, ScanIndexForward) => {
          const found: Values[] = [];
          let ExclusiveStartKey: Values | undefined;
          do {
            const page: Page = await call('Query', {
              TableName: 'tbl',
              IndexName,
              Limit: 2,
              ScanIndexForward,
              KeyConditionExpression: 'h1 = :h1 AND h2 = :h2 AND h3 = :h3',
              ExpressionAttributeValues: { ':h1': hash.h1, ':h2': hash.h2, ':h3': hash.h3 },
              ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
            });
            found.push(...page.Items);
            ExclusiveStartKey = page.LastEvaluatedKey;
          } while (ExclusiveStartKey);
          const expected = Items.filter(
            (one) =>
              one.h1?.S === hash.h1.S &&
              one.h2?.N === hash.h2.N &&
              one.h3?.S === hash.h3.S &&
              one.r1 !== undefined &&
              one.r2 !== undefined &&
              one.r3 !== undefined,
          );
          const order = (one: Values) => [one.r1?.S, Number(one.r2?.N), one.r3?.S];
          const sorted = expected.map(order).sort(inOrder);
          expect(found.map(order)).toEqual(ScanIndexForward ? sorted : sorted.reverse());
        },
      ),
      { numRuns: 60 },
    );
  });
});

function inOrder(left: unknown[], right: unknown[]): number {
  for (const [at, value] of left.entries()) {
    if (value !== right[at]) return (value as string) < (right[at] as string) ? -1 : 1;
  }
  return 0;
}

/** Without the attributes that are undefined. */
function definite(item: object): object {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}
