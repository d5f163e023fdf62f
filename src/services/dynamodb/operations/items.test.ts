import { describe, expect, it } from 'vitest';
import { openDynamoDb } from '../testing/harness.ts';

describe('items', () => {
  it('puts, gets, updates and deletes', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl');
    const Key = { pk: { S: 'a' }, sk: { S: '1' } };
    await call('PutItem', { TableName: 'tbl', Item: { ...Key, n: { N: '1.50' } } });
    expect(await call('GetItem', { TableName: 'tbl', Key })).toEqual({
      Item: { ...Key, n: { N: '1.5' } },
    });
    expect(
      await call('UpdateItem', {
        TableName: 'tbl',
        Key,
        UpdateExpression: 'SET n = n + :one, l = :l REMOVE nothing',
        ConditionExpression: 'attribute_exists(pk) AND n BETWEEN :one AND :two',
        ExpressionAttributeValues: {
          ':one': { N: '1' },
          ':two': { N: '2' },
          ':l': { L: [{ B: Uint8Array.of(120) }] },
        },
        ReturnValues: 'UPDATED_NEW',
      }),
    ).toEqual({ Attributes: { n: { N: '2.5' }, l: { L: [{ B: Uint8Array.of(120) }] } } });
    await expect(
      call('PutItem', { TableName: 'tbl', Item: Key, ConditionExpression: 'attribute_not_exists(pk)' }),
    ).rejects.toMatchObject({
      code: 'ConditionalCheckFailedException',
      message: 'The conditional request failed',
    });
    expect(await call('DeleteItem', { TableName: 'tbl', Key, ReturnValues: 'ALL_OLD' })).toMatchObject({
      Attributes: { n: { N: '2.5' } },
    });
    expect(await call('GetItem', { TableName: 'tbl', Key })).toEqual({});
  });

  it('queries a range of sort keys in both directions, page by page', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', 'N');
    for (const n of [-20, -3, 0, 0.5, 7, 10, 100]) {
      await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'a' }, sk: { N: String(n) } } });
    }
    await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'b' }, sk: { N: '1' } } });
    const query = (more: object) =>
      call<{ Items: { sk: { N: string } }[]; LastEvaluatedKey?: object }>('Query', {
        TableName: 'tbl',
        KeyConditionExpression: 'pk = :a AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':a': { S: 'a' }, ':from': { N: '-3' }, ':to': { N: '10' } },
        ...more,
      });
    const numbers = ({ Items }: { Items: { sk: { N: string } }[] }) => Items.map(({ sk }) => sk.N);
    expect(numbers(await query({}))).toEqual(['-3', '0', '0.5', '7', '10']);
    expect(numbers(await query({ ScanIndexForward: false }))).toEqual(['10', '7', '0.5', '0', '-3']);
    const first = await query({ Limit: 2, ScanIndexForward: false });
    expect(numbers(first)).toEqual(['10', '7']);
    const second = await query({
      Limit: 2,
      ScanIndexForward: false,
      ExclusiveStartKey: first.LastEvaluatedKey,
    });
    expect(numbers(second)).toEqual(['0.5', '0']);
  });
});
