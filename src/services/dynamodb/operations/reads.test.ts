import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openDynamoDb } from '../testing/harness.ts';

interface Page {
  Items: { pk: { S: string }; sk: { S: string } }[];
  Count: number;
  ScannedCount: number;
  LastEvaluatedKey?: object;
  ConsumedCapacity?: { CapacityUnits: number };
}

describe('Scan', () => {
  it('splits a table into segments that cover it once, whatever their number', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', false);
    const names = Array.from({ length: 60 }, (_, n) => `item-${n}`);
    for (const S of names) await call('PutItem', { TableName: 'tbl', Item: { pk: { S } } });
    for (const TotalSegments of [1, 2, 3, 7, 1_000_000]) {
      const found: string[] = [];
      const segments = TotalSegments < 10 ? Array.from({ length: TotalSegments }, (_, n) => n) : [0, 999_999];
      for (const Segment of segments) {
        let ExclusiveStartKey: object | undefined;
        do {
          const page: Page = await call('Scan', {
            TableName: 'tbl',
            Segment,
            TotalSegments,
            Limit: 7,
            ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
          });
          found.push(...page.Items.map(({ pk }) => pk.S));
          ExclusiveStartKey = page.LastEvaluatedKey;
        } while (ExclusiveStartKey);
      }
      if (TotalSegments < 10) expect(found.sort()).toEqual([...names].sort());
    }
  });

  it('refuses a starting key of another segment', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', false);
    const scan = (Segment: number) =>
      call('Scan', { TableName: 'tbl', Segment, TotalSegments: 2, ExclusiveStartKey: { pk: { S: 'a' } } });
    const answers = await Promise.allSettled([scan(0), scan(1)]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('Query', () => {
  it('pages by one megabyte of items, filters afterwards and counts what it looked at', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl');
    for (let n = 0; n < 15; n++) {
      await call('PutItem', {
        TableName: 'tbl',
        Item: { pk: { S: 'a' }, sk: { S: String(n).padStart(2, '0') }, x: { S: 'x'.repeat(100 * 1024) } },
      });
    }
    const query = (more: object) =>
      call<Page>('Query', {
        TableName: 'tbl',
        KeyConditionExpression: 'pk = :a',
        ExpressionAttributeValues: { ':a': { S: 'a' } },
        ReturnConsumedCapacity: 'TOTAL',
        ...more,
      });
    const first = await query({});
    expect(first).toMatchObject({
      Count: 11,
      LastEvaluatedKey: { pk: { S: 'a' }, sk: { S: '10' } },
      // 11 items of 102,407 bytes are 276 units of 4 KB, half of that when eventually consistent.
      ConsumedCapacity: { TableName: 'tbl', CapacityUnits: 138 },
    });
    const second = await query({ ExclusiveStartKey: first.LastEvaluatedKey, ConsistentRead: true });
    expect(second).toMatchObject({ Count: 4, ConsumedCapacity: { CapacityUnits: 101 } });
    expect(second.LastEvaluatedKey).toBeUndefined();
    const filtered = await query({
      Limit: 5,
      FilterExpression: 'size(x) < :n',
      ExpressionAttributeValues: { ':a': { S: 'a' }, ':n': { N: '5' } },
    });
    expect(filtered).toMatchObject({ Count: 0, ScannedCount: 5, LastEvaluatedKey: { sk: { S: '04' } } });
    expect(await query({ Select: 'COUNT', Limit: 3 })).toMatchObject({ Count: 3, ScannedCount: 3 });
  });

  it('reads the same sort keys as a filter over all of them would leave', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl');
    const sorts = [
      'a',
      'ab',
      'abc',
      'b',
      'ba',
      'é',
      '\ud7ff',
      '\ue000',
      '😀',
      '😀a',
      'Z',
      '~',
      '\u0000',
      'a\u0000b',
    ];
    for (const S of sorts) await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'p' }, sk: { S } } });
    const bytes = (text: string) => Buffer.from(text, 'utf8');
    const inOrder = (left: string, right: string) => Buffer.compare(bytes(left), bytes(right));
    const conditions: Record<string, (sort: string, low: string, high: string) => boolean> = {
      'sk = :low': (sort, low) => sort === low,
      'sk < :low': (sort, low) => inOrder(sort, low) < 0,
      'sk <= :low': (sort, low) => inOrder(sort, low) <= 0,
      'sk > :low': (sort, low) => inOrder(sort, low) > 0,
      ':low <= sk': (sort, low) => inOrder(sort, low) >= 0,
      'begins_with(sk, :low)': (sort, low) => sort.startsWith(low),
      'sk BETWEEN :low AND :high': (sort, low, high) => inOrder(sort, low) >= 0 && inOrder(sort, high) <= 0,
    };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(conditions)),
        fc.constantFrom(...sorts, 'aa', 'c', '😀b'),
        fc.constantFrom(...sorts),
        fc.boolean(),
        async (condition, one, other, forward) => {
          const [low, high] = [one, other].sort(inOrder) as [string, string];
          const { Items } = await call<Page>('Query', {
            TableName: 'tbl',
            KeyConditionExpression: `pk = :p AND ${condition}`,
            ScanIndexForward: forward,
            ExpressionAttributeValues: {
              ':p': { S: 'p' },
              ':low': { S: low },
              ...(condition.includes(':high') ? { ':high': { S: high } } : {}),
            },
          });
          const expected = sorts.filter((sort) => conditions[condition]?.(sort, low, high)).sort(inOrder);
          expect(Items.map(({ sk }) => sk.S)).toEqual(forward ? expected : expected.reverse());
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('the parameters from before expressions', () => {
  it('still work', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl');
    const Key = { pk: { S: 'a' }, sk: { S: '1' } };
    await call('PutItem', {
      TableName: 'tbl',
      Item: { ...Key, n: { N: '1' }, s: { SS: ['x', 'y'] } },
      Expected: { pk: { Exists: false } },
    });
    await expect(
      call('PutItem', {
        TableName: 'tbl',
        Item: Key,
        Expected: { n: { ComparisonOperator: 'GT', AttributeValueList: [{ N: '1' }] } },
      }),
    ).rejects.toMatchObject({ code: 'ConditionalCheckFailedException' });
    const { Attributes } = await call<{ Attributes: object }>('UpdateItem', {
      TableName: 'tbl',
      Key,
      AttributeUpdates: {
        n: { Action: 'ADD', Value: { N: '2' } },
        s: { Action: 'DELETE', Value: { SS: ['x'] } },
        t: { Value: { S: 'new' } },
      },
      Expected: { n: { Value: { N: '1' } }, z: { Exists: false } },
      ReturnValues: 'ALL_NEW',
    });
    expect(Attributes).toEqual({ ...Key, n: { N: '3' }, s: { SS: ['y'] }, t: { S: 'new' } });
    const { Items } = await call<{ Items: object[] }>('Query', {
      TableName: 'tbl',
      KeyConditions: {
        pk: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'a' }] },
        sk: { ComparisonOperator: 'BEGINS_WITH', AttributeValueList: [{ S: '1' }] },
      },
      QueryFilter: {
        n: { ComparisonOperator: 'IN', AttributeValueList: [{ N: '3' }, { N: '4' }] },
        s: { ComparisonOperator: 'CONTAINS', AttributeValueList: [{ S: 'nope' }] },
        none: { ComparisonOperator: 'NOT_CONTAINS', AttributeValueList: [{ S: 'x' }] },
      },
      ConditionalOperator: 'OR',
      AttributesToGet: ['t'],
    });
    expect(Items).toEqual([{ t: { S: 'new' } }]);
  });
});
