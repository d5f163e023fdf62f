import { expect, it } from 'vitest';
import { RandomIds } from '../kernel/index.ts';
import { MemoryStore } from './memory.ts';
import { recordSet } from './records.ts';
import { sealed } from './sealed.ts';
import { openVault } from './vault.ts';

const plain = recordSet<[id: string], { secret: string }>('test.sealed');

it('seals whole records, and reads those from before', async () => {
  const store = new MemoryStore();
  const vault = openVault({ ids: new RandomIds() });
  const set = plain.coded(sealed(vault, plain.prefix));
  await store.transact(async (tx) => {
    plain.put(tx, ['old'], { secret: 'first' });
    set.put(tx, ['new'], { secret: 'second' });
  });
  expect(await set.values(store, { limit: 10 })).toEqual([{ secret: 'second' }, { secret: 'first' }]);
  const bytes = await store.get(plain.key('new'));
  expect(Buffer.from(bytes ?? []).includes('second')).toBe(false);
  const elsewhere = plain.coded(sealed(openVault({ ids: new RandomIds() }), plain.prefix));
  await expect(elsewhere.get(store, 'new')).rejects.toThrow();
  await expect(plain.coded(sealed(vault, 'test.other')).get(store, 'new')).rejects.toThrow();
});
