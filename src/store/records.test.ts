import { describe, expect, it } from 'vitest';
import { MemoryStore } from './memory.ts';
import { recordSet } from './records.ts';

interface Note {
  text: string;
  at?: Date;
  body?: Uint8Array;
  size?: bigint;
  tags?: Set<string>;
}
const notes = recordSet<[owner: string, id: number], Note>('test.note');

describe('record sets', () => {
  it('reads back plain data with bytes, dates, big integers and sets', async () => {
    const store = new MemoryStore();
    const note: Note = {
      text: 'é\0',
      at: new Date(1234),
      body: Uint8Array.from([0, 255]),
      size: 2n ** 62n,
      tags: new Set(['a']),
    };
    await store.transact(async (tx) => notes.put(tx, ['ann', 1], note));
    expect(await notes.get(store, 'ann', 1)).toEqual(note);
    expect(await notes.get(store, 'ann', 2)).toBeUndefined();
    expect(await notes.exists(store, 'ann', 1)).toBe(true);
  });

  it('ranges under parts of the key, in both directions, within bounds', async () => {
    const store = new MemoryStore();
    await store.transact(async (tx) => {
      for (const owner of ['ann', 'bob']) {
        for (let id = 0; id < 4; id++) notes.put(tx, [owner, id], { text: `${owner}${id}` });
      }
    });
    const keys = async (range: Parameters<typeof notes.range>[1]) =>
      (await notes.range(store, range)).map((entry) => entry.key);
    expect(await keys({ under: ['bob'], limit: 2 })).toEqual([
      ['bob', 0],
      ['bob', 1],
    ]);
    expect(await keys({ under: ['ann'], gt: ['ann', 1], reverse: true, limit: 9 })).toEqual([
      ['ann', 3],
      ['ann', 2],
    ]);
    await store.transact(async (tx) => notes.deleteUnder(tx, 'ann'));
    expect(await notes.values(store, { limit: 9 })).toHaveLength(4);
  });

  it('refuses a prefix declared twice', () => {
    expect(() => recordSet('test.note')).toThrow('declared twice');
  });
});
