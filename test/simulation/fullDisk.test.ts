/** A disk that is full refuses writes, and nothing else: reads go on and so does the process. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../src/store/index.ts';

it.skipIf(process.platform === 'win32')(
  'fails the write, keeps the rest, and goes on when there is room',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'brume-full-'));
    const script = `
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../src/store/index.ts'))};
    const { store, close } = await openStore({ folder: ${JSON.stringify(join(folder, 'data'))} });
    const said = { written: 0, message: '', read: 0 };
    for (let n = 0; n < 1000 && !said.message; n++) {
      try {
        await store.transact(async (tx) => tx.put(['n', n], Buffer.alloc(20_000)));
        said.written++;
      } catch (error) {
        said.message = error.message;
      }
    }
    said.read = (await store.range({ prefix: ['n'], limit: 1000 })).length;
    await close();
    console.log(JSON.stringify(said));`;
    // A limit on the size of files answers writes as a full disk does. In blocks of 512 or 1024 bytes.
    const limited = 'ulimit -f 2000; exec "$0" --input-type=module-typescript -e "$1"';
    const run = spawnSync('bash', ['-c', limited, process.execPath, script], { encoding: 'utf8' });
    expect(run.status, run.stderr).toBe(0);
    const said = JSON.parse(run.stdout) as { written: number; message: string; read: number };
    expect(said.message).toMatch(/^the store could not commit: /);
    expect(said.written).toBeGreaterThan(10);
    expect(said.read).toBe(said.written);
    const { store, close } = await openStore({ folder: join(folder, 'data') });
    await store.transact(async (tx) => tx.put(['n', 5000], Buffer.alloc(20_000)));
    expect(await store.range({ prefix: ['n'], limit: 1000 })).toHaveLength(said.written + 1);
    await close();
    rmSync(folder, { recursive: true, force: true });
  },
);
