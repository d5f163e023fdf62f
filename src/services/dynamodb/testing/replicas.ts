/** A table and its replicas in other regions, for the tests of global tables. */
import type { MemoryStore } from '../../../store/index.ts';
import { dynamodbStreams } from '../streams/index.ts';
import type { openDynamoDb } from './harness.ts';

export const [west, east, north] = ['eu-west-1', 'us-east-1', 'eu-north-1'];

export type Bench = Awaited<ReturnType<typeof openDynamoDb>>;

export const join = (bench: Bench, region: string, more: object = {}, table = 'Table') =>
  bench.call('UpdateTable', {
    TableName: table,
    ReplicaUpdates: [{ Create: { RegionName: region, ...more } }],
  });

export const describeTable = async (bench: Bench, region: string) =>
  (await bench.call<{ Table: Record<string, never> }>('DescribeTable', { TableName: 'Table' }, { region }))
    .Table;

export const put = (bench: Bench, region: string, pk: string, v: number) =>
  bench.call('PutItem', { TableName: 'Table', Item: { pk: { S: pk }, v: { N: String(v) } } }, { region });

export async function itemsOf(bench: Bench, region: string): Promise<Record<string, string>> {
  const { Items } = await bench.call<{ Items: { pk: { S: string }; v: { N: string } }[] }>(
    'Scan',
    { TableName: 'Table' },
    { region },
  );
  return Object.fromEntries(Items.map(({ pk, v }) => [pk.S, v.N]).sort());
}

export async function recordsOf(bench: Bench, region: string): Promise<object[]> {
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

/** Keeps the replicas apart from each other while it is paused, so that their writes conflict. */
export function holdReplication(bench: Bench) {
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
export function dyingStore(store: MemoryStore) {
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
export async function leftovers(store: MemoryStore): Promise<number> {
  const counts = await Promise.all(
    ['dynamodb.replicationLog', 'dynamodb.replicationPending'].map(
      async (prefix) => (await store.range({ prefix: [prefix], limit: 100 })).length,
    ),
  );
  return counts.reduce((sum, count) => sum + count);
}
