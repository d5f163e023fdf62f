import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Item } from '../domain/attributeValues.ts';
import { openDynamoDb } from '../testing/harness.ts';
import type { Select } from './ast.ts';
import { bindWhere } from './condition.ts';
import { parse } from './parse.ts';
import { planSelect } from './plan.ts';

const schema = {
  partition: { name: 'pk', type: 'S' as const },
  sort: { name: 'sk', type: 'N' as const },
};
const plan = (where: string, order = '') => {
  const { statement } = parse(`SELECT * FROM t1t WHERE ${where}${order}`);
  return planSelect(statement as Select, schema, []);
};

describe('a plan', () => {
  it.each([
    ["pk = 'a'", [{ partition: 'a' }]],
    [
      "pk = 'a' AND sk > 1 AND sk <= 3",
      [{ partition: 'a', sort: { above: { decimal: '1' }, to: { decimal: '3' } } }],
    ],
    [
      "(pk = 'b' OR pk = 'a') AND sk = 1",
      [
        { partition: 'b', sort: { equal: { decimal: '1' } } },
        { partition: 'a', sort: { equal: { decimal: '1' } } },
      ],
    ],
    ["pk IN ['a', 'b', 'a'] AND pk = 'b'", [{ partition: 'b' }]],
    [
      "n = 1 AND (n = 2 OR pk = 'a') AND (pk = 'b' OR pk = 'c' AND sk < 1)",
      [{ partition: 'b' }, { partition: 'c', sort: { below: { decimal: '1' } } }],
    ],
    ["pk = 'a' AND NOT sk = 1", [{ partition: 'a' }]],
    ["pk = 'a' AND sk = 1 OR pk = 'a' AND sk > 2", [{ partition: 'a' }]],
  ])('%s', (where, parts) => {
    expect(plan(where).parts).toMatchObject(parts);
    expect(plan(where).parts).toHaveLength(parts.length);
  });

  it.each([
    "pk > 'a'",
    "pk = 'a' OR n = 1",
    "NOT pk = 'a'",
    'sk = 1',
    "pk <> 'a'",
    "pk.x = 'a'",
    "begins_with(pk, 'a')",
  ])('%s is a scan', (where) => {
    expect(plan(where).parts).toBeUndefined();
  });

  it('puts partitions in the order that is asked for', () => {
    const partitions = (order: string) =>
      plan("pk IN ['b', 'c', 'a']", order).parts?.map(({ partition }) => partition);
    expect(partitions(' ORDER BY pk DESC')).toEqual(['c', 'b', 'a']);
    expect(partitions(' ORDER BY pk, sk DESC')).toEqual(['a', 'b', 'c']);
    expect(plan("pk = 'a'", ' ORDER BY sk DESC').reverse).toBe(true);
  });
});

describe('a SELECT', () => {
  let db: Awaited<ReturnType<typeof openDynamoDb>>;
  const items: Item[] = [];
  beforeAll(async () => {
    db = await openDynamoDb();
    const attribute = (name: string, type = 'S') => ({ AttributeName: name, AttributeType: type });
    await db.createTable('grid', 'N', {
      AttributeDefinitions: [
        attribute('pk'),
        attribute('sk', 'N'),
        attribute('x'),
        attribute('y'),
        attribute('z', 'N'),
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'composed',
          KeySchema: [
            { AttributeName: 'x', KeyType: 'HASH' },
            { AttributeName: 'y', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
            { AttributeName: 'z', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
    for (const [at, pk] of ['a', 'b', 'c'].entries()) {
      for (let sort = 0; sort < 6; sort++) {
        const item: Item = {
          pk: { S: pk },
          sk: { N: String(sort) },
          x: { S: 'ab'.charAt((at + sort) % 2) },
          z: { N: String((at * sort) % 3) },
          n: { N: String((at + sort) % 4) },
        };
        if (sort !== 5) item.y = { S: 'ab'.charAt(sort % 2) };
        items.push(item);
        await db.call('PutItem', { TableName: 'grid', Item: item });
      }
    }
  });

  const letter = fc.constantFrom("'a'", "'b'", "'c'");
  const digit = fc.integer({ min: -1, max: 6 }).map(String);
  const comparator = fc.constantFrom('=', '=', '<', '<=', '>', '>=', '<>');
  const test = fc.oneof(
    fc.tuple(fc.constantFrom('pk', 'x', 'y'), letter).map(([name, value]) => `${name} = ${value}`),
    fc
      .tuple(fc.constantFrom('pk', 'x', 'y'), fc.array(letter, { minLength: 1, maxLength: 3 }))
      .map(([name, values]) => `${name} IN [${values.join(', ')}]`),
    fc.tuple(fc.constantFrom('sk', 'z', 'n'), comparator, digit).map((parts) => parts.join(' ')),
    fc.tuple(digit, comparator, fc.constantFrom('sk', 'z')).map((parts) => parts.join(' ')),
    fc
      .tuple(fc.constantFrom('sk', 'z'), fc.array(digit, { minLength: 1, maxLength: 3 }))
      .map(([name, values]) => `${name} IN (${values.join(', ')})`),
    fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.nat(3))
      .map(([low, span]) => `sk BETWEEN ${low} AND ${low + span}`),
    fc.constant("begins_with(pk, 'a')"),
    fc.constant('y IS MISSING'),
  );
  const { where } = fc.letrec<{ where: string }>((tie) => ({
    where: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      test,
      fc.array(tie('where'), { minLength: 2, maxLength: 4 }).map((terms) => `(${terms.join(' AND ')})`),
      fc.array(tie('where'), { minLength: 2, maxLength: 3 }).map((terms) => `(${terms.join(' OR ')})`),
      tie('where').map((term) => `NOT (${term})`),
    ),
  }));

  const keysOf = (found: readonly Item[]) => found.map(({ pk, sk }) => `${pk?.S}${sk?.N}`).sort();

  it.each(['"grid"', '"grid"."composed"'])(
    'of %s finds each item that its clause is true of, once',
    async (source) => {
      const isIndex = source.includes('composed');
      await fc.assert(
        fc.asyncProperty(
          where,
          fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined }),
          async (clause, limit) => {
            const Statement = `SELECT * FROM ${source} WHERE ${clause}`;
            const found: Item[] = [];
            let NextToken: string | undefined;
            do {
              const page: { Items: Item[]; NextToken?: string } = await db.call('ExecuteStatement', {
                Statement,
                ...(limit === undefined ? {} : { Limit: limit }),
                ...(NextToken === undefined ? {} : { NextToken }),
              });
              found.push(...page.Items);
              NextToken = page.NextToken;
            } while (NextToken !== undefined);
            const { where: tree } = parse(Statement).statement as Select;
            const { matches } = bindWhere(tree as NonNullable<typeof tree>, []);
            const held = isIndex ? items.filter(({ y }) => y) : items;
            expect(keysOf(found)).toEqual(keysOf(held.filter(matches)));
          },
        ),
        { numRuns: 150 },
      );
    },
  );
});
