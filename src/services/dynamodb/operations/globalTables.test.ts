import { describe, expect, it } from 'vitest';
import { openDynamoDb } from '../testing/harness.ts';

const [west, east] = ['eu-west-1', 'us-east-1'];
const streamed = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } };
const group = (...regions: string[]) => ({
  GlobalTableName: 'Table',
  ReplicationGroup: regions.map((RegionName) => ({ RegionName })),
});

async function twoTables() {
  const bench = await openDynamoDb();
  const createIn = (region: string, more: object = streamed) =>
    bench.call(
      'CreateTable',
      {
        TableName: 'Table',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
        ...more,
      },
      { region },
    );
  await createIn(west);
  await createIn(east);
  const put = (region: string, pk: string) =>
    bench.call('PutItem', { TableName: 'Table', Item: { pk: { S: pk } } }, { region });
  const count = async (region: string) =>
    (await bench.call<{ Count: number }>('Scan', { TableName: 'Table', Select: 'COUNT' }, { region })).Count;
  return { ...bench, createIn, put, count };
}

describe('global tables of version 2017.11.29', () => {
  it('tie tables together and let them go again', async () => {
    const { call, put, count, settle } = await twoTables();
    expect(await call('CreateGlobalTable', group(west, east))).toMatchObject({
      GlobalTableDescription: {
        GlobalTableStatus: 'CREATING',
        GlobalTableArn: 'arn:aws:dynamodb::000000000000:global-table/Table',
        ReplicationGroup: [{ RegionName: west }, { RegionName: east }],
      },
    });
    await put(west, 'a');
    await put(east, 'b');
    await settle();
    expect([await count(west), await count(east)]).toEqual([2, 2]);
    expect(await call('DescribeTable', { TableName: 'Table' })).toMatchObject({
      Table: { GlobalTableVersion: '2017.11.29' },
    });
    expect(await call('ListGlobalTables', { RegionName: east })).toEqual({
      GlobalTables: [
        { GlobalTableName: 'Table', ReplicationGroup: [{ RegionName: west }, { RegionName: east }] },
      ],
    });
    expect(await call('ListGlobalTables', { RegionName: 'eu-north-1' })).toEqual({ GlobalTables: [] });
    await call('UpdateGlobalTable', {
      GlobalTableName: 'Table',
      ReplicaUpdates: [{ Delete: { RegionName: east } }],
    });
    await put(west, 'c');
    await settle();
    expect([await count(west), await count(east)]).toEqual([3, 2]);
    expect(await call('DescribeGlobalTable', { GlobalTableName: 'Table' })).toMatchObject({
      GlobalTableDescription: { GlobalTableStatus: 'ACTIVE', ReplicationGroup: [{ RegionName: west }] },
    });
    await expect(
      call('UpdateGlobalTable', {
        GlobalTableName: 'Table',
        ReplicaUpdates: [{ Create: { RegionName: east } }],
      }),
    ).rejects.toThrow('must be empty');
  });

  it('take a replica in when all are empty', async () => {
    const { call, put, count, settle } = await twoTables();
    await call('CreateGlobalTable', group(west));
    await call('UpdateGlobalTable', {
      GlobalTableName: 'Table',
      ReplicaUpdates: [{ Create: { RegionName: east } }],
    });
    await put(east, 'a');
    await settle();
    expect(await count(west)).toBe(1);
  });

  it('have settings of the whole and of each replica', async () => {
    const { call, createIn } = await twoTables();
    await createIn('eu-north-1', {
      ...streamed,
      BillingMode: 'PAY_PER_REQUEST',
      ProvisionedThroughput: undefined,
    });
    await call('CreateGlobalTable', group(west, east));
    await call('UpdateGlobalTableSettings', {
      GlobalTableName: 'Table',
      GlobalTableBillingMode: 'PAY_PER_REQUEST',
    });
    expect(await call('DescribeGlobalTableSettings', { GlobalTableName: 'Table' })).toMatchObject({
      ReplicaSettings: [west, east].map((RegionName) => ({
        RegionName,
        ReplicaStatus: 'ACTIVE',
        ReplicaBillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      })),
    });
    await expect(
      call('UpdateGlobalTableSettings', {
        GlobalTableName: 'Table',
        ReplicaSettingsUpdate: [{ RegionName: 'eu-north-1', ReplicaTableClass: 'STANDARD' }],
      }),
    ).rejects.toMatchObject({ code: 'ReplicaNotFoundException' });
  });

  it('refuse what AWS refuses, by its names', async () => {
    const { call, createIn, put } = await twoTables();
    const rejects = async (operation: string, input: object, code: string) =>
      expect(call(operation, input), `${operation} ${code}`).rejects.toMatchObject({ code });
    await rejects('DescribeGlobalTable', { GlobalTableName: 'Table' }, 'GlobalTableNotFoundException');
    await rejects('CreateGlobalTable', group(west, 'eu-west-2'), 'TableNotFoundException');
    await createIn('eu-north-1', {});
    await rejects('CreateGlobalTable', group(west, 'eu-north-1'), 'ValidationException');
    await call('CreateGlobalTable', group(west));
    await rejects('CreateGlobalTable', group(west), 'GlobalTableAlreadyExistsException');
    const update = (change: object) => ({ GlobalTableName: 'Table', ReplicaUpdates: [change] });
    await rejects(
      'UpdateGlobalTable',
      update({ Create: { RegionName: west } }),
      'ReplicaAlreadyExistsException',
    );
    await rejects('UpdateGlobalTable', update({ Delete: { RegionName: east } }), 'ReplicaNotFoundException');
    await put(west, 'a');
    await rejects('UpdateGlobalTable', update({ Create: { RegionName: east } }), 'ValidationException');
  });
});
