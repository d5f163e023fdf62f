import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../store/index.ts';
import { openDynamoDb } from '../testing/harness.ts';

const ongoing = 'Transaction is ongoing for the item';
const key = (pk: string) => ({ pk: { S: pk } });
const put = (pk: string) => ({ Put: { TableName: 'tbl', Item: key(pk) } });
const cancelled = (...codes: string[]) => ({
  code: 'TransactionCanceledException',
  message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
  members: {
    CancellationReasons: codes.map((Code) =>
      Code === 'None' ? { Code } : { Code, Message: 'Transaction is ongoing for the item' },
    ),
  },
});

/** A store whose first transaction after `hold` waits until it is let go. */
class HeldStore extends MemoryStore {
  #gate: Promise<void> | undefined;
  letGo: () => void = () => {};
  reached: Promise<void> = Promise.resolve();
  #arrived: () => void = () => {};

  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.letGo = resolve;
    });
    this.reached = new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  override async transact<Result>(run: Parameters<MemoryStore['transact']>[0]): Promise<Result> {
    const gate = this.#gate;
    this.#gate = undefined;
    this.#arrived();
    if (gate) await gate;
    return (await super.transact(run)) as Result;
  }
}

/** DynamoDB with a transaction on the items `a` and `b` under way. */
async function withTransaction(more: object = {}) {
  const store = new HeldStore();
  const bench = await openDynamoDb(store);
  await bench.createTable('tbl', false);
  await bench.createTable('other', false);
  store.hold();
  const transaction = bench.call('TransactWriteItems', { TransactItems: [put('a'), put('b')], ...more });
  await store.reached;
  const finish = async () => {
    store.letGo();
    await transaction;
  };
  return { ...bench, finish };
}

describe('while a transaction is under way', () => {
  it.each([
    ['PutItem', { Item: key('a') }],
    ['UpdateItem', { Key: key('a') }],
    ['DeleteItem', { Key: key('b') }],
  ])('%s of one of its items is refused', async (operation, input) => {
    const { call, finish } = await withTransaction();
    await expect(call(operation, { TableName: 'tbl', ...input })).rejects.toMatchObject({
      code: 'TransactionConflictException',
      message: ongoing,
    });
    await finish();
    await expect(call(operation, { TableName: 'tbl', ...input })).resolves.toEqual({});
  });

  it('other items, and items of the same key in other tables, are free', async () => {
    const { call, finish } = await withTransaction();
    await call('PutItem', { TableName: 'tbl', Item: key('c') });
    await call('PutItem', { TableName: 'other', Item: key('a') });
    await finish();
  });

  it('its items can be read, as they were', async () => {
    const { call, finish } = await withTransaction();
    expect(await call('GetItem', { TableName: 'tbl', Key: key('a') })).toEqual({});
    expect(await call('Scan', { TableName: 'tbl' })).toMatchObject({ Count: 0 });
    await finish();
    expect(await call('GetItem', { TableName: 'tbl', Key: key('a') })).toEqual({ Item: key('a') });
  });

  it('another transaction on one of its items is cancelled, and the other items are left', async () => {
    const { call, finish } = await withTransaction();
    await expect(
      call('TransactWriteItems', { TransactItems: [put('c'), put('b'), put('d')] }),
    ).rejects.toMatchObject(cancelled('None', 'TransactionConflict', 'None'));
    await expect(
      call('TransactGetItems', { TransactItems: [{ Get: { TableName: 'tbl', Key: key('a') } }] }),
    ).rejects.toMatchObject(cancelled('TransactionConflict'));
    await finish();
    expect(await call('Scan', { TableName: 'tbl' })).toMatchObject({ Count: 2 });
  });

  it('its items come back unprocessed from a batch', async () => {
    const { call, finish } = await withTransaction();
    const requests = ['c', 'a'].map((pk) => ({ PutRequest: { Item: key(pk) } }));
    const answer = await call('BatchWriteItem', { RequestItems: { tbl: requests } });
    expect(answer).toEqual({ UnprocessedItems: { tbl: [requests[1]] } });
    await finish();
    expect(await call('Scan', { TableName: 'tbl' })).toMatchObject({ Count: 3 });
  });

  it('its token is in progress', async () => {
    const { call, finish } = await withTransaction({ ClientRequestToken: 'token' });
    await expect(
      call('TransactWriteItems', { TransactItems: [put('a'), put('b')], ClientRequestToken: 'token' }),
    ).rejects.toMatchObject({ code: 'TransactionInProgressException' });
    await expect(
      call('TransactWriteItems', { TransactItems: [put('c')], ClientRequestToken: 'token' }),
    ).rejects.toMatchObject({ code: 'IdempotentParameterMismatchException' });
    await finish();
    await call('TransactWriteItems', { TransactItems: [put('a'), put('b')], ClientRequestToken: 'token' });
  });

  it('a transaction that fails leaves nothing behind', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', false);
    const failing = { ...put('a').Put, ConditionExpression: 'attribute_exists(pk)' };
    await expect(call('TransactWriteItems', { TransactItems: [{ Put: failing }] })).rejects.toThrow();
    await call('PutItem', { TableName: 'tbl', Item: key('a') });
  });
});
