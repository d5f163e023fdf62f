import { describe, expect, it } from 'vitest';
import { openDynamoDb, startAt } from '../testing/harness.ts';

interface Description {
  Table: {
    TableStatus: string;
    ItemCount: number;
    TableArn: string;
    DeletionProtectionEnabled: boolean;
    GlobalSecondaryIndexes?: { IndexName: string; IndexStatus: string; ItemCount: number }[];
    AttributeDefinitions: { AttributeName: string }[];
    BillingModeSummary?: object;
    ProvisionedThroughput: object;
  };
}

const createByN = {
  AttributeDefinitions: [{ AttributeName: 'n', AttributeType: 'N' }],
  GlobalSecondaryIndexUpdates: [
    {
      Create: {
        IndexName: 'byN',
        KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    },
  ],
};

describe('tables', () => {
  it('are created once, listed in pages by name, kept apart by account and region, and deleted', async () => {
    const { call, createTable } = await openDynamoDb();
    for (const name of ['beta', 'alpha', 'gamma']) await createTable(name);
    await expect(createTable('beta')).rejects.toMatchObject({
      code: 'ResourceInUseException',
      message: 'Table already exists: beta',
    });
    expect(await call('ListTables', { Limit: 2 })).toEqual({
      TableNames: ['alpha', 'beta'],
      LastEvaluatedTableName: 'beta',
    });
    expect(await call('ListTables', { ExclusiveStartTableName: 'beta' })).toEqual({ TableNames: ['gamma'] });
    expect(await call('ListTables', {}, { region: 'us-east-1' })).toEqual({ TableNames: [] });
    expect(await call('ListTables', {}, { account: '111111111111' })).toEqual({ TableNames: [] });
    await call('DeleteTable', { TableName: 'alpha' });
    await expect(call('DescribeTable', { TableName: 'alpha' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
  });

  it('leave nothing to a successor of the same name, nor in the store', async () => {
    const { call, createTable, store, settle } = await openDynamoDb();
    await createTable('tbl', false);
    await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'a' } } });
    await call('DeleteTable', { TableName: 'tbl' });
    await createTable('tbl', false);
    expect(await call('Scan', { TableName: 'tbl' })).toMatchObject({ Count: 0 });
    await settle();
    expect(await store.range({ prefix: ['dynamodb.item'], limit: 10 })).toEqual([]);
  });

  it('are counted to the end, however large, without the caller waiting for it', async () => {
    const { call, createTable, room } = await openDynamoDb();
    await createTable('tbl', false);
    const table = await room.tables.load({ account: '000000000000', region: 'eu-west-1' }, 'tbl');
    await room.items.store.transact(async (tx) => {
      for (let n = 0; n < 4100; n++) room.items.putBlind(tx, table, { pk: { S: `${n}` } }, 10);
    });
    const describe = async () => (await call<Description>('DescribeTable', { TableName: 'tbl' })).Table;
    expect((await describe()).ItemCount).toBe(2000);
    await expect.poll(async () => (await describe()).ItemCount).toBe(4100);
  });

  it('can be protected from deletion', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', false, { DeletionProtectionEnabled: true });
    await expect(call('DeleteTable', { TableName: 'tbl' })).rejects.toMatchObject({
      code: 'ValidationException',
    });
    await call('UpdateTable', { TableName: 'tbl', DeletionProtectionEnabled: false });
    await call('DeleteTable', { TableName: 'tbl' });
  });

  it('get an index that is filled before it can be read, and lose it', async () => {
    const { call, createTable, settle, store } = await openDynamoDb();
    await createTable('tbl', false);
    for (let n = 0; n < 450; n++) {
      await call('PutItem', { TableName: 'tbl', Item: { pk: { S: `${n}` }, n: { N: String(n % 3) } } });
    }
    await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'text' }, n: { S: 'not a number' } } });
    await call('UpdateTable', { TableName: 'tbl', ...createByN });
    const query = () =>
      call('Query', {
        TableName: 'tbl',
        IndexName: 'byN',
        KeyConditionExpression: 'n = :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      });
    await expect(query()).rejects.toThrow('Cannot read from backfilling global secondary index: byN');
    await settle();
    const { Table } = await call<Description>('DescribeTable', { TableName: 'tbl' });
    expect(Table).toMatchObject({
      ItemCount: 451,
      GlobalSecondaryIndexes: [{ IndexName: 'byN', IndexStatus: 'ACTIVE', ItemCount: 450 }],
    });
    expect(await query()).toMatchObject({ Count: 150 });
    await call('UpdateTable', {
      TableName: 'tbl',
      GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'byN' } }],
    });
    await settle();
    expect(await store.range({ prefix: ['dynamodb.index'], limit: 10 })).toEqual([]);
    const after = await call<Description>('DescribeTable', { TableName: 'tbl' });
    expect(after.Table.GlobalSecondaryIndexes).toBeUndefined();
    expect(after.Table.AttributeDefinitions).toEqual([{ AttributeName: 'pk', AttributeType: 'S' }]);
  });

  it('switch between on demand and provisioned', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', false);
    const units = { ReadCapacityUnits: 3, WriteCapacityUnits: 4 };
    await call('UpdateTable', {
      TableName: 'tbl',
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: units,
    });
    const { Table } = await call<Description>('DescribeTable', { TableName: 'tbl' });
    expect(Table.BillingModeSummary).toEqual({
      BillingMode: 'PROVISIONED',
      LastUpdateToPayPerRequestDateTime: new Date(startAt),
    });
    expect(Table.ProvisionedThroughput).toMatchObject(units);
    await expect(call('UpdateTable', { TableName: 'tbl', ProvisionedThroughput: units })).rejects.toThrow(
      'The provisioned throughput for the table will not change.',
    );
  });

  it('carry tags, listed all at once', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', false, { Tags: [{ Key: 'first', Value: '1' }] });
    const { Table } = await call<Description>('DescribeTable', { TableName: 'tbl' });
    const ResourceArn = Table.TableArn;
    await call('TagResource', {
      ResourceArn,
      Tags: Array.from({ length: 11 }, (_, n) => ({ Key: `k${n}`, Value: `${n}` })),
    });
    await call('UntagResource', { ResourceArn, TagKeys: ['k3'] });
    const listed = await call<{ Tags: object[]; NextToken?: string }>('ListTagsOfResource', { ResourceArn });
    expect(listed.NextToken).toBeUndefined();
    expect(listed.Tags).toHaveLength(11);
    expect(listed.Tags).toContainEqual({ Key: 'k9', Value: '9' });
  });

  it.each<[string, object, string]>([
    [
      'keys without definition',
      { AttributeDefinitions: [{ AttributeName: 'x', AttributeType: 'S' }] },
      'One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [pk], AttributeDefinitions: [x]',
    ],
    [
      'definitions without key',
      {
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'x', AttributeType: 'S' },
        ],
      },
      'One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    ],
    [
      'throughput on demand',
      { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
      'One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    ],
    [
      'no throughput',
      { BillingMode: 'PROVISIONED' },
      'One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    ],
    [
      'nothing to make a key of',
      { AttributeDefinitions: undefined, KeySchema: undefined },
      "2 validation errors detected: Value null at 'attributeDefinitions' failed to satisfy constraint: Member must not be null; Value null at 'keySchema' failed to satisfy constraint: Member must not be null",
    ],
  ])('are refused for %s', async (_what, more, message) => {
    const { createTable } = await openDynamoDb();
    await expect(createTable('tbl', false, more)).rejects.toMatchObject({ message });
  });
});
