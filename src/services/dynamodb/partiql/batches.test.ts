import { beforeEach, describe, expect, it } from 'vitest';
import type { Item } from '../domain/attributeValues.ts';
import { openDynamoDb } from '../testing/harness.ts';

interface Response {
  TableName?: string;
  Item?: Item;
  Error?: { Code: string; Message: string; Item?: Item };
}

let db: Awaited<ReturnType<typeof openDynamoDb>>;
beforeEach(async () => {
  db = await openDynamoDb();
  await db.createTable('plain', false);
  await db.createTable('sorted');
  for (const pk of ['a', 'b', 'c']) await run(`INSERT INTO plain VALUE {'pk': '${pk}', 'n': 1}`);
});

const run = (Statement: string, more: object = {}) =>
  db.call<{ Items: Item[]; NextToken?: string }>('ExecuteStatement', { Statement, ...more });
const batch = async (...statements: (string | object)[]) =>
  (
    await db.call<{ Responses: Response[] }>('BatchExecuteStatement', {
      Statements: statements.map((one) => (typeof one === 'string' ? { Statement: one } : one)),
    })
  ).Responses;
const transact = (statements: (string | object)[], more: object = {}) =>
  db.call<{ Responses: Response[]; ConsumedCapacity?: object[] }>('ExecuteTransaction', {
    TransactStatements: statements.map((one) => (typeof one === 'string' ? { Statement: one } : one)),
    ...more,
  });
const count = async () => (await run('SELECT pk FROM plain')).Items.length;

describe('IN over partitions', () => {
  const list = (length: number) => Array.from({ length }, (_, at) => `'p${at}'`).join(', ');

  it('is read ten partitions a page', async () => {
    for (let at = 0; at < 12; at++) await run(`INSERT INTO plain VALUE {'pk': 'p${at}'}`);
    const text = `SELECT * FROM plain WHERE pk IN [${list(12)}]`;
    const first = await run(text);
    expect(first.Items).toHaveLength(10);
    const second = await run(text, { NextToken: first.NextToken });
    expect(second.Items).toHaveLength(2);
    expect(second.NextToken).toBeUndefined();
  });

  it('names at most 50 of them', async () => {
    await expect(run(`SELECT * FROM plain WHERE pk IN [${list(51)}]`)).rejects.toThrow(
      'The IN operator is provided with too many operands; number of operands: 51',
    );
    await expect(run(`SELECT * FROM plain WHERE n IN [${list(101)}]`)).rejects.toThrow('operands: 101');
    expect((await run(`SELECT * FROM plain WHERE n IN [${list(100)}]`)).Items).toEqual([]);
  });
});

describe('BatchExecuteStatement', () => {
  it('answers reads in order, each with its table or its error', async () => {
    expect(
      await batch(
        "SELECT n FROM plain WHERE pk = 'a'",
        { Statement: 'SELECT * FROM plain WHERE pk = ?', Parameters: [{ S: 'none' }] },
        "SELECT * FROM sorted WHERE pk = 'a'",
        "SELECT * FROM nowhere WHERE pk = 'a'",
        'SELECT * FROM',
      ),
    ).toEqual([
      { TableName: 'plain', Item: { n: { N: '1' } } },
      { TableName: 'plain' },
      {
        TableName: 'sorted',
        Error: {
          Code: 'ValidationError',
          Message:
            'Select statements within BatchExecuteStatement must specify the primary key in the where clause.',
        },
      },
      { Error: { Code: 'ResourceNotFound', Message: 'Requested resource not found' } },
      {
        Error: {
          Code: 'ValidationError',
          Message: "Statement wasn't well formed, can't be processed: Unexpected term",
        },
      },
    ]);
  });

  it('writes what it can', async () => {
    const responses = await batch(
      "INSERT INTO plain VALUE {'pk': 'd'}",
      "INSERT INTO plain VALUE {'pk': 'a'}",
      "UPDATE plain SET n = n + 1 WHERE pk = 'b' RETURNING MODIFIED NEW *",
      {
        Statement: "DELETE FROM plain WHERE pk = 'c' AND n = 9",
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    );
    expect(responses).toMatchObject([
      { TableName: 'plain' },
      { Error: { Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table' } },
      { Item: { n: { N: '2' } } },
      { Error: { Code: 'ConditionalCheckFailed', Item: { pk: { S: 'c' }, n: { N: '1' } } } },
    ]);
    expect(responses[0]).not.toHaveProperty('Error');
    expect(await count()).toBe(4);
  });

  it('refuses to mix reads and writes, and an item twice', async () => {
    await expect(
      batch("SELECT * FROM plain WHERE pk = 'a'", "DELETE FROM plain WHERE pk = 'b'"),
    ).rejects.toThrow('Read and write requests together in the same batch is not supported.');
    await expect(
      batch("DELETE FROM plain WHERE pk = 'b'", "UPDATE plain SET n = 1 WHERE pk = 'b'"),
    ).rejects.toThrow('Provided list of item keys contains duplicates');
    expect(await count()).toBe(3);
  });
});

describe('ExecuteTransaction', () => {
  it('does all or nothing, and says why', async () => {
    const failing = transact([
      "INSERT INTO plain VALUE {'pk': 'd'}",
      "INSERT INTO plain VALUE {'pk': 'a'}",
      {
        Statement: "UPDATE plain SET n = 2 WHERE pk = 'b' AND n = 9",
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
      "EXISTS(SELECT * FROM plain WHERE pk = 'c' AND n = 1)",
    ]);
    await expect(failing).rejects.toMatchObject({
      code: 'TransactionCanceledException',
      members: {
        CancellationReasons: [
          { Code: 'None' },
          { Code: 'DuplicateItem' },
          { Code: 'ConditionalCheckFailed', Item: { pk: { S: 'b' }, n: { N: '1' } } },
          { Code: 'None' },
        ],
      },
    });
    expect(await count()).toBe(3);
    await transact(["INSERT INTO plain VALUE {'pk': 'd'}", "DELETE FROM plain WHERE pk = 'a'"]);
    expect(await count()).toBe(3);
    expect((await run("SELECT * FROM plain WHERE pk = 'a'")).Items).toEqual([]);
  });

  it('reads items as of one moment', async () => {
    const { Responses, ConsumedCapacity } = await transact(
      ["SELECT n FROM plain WHERE pk = 'a'", "SELECT * FROM plain WHERE pk = 'none'"],
      { ReturnConsumedCapacity: 'TOTAL' },
    );
    expect(Responses).toEqual([{ Item: { n: { N: '1' } } }, {}]);
    expect(ConsumedCapacity).toMatchObject([{ TableName: 'plain', CapacityUnits: 4 }]);
  });

  it('does a request with a token once', async () => {
    const insert = ["INSERT INTO plain VALUE {'pk': 'd'}"];
    await transact(insert, { ClientRequestToken: 'once' });
    await transact(insert, { ClientRequestToken: 'once' });
    await expect(
      transact(["INSERT INTO plain VALUE {'pk': 'e'}"], { ClientRequestToken: 'once' }),
    ).rejects.toMatchObject({
      code: 'IdempotentParameterMismatchException',
    });
  });

  it.each([
    [
      ["SELECT * FROM plain WHERE pk = 'a'", "INSERT INTO plain VALUE {'pk': 'x'}"],
      'ExecuteTransaction API does not support both read and write operations in the same request.',
    ],
    [
      ["SELECT * FROM plain WHERE pk = 'a'", 'SELECT * FROM plain'],
      'Validation failed in TransactStatements[1]: Select statements within ExecuteTransaction must specify the primary key in the where clause.',
    ],
    [
      ["UPDATE plain SET n = 1 WHERE pk = 'a' RETURNING ALL OLD *"],
      'Validation failed in TransactStatements[0]: RETURNING clause is not supported in ExecuteTransaction.',
    ],
    [
      ["EXISTS(SELECT * FROM plain WHERE pk = 'a')"],
      'Validation failed in TransactStatements[0]: EXISTS() must contain a single item read with additional condition',
    ],
    [
      ["DELETE FROM plain WHERE pk = 'a'", "UPDATE plain SET n = 1 WHERE pk = 'a'"],
      'Transaction request cannot include multiple operations on one item',
    ],
  ])('refuses %j', async (statements, message) => {
    await expect(transact(statements)).rejects.toThrow(message);
  });
});
