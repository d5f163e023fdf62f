/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.ItemCollections */
import { describe, expect, it } from 'vitest';
import { packed } from '../../../store/index.ts';
import { limits } from '../limits.ts';
import { collectionSize } from '../store/collections.ts';
import { checkTables } from '../testing/checker.ts';
import { openDynamoDb } from '../testing/harness.ts';

const TableName = 'tbl';
const gigabyte = 1024 ** 3;

async function withCollections() {
  const bench = await openDynamoDb();
  await bench.createTable(TableName, 'S', {
    AttributeDefinitions: ['pk', 'sk', 'lx'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    LocalSecondaryIndexes: [
      {
        IndexName: 'local',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'lx', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  });
  const table = await bench.room.tables.load({ account: '000000000000', region: 'eu-west-1' }, TableName);
  const size = (pk: string) => collectionSize(bench.store, table, { pk: { S: pk }, sk: { S: '' } });
  /** Pretends that a collection has grown: nobody writes ten gigabytes in a test. */
  const grow = async (bytes: number) => {
    const [count] = await bench.store.range({ prefix: ['dynamodb.collection', table.id], limit: 1 });
    await bench.store.transact(async (tx) => tx.put(count?.key ?? [], packed<number>().encode(bytes)));
  };
  return { ...bench, size, grow };
}

const put = (pk: string, sk: string, more: object = {}) => ({
  TableName,
  Item: { pk: { S: pk }, sk: { S: sk }, ...more },
  ReturnItemCollectionMetrics: 'SIZE',
});

describe('item collections', () => {
  it('are counted with their entries in local indexes, and forgotten with their last item', async () => {
    const { call, size, store, settle } = await withCollections();
    // pk + a, sk + 1: six bytes; lx + b: three more, and an entry with all three.
    await call('PutItem', put('a', '1'));
    expect(await size('a')).toBe(6);
    await call('PutItem', put('a', '2', { lx: { S: 'b' } }));
    expect(await size('a')).toBe(6 + 9 + 9);
    await call('PutItem', put('b', '1'));
    expect(await size('b')).toBe(6);
    await call('UpdateItem', { TableName, Key: put('a', '2').Item, UpdateExpression: 'REMOVE lx' });
    expect(await size('a')).toBe(12);
    expect(await checkTables(store)).toEqual([]);
    for (const sk of ['1', '2']) await call('DeleteItem', { TableName, Key: put('a', sk).Item });
    expect(await size('a')).toBe(0);
    await call('DeleteTable', { TableName });
    await settle();
    expect(await store.range({ prefix: ['dynamodb.collection'], limit: 1 })).toEqual([]);
  });

  it('tell how large they are', async () => {
    const { call, grow } = await withCollections();
    const metrics = (from: number) => ({
      ItemCollectionMetrics: {
        ItemCollectionKey: { pk: { S: 'a' } },
        SizeEstimateRangeGB: [from, from + 1],
      },
    });
    expect(await call('PutItem', put('a', '1'))).toEqual(metrics(0));
    await grow(2.5 * gigabyte);
    expect(await call('PutItem', put('a', '2'))).toEqual(metrics(2));
    const { ItemCollectionMetrics } = await call<{ ItemCollectionMetrics: object }>('BatchWriteItem', {
      RequestItems: { [TableName]: [{ DeleteRequest: { Key: put('a', '2').Item } }] },
      ReturnItemCollectionMetrics: 'SIZE',
    });
    expect(ItemCollectionMetrics).toEqual({ [TableName]: [metrics(2).ItemCollectionMetrics] });
  });

  it('may not grow past ten gigabytes, but shrink', async () => {
    const { call, grow } = await withCollections();
    await call('PutItem', put('a', '1', { text: { S: 'long' } }));
    await grow(limits.itemCollectionBytesMax);
    await expect(call('PutItem', put('a', '2'))).rejects.toMatchObject({
      code: 'ItemCollectionSizeLimitExceededException',
    });
    await call('PutItem', put('b', '1'));
    const Put = { TableName, Item: put('a', '2').Item };
    await expect(call('TransactWriteItems', { TransactItems: [{ Put }] })).rejects.toMatchObject({
      members: {
        CancellationReasons: [
          { Code: 'ItemCollectionSizeLimitExceeded', Message: 'Collection size exceeded.' },
        ],
      },
    });
    await call('PutItem', put('a', '1'));
    await call('PutItem', put('a', '2'));
  });
});
