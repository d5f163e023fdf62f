import { describe, expect, it } from 'vitest';
import { StoreLogs } from './logs.ts';
import { MemoryStore } from './memory.ts';

const entry = (time: number, value: string) => ({ time, value: Buffer.from(value) });

describe('logs', () => {
  it('numbers entries without gaps, whatever failed in between', async () => {
    const store = new MemoryStore();
    const logs = new StoreLogs(store);
    const append = (...entries: ReturnType<typeof entry>[]) =>
      store.transact((tx) => logs.append(tx, ['shard', 1], entries));
    expect(await append(entry(1, 'a'), entry(2, 'b'))).toEqual([0n, 1n]);
    await expect(
      store.transact(async (tx) => {
        await logs.append(tx, ['shard', 1], [entry(3, 'lost')]);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await append(entry(4, 'c'))).toEqual([2n]);
    expect(await logs.nextSequence(['shard', 1])).toBe(3n);
    expect(await logs.nextSequence(['shard'])).toBe(0n);
    const all = await logs.read(['shard', 1], { limit: 10 });
    expect(all.map(({ sequence, time, value }) => [sequence, time, Buffer.from(value).toString()])).toEqual([
      [0n, 1, 'a'],
      [1n, 2, 'b'],
      [2n, 4, 'c'],
    ]);
  });

  it('reads after, before and backwards', async () => {
    const store = new MemoryStore();
    const logs = new StoreLogs(store);
    await store.transact((tx) =>
      logs.append(
        tx,
        ['l'],
        [0, 1, 2, 3, 4].map((time) => entry(time, '')),
      ),
    );
    const read = async (options: Parameters<StoreLogs['read']>[1]) =>
      (await logs.read(['l'], options)).map(({ sequence }) => Number(sequence));
    expect(await read({ afterSequence: 1n, limit: 2 })).toEqual([2, 3]);
    expect(await read({ beforeSequence: 3n, limit: 2, reverse: true })).toEqual([2, 1]);
    expect(await read({ reverse: true, limit: 9 })).toEqual([4, 3, 2, 1, 0]);
  });

  it('trims by time, keeps counting, and forgets all on delete', async () => {
    const store = new MemoryStore();
    const logs = new StoreLogs(store);
    await store.transact((tx) =>
      logs.append(
        tx,
        ['l'],
        [0, 1, 2, 3].map((time) => entry(time, '')),
      ),
    );
    expect(await logs.trim(['l'], 3, 2)).toBe(2);
    expect(await logs.trim(['l'], 3, 2)).toBe(1);
    expect(await logs.trim(['l'], 3, 2)).toBe(0);
    expect(await logs.nextSequence(['l'])).toBe(4n);
    await store.transact(async (tx) => logs.delete(tx, ['l']));
    expect(await logs.read(['l'], { limit: 9 })).toEqual([]);
    expect(await store.range({ limit: 9 })).toEqual([]);
  });

  it('wakes a waiter by an append, at once when there is something, and on abort', async () => {
    const store = new MemoryStore();
    const logs = new StoreLogs(store);
    const never = new AbortController();
    let woken = false;
    const waiting = logs.wait(['l'], 0n, never.signal).then(() => {
      woken = true;
    });
    await store.transact((tx) => logs.append(tx, ['l'], [entry(0, 'first')]));
    await new Promise((resolve) => setImmediate(resolve));
    expect(woken).toBe(false);
    await store.transact((tx) => logs.append(tx, ['l'], [entry(0, 'second')]));
    await waiting;
    await logs.wait(['l'], 0n, never.signal);
    const aborted = logs.wait(['l'], 9n, never.signal);
    never.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
  });
});
