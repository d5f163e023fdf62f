import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../store/index.ts';
import { dynamodbStreams } from '../streams/index.ts';
import { openDynamoDb, startAt } from '../testing/harness.ts';

const [west, east, north] = ['eu-west-1', 'us-east-1', 'eu-north-1'];

type Bench = Awaited<ReturnType<typeof openDynamoDb>>;

const join = (bench: Bench, region: string, more: object = {}, table = 'Table') =>
  bench.call('UpdateTable', {
    TableName: table,
    ReplicaUpdates: [{ Create: { RegionName: region, ...more } }],
  });

const describeTable = async (bench: Bench, region: string) =>
  (await bench.call<{ Table: Record<string, never> }>('DescribeTable', { TableName: 'Table' }, { region }))
    .Table;

const put = (bench: Bench, region: string, pk: string, v: number) =>
  bench.call('PutItem', { TableName: 'Table', Item: { pk: { S: pk }, v: { N: String(v) } } }, { region });

async function itemsOf(bench: Bench, region: string): Promise<Record<string, string>> {
  const { Items } = await bench.call<{ Items: { pk: { S: string }; v: { N: string } }[] }>(
    'Scan',
    { TableName: 'Table' },
    { region },
  );
  return Object.fromEntries(Items.map(({ pk, v }) => [pk.S, v.N]).sort());
}

async function recordsOf(bench: Bench, region: string): Promise<object[]> {
  const ctx = {
    room: { store: bench.store, logs: bench.logs },
    account: '000000000000',
    region,
    now: bench.clock.now(),
  };
  const call = <Output>(operation: string, input: object): Promise<Output> =>
    (dynamodbStreams.operations[operation] as unknown as (c: unknown, i: object) => Promise<Output>)(
      ctx,
      input,
    );
  const { LatestStreamArn: StreamArn } = await describeTable(bench, region);
  const { StreamDescription } = await call<{ StreamDescription: { Shards: { ShardId: string }[] } }>(
    'DescribeStream',
    { StreamArn },
  );
  const records: object[] = [];
  for (const { ShardId } of StreamDescription.Shards) {
    const { ShardIterator } = await call<{ ShardIterator: string }>('GetShardIterator', {
      ...{ StreamArn, ShardId },
      ShardIteratorType: 'TRIM_HORIZON',
    });
    records.push(...(await call<{ Records: object[] }>('GetRecords', { ShardIterator })).Records);
  }
  return records;
}

describe('replicas of a table', () => {
  it('start from the items that are there, and follow each other from then on', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('Table', false);
    for (let n = 0; n < 250; n++) await put(bench, west, `k${n}`, n);
    await join(bench, east);
    await put(bench, west, 'k0', 1000);
    expect(await describeTable(bench, west)).toMatchObject({
      TableStatus: 'UPDATING',
      GlobalTableVersion: '2019.11.21',
      MultiRegionConsistency: 'EVENTUAL',
      Replicas: [{ RegionName: east, ReplicaStatus: 'CREATING' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    await bench.settle();
    expect(await describeTable(bench, east)).toMatchObject({
      TableStatus: 'ACTIVE',
      TableArn: `arn:aws:dynamodb:${east}:000000000000:table/Table`,
      Replicas: [{ RegionName: west, ReplicaStatus: 'ACTIVE' }],
    });
    expect(await itemsOf(bench, east)).toEqual(await itemsOf(bench, west));
    expect((await itemsOf(bench, east)).k0).toBe('1000');
    expect(await recordsOf(bench, east)).toEqual([]);
    await put(bench, east, 'new', 1);
    await bench.call('DeleteItem', { TableName: 'Table', Key: { pk: { S: 'k1' } } }, { region: east });
    await bench.settle();
    expect(await itemsOf(bench, west)).toEqual(await itemsOf(bench, east));
    expect(Object.keys(await itemsOf(bench, west))).toHaveLength(250);
    expect(await recordsOf(bench, east)).toHaveLength(2);
    // The two of the other region, and its own k0 from after the stream began.
    expect(await recordsOf(bench, west)).toHaveLength(3);
  });

  it('let the last writer win, whoever hears of it when', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('Table', false);
    await join(bench, east);
    await bench.settle();
    await join(bench, north);
    await bench.settle();
    const replication = holdReplication(bench);
    const write = fc.record({
      region: fc.constantFrom(west, east, north),
      key: fc.constantFrom('a', 'b', 'c'),
      value: fc.option(fc.nat(1000)),
      settle: fc.boolean(),
      ms: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 30 }), async (writes) => {
        const last = await itemsOf(bench, west);
        replication.pause();
        for (const { region, key, value, settle, ms } of writes) {
          await bench.clock.advance(ms);
          if (value === null) {
            // To delete what hasn't arrived yet is no write, on AWS neither.
            if (key in (await itemsOf(bench, region))) delete last[key];
            await bench.call('DeleteItem', { TableName: 'Table', Key: { pk: { S: key } } }, { region });
          } else {
            await put(bench, region, key, value);
            last[key] = String(value);
          }
          if (!settle) continue;
          await replication.settle();
          replication.pause();
        }
        await replication.settle();
        for (const region of [west, east, north]) expect(await itemsOf(bench, region)).toEqual(last);
        expect(await leftovers(bench.store)).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('that join among conflicting writes end up like the others', async () => {
    const write = fc.record({
      region: fc.constantFrom(west, east),
      key: fc.constantFrom('a', 'b'),
      value: fc.nat(99),
    });
    const writes = fc.array(write, { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(writes, writes, writes, async (before, meanwhile, after) => {
        const bench = await openDynamoDb();
        await bench.createTable('Table', false);
        await join(bench, east);
        await bench.settle();
        const replication = holdReplication(bench);
        const last: Record<string, string> = {};
        const all = async (some: typeof before) => {
          for (const { region, key, value } of some) {
            await put(bench, region, key, value);
            last[key] = String(value);
          }
        };
        replication.pause();
        await all(before);
        await join(bench, north);
        await all(meanwhile);
        await replication.settle();
        replication.pause();
        await all(after);
        await bench.call('UpdateTable', {
          TableName: 'Table',
          ReplicaUpdates: [{ Delete: { RegionName: east } }],
        });
        await replication.settle();
        for (const region of [west, north]) expect(await itemsOf(bench, region)).toEqual(last);
        expect(await leftovers(bench.store)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'go on where another process died after %d transactions',
    async (transactions) => {
      const store = new MemoryStore();
      const dying = dyingStore(store);
      const first = await openDynamoDb(dying.store);
      await first.createTable('Table', false);
      for (let n = 0; n < 350; n++) await put(first, west, `k${n}`, n);
      dying.after(transactions);
      await join(first, east).catch(() => {});
      await put(first, west, 'k7', 70).catch(() => {});
      await dying.died;
      const second = await openDynamoDb(store);
      if (!('Replicas' in (await describeTable(second, west)))) await join(second, east);
      await put(second, west, 'k7', 7000);
      await second.clock.advance(60_000);
      await second.settle();
      expect(await itemsOf(second, east)).toEqual(await itemsOf(second, west));
      expect(await leftovers(second.store)).toBe(0);
    },
  );

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

  it('delete what TTL deletes in one region, with one record by the service', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('Table', false);
    await join(bench, east);
    await bench.settle();
    await bench.call('UpdateTimeToLive', {
      TableName: 'Table',
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'v' },
    });
    await put(bench, east, 'gone', startAt / 1000 + 1);
    await bench.settle();
    await bench.clock.advance(120_000);
    await bench.settle();
    expect(await itemsOf(bench, east)).toEqual({});
    expect(await itemsOf(bench, west)).toEqual({});
    const byService = { userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' } };
    const [, removedInWest] = await recordsOf(bench, west);
    const [, removedInEast] = await recordsOf(bench, east);
    expect(removedInWest).toMatchObject({ eventName: 'REMOVE', ...byService });
    expect(removedInEast).toMatchObject({ eventName: 'REMOVE' });
    expect(removedInEast).not.toHaveProperty('userIdentity');
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
    [
      { ReplicaUpdates: [{ Create: { RegionName: west } }] },
      'Cannot add, delete, or update the local region',
    ],
    [{ ReplicaUpdates: [{ Delete: { RegionName: east } }] }, 'action of the request was not found'],
    [{ ReplicaUpdates: [{ Create: { RegionName: north } }] }, 'because one or more replicas already existed'],
    [{ ReplicaUpdates: [{ Create: { RegionName: 'x' } }] }, 'Invalid AWS region'],
    [{ ReplicaUpdates: [{}] }, 'Exactly one of Create, Update or Delete'],
    [{ MultiRegionConsistency: 'STRONG' }, 'together with ReplicaUpdates'],
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
});

/** Keeps the replicas apart from each other while it is paused, so that their writes conflict. */
function holdReplication(bench: Bench) {
  let gate = Promise.resolve();
  let open = () => {};
  const { items, replicator } = bench.room;
  const over = <Target extends object>(target: Target, member: string, value: unknown): Target =>
    new Proxy(target, {
      get: (_, name) => {
        if (name === member) return value;
        const found: unknown = Reflect.get(target, name);
        return typeof found === 'function' ? found.bind(target) : found;
      },
    });
  const transact = async (body: never) => {
    await gate;
    return items.store.transact(body);
  };
  replicator.attach(over(items, 'store', over(items.store, 'transact', transact)));
  const pause = () => {
    gate = new Promise((resolve) => {
      open = resolve;
    });
  };
  const settle = () => {
    open();
    return bench.settle();
  };
  return { pause, settle };
}

/** A store whose process dies: from some transaction on it commits nothing any more. */
function dyingStore(store: MemoryStore) {
  let left = Number.POSITIVE_INFINITY;
  let die = () => {};
  const died = new Promise<void>((resolve) => {
    die = resolve;
  });
  const handler: ProxyHandler<MemoryStore> = {
    get: (target, member) => {
      const value: unknown = Reflect.get(target, member);
      if (typeof value !== 'function') return value;
      if (member !== 'transact') return value.bind(target);
      return async (body: never) => {
        if (left-- <= 0) {
          die();
          throw new Error('dead');
        }
        return target.transact(body);
      };
    },
  };
  const after = (transactions: number) => {
    left = transactions;
  };
  return { store: new Proxy(store, handler), after, died };
}

/** Changes that wait, and pending sequences: nothing of them may stay once all replicas have seen everything. */
async function leftovers(store: MemoryStore): Promise<number> {
  const counts = await Promise.all(
    ['dynamodb.replicationLog', 'dynamodb.replicationPending'].map(
      async (prefix) => (await store.range({ prefix: [prefix], limit: 100 })).length,
    ),
  );
  return counts.reduce((sum, count) => sum + count);
}
