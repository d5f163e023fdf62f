import { describe, expect, it } from 'vitest';
import { openDynamoDb } from '../testing/harness.ts';
import { describeTable, east, itemsOf, join, leftovers, north, put, west } from '../testing/replicas.ts';

describe('replicas of a table', () => {
  it('share settings, except for what a replica has of its own', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('Table', false);
    await join(bench, east, { TableClassOverride: 'STANDARD_INFREQUENT_ACCESS' });
    await bench.settle();
    await put(bench, east, 'a', 1);
    await bench.call(
      'UpdateTable',
      {
        TableName: 'Table',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'v', AttributeType: 'N' },
        ],
        GlobalSecondaryIndexUpdates: [
          {
            Create: {
              IndexName: 'byV',
              KeySchema: [{ AttributeName: 'v', KeyType: 'HASH' }],
              Projection: { ProjectionType: 'ALL' },
            },
          },
        ],
      },
      { region: east },
    );
    await bench.call('UpdateTimeToLive', {
      TableName: 'Table',
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' },
    });
    await bench.call('UpdateTable', { TableName: 'Table', DeletionProtectionEnabled: true });
    await bench.settle();
    for (const region of [west, east]) {
      expect(await describeTable(bench, region)).toMatchObject({
        GlobalSecondaryIndexes: [{ IndexName: 'byV', IndexStatus: 'ACTIVE', ItemCount: 1 }],
        DeletionProtectionEnabled: region === west,
      });
      expect(await bench.call('DescribeTimeToLive', { TableName: 'Table' }, { region })).toMatchObject({
        TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' },
      });
    }
    expect(await describeTable(bench, east)).toMatchObject({
      TableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
    });
    expect(await describeTable(bench, west)).toMatchObject({
      Replicas: [{ ReplicaTableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' } }],
    });
    await bench.call('UpdateTable', {
      TableName: 'Table',
      GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'byV' } }],
    });
    await bench.settle();
    expect(await describeTable(bench, east)).not.toHaveProperty('GlobalSecondaryIndexes');
  });

  it('are changed one after another, and keep what is their own when they lead', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('Table', false);
    await join(bench, east, { OnDemandThroughputOverride: { MaxReadRequestUnits: 7 } });
    await expect(
      bench.call('UpdateTable', { TableName: 'Table', DeletionProtectionEnabled: true }),
    ).rejects.toThrow('still in use');
    await bench.settle();
    const limit = (units: object) => ({ TableName: 'Table', OnDemandThroughput: units });
    await bench.call('UpdateTable', limit({ MaxReadRequestUnits: 50, MaxWriteRequestUnits: 60 }));
    await bench.call('UpdateTable', limit({ MaxReadRequestUnits: 8, MaxWriteRequestUnits: 61 }), {
      region: east,
    });
    const units = async (region: string) =>
      (await describeTable(bench, region)) as unknown as { OnDemandThroughput: object; Replicas: object[] };
    expect((await units(east)).OnDemandThroughput).toEqual({
      MaxReadRequestUnits: 8,
      MaxWriteRequestUnits: 61,
    });
    const here = await units(west);
    expect(here.OnDemandThroughput).toEqual({ MaxReadRequestUnits: 50, MaxWriteRequestUnits: 61 });
    expect(here.Replicas).toMatchObject([{ OnDemandThroughputOverride: { MaxReadRequestUnits: 8 } }]);
    const disable = { TableName: 'Table', StreamSpecification: { StreamEnabled: false } };
    await expect(bench.call('UpdateTable', disable)).rejects.toThrow('cannot be changed or disabled');
  });

  it('leave, and the last one is a table like any other', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('Table', false);
    await join(bench, east);
    await bench.settle();
    await put(bench, east, 'a', 1);
    await expect(bench.call('DeleteTable', { TableName: 'Table' })).rejects.toThrow(
      'Replica cannot be deleted because it has acted as a source region',
    );
    await bench.call('UpdateTable', {
      TableName: 'Table',
      ReplicaUpdates: [{ Delete: { RegionName: east } }],
    });
    await bench.settle();
    await expect(describeTable(bench, east)).rejects.toThrow('not found');
    expect(await itemsOf(bench, west)).toEqual({ a: '1' });
    const alone = await describeTable(bench, west);
    expect(alone).not.toHaveProperty('Replicas');
    expect(alone).not.toHaveProperty('GlobalTableVersion');
    await bench.call('DeleteTable', { TableName: 'Table' });
    await bench.settle();
    expect(await leftovers(bench.store)).toBe(0);
  });

  it.each([
    [{ ReplicaUpdates: [{ Create: { RegionName: west } }] }, 'Cannot add or delete the local region'],
    [
      { ReplicaUpdates: [{ Delete: { RegionName: east } }] },
      'one or more replicas were not part of the global table',
    ],
    [{ ReplicaUpdates: [{ Create: { RegionName: north } }] }, 'because one or more replicas already existed'],
    [{ ReplicaUpdates: [{ Create: { RegionName: 'x' } }] }, 'Invalid AWS region'],
    [
      {
        ReplicaUpdates: [
          { Create: { RegionName: east, ProvisionedThroughputOverride: { ReadCapacityUnits: 5 } } },
        ],
      },
      'Neither ReadCapacityUnits nor WriteCapacityUnits',
    ],
    [{ ReplicaUpdates: [{}] }, 'There are no actions specified in the Replica Update Action of the request.'],
    [
      { ReplicaUpdates: [{ Update: { RegionName: east } }] },
      'There are no actions specified in the Replica Update Action of the request.',
    ],
    [
      { ReplicaUpdates: [{ Create: { RegionName: east }, Delete: { RegionName: east } }] },
      'Update table operation with more than one type of replica actions not allowed.',
    ],
    [{ MultiRegionConsistency: 'STRONG' }, 'ReplicaTransitRoleArn, DeletionProtectionEnabled'],
  ])('are refused: %j', async (input, message) => {
    const bench = await openDynamoDb();
    await bench.createTable('Table', false);
    await bench.call(
      'CreateTable',
      {
        TableName: 'Table',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
      { region: north },
    );
    await expect(bench.call('UpdateTable', { TableName: 'Table', ...input })).rejects.toThrow(message);
  });

  it('of strong consistency have each write at once', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('Table', false);
    const [paris, frankfurt] = ['eu-west-3', 'eu-central-1'];
    await bench.call('UpdateTable', {
      TableName: 'Table',
      MultiRegionConsistency: 'STRONG',
      ReplicaUpdates: [{ Create: { RegionName: paris } }],
      GlobalTableWitnessUpdates: [{ Create: { RegionName: frankfurt } }],
    });
    await put(bench, paris, 'a', 1);
    expect(await itemsOf(bench, west)).toEqual({ a: '1' });
    await put(bench, west, 'a', 2);
    expect(await itemsOf(bench, paris)).toEqual({ a: '2' });
    const transaction = { TransactItems: [{ Put: { TableName: 'Table', Item: { pk: { S: 'a' } } } }] };
    await expect(bench.call('TransactWriteItems', transaction)).rejects.toThrow('not supported');
    await expect(
      bench.call('UpdateTimeToLive', {
        TableName: 'Table',
        TimeToLiveSpecification: { Enabled: true, AttributeName: 'v' },
      }),
    ).rejects.toThrow('not supported');
    expect(await describeTable(bench, west)).toMatchObject({
      MultiRegionConsistency: 'STRONG',
      Replicas: [{ RegionName: paris, ReplicaStatus: 'ACTIVE' }],
      GlobalTableWitnesses: [{ RegionName: frankfurt, WitnessStatus: 'ACTIVE' }],
    });
  });

  it.each([
    [{ ReplicaUpdates: [{ Create: { RegionName: 'eu-west-2' } }] }, 'exactly three replicas'],
    [
      { ReplicaUpdates: ['eu-west-2', 'us-east-1'].map((RegionName) => ({ Create: { RegionName } })) },
      'not supported for this combination of Regions',
    ],
    [
      { ReplicaUpdates: ['eu-west-2', 'eu-west-3'].map((RegionName) => ({ Create: { RegionName } })) },
      'must be empty',
    ],
  ])('of strong consistency are refused: %j', async (input, message) => {
    const bench = await openDynamoDb();
    await bench.createTable('Table', false);
    await put(bench, west, 'a', 1);
    await expect(
      bench.call('UpdateTable', { TableName: 'Table', MultiRegionConsistency: 'STRONG', ...input }),
    ).rejects.toThrow(message);
    await expect(describeTable(bench, 'eu-west-2')).rejects.toThrow('not found');
  });

  it('take their time where the cloud takes its time', async () => {
    const second = 1000;
    const durations = { tableCreate: second, tableUpdate: second, tableDelete: second };
    const bench = await openDynamoDb(undefined, {
      durations: { ...durations, indexCreate: second, indexDelete: second },
    });
    const pass = async () => {
      for (let n = 0; n < 3; n++) {
        await bench.clock.advance(second);
        await bench.settle();
      }
    };
    await bench.createTable('Table', false);
    await pass();
    await put(bench, west, 'a', 1);
    await join(bench, east);
    expect(await describeTable(bench, west)).toMatchObject({ TableStatus: 'UPDATING' });
    await pass();
    const index = {
      IndexName: 'byV',
      KeySchema: [{ AttributeName: 'v', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    };
    await bench.call('UpdateTable', {
      TableName: 'Table',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'v', AttributeType: 'N' },
      ],
      GlobalSecondaryIndexUpdates: [{ Create: index }],
    });
    await pass();
    for (const region of [west, east]) {
      expect(await describeTable(bench, region)).toMatchObject({
        TableStatus: 'ACTIVE',
        Replicas: [{ ReplicaStatus: 'ACTIVE' }],
        GlobalSecondaryIndexes: [{ IndexStatus: 'ACTIVE', ItemCount: 1 }],
      });
    }
    const units = { ReadCapacityUnits: 3, WriteCapacityUnits: 3 };
    await bench.call('UpdateTable', {
      ...{ TableName: 'Table', BillingMode: 'PROVISIONED', ProvisionedThroughput: units },
      GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'byV', ProvisionedThroughput: units } }],
    });
    await pass();
    for (const region of [west, east]) {
      expect(await describeTable(bench, region)).toMatchObject({
        ProvisionedThroughput: units,
        GlobalSecondaryIndexes: [{ ProvisionedThroughput: units, IndexStatus: 'ACTIVE' }],
      });
    }
    const remove = { TableName: 'Table', GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'byV' } }] };
    await bench.call('UpdateTable', remove, { region: east });
    await pass();
    for (const region of [west, east]) {
      const table = await describeTable(bench, region);
      expect(table).toMatchObject({ AttributeDefinitions: [{ AttributeName: 'pk' }] });
      expect(table).not.toHaveProperty('GlobalSecondaryIndexes');
    }
    await bench.call('DeleteTable', { TableName: 'Table' }, { region: east });
    await pass();
    expect(await describeTable(bench, west)).not.toHaveProperty('Replicas');
    await put(bench, west, 'b', 1);
  });
});
