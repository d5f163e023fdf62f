import { describe, expect, it } from 'vitest';
import { openDynamoDb } from './testing/harness.ts';

interface Described {
  Table: {
    TableStatus: string;
    AttributeDefinitions: object[];
    GlobalSecondaryIndexes?: { IndexName: string; IndexStatus: string; Backfilling?: boolean }[];
  };
}

const byN = {
  IndexName: 'byN',
  KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }],
  Projection: { ProjectionType: 'ALL' },
};
const definitions = [
  { AttributeName: 'pk', AttributeType: 'S' },
  { AttributeName: 'n', AttributeType: 'S' },
];
const units = (read: number, write: number) => ({
  ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write },
});
const durations = {
  tableCreate: 5000,
  tableUpdate: 3000,
  tableDelete: 4000,
  indexCreate: 6000,
  indexDelete: 2000,
};

async function slowTables() {
  const room = await openDynamoDb(undefined, { durations });
  const pass = async (ms: number) => {
    await room.clock.advance(ms);
    await room.settle();
  };
  const statusOf = async (name: string) => {
    const { Table } = await room.call<Described>('DescribeTable', { TableName: name });
    return [
      Table.TableStatus,
      ...(Table.GlobalSecondaryIndexes ?? []).map(
        ({ IndexStatus, Backfilling }) => `${IndexStatus}${Backfilling ? ' Backfilling' : ''}`,
      ),
    ];
  };
  const put = () => room.call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'a' }, n: { S: 'x' } } });
  return { ...room, pass, statusOf, put };
}

const notFound = { code: 'ResourceNotFoundException', message: 'Requested resource not found' };
const busy = (how: string) => ({
  code: 'ResourceInUseException',
  message: `Attempt to change a resource which is still in use: ${how}`,
});
const inUse = (state: string) => busy(`Table is being ${state}: tbl`);

describe('states that take time', () => {
  it('keep a new table from being used until it is ACTIVE', async () => {
    const { call, createTable, pass, statusOf, put } = await slowTables();
    await createTable('tbl', false, { AttributeDefinitions: definitions, GlobalSecondaryIndexes: [byN] });
    expect(await statusOf('tbl')).toEqual(['CREATING', 'CREATING']);
    await expect(put()).rejects.toMatchObject(notFound);
    await expect(call('Scan', { TableName: 'tbl' })).rejects.toMatchObject(notFound);
    await expect(
      call('UpdateTable', { TableName: 'tbl', DeletionProtectionEnabled: true }),
    ).rejects.toMatchObject(inUse('created'));
    await expect(call('DeleteTable', { TableName: 'tbl' })).rejects.toMatchObject(inUse('created'));
    await expect(createTable('tbl', false)).rejects.toMatchObject(inUse('created'));
    await expect(call('DescribeTimeToLive', { TableName: 'tbl' })).rejects.toMatchObject({
      code: 'ValidationException',
      message:
        'Cannot describe time to live while table is in CREATING state: Current table state is CREATING',
    });
    const timeToLive = { TableName: 'tbl', TimeToLiveSpecification: { Enabled: true, AttributeName: 't' } };
    await expect(call('UpdateTimeToLive', timeToLive)).rejects.toMatchObject(
      busy('Table tbl is being created'),
    );
    await pass(4999);
    expect(await statusOf('tbl')).toEqual(['CREATING', 'CREATING']);
    await pass(1);
    expect(await statusOf('tbl')).toEqual(['ACTIVE', 'ACTIVE']);
    await put();
  });

  it('let an updated table be used, and changed again only afterwards', async () => {
    const { call, createTable, pass, statusOf, put } = await slowTables();
    await createTable('tbl', false);
    await pass(5000);
    const update = (change: object) => call('UpdateTable', { TableName: 'tbl', ...change });
    await update({ DeletionProtectionEnabled: true });
    await update({ DeletionProtectionEnabled: false });
    expect(await statusOf('tbl')).toEqual(['ACTIVE']);
    await update({ BillingMode: 'PROVISIONED', ...units(5, 5) });
    expect(await statusOf('tbl')).toEqual(['UPDATING']);
    await put();
    await expect(update({ TableClass: 'STANDARD_INFREQUENT_ACCESS' })).rejects.toMatchObject(
      inUse('updated'),
    );
    await expect(update(units(6, 6))).rejects.toMatchObject(
      busy('Table IOPS are currently being updated. Table: tbl'),
    );
    await expect(call('DeleteTable', { TableName: 'tbl' })).rejects.toMatchObject(
      busy('Table: tbl is in the process of being updated.'),
    );
    await pass(3000);
    expect(await statusOf('tbl')).toEqual(['ACTIVE']);
    await update(units(6, 6));
    const read = async () =>
      (
        await call<{ Table: { ProvisionedThroughput: { ReadCapacityUnits: number } } }>('DescribeTable', {
          TableName: 'tbl',
        })
      ).Table.ProvisionedThroughput.ReadCapacityUnits;
    expect(await read()).toBe(5);
    await pass(3000);
    expect(await read()).toBe(6);
  });

  it('warm a table up while it is used', async () => {
    const { call, createTable, pass } = await slowTables();
    await createTable('tbl', false);
    await pass(5000);
    const warm = async () => {
      const { Table } = await call<{ Table: { TableStatus: string; WarmThroughput: object } }>(
        'DescribeTable',
        {
          TableName: 'tbl',
        },
      );
      return [Table.TableStatus, Table.WarmThroughput];
    };
    const raise = (write: number) =>
      call('UpdateTable', { TableName: 'tbl', WarmThroughput: { WriteUnitsPerSecond: write } });
    await raise(5000);
    await raise(6000);
    const cold = { ReadUnitsPerSecond: 12000, WriteUnitsPerSecond: 4000 };
    expect(await warm()).toEqual(['ACTIVE', { ...cold, Status: 'UPDATING' }]);
    await pass(3000);
    expect(await warm()).toEqual(['ACTIVE', { ...cold, WriteUnitsPerSecond: 6000, Status: 'ACTIVE' }]);
  });

  it('take an index from CREATING to backfilling to ACTIVE, and through DELETING', async () => {
    const { call, createTable, pass, statusOf, put } = await slowTables();
    await createTable('tbl', false);
    await pass(5000);
    await put();
    const query = () =>
      call<{ Count: number }>('Query', {
        TableName: 'tbl',
        IndexName: 'byN',
        KeyConditionExpression: 'n = :n',
        ExpressionAttributeValues: { ':n': { S: 'x' } },
      });
    await call('UpdateTable', {
      TableName: 'tbl',
      AttributeDefinitions: definitions,
      GlobalSecondaryIndexUpdates: [{ Create: byN }],
    });
    expect(await statusOf('tbl')).toEqual(['UPDATING', 'CREATING']);
    await expect(query()).rejects.toMatchObject({ code: 'ValidationException' });
    await pass(6000);
    expect(await statusOf('tbl')).toEqual(['ACTIVE', 'ACTIVE']);
    expect((await query()).Count).toBe(1);

    await call('UpdateTable', {
      TableName: 'tbl',
      GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'byN' } }],
    });
    expect(await statusOf('tbl')).toEqual(['UPDATING', 'DELETING']);
    await expect(query()).rejects.toMatchObject({ code: 'ValidationException' });
    await pass(2000);
    const { Table } = await call<Described>('DescribeTable', { TableName: 'tbl' });
    expect(Table).toMatchObject({ TableStatus: 'ACTIVE', AttributeDefinitions: [definitions[0]] });
    expect(Table.GlobalSecondaryIndexes).toBeUndefined();
  });

  it('refuse in words of their own what an index on its way is in the way of', async () => {
    const { call, createTable, pass, statusOf } = await slowTables();
    await createTable('tbl', false, {
      AttributeDefinitions: definitions,
      GlobalSecondaryIndexes: [{ ...byN, ...units(5, 5) }],
      BillingMode: 'PROVISIONED',
      ...units(5, 5),
    });
    await pass(5000);
    const update = (change: object) => call('UpdateTable', { TableName: 'tbl', ...change });
    const index = (...updates: object[]) =>
      update({
        AttributeDefinitions: [{ AttributeName: 'm', AttributeType: 'S' }],
        GlobalSecondaryIndexUpdates: updates,
      });
    const byM = { ...byN, IndexName: 'byM', KeySchema: [{ AttributeName: 'm', KeyType: 'HASH' }] };
    const stream = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } };
    const refused = (work: Promise<unknown>, how: string) => expect(work).rejects.toMatchObject(busy(how));

    await index({ Create: { ...byM, ...units(1, 1) } });
    const created = "Can't change table IOPS when an index is being created. Table: tbl Indexes: [byM]";
    await refused(update(units(6, 6)), created);
    await refused(update(stream), "Can't change stream status when an index is being created");
    await refused(
      index({ Delete: { IndexName: 'byM' } }),
      'Index creation is in resource allocation phase. Retry deletion during backfilling phase or when the index is active. Table: tbl Index: byM',
    );
    await refused(
      index({ Update: { IndexName: 'byM', ...units(2, 2) } }),
      'Index is being created but is not backfilling yet. Table: tbl Index: byM',
    );
    const busyIndexes = 'Cannot delete table while indexes are being created, updated, or deleted.';
    await refused(call('DeleteTable', { TableName: 'tbl' }), busyIndexes);
    await expect(index({ Create: { ...byM, IndexName: 'other' } })).rejects.toMatchObject({
      code: 'LimitExceededException',
    });
    // Nothing of this touches what the table is UPDATING for, whenever it ends.
    expect(await update({ SSESpecification: { Enabled: true } })).toMatchObject({
      TableDescription: { TableStatus: 'ACTIVE' },
    });
    expect(await update({ DeletionProtectionEnabled: false })).toMatchObject({
      TableDescription: { TableStatus: 'UPDATING' },
    });
    await index({ Update: { IndexName: 'byN', ...units(6, 6) } });
    await pass(3000);
    expect(await statusOf('tbl')).toEqual(['UPDATING', 'ACTIVE', 'CREATING']);
    await pass(3000);
    expect(await statusOf('tbl')).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE']);

    await index({ Delete: { IndexName: 'byM' } });
    const deleted = "Can't change table IOPS when an index is being deleted. Table: tbl Indexes: [byM]";
    await refused(update({ BillingMode: 'PAY_PER_REQUEST' }), deleted);
    await refused(index({ Delete: { IndexName: 'byM' } }), 'Index is being deleted. Table: tbl Index: byM');
    await refused(
      index({ Create: { ...byM, ...units(1, 1) } }),
      'Index is being deleted. Table: tbl Index: byM',
    );
    await refused(call('DeleteTable', { TableName: 'tbl' }), busyIndexes);
    await pass(2000);
    await update(units(6, 6));
    await refused(
      index({ Create: { ...byM, ...units(1, 1) } }),
      "Can't create or delete indexes while table IOPS are being updated. Table: tbl",
    );
    await refused(
      update(stream),
      "Can't enable or disable stream while table IOPS are being updated. Table: tbl",
    );
    await pass(3000);
    await update({ BillingMode: 'PAY_PER_REQUEST' });
    await pass(3000);
    await index({ Delete: { IndexName: 'byN' } });
    await refused(
      update({ OnDemandThroughput: { MaxReadRequestUnits: 5 } }),
      'OnDemandThroughput cannot be updated while index deletion is in progress for indexes: [byN]',
    );
    await pass(2000);
    await call('DeleteTable', { TableName: 'tbl' });
  });

  it('show changes of an index in its own status', async () => {
    const { call, createTable, pass, statusOf, put } = await slowTables();
    await createTable('tbl', false, {
      AttributeDefinitions: definitions,
      GlobalSecondaryIndexes: [{ ...byN, ...units(5, 5) }],
      BillingMode: 'PROVISIONED',
      ...units(5, 5),
    });
    await pass(5000);
    const update = (to: number) =>
      call('UpdateTable', {
        TableName: 'tbl',
        GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'byN', ...units(to, to) } }],
      });
    expect(await update(6)).toMatchObject({
      TableDescription: { TableStatus: 'ACTIVE', GlobalSecondaryIndexes: [{ IndexStatus: 'UPDATING' }] },
    });
    expect(await statusOf('tbl')).toEqual(['ACTIVE', 'UPDATING']);
    await put();
    await expect(update(7)).rejects.toMatchObject({
      code: 'ResourceInUseException',
      message:
        'Attempt to change a resource which is still in use: Index is being updated.  Table: tbl Index: byN',
    });
    await pass(3000);
    expect(await statusOf('tbl')).toEqual(['ACTIVE', 'ACTIVE']);
    await update(7);
  });

  it('keep the name of a table that goes, and end after a crash', async () => {
    const first = await slowTables();
    await first.createTable('tbl', false);
    await first.pass(5000);
    await first.put();
    await first.call('DeleteTable', { TableName: 'tbl' });
    await expect(first.call('DeleteTable', { TableName: 'tbl' })).rejects.toMatchObject(inUse('deleted'));
    expect(await first.statusOf('tbl')).toEqual(['DELETING']);
    await expect(first.put()).rejects.toMatchObject(notFound);
    await expect(first.createTable('tbl', false)).rejects.toMatchObject({
      message: 'Table already exists: tbl',
    });
    // Another process over the same data, whose clock begins where ours began.
    const second = await openDynamoDb(first.store, { durations });
    await second.clock.advance(9000);
    await second.settle();
    await expect(second.call('DescribeTable', { TableName: 'tbl' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
    expect(await second.store.range({ prefix: ['dynamodb.item'], limit: 10 })).toEqual([]);
  });

  it('end in nothing for an index that is deleted while it is filled', async () => {
    const { call, createTable, pass, statusOf, store } = await slowTables();
    await createTable('tbl', false);
    await pass(5000);
    for (let n = 0; n < 900; n++) {
      await call('PutItem', { TableName: 'tbl', Item: { pk: { S: String(n) }, n: { S: 'x' } } });
    }
    const change = (...GlobalSecondaryIndexUpdates: object[]) =>
      call('UpdateTable', {
        TableName: 'tbl',
        AttributeDefinitions: definitions,
        GlobalSecondaryIndexUpdates,
      });
    await change({ Create: byN });
    const deleted = new Promise<unknown>((resolve) => {
      const unwatch = store.watch(['dynamodb.table'], () => {
        unwatch();
        resolve(change({ Delete: { IndexName: 'byN' } }));
      });
    });
    await pass(6000);
    await deleted;
    expect(await statusOf('tbl')).toEqual(['UPDATING', 'DELETING']);
    await pass(2000);
    expect(await statusOf('tbl')).toEqual(['ACTIVE']);
    expect(await store.range({ prefix: ['dynamodb.index'], limit: 1 })).toEqual([]);
  });
});
