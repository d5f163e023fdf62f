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
const inUse = (state: string) => ({
  code: 'ResourceInUseException',
  message: `Attempt to change a resource which is still in use: Table is being ${state}: tbl`,
});

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
    await expect(createTable('tbl', false)).rejects.toMatchObject({ message: 'Table already exists: tbl' });
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
    await expect(update({ DeletionProtectionEnabled: true })).rejects.toMatchObject(inUse('updated'));
    await expect(update(units(6, 6))).rejects.toMatchObject({
      code: 'ResourceInUseException',
      message:
        'Attempt to change a resource which is still in use: Table IOPS are currently being updated. Table: tbl',
    });
    await expect(call('DeleteTable', { TableName: 'tbl' })).rejects.toMatchObject({
      message:
        'Attempt to change a resource which is still in use: Table: tbl is in the process of being updated.',
    });
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
    await first.call('DeleteTable', { TableName: 'tbl' });
    expect(await first.statusOf('tbl')).toEqual(['DELETING']);
    await expect(first.put()).rejects.toMatchObject(notFound);
    await expect(first.createTable('tbl', false)).rejects.toMatchObject(inUse('deleted'));
    // Another process over the same data, whose clock begins where ours began.
    const second = await openDynamoDb(first.store, { durations });
    await second.clock.advance(9000);
    await second.settle();
    await expect(second.call('DescribeTable', { TableName: 'tbl' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
    expect(await second.store.range({ prefix: ['dynamodb.item'], limit: 10 })).toEqual([]);
  });
});
