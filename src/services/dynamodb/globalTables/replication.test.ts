import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../store/index.ts';
import { putChange, putReplication, readReplication } from '../store/globalTables.ts';
import { openDynamoDb, startAt } from '../testing/harness.ts';
import {
  describeTable,
  dyingStore,
  east,
  holdReplication,
  itemsOf,
  join,
  leftovers,
  north,
  put,
  recordsOf,
  west,
} from '../testing/replicas.ts';

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

  it('forget changes that were kept only for one that leaves', async () => {
    const bench = await openDynamoDb();
    const { store, room } = bench;
    await bench.createTable('Table', false);
    for (const region of [east, north]) {
      await join(bench, region);
      await bench.settle();
    }
    await put(bench, west, 'b', 2);
    await bench.settle();
    const place = { account: '000000000000', region: north };
    const late = await room.tables.find(place, 'Table');
    const id = late?.global?.id as string;
    // As if the others had run ahead: they have seen 450 changes that this one hasn't.
    await store.transact(async (tx) => {
      const state = await readReplication(tx, id);
      const head = state.head + 450;
      for (let sequence = state.head + 1; sequence <= head; sequence++) {
        const change = { tableId: 'elsewhere', region: west, key: { pk: { S: `k${sequence}` } } };
        putChange(tx, id, sequence, change);
      }
      const ahead = Object.keys(state.seen).filter((tableId) => tableId !== late?.id);
      const seen = { ...state.seen, ...Object.fromEntries(ahead.map((tableId) => [tableId, head])) };
      putReplication(tx, id, { ...state, head, seen });
    });
    await bench.call('UpdateTable', {
      TableName: 'Table',
      ReplicaUpdates: [{ Delete: { RegionName: north } }],
    });
    await bench.settle();
    await put(bench, east, 'a', 1);
    await bench.settle();
    expect(await itemsOf(bench, west)).toEqual({ a: '1', b: '2' });
    expect(await leftovers(store)).toBe(0);
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
});
