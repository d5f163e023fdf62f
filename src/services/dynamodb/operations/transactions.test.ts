import { describe, expect, it } from 'vitest';
import { openDynamoDb } from '../testing/harness.ts';

const one = { ':one': { N: '1' } };

describe('transactions', () => {
  it('write all or nothing and say why, in order', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', false);
    await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'b' }, n: { N: '5' } } });
    const attempt = call('TransactWriteItems', {
      TransactItems: [
        { Put: { TableName: 'tbl', Item: { pk: { S: 'a' } } } },
        {
          Update: {
            TableName: 'tbl',
            Key: { pk: { S: 'b' } },
            UpdateExpression: 'ADD n :one',
            ConditionExpression: 'n < :one',
            ExpressionAttributeValues: one,
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
      ],
    });
    await expect(attempt).rejects.toMatchObject({
      code: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]',
      members: {
        CancellationReasons: [
          { Code: 'None' },
          {
            Code: 'ConditionalCheckFailed',
            Message: 'The conditional request failed',
            Item: { pk: { S: 'b' }, n: { N: '5' } },
          },
        ],
      },
    });
    expect((await call<{ Count: number }>('Scan', { TableName: 'tbl' })).Count).toBe(1);
  });

  it('run once for a token, for ten minutes', async () => {
    const { call, createTable, clock } = await openDynamoDb();
    await createTable('tbl', false);
    const Key = { pk: { S: 'a' } };
    const add = (more: object = {}) =>
      call<{ ConsumedCapacity: object[] }>('TransactWriteItems', {
        ClientRequestToken: 'token',
        ReturnConsumedCapacity: 'TOTAL',
        TransactItems: [
          {
            Update: {
              TableName: 'tbl',
              Key,
              UpdateExpression: 'ADD n :one',
              ExpressionAttributeValues: one,
              ...more,
            },
          },
        ],
      });
    const value = async () =>
      (await call<{ Item: { n: { N: string } } }>('GetItem', { TableName: 'tbl', Key })).Item.n.N;
    expect((await add()).ConsumedCapacity).toEqual([
      { TableName: 'tbl', CapacityUnits: 2, WriteCapacityUnits: 2 },
    ]);
    expect((await add()).ConsumedCapacity).toEqual([
      { TableName: 'tbl', CapacityUnits: 2, ReadCapacityUnits: 2 },
    ]);
    expect(await value()).toBe('1');
    await expect(add({ UpdateExpression: 'ADD m :one' })).rejects.toMatchObject({
      code: 'IdempotentParameterMismatchException',
    });
    await clock.advance(10 * 60_000);
    await add();
    expect(await value()).toBe('2');
  });

  it('count without losing anything from many callers at once', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', false);
    const Key = { pk: { S: 'a' } };
    await Promise.all(
      Array.from({ length: 64 }, () =>
        call('UpdateItem', {
          TableName: 'tbl',
          Key,
          UpdateExpression: 'SET n = if_not_exists(n, :zero) + :one',
          ExpressionAttributeValues: { ...one, ':zero': { N: '0' } },
        }),
      ),
    );
    const { Responses } = await call<{ Responses: object[] }>('TransactGetItems', {
      TransactItems: [
        { Get: { TableName: 'tbl', Key } },
        { Get: { TableName: 'tbl', Key: { pk: { S: 'none' } } } },
      ],
    });
    expect(Responses).toEqual([{ Item: { ...Key, n: { N: '64' } } }, {}]);
  });

  it('refuse two operations on one item, and batches duplicates', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', false);
    const put = { Put: { TableName: 'tbl', Item: { pk: { S: 'a' } } } };
    await expect(call('TransactWriteItems', { TransactItems: [put, put] })).rejects.toThrow(
      'Transaction request cannot include multiple operations on one item',
    );
    const write = { PutRequest: { Item: { pk: { S: 'a' } } } };
    await expect(call('BatchWriteItem', { RequestItems: { tbl: [write, write] } })).rejects.toThrow(
      'Provided list of item keys contains duplicates',
    );
  });
});

describe('batches', () => {
  it('write, read and delete', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', 'N');
    const key = (n: number) => ({ pk: { S: 'a' }, sk: { N: String(n) } });
    expect(
      await call('BatchWriteItem', {
        ReturnConsumedCapacity: 'TOTAL',
        RequestItems: {
          tbl: [1, 2, 3].map((n) => ({ PutRequest: { Item: { ...key(n), x: { S: 'x' } } } })),
        },
      }),
    ).toEqual({ UnprocessedItems: {}, ConsumedCapacity: [{ TableName: 'tbl', CapacityUnits: 3 }] });
    await call('BatchWriteItem', { RequestItems: { tbl: [{ DeleteRequest: { Key: key(2) } }] } });
    const answer = await call<{ Responses: { tbl: object[] } }>('BatchGetItem', {
      RequestItems: { tbl: { Keys: [1, 2, 3].map(key), ProjectionExpression: 'sk' } },
    });
    expect(answer).toMatchObject({ UnprocessedKeys: {} });
    expect(answer.Responses.tbl).toEqual([{ sk: { N: '1' } }, { sk: { N: '3' } }]);
  });

  it('tell a key that does not fit the schema as a reason, but an empty key at once', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', false);
    const fits = { Put: { TableName: 'tbl', Item: { pk: { S: 'a' } } } };
    const reasons = async (action: object) => {
      const attempt = call('TransactWriteItems', { TransactItems: [fits, action, fits] });
      return await attempt.catch(
        ({ code, message, members }) => members.CancellationReasons ?? [code, message],
      );
    };
    const mismatch = (Message: string) => [
      { Code: 'None' },
      { Code: 'ValidationError', Message },
      { Code: 'None' },
    ];
    expect(await reasons({ Put: { TableName: 'tbl', Item: { pk: { N: '1' } } } })).toEqual(
      mismatch('One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N'),
    );
    expect(await reasons({ Delete: { TableName: 'tbl', Key: { pk: { N: '1' } } } })).toEqual(
      mismatch('The provided key element does not match the schema'),
    );
    expect(await reasons({ Delete: { TableName: 'tbl', Key: { pk: { S: '' } } } })).toEqual([
      'ValidationException',
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
    ]);
    await expect(
      call('TransactGetItems', { TransactItems: [{ Get: { TableName: 'tbl', Key: {} } }] }),
    ).rejects.toMatchObject({
      code: 'TransactionCanceledException',
      members: { CancellationReasons: [mismatch('The provided key element does not match the schema')[1]] },
    });
    expect(await call('Scan', { TableName: 'tbl' })).toMatchObject({ Count: 0 });
  });
});
