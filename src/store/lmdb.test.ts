import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { storeContract } from './contract.ts';
import { LmdbStore } from './lmdb.ts';

const folder = mkdtempSync(join(tmpdir(), 'brume-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

storeContract('LMDB', async () => new LmdbStore({ path: join(folder, 'durable') }), {
  runs: 60,
  embedded: true,
});
storeContract(
  'LMDB, ephemeral',
  async () => new LmdbStore({ path: join(folder, 'ephemeral'), durable: false }),
  {
    runs: 300,
    embedded: true,
  },
);
