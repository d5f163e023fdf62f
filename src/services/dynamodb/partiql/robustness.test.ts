/** Whatever a statement says, it is answered or refused in DynamoDB's words: nothing of it is a failure of ours. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openDynamoDb } from '../testing/harness.ts';

const path = fc.constantFrom(
  'pk',
  'sk',
  'a',
  'a.b',
  'a[0]',
  '"a b"',
  "a['k']",
  'pk.x',
  'nope',
  'a.b[1].c',
  'g',
);
const literal = fc.constantFrom(
  ...[
    "'a'",
    "''",
    '1',
    '-1.5',
    '1e300',
    '-0.0',
    '12345678901234567890123456789012345678901',
    'NULL',
    'TRUE',
    'MISSING',
    '?',
    '[]',
    '<<>>',
    '{}',
    '<<1, 1.0>>',
    "<<'a', 1>>",
    '`x`',
  ],
);
const name = fc.constantFrom(
  'size',
  'begins_with',
  'contains',
  'attribute_type',
  'attribute_exists',
  'list_append',
  'set_add',
  'set_delete',
  'if_not_exists',
  'count',
  'wat',
  'EXISTS',
);
const operator = fc.constantFrom(
  '=',
  '<>',
  '<',
  '>=',
  'AND',
  'OR',
  '+',
  '-',
  '*',
  '||',
  'LIKE',
  'IN',
  'NOT IN',
);
const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie('expression');
  const list = (max: number) => fc.array(inner, { maxLength: max }).map((items) => items.join(', '));
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      path,
      literal,
      fc.tuple(inner, operator, inner).map((parts) => `(${parts.join(' ')})`),
      fc.tuple(name, list(3)).map(([call, operands]) => `${call}(${operands})`),
      list(3).map((items) => `[${items}]`),
      list(2).map((items) => `<<${items}>>`),
      inner.map((value) => `{'k': ${value}}`),
      fc.tuple(inner, inner, inner).map(([value, low, high]) => `(${value} BETWEEN ${low} AND ${high})`),
      fc
        .tuple(inner, fc.constantFrom('MISSING', 'NULL', 'STRING', 'INT'))
        .map(([value, type]) => `(${value} IS NOT ${type})`),
      inner.map((value) => `NOT ${value}`),
      inner.map((value) => `- ${value}`),
    ),
  };
});
// Mostly well-formed, so that what is behind the checks is reached too.
const scalar = fc.constantFrom(
  "'a'",
  "'b c'",
  '1',
  '-2.5',
  '?',
  'NULL',
  'TRUE',
  "<<'x'>>",
  '[1]',
  "{'k': 1}",
);
const value = fc.oneof({ weight: 6, arbitrary: scalar }, { weight: 1, arbitrary: expression });
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(path, fc.constantFrom('=', '<>', '<', '>='), value).map((parts) => parts.join(' ')),
    fc
      .tuple(path, fc.array(value, { minLength: 1, maxLength: 3 }))
      .map(([one, all]) => `${one} IN (${all.join(', ')})`),
    fc
      .tuple(path, fc.constantFrom('IS MISSING', 'IS NOT NULL', 'IS STRING', 'BETWEEN 1 AND 2'))
      .map((parts) => parts.join(' ')),
    fc
      .tuple(fc.constantFrom('begins_with', 'contains'), path, scalar)
      .map(([call, one, other]) => `${call}(${one}, ${other})`),
    path.map((one) => `size(${one}) > 1`),
    fc
      .tuple(tie('condition'), fc.constantFrom('AND', 'OR'), tie('condition'))
      .map((parts) => `(${parts.join(' ')})`),
    tie('condition').map((term) => `NOT (${term})`),
    expression,
  ),
}));
const where = fc.oneof(
  condition,
  condition.map((more) => `pk = 'a' AND sk = 1 AND ${more}`),
  condition.map((more) => `pk = 'a' AND (${more})`),
  fc.tuple(value, value).map(([one, other]) => `pk = ${one} AND sk = ${other}`),
  fc.constant("pk = 'a' AND sk = 1"),
);
const returning = fc.constantFrom('', ' RETURNING ALL OLD *', ' RETURNING MODIFIED NEW *');
const source = fc.constantFrom('tbl', 'tbl', '"tbl"."byG"', '"tbl"."local"', 'nowhere');
const statement = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('*', 'a.b', 'pk, a[0], g'),
      source,
      where,
      fc.constantFrom('', ' ORDER BY sk DESC', ' ORDER BY pk, g'),
    )
    .map(([columns, from, clause, order]) => `SELECT ${columns} FROM ${from} WHERE ${clause}${order}`),
  fc
    .tuple(path, value, where, returning)
    .map(
      ([target, value, clause, end]) => `UPDATE tbl SET ${target} = ${value} REMOVE b WHERE ${clause}${end}`,
    ),
  fc.tuple(where, returning).map(([clause, end]) => `DELETE FROM tbl WHERE ${clause}${end}`),
  fc
    .tuple(value, value)
    .map(([one, other]) => `INSERT INTO tbl VALUE {'pk': 'a', 'sk': ${one}, 'a': ${other}}`),
  where.map((clause) => `EXISTS(SELECT * FROM tbl WHERE ${clause})`),
);
const parameter = fc.constantFrom(
  { S: 'a' },
  { N: '1' },
  { BOOL: true },
  { SS: ['a'] },
  { L: [{ N: '1' }] },
  { B: new Uint8Array([1]) },
);

const known = new Set([
  'ConditionalCheckFailedException',
  'DuplicateItemException',
  'ResourceNotFoundException',
  'TransactionCanceledException',
  'ValidationException',
]);

it('every statement has an answer, alone, in a batch and in a transaction', async () => {
  const db = await openDynamoDb();
  const attribute = (AttributeName: string, AttributeType = 'S') => ({ AttributeName, AttributeType });
  const key = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: 'HASH' },
    { AttributeName: sort, KeyType: 'RANGE' },
  ];
  await db.createTable('tbl', 'N', {
    AttributeDefinitions: [attribute('pk'), attribute('sk', 'N'), attribute('g')],
    GlobalSecondaryIndexes: [
      { IndexName: 'byG', KeySchema: key('g', 'sk'), Projection: { ProjectionType: 'ALL' } },
    ],
    LocalSecondaryIndexes: [
      { IndexName: 'local', KeySchema: key('pk', 'g'), Projection: { ProjectionType: 'KEYS_ONLY' } },
    ],
  });
  let answers = 0;
  const run = async (operation: string, input: object) => {
    try {
      await db.call(operation, input);
      answers++;
    } catch (error) {
      const { code, stack } = error as { code?: string; stack?: string };
      expect(known, `${JSON.stringify(input)}\n${stack}`).toContain(code);
    }
  };
  await fc.assert(
    fc.asyncProperty(statement, parameter, async (Statement, value) => {
      const count = Statement.split('?').length - 1;
      const one = {
        Statement,
        ...(count > 0 ? { Parameters: Array.from({ length: count }, () => value) } : {}),
      };
      await run('ExecuteStatement', one);
      await run('BatchExecuteStatement', { Statements: [one] });
      await run('ExecuteTransaction', { TransactStatements: [one] });
    }),
    { numRuns: 300 },
  );
  // Batches answer what they refuse: more than that must have been done.
  expect(answers).toBeGreaterThan(300);
});
