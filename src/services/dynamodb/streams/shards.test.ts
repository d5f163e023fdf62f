import { describe, expect, it } from 'vitest';
import { packed } from '../../../store/index.ts';
import { itemBytes } from '../domain/itemSize.ts';
import type { ChangeRecord } from '../domain/streamRecords.ts';
import { Items } from '../store/items.ts';
import { streamFollower } from '../store/streams.ts';
import { openStreams } from '../testing/streams.ts';

const hourMs = 3_600_000;

/** A stream whose shards are divided after a few changes. */
async function openBusyStream() {
  const bench = await openStreams();
  const rules = { lifeMs: 4 * hourMs, splitRecords: 20, openMax: 8 };
  const follower = streamFollower({ logs: bench.logs, clock: bench.clock }, rules);
  const items = new Items(bench.store, [follower]);
  const write = async (pk: string, n: number) => {
    const table = await bench.room.tables.load({ account: '000000000000', region: 'eu-west-1' }, 'tbl');
    const after = { pk: { S: pk }, n: { N: String(n) } };
    const before = n === 0 ? undefined : { pk: { S: pk }, n: { N: String(n - 1) } };
    await bench.store.transact((tx) =>
      items.write(tx, table, { before, after, afterBytes: itemBytes(after) }),
    );
  };
  return { ...bench, write };
}

describe('the shards of a stream', () => {
  it('are closed after four hours by the next change, which goes to a child', async () => {
    const { put, clock, shards, iterator, read, readAll } = await openStreams();
    await put('a', 1);
    const before = await shards();
    expect(before.Shards).toHaveLength(1);
    expect(before.Shards[0]?.ShardId).toMatch(/^shardId-[0-9]{20}-[0-9a-f]{8}$/);
    expect(before.Shards[0]?.SequenceNumberRange.StartingSequenceNumber).toMatch(/^[0-9]{21}$/);
    const open = await iterator('LATEST');
    await clock.advance(4 * hourMs);
    await put('a', 2);
    const { Shards } = await shards();
    const [parent, child] = Shards;
    expect(Shards).toHaveLength(2);
    expect(child?.ParentShardId).toBe(parent?.ShardId);
    const end = parent?.SequenceNumberRange.EndingSequenceNumber as string;
    expect(end < (child?.SequenceNumberRange.StartingSequenceNumber as string)).toBe(true);
    expect(child?.SequenceNumberRange.EndingSequenceNumber).toBeUndefined();
    await expect(read(open)).rejects.toMatchObject({ code: 'ExpiredIteratorException' });
    const page = await read(await iterator('TRIM_HORIZON'));
    expect(page.Records).toHaveLength(1);
    expect(page.NextShardIterator).toBeUndefined();
    expect((await readAll()).map(({ dynamodb }) => dynamodb.NewImage?.n?.N)).toEqual(['1', '2']);
  });

  it('are closed by the clock when nothing is written, and forgotten after a day', async () => {
    const { put, clock, shards, settle } = await openStreams();
    await put('a', 1);
    await clock.advance(5 * hourMs);
    await settle();
    const { Shards } = await shards();
    expect(Shards.map(({ ParentShardId }) => ParentShardId)).toEqual([undefined, Shards[0]?.ShardId]);
    for (let hour = 0; hour < 25; hour++) {
      await clock.advance(hourMs);
      await settle();
    }
    const later = await shards();
    expect(later.Shards.map(({ ShardId }) => ShardId)).not.toContain(Shards[0]?.ShardId);
    expect(later.Shards.length).toBeGreaterThan(3);
    expect(later.Shards.length).toBeLessThan(9);
    // The oldest child names a parent that is forgotten, as on AWS.
    expect(later.Shards[0]?.ParentShardId).toBeDefined();
  });

  it('are divided under load, and keep the order of each item from parent to child', async () => {
    const { write, shards, readAll, clock } = await openBusyStream();
    const keys = Array.from({ length: 12 }, (_, n) => `key${n}`);
    for (let n = 0; n < 25; n++) {
      for (const key of keys) await write(key, n);
      if (n % 10 === 9) await clock.advance(hourMs);
    }
    await clock.advance(3 * hourMs);
    for (const key of keys) await write(key, 25);
    const { Shards } = await shards();
    expect(Shards.length).toBeGreaterThan(8);
    const openShards = Shards.filter((shard) => !shard.SequenceNumberRange.EndingSequenceNumber);
    expect(openShards.length).toBe(8);
    const ids = Shards.map(({ ShardId }) => ShardId);
    expect([...ids].sort()).toEqual(ids);
    for (const shard of Shards) {
      const parent = Shards.find(({ ShardId }) => ShardId === shard.ParentShardId);
      const end = parent?.SequenceNumberRange.EndingSequenceNumber ?? '';
      expect(end < shard.SequenceNumberRange.StartingSequenceNumber).toBe(true);
    }
    const records = await readAll(7);
    expect(records).toHaveLength(12 * 26);
    expect(new Set(records.map(({ eventID }) => eventID)).size).toBe(records.length);
    for (const key of keys) {
      const own = records.filter(({ dynamodb }) => dynamodb.Keys.pk.S === key);
      expect(own.map(({ dynamodb }) => Number(dynamodb.NewImage?.n?.N))).toEqual(
        Array.from({ length: 26 }, (_, n) => n),
      );
      const sequences = own.map(({ dynamodb }) => dynamodb.SequenceNumber);
      expect([...sequences].sort()).toEqual(sequences);
    }
    expect((await shards({ ShardFilter: { Type: 'CHILD_SHARDS', ShardId: ids[0] } })).Shards).toHaveLength(2);
  });

  it('are described by pages', async () => {
    const { clock, put, shards, ask, arn } = await openStreams();
    for (let n = 0; n < 5; n++) {
      await put('a', n);
      await clock.advance(4 * hourMs);
    }
    const all = await shards();
    const first = await shards({ Limit: 3 });
    expect(first.Shards).toEqual(all.Shards.slice(0, 3));
    expect(first.LastEvaluatedShardId).toBe(all.Shards[2]?.ShardId);
    const rest = await shards({ ExclusiveStartShardId: first.LastEvaluatedShardId });
    expect(rest.Shards).toEqual(all.Shards.slice(3));
    expect(rest.LastEvaluatedShardId).toBeUndefined();
    await expect(ask('DescribeStream', { StreamArn: arn, Limit: 101 })).rejects.toMatchObject({
      code: 'ValidationException',
      message: 'One or more parameter values were invalid: Limit cannot be greater than the maximum: 100',
    });
  });

  it('refuse what cannot be read', async () => {
    const { clock, put, shards, iterator, ask, arn, read, readAll, settle } = await openStreams();
    await put('a', 1);
    const [record] = await readAll();
    const sequence = record?.dynamodb.SequenceNumber as string;
    const shard = (await shards()).Shards[0]?.ShardId as string;
    const of = (more: object) => ask('GetShardIterator', { StreamArn: arn, ShardId: shard, ...more });
    await expect(of({ ShardIteratorType: 'LATEST', SequenceNumber: sequence })).rejects.toMatchObject({
      message:
        'One or more parameter values were invalid: SequenceNumber should not be passed for this iterator type',
    });
    await expect(of({ ShardIteratorType: 'AT_SEQUENCE_NUMBER' })).rejects.toMatchObject({
      message: 'One or more parameter values were invalid: Invalid SequenceNumber',
    });
    await expect(iterator('AT_SEQUENCE_NUMBER', '0'.repeat(21))).rejects.toMatchObject({
      message: 'Invalid SequenceNumber for the shard',
    });
    await expect(iterator('LATEST', undefined, `${shard.slice(0, -8)}00000000`)).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'Requested resource not found: Shard does not exist',
    });
    for (const text of ['x', `${arn}|1|xxx`, `${arn}|2|MCAtMSAxIDA`]) {
      await expect(read(text)).rejects.toMatchObject({ message: 'Invalid ShardIterator' });
    }
    await expect(read(await iterator('LATEST'), { Limit: 1001 })).rejects.toMatchObject({
      message: 'One or more parameter values were invalid: Limit should be less than or equal to 1000',
    });
    await clock.advance(23 * hourMs + 55 * 60_000);
    await put('a', 2);
    const early = await iterator('AFTER_SEQUENCE_NUMBER', sequence);
    const at = await iterator('AT_SEQUENCE_NUMBER', sequence);
    await clock.advance(10 * 60_000);
    await expect(read(at)).rejects.toMatchObject({ code: 'TrimmedDataAccessException' });
    expect((await read(early)).Records).toEqual([]);
    await expect(iterator('AT_SEQUENCE_NUMBER', sequence)).rejects.toMatchObject({
      code: 'TrimmedDataAccessException',
    });
    await settle();
    expect((await readAll()).map(({ dynamodb }) => dynamodb.NewImage?.n?.N)).toEqual(['2']);
  });

  it('hold at most 1 MB a page', async () => {
    const { call, readAll, iterator, read } = await openStreams('NEW_IMAGE');
    const text = 'x'.repeat(300_000);
    for (let n = 0; n < 5; n++) {
      await call('PutItem', {
        TableName: 'tbl',
        Item: { pk: { S: 'a' }, n: { N: String(n) }, t: { S: text } },
      });
    }
    expect((await read(await iterator('TRIM_HORIZON'))).Records).toHaveLength(3);
    expect(await readAll()).toHaveLength(5);
  });

  it('go on after the single shard that former versions kept in a log', async () => {
    const { put, store, logs, room, shards, readAll, arn, clock, settle, call } = await openStreams();
    const table = await room.tables.load({ account: '000000000000', region: 'eu-west-1' }, 'tbl');
    const label = arn.slice(arn.lastIndexOf('/') + 1);
    const change: ChangeRecord = {
      eventName: 'INSERT',
      keys: { pk: { S: 'old' } },
      newImage: { pk: { S: 'old' }, n: { N: '0' } },
      sizeBytes: 10,
      viewType: 'NEW_AND_OLD_IMAGES',
    };
    await store.transact(async (tx) => {
      for (const prefix of ['dynamodb.streamHead', 'dynamodb.shard'])
        tx.deletePrefix([prefix, table.id, label]);
      const entry = { time: clock.now(), value: packed<ChangeRecord>().encode(change) };
      await logs.append(tx, ['dynamodb', table.id, label], [entry, entry]);
    });
    expect((await shards()).Shards).toHaveLength(1);
    const old = await readAll();
    expect(old.map(({ dynamodb }) => dynamodb.Keys.pk.S)).toEqual(['old', 'old']);
    await put('new', 1);
    const { Shards } = await shards();
    expect(Shards[1]?.ParentShardId).toBe(Shards[0]?.ShardId);
    expect((await readAll()).map(({ dynamodb }) => dynamodb.Keys.pk.S)).toEqual(['old', 'old', 'new']);
    expect((await readAll()).slice(0, 2)).toEqual(old);
    await call('UpdateTable', { TableName: 'tbl', StreamSpecification: { StreamEnabled: false } });
    await clock.advance(25 * hourMs);
    await settle();
    expect(await logs.read(['dynamodb', table.id, label], { limit: 10 })).toEqual([]);
    await expect(shards()).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });
});
