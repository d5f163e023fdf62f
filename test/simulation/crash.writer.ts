/**
 * The process that the crash test kills: concurrent writers over one data folder. Each acknowledged write is
 * said on standard output (written at once, by a system call) after the store has acknowledged it.
 *
 *     node crash.writer.ts FOLDER honest|early|halves
 */
import { writeSync } from 'node:fs';
import { openStore, recordSet, type Store, type Transaction } from '../../src/store/index.ts';
import { accounts, blobWriter, counters, historyOf, shares, writers } from './crash.model.ts';

const [folder = '', mode = 'honest'] = process.argv.slice(2);
const opened = await openStore({ folder });
const store = mode === 'honest' ? opened.store : canary(opened.store, mode);
const holdings = recordSet<[writer: number], string>('crash.holding');

await store.transact(async (tx) => {
  for (let account = 0; account < accounts; account++) {
    if ((await shares.get(tx, account)) === undefined) shares.put(tx, [account], 1000);
  }
});
writeSync(1, 'ready\n');
await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));

async function write(writer: number): Promise<void> {
  for (let turn = 0; ; turn++) {
    const content = writer === blobWriter ? Buffer.alloc(20_000, turn % 251) : undefined;
    const blob = content && (await opened.blobs.stage(content));
    const count = await store.transact(async (tx) => {
      const next = ((await counters.get(tx, writer, 'a')) ?? 0) + 1;
      counters.put(tx, [writer, 'a'], next);
      const from = (writer + turn) % accounts;
      const to = (from + 1 + (turn % (accounts - 1))) % accounts;
      const taken = ((await shares.get(tx, from)) ?? 0) - 1;
      const given = ((await shares.get(tx, to)) ?? 0) + 1;
      shares.put(tx, [from], taken);
      shares.put(tx, [to], given);
      await opened.logs.append(tx, historyOf(writer), [{ time: turn, value: Buffer.from(String(next)) }]);
      if (blob) {
        const previous = await holdings.get(tx, writer);
        if (previous) opened.blobs.release(tx, previous);
        opened.blobs.claim(tx, blob.id);
        holdings.put(tx, [writer], blob.id);
      }
      counters.put(tx, [writer, 'b'], next);
      return next;
    });
    writeSync(1, `${writer} ${count}\n`);
  }
}

/** Stores that break the promise, to see that the test would notice. */
function canary(honest: Store, how: string): Store {
  const transact = async <T>(body: (tx: Transaction) => Promise<T>): Promise<T> => {
    const writes: ((tx: Transaction) => void)[] = [];
    let first = 0;
    const result = await honest.transact(async (tx) => {
      const recorder: Transaction = {
        get: (key) => tx.get(key),
        range: (range) => tx.range(range),
        put: (key, value) => {
          if (how === 'halves' && first++ < 2) tx.put(key, value);
          else writes.push((later) => later.put(key, value));
        },
        delete: (key) => void writes.push((later) => later.delete(key)),
        deletePrefix: (prefix) => void writes.push((later) => later.deletePrefix(prefix)),
      };
      return body(recorder);
    });
    const rest = honest.transact(async (tx) => {
      for (const write of writes) write(tx);
    });
    if (how === 'halves') await rest;
    return result;
  };
  return Object.assign(Object.create(honest) as Store, {
    transact,
    get: honest.get.bind(honest),
    range: honest.range.bind(honest),
  });
}
