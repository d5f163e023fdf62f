import { describe, expect, it } from 'vitest';
import { asked } from '../testing/asked.ts';

const arn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/tbl';
const ask = (Statement: string, Parameters?: object[]) =>
  asked('ExecuteStatement', { Statement, ...(Parameters ? { Parameters } : {}) });

describe('what IAM is asked of a statement', () => {
  it('SELECT: attributes, partitions, and whether it reads everything', async () => {
    expect(await ask("SELECT a.b, c FROM tbl WHERE pk IN ['x', ?] AND size(d) > 1", [{ S: 'y' }])).toEqual([
      {
        action: 'dynamodb:PartiQLSelect',
        resources: [arn],
        context: {
          'dynamodb:Attributes': ['a', 'c', 'pk', 'd'],
          'dynamodb:Select': 'SPECIFIC_ATTRIBUTES',
          'dynamodb:FullTableScan': 'false',
          'dynamodb:LeadingKeys': ['x', 'y'],
          'dynamodb:FirstPartitionKeyValues': ['x', 'y'],
        },
      },
    ]);
    const [scan] = await ask(`SELECT * FROM "tbl"."idx" WHERE sk = 'x'`);
    expect(scan).toMatchObject({
      resources: [`${arn}/index/idx`],
      context: { 'dynamodb:FullTableScan': 'true', 'dynamodb:Select': 'ALL_PROJECTED_ATTRIBUTES' },
    });
    expect(scan?.context).not.toHaveProperty('dynamodb:LeadingKeys');
  });

  it('writes: what they change and return', async () => {
    expect(await ask("INSERT INTO tbl VALUE {'pk': ?, 'sk': '1', 'a': 2}", [{ S: 'ada' }])).toMatchObject([
      {
        action: 'dynamodb:PartiQLInsert',
        context: { 'dynamodb:Attributes': ['pk', 'sk', 'a'], 'dynamodb:LeadingKeys': ['ada'] },
      },
    ]);
    expect(
      await ask("UPDATE tbl SET a = b + 1 REMOVE c WHERE pk = 'ada' AND sk = '1' RETURNING MODIFIED NEW *"),
    ).toMatchObject([
      {
        action: 'dynamodb:PartiQLUpdate',
        context: {
          'dynamodb:Attributes': ['a', 'c', 'b', 'pk', 'sk'],
          'dynamodb:LeadingKeys': ['ada'],
          'dynamodb:FirstPartitionKeyValues': ['ada'],
          'dynamodb:ReturnValues': 'UPDATED_NEW',
        },
      },
    ]);
  });

  it('each of a batch and of a transaction; none for what will be refused', async () => {
    const [first, second, ...rest] = await asked('ExecuteTransaction', {
      TransactStatements: [
        { Statement: "EXISTS(SELECT * FROM tbl WHERE pk = 'x' AND sk = '1' AND a = 1)" },
        { Statement: "DELETE FROM other WHERE pk = 'x'" },
        { Statement: 'nonsense' },
      ],
    });
    expect(first).toMatchObject({
      action: 'dynamodb:PartiQLSelect',
      context: { 'dynamodb:EnclosingOperation': 'ExecuteTransaction', 'dynamodb:LeadingKeys': ['x'] },
    });
    expect(second).toMatchObject({ action: 'dynamodb:PartiQLDelete' });
    expect(rest).toEqual([]);
    expect(await asked('BatchExecuteStatement', { Statements: [{ Statement: 'nonsense' }] })).toEqual([]);
  });
});
