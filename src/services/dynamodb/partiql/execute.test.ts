import { beforeEach, describe, expect, it } from 'vitest';
import type { Item } from '../domain/attributeValues.ts';
import { openDynamoDb } from '../testing/harness.ts';

type Answer = { Items: Item[]; NextToken?: string; LastEvaluatedKey?: Item; ConsumedCapacity?: object };

let db: Awaited<ReturnType<typeof openDynamoDb>>;
beforeEach(async () => {
  db = await openDynamoDb();
  await db.createTable('things', 'S', {
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
      { AttributeName: 'kind', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byKind',
        KeySchema: [
          { AttributeName: 'kind', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  });
  for (const pk of ['a', 'b']) {
    for (let sort = 0; sort < 4; sort++) {
      await run(
        `INSERT INTO things VALUE {'pk': '${pk}', 'sk': 's${sort}', 'kind': 'k${sort % 2}', 'n': ${sort}, 'm': {'x': [1, {'y': 2}]}}`,
      );
    }
  }
});

const run = (Statement: string, more: object = {}) =>
  db.call<Answer>('ExecuteStatement', { Statement, ...more });
const keys = async (text: string, more: object = {}) =>
  (await run(text, more)).Items.map(({ pk, sk }) => `${pk?.S}${sk?.S}`);
const units = async (text: string) =>
  (await run(text, { ReturnConsumedCapacity: 'TOTAL' })).ConsumedCapacity as { CapacityUnits: number };

describe('SELECT', () => {
  it('reads partitions and ranges of sort keys', async () => {
    expect(await keys("SELECT * FROM things WHERE pk = 'a' AND sk >= 's1' AND sk < 's3'")).toEqual([
      'as1',
      'as2',
    ]);
    expect(await keys("SELECT * FROM things WHERE pk IN ['b', 'a'] AND sk BETWEEN 's2' AND 's3'")).toEqual([
      'bs2',
      'bs3',
      'as2',
      'as3',
    ]);
    expect(await keys("SELECT * FROM things WHERE begins_with(sk, 's3') AND (pk = 'a' OR pk = 'b')")).toEqual(
      ['as3', 'bs3'],
    );
    expect(await keys("SELECT * FROM things WHERE pk = 'a' AND n IN (0, 3)")).toEqual(['as0', 'as3']);
  });

  it('orders by key attributes', async () => {
    expect(await keys("SELECT * FROM things WHERE pk = 'a' AND n > 1 ORDER BY sk DESC")).toEqual([
      'as3',
      'as2',
    ]);
    expect(
      await keys("SELECT * FROM things WHERE pk IN ['a', 'b'] AND sk > 's2' ORDER BY pk DESC, sk ASC"),
    ).toEqual(['bs3', 'as3']);
    await expect(run('SELECT * FROM things WHERE n = 1 ORDER BY sk')).rejects.toThrow(
      'Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.',
    );
  });

  it('reads each item once, whatever leads to it', async () => {
    expect(
      await keys("SELECT * FROM things WHERE (pk = 'a' AND sk < 's2') OR (pk = 'a' AND sk > 's0' AND n < 3)"),
    ).toEqual(['as0', 'as1', 'as2']);
    expect(await keys("SELECT * FROM things WHERE pk IN ['a', 'a'] AND sk IN ['s1', 's1']")).toEqual(['as1']);
  });

  it('scans without a partition, and pages to the end', async () => {
    const found: string[] = [];
    let token: object = {};
    for (let pages = 0; pages < 20; pages++) {
      const { Items, NextToken } = await run('SELECT * FROM things WHERE n <> 1', { Limit: 3, ...token });
      found.push(...Items.map(({ pk, sk }) => `${pk?.S}${sk?.S}`));
      if (NextToken === undefined) break;
      token = { NextToken };
    }
    expect(found.sort()).toEqual(['as0', 'as2', 'as3', 'bs0', 'bs2', 'bs3']);
  });

  it('pages over several partitions, and holds a token to its statement', async () => {
    const text = "SELECT * FROM things WHERE pk IN ['a', 'b']";
    const first = await run(text, { Limit: 5 });
    expect(first.Items).toHaveLength(5);
    expect(first.LastEvaluatedKey).toEqual({ pk: { S: 'b' }, sk: { S: 's0' } });
    const more = { NextToken: first.NextToken };
    expect(await keys(text, more)).toEqual(['bs1', 'bs2', 'bs3']);
    await expect(run("SELECT * FROM things WHERE pk IN ['a', 'c']", more)).rejects.toThrow(
      'NextToken does not match request',
    );
    await expect(run(text, { NextToken: 'bm9uc2Vuc2U' })).rejects.toThrow('Invalid NextToken');
  });

  it('names columns by the end of their paths', async () => {
    expect((await run("SELECT pk, m.x[1].y, m.x[0] FROM things WHERE pk = 'a' AND sk = 's1'")).Items).toEqual(
      [{ pk: { S: 'a' }, y: { N: '2' }, 'x[0]': { N: '1' } }],
    );
  });

  it('reads indexes, and only what they hold', async () => {
    expect(await keys(`SELECT * FROM "things"."byKind" WHERE kind = 'k1' AND sk = 's1'`)).toEqual([
      'as1',
      'bs1',
    ]);
    await expect(run(`SELECT n FROM "things"."byKind" WHERE kind = 'k1'`)).rejects.toThrow(
      'Global secondary index byKind does not project [n]',
    );
  });

  it('costs what it reads: a key condition less than a scan', async () => {
    for (let count = 0; count < 30; count++) {
      await run("INSERT INTO things VALUE {'pk': 'c', 'sk': ?, 'filler': ?}", {
        Parameters: [{ S: `c${count}` }, { S: 'x'.repeat(8000) }],
      });
    }
    expect((await units("SELECT * FROM things WHERE pk = 'a' AND sk = 's1'")).CapacityUnits).toBe(0.5);
    expect((await units("SELECT * FROM things WHERE sk = 's1'")).CapacityUnits).toBeGreaterThan(20);
  });

  it('tells what is wrong with tests of keys', async () => {
    await expect(run('SELECT * FROM things WHERE pk = 1')).rejects.toThrow(
      "Key attribute's data type should match its data type in table's schema: Key pk",
    );
    await expect(run("SELECT * FROM things WHERE pk = ''")).rejects.toThrow(
      'The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
    );
    await expect(run('SELECT * FROM things WHERE pk = ?')).rejects.toThrow(
      "Number of parameters in request and statement don't match.",
    );
  });
});

describe('writes', () => {
  const all = async (sk: string) =>
    (await run("SELECT * FROM things WHERE pk = 'a' AND sk = ?", { Parameters: [{ S: sk }] })).Items[0];

  it('INSERT refuses an item that is there, with all types of values', async () => {
    await run(
      `INSERT INTO things VALUE {'pk': 'a', 'sk': 'new', 's': <<'x', 'y'>>, 'ns': <<1, 2.50>>, 'l': [NULL, TRUE, {'q': ?}]}`,
      { Parameters: [{ B: new Uint8Array([1]) }] },
    );
    expect(await all('new')).toMatchObject({
      s: { SS: ['x', 'y'] },
      ns: { NS: ['1', '2.5'] },
      l: { L: [{ NULL: true }, { BOOL: true }, { M: { q: { B: Buffer.from([1]) } } }] },
    });
    await expect(run("INSERT INTO things VALUE {'pk': 'a', 'sk': 'new'}")).rejects.toMatchObject({
      code: 'DuplicateItemException',
      message: 'Duplicate primary key exists in table',
    });
    await expect(run("INSERT INTO things VALUE {'pk': 'a'}")).rejects.toThrow(
      'Key attribute should be present in the item: Key sk',
    );
  });

  it('UPDATE changes paths, sets and numbers, and returns what is asked for', async () => {
    const where = "WHERE pk = 'a' AND sk = 's2'";
    expect(
      (
        await run(
          `UPDATE things SET n = n + 10 - 1 SET m.x[1].y = 'z' REMOVE kind ${where} RETURNING ALL NEW *`,
        )
      ).Items,
    ).toEqual([
      {
        pk: { S: 'a' },
        sk: { S: 's2' },
        n: { N: '11' },
        m: { M: { x: { L: [{ N: '1' }, { M: { y: { S: 'z' } } }] } } },
      },
    ]);
    expect(
      (await run(`UPDATE things SET tags = set_add(tags, <<'p', 'q'>>) ${where} RETURNING MODIFIED NEW *`))
        .Items,
    ).toEqual([{ tags: { SS: ['p', 'q'] } }]);
    expect(
      (await run(`UPDATE things SET tags = set_delete(tags, <<'p', 'q'>>) ${where} RETURNING MODIFIED NEW *`))
        .Items,
    ).toEqual([]);
    expect(
      (await run(`UPDATE things SET m.x = list_append(m.x, [3]) ${where} RETURNING MODIFIED OLD *`)).Items,
    ).toEqual([{ m: { M: { x: { L: [{ N: '1' }, { M: { y: { S: 'z' } } }] } } } }]);
  });

  it('UPDATE creates nothing and holds to its condition', async () => {
    const missing = run("UPDATE things SET n = 1 WHERE pk = 'a' AND sk = 'none'");
    await expect(missing).rejects.toMatchObject({ code: 'ConditionalCheckFailedException' });
    const refused = run("UPDATE things SET n = 1 WHERE pk = 'a' AND sk = 's1' AND n > 5", {
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    await expect(refused).rejects.toMatchObject({ members: { Item: { n: { N: '1' } } } });
    await expect(run("UPDATE things SET n = 1 WHERE pk = 'a'")).rejects.toThrow(
      'Where clause does not contain a mandatory equality on all key attributes',
    );
    await expect(run("UPDATE things SET sk = 'x' WHERE pk = 'a' AND sk = 's1'")).rejects.toThrow(
      'Cannot update attribute sk. This attribute is part of the key',
    );
  });

  it('DELETE of what is not there succeeds; a condition that fails does not', async () => {
    expect(
      (await run("DELETE FROM things WHERE pk = 'z' AND sk = 'z' AND n = 1 RETURNING ALL OLD *")).Items,
    ).toEqual([]);
    await expect(run("DELETE FROM things WHERE pk = 'a' AND sk = 's1' AND n = 9")).rejects.toMatchObject({
      code: 'ConditionalCheckFailedException',
    });
    expect(
      (await run("DELETE FROM things WHERE pk = 'a' AND sk = 's1' RETURNING ALL OLD *")).Items,
    ).toHaveLength(1);
    expect(await all('s1')).toBeUndefined();
  });
});
