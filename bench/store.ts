/** What the store alone does: `node bench/store.ts`. Durable unless said otherwise; each number the median of five rounds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbStore } from '../src/store/index.ts';

const roundMs = 1000;
const rounds = 5;
const records = 10_000;

async function perSecond(run: (until: number) => Promise<number>): Promise<number> {
  const rates: number[] = [];
  await run(performance.now() + roundMs / 2);
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const count = await run(start + roundMs);
    rates.push((count * 1000) / (performance.now() - start));
  }
  return rates.sort((a, b) => a - b)[rounds >> 1] as number;
}

function readModifyWrites(store: LmdbStore, callers: number) {
  return async (until: number) => {
    let count = 0;
    const caller = async (id: number) => {
      for (let n = 0; performance.now() < until; n++) {
        const key = ['bench', (id * 7919 + n) % records];
        await store.transact(async (tx) => {
          const value = Buffer.from((await tx.get(key)) ?? Buffer.alloc(100));
          value.writeUInt32LE(value.readUInt32LE(0) + 1, 0);
          tx.put(key, value);
        });
        count++;
      }
    };
    await Promise.all(Array.from({ length: callers }, (_, id) => caller(id)));
    return count;
  };
}

function reads(store: LmdbStore) {
  return async (until: number) => {
    let count = 0;
    for (; performance.now() < until; count++) await store.get(['bench', (count * 7919) % records]);
    return count;
  };
}

function ranges(store: LmdbStore) {
  return async (until: number) => {
    let count = 0;
    for (; performance.now() < until; count++) {
      await store.range({ prefix: ['bench'], gte: ['bench', (count * 7919) % (records - 100)], limit: 100 });
    }
    return count;
  };
}

for (const durable of [true, false]) {
  const folder = mkdtempSync(join(tmpdir(), 'brume-bench-'));
  const store = new LmdbStore({ path: join(folder, 'store'), durable });
  await store.transact(async (tx) => {
    for (let n = 0; n < records; n++) tx.put(['bench', n], Buffer.alloc(100));
  });
  const mode = durable ? 'durable' : 'ephemeral';
  const say = (what: string, rate: number) =>
    console.log(`${mode.padEnd(10)} ${what.padEnd(40)} ${Math.round(rate).toLocaleString('en')}/s`);
  say('read-modify-write, 1 caller', await perSecond(readModifyWrites(store, 1)));
  say('read-modify-write, 64 callers', await perSecond(readModifyWrites(store, 64)));
  say('point reads', await perSecond(reads(store)));
  say('ranges of 100', await perSecond(ranges(store)));
  await store.close();
  rmSync(folder, { recursive: true });
}
