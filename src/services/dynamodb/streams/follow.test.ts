/** Consumers of a stream that rolls, is divided and trimmed at random: each change once, in the order of its item. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { itemBytes } from '../domain/itemSize.ts';
import { placeText } from '../domain/keys.ts';
import { type ChangeRecord, changeRecord } from '../domain/streamRecords.ts';
import { limits } from '../limits.ts';
import { type ChangeFollower, Items } from '../store/items.ts';
import { appendRecord } from '../store/shards.ts';
import { findStream, streamFollower, trimStream } from '../store/streams.ts';
import { openStreams } from '../testing/streams.ts';

const hourMs = 3_600_000;
const place = { account: '000000000000', region: 'eu-west-1' };

const steps = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('write' as const),
        key: fc.nat(9),
        times: fc.integer({ min: 1, max: 12 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 5 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('tend' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('read' as const), limit: fc.integer({ min: 1, max: 9 }) }),
    },
  ),
  { maxLength: 40 },
);

/** Follows shards from parents to children, as KCL and Lambda do; remembers how far it came in each. */
class Consumer {
  readonly seen: { key: string; n: number; at: number }[] = [];
  readonly #finished = new Set<string>();
  readonly #checkpoints = new Map<string, string>();
  readonly #bench: Awaited<ReturnType<typeof openStreams>>;

  constructor(bench: Awaited<ReturnType<typeof openStreams>>) {
    this.#bench = bench;
  }

  async poll(limit: number): Promise<void> {
    const { shards, iterator, read, clock } = this.#bench;
    const { Shards } = await shards();
    const there = new Set(Shards.map(({ ShardId }) => ShardId));
    for (const { ShardId, ParentShardId } of Shards) {
      if (this.#finished.has(ShardId)) continue;
      if (ParentShardId && there.has(ParentShardId) && !this.#finished.has(ParentShardId)) continue;
      const checkpoint = this.#checkpoints.get(ShardId);
      let next: string | undefined = checkpoint
        ? await iterator('AFTER_SEQUENCE_NUMBER', checkpoint, ShardId).catch(() =>
            iterator('TRIM_HORIZON', undefined, ShardId),
          )
        : await iterator('TRIM_HORIZON', undefined, ShardId);
      for (let more = true; more && next !== undefined; ) {
        const page: Awaited<ReturnType<typeof read>> = await read(next, { Limit: limit });
        for (const { dynamodb } of page.Records) {
          const n = Number(dynamodb.NewImage?.n?.N);
          this.seen.push({ key: dynamodb.Keys.pk.S, n, at: clock.now() });
          this.#checkpoints.set(ShardId, dynamodb.SequenceNumber);
        }
        more = page.Records.length > 0;
        next = page.NextShardIterator;
        if (next === undefined) this.#finished.add(ShardId);
      }
    }
  }
}

const rules = { lifeMs: 4 * hourMs, splitRecords: 10, openMax: 6 };

type Bench = Awaited<ReturnType<typeof openStreams>>;

/** Every change that was there for a consumer is seen once, in the order of its item. */
function property(followerOf: (bench: Bench) => ChangeFollower) {
  return fc.asyncProperty(steps, async (script) => {
    const bench = await openStreams();
    const items = new Items(bench.store, [followerOf(bench)]);
    const table = await bench.room.tables.load(place, 'tbl');
    const counts = new Map<string, number>();
    const written: { key: string; n: number; at: number }[] = [];
    const consumer = new Consumer(bench);
    const write = async (key: string) => {
      const n = counts.get(key) ?? 0;
      const item = (value: number) => ({ pk: { S: key }, n: { N: String(value) } });
      const change = { before: n === 0 ? undefined : item(n - 1), after: item(n) };
      await bench.store.transact((tx) =>
        items.write(tx, table, { ...change, afterBytes: itemBytes(change.after) }),
      );
      counts.set(key, n + 1);
      written.push({ key, n, at: bench.clock.now() });
    };
    for (const step of script) {
      if (step.do === 'write') for (let n = 0; n < step.times; n++) await write(`key${step.key}`);
      else if (step.do === 'wait') await bench.clock.advance(step.hours * hourMs);
      else if (step.do === 'read') await consumer.poll(step.limit);
      else {
        const label = bench.arn.slice(bench.arn.lastIndexOf('/') + 1);
        const state = await findStream(bench.store, place, 'tbl', label);
        if (state) await trimStream(bench, state, bench.clock.now(), undefined, rules);
      }
    }
    // Parents are finished in one round, children in the next.
    for (let round = 0; round < 12; round++) await consumer.poll(1000);
    const seen = consumer.seen.map(({ key, n }) => `${key} ${n}`);
    expect(new Set(seen).size).toBe(seen.length);
    const oldest = bench.clock.now() - limits.streamRetentionMs;
    const due = written.filter(({ at }) => at > oldest).map(({ key, n }) => `${key} ${n}`);
    expect(due.filter((one) => !seen.includes(one))).toEqual([]);
    for (const key of counts.keys()) {
      const own = consumer.seen.filter((one) => one.key === key).map(({ n }) => n);
      expect(own).toEqual([...own].sort((left, right) => left - right));
    }
  });
}

describe('a consumer that follows shards', () => {
  it('has every change that was there for it once, in the order of each item', async () => {
    await fc.assert(
      property((bench) => streamFollower(bench, rules)),
      { numRuns: 40 },
    );
  });

  it('would notice if changes of an item went to several shards', async () => {
    const careless = ({ logs, clock }: Bench): ChangeFollower => ({
      follows: () => true,
      changed: async (tx, table, { before, after }) => {
        const change = changeRecord(table.key, 'NEW_AND_OLD_IMAGES', before, after) as ChangeRecord;
        const { label = '' } = table.stream ?? {};
        const anywhere = () => placeText((Number(after?.n?.N) * 2 ** 28) % 2 ** 30);
        await appendRecord(tx, logs, { tableId: table.id, label }, change, anywhere, clock.now(), rules);
      },
    });
    expect((await fc.check(property(careless), { numRuns: 200 })).failed).toBe(true);
  });
});
