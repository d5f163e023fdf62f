/** What every store must do, run by the test of each adapter. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from './memory.ts';
import type { Entry, Key, KeyPart, KeyRange, Reader, Store } from './port.ts';

const text = (value: string) => Buffer.from(value);
const plain = (entries: readonly Entry[]) =>
  entries.map(({ key, value }) => ({ key, value: Buffer.from(value).toString('latin1') }));

export interface ContractOptions {
  /** Property runs; fewer for slow adapters. */
  runs?: number;
  /** False for adapters whose transactions may wait for anything. */
  embedded?: boolean;
  /** Transactions and snapshots that can be open at once; 1 leaves out what needs two. */
  connections?: number;
}

/** A database server starts in a second, on a busy machine in many. */
const setupMs = 120_000;

export function storeContract(name: string, open: () => Promise<Store>, options: ContractOptions = {}): void {
  describe(`store contract: ${name}`, { timeout: 60_000 }, () => {
    let store: Store;
    beforeAll(async () => {
      store = await open();
    }, setupMs);
    beforeEach(() => store.clear(), setupMs);
    afterAll(() => store.close());

    it('reads what was written, and nothing of a transaction that throws', async () => {
      await store.transact(async (tx) => tx.put(['a'], text('1')));
      await expect(
        store.transact(async (tx) => {
          tx.put(['a'], text('2'));
          tx.put(['b'], text('2'));
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      expect(Buffer.from((await store.get(['a'])) ?? []).toString()).toBe('1');
      expect(await store.get(['b'])).toBeUndefined();
    });

    it('lets a transaction see its own writes, in reads and in ranges', async () => {
      await store.transact(async (tx) => {
        for (const n of [1, 3, 5]) tx.put(['n', n], text(`old${n}`));
      });
      const seen = await store.transact(async (tx) => {
        tx.put(['n', 2], text('new2'));
        tx.put(['n', 3], text('new3'));
        tx.delete(['n', 5]);
        return {
          two: Buffer.from((await tx.get(['n', 2])) ?? []).toString(),
          five: await tx.get(['n', 5]),
          forward: plain(await tx.range({ prefix: ['n'], limit: 10 })),
          last: plain(await tx.range({ prefix: ['n'], limit: 1, reverse: true })),
        };
      });
      expect(seen).toEqual({
        two: 'new2',
        five: undefined,
        forward: [
          { key: ['n', 1], value: 'old1' },
          { key: ['n', 2], value: 'new2' },
          { key: ['n', 3], value: 'new3' },
        ],
        last: [{ key: ['n', 3], value: 'new3' }],
      });
    });

    it('keeps every increment of concurrent read-modify-writes', async () => {
      await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          store.transact(async (tx) => {
            const count = Number(Buffer.from((await tx.get(['count'])) ?? text('0')).toString());
            tx.put(['count'], text(String(count + 1)));
            tx.put(['seen', i], text(''));
          }),
        ),
      );
      expect(Buffer.from((await store.get(['count'])) ?? []).toString()).toBe('50');
      expect(await store.range({ prefix: ['seen'], limit: 100 })).toHaveLength(50);
    });

    it('forbids write skew', async () => {
      await store.transact(async (tx) => {
        tx.put(['on', 'a'], text('1'));
        tx.put(['on', 'b'], text('1'));
      });
      const leave = (who: string) =>
        store.transact(async (tx) => {
          if ((await tx.range({ prefix: ['on'], limit: 10 })).length > 1) tx.delete(['on', who]);
        });
      await Promise.all([leave('a'), leave('b')]);
      expect(await store.range({ prefix: ['on'], limit: 10 })).toHaveLength(1);
    });

    it.skipIf(options.connections === 1)('gives a snapshot that later commits do not touch', async () => {
      await store.transact(async (tx) => tx.put(['s'], text('before')));
      await store.snapshot(async (reader) => {
        await reader.get(['s']);
        await store.transact(async (tx) => tx.put(['s'], text('after')));
        expect(Buffer.from((await reader.get(['s'])) ?? []).toString()).toBe('before');
        expect(plain(await reader.range({ prefix: ['s'], limit: 5 }))).toEqual([
          { key: ['s'], value: 'before' },
        ]);
      });
      expect(Buffer.from((await store.get(['s'])) ?? []).toString()).toBe('after');
    });

    it('calls watchers of a prefix after commits that touch it, and no others', async () => {
      let calls = 0;
      let others = 0;
      const stop = store.watch(['w', 'a'], () => calls++);
      const stopOther = store.watch(['w', 'b'], () => others++);
      await store.transact(async (tx) => {
        tx.put(['w', 'a', 1], text(''));
        tx.put(['w', 'a', 2], text(''));
        tx.put(['w', 'a\0b'], text(''));
        tx.put(['w', 'ab'], text(''));
      });
      expect(calls).toBe(1);
      stop();
      await store.transact(async (tx) => tx.put(['w', 'a', 3], text('')));
      expect([calls, others]).toEqual([1, 0]);
      stopOther();
    });

    it('holds the longest keys DynamoDB has, values of any size, and empty values', async () => {
      const keys: Key[] = [
        ['dynamodb.item', 't'.repeat(36), 'p'.repeat(2048), 's'.repeat(1024)],
        ['dynamodb.item', 't'.repeat(36), Buffer.alloc(2048), Buffer.alloc(1024)],
        ['dynamodb.item', 't'.repeat(36), Buffer.alloc(2048, 0xff), Buffer.alloc(1024, 0xff)],
      ];
      const values = [Buffer.alloc(0), Buffer.alloc(420_000, 7), Buffer.alloc(5_000_000, 9)];
      await store.transact(async (tx) => {
        for (const [i, key] of keys.entries()) tx.put(key, values[i] as Buffer);
      });
      for (const [i, key] of keys.entries()) {
        expect(Buffer.compare((await store.get(key)) ?? text('none'), values[i] as Buffer)).toBe(0);
      }
      const entries = await store.range({ prefix: ['dynamodb.item'], limit: 10 });
      expect(entries.map((entry) => entry.value.length).sort()).toEqual([0, 420_000, 5_000_000]);
    });

    it('stops a range at its byte limit, after the entry that reaches it', async () => {
      await store.transact(async (tx) => {
        for (let n = 0; n < 5; n++) tx.put(['b', n], Buffer.alloc(100));
      });
      expect(await store.range({ prefix: ['b'], limit: 10, bytesMax: 150 })).toHaveLength(2);
      expect(await store.range({ prefix: ['b'], limit: 10, bytesMax: 100 })).toHaveLength(1);
      expect(await store.range({ prefix: ['b'], limit: 0 })).toHaveLength(0);
    });

    if (options.embedded) {
      it('fails a body that awaits something else, and goes on with the others', async () => {
        const stalled = store.transact(async (tx) => {
          tx.put(['stalled'], text(''));
          await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
          tx.put(['late'], text(''));
        });
        const other = store.transact(async (tx) => tx.put(['other'], text('1')));
        await expect(stalled).rejects.toThrow(/awaited something other/);
        await other;
        expect(await store.get(['stalled'])).toBeUndefined();
        expect(await store.get(['late'])).toBeUndefined();
        expect(await store.get(['other'])).toBeDefined();
      });
    }

    it('agrees with the naive store on any sequence of transactions and ranges', {
      timeout: 120_000,
    }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(steps, { maxLength: 12 }), async (sequence) => {
          await store.clear();
          const oracle = new MemoryStore();
          for (const step of sequence) {
            const [mine, theirs] = await Promise.all([store, oracle].map((each) => play(each, step)));
            expect(mine).toEqual(theirs);
          }
          const all = { limit: 1000 };
          expect(plain(await store.range(all))).toEqual(plain(await oracle.range(all)));
        }),
        { numRuns: options.runs ?? 150 },
      );
    });
  });
}

type Write = { kind: 'put' | 'delete' | 'deletePrefix'; key: Key; value: string };
type Step = { writes: Write[]; ranges: KeyRange[]; fails: boolean };

// Few distinct parts, so that keys meet, nest and border on each other.
const part: fc.Arbitrary<KeyPart> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('', 'a', 'a\0', 'a\0b', 'ab', 'é', '\u{1F600}', '\uffff') },
  { weight: 3, arbitrary: fc.constantFrom(0, 1, -1, 10, 0.5, 1e21) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<KeyPart>(null, true, false, Buffer.from([0]), Buffer.from([0, 0xff]), ['a']),
  },
);
const key = fc.array(part, { minLength: 1, maxLength: 3 });
const keyRange: fc.Arbitrary<KeyRange> = fc.record(
  {
    prefix: fc.array(part, { maxLength: 2 }),
    gt: key,
    gte: key,
    lt: key,
    lte: key,
    reverse: fc.boolean(),
    limit: fc.integer({ min: 1, max: 6 }),
    bytesMax: fc.integer({ min: 1, max: 12 }),
  },
  { requiredKeys: ['limit'] },
);
const steps: fc.Arbitrary<Step> = fc.record({
  writes: fc.array(
    fc.record({
      kind: fc.constantFrom<Write['kind']>('put', 'put', 'put', 'delete', 'deletePrefix'),
      key,
      value: fc.string({ maxLength: 4 }),
    }),
    { maxLength: 6 },
  ),
  ranges: fc.array(keyRange, { maxLength: 3 }),
  fails: fc.boolean(),
});

/** Everything that `step` shows of a store: inside the transaction and after it. */
async function play(store: Store, step: Step): Promise<unknown> {
  const look = async (reader: Reader) => {
    const ranges: unknown[] = [];
    for (const range of step.ranges) ranges.push(plain(await reader.range(range)));
    for (const write of step.writes) {
      const value = await reader.get(write.key);
      ranges.push(value && Buffer.from(value).toString('latin1'));
    }
    return ranges;
  };
  let inside: unknown[] = [];
  const outcome = await store
    .transact(async (tx) => {
      inside = [];
      for (const write of step.writes) {
        if (write.kind === 'put') tx.put(write.key, text(write.value));
        else tx[write.kind](write.key);
        inside.push(await look(tx));
      }
      if (step.fails) throw new Error('told to fail');
      return 'done';
    })
    .catch((error: Error) => error.message);
  return { outcome, inside, after: await look(store) };
}
