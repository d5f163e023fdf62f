import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadSnapshot, NotASnapshot, openStore, saveSnapshot } from './index.ts';
import { unfinishedRestore } from './snapshot.ts';

const folder = mkdtempSync(join(tmpdir(), 'brume-snapshot-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'cloud.brume');

async function filledStore() {
  const opened = await openStore({ ephemeral: true });
  const big = await opened.blobs.stage(Buffer.alloc(3_000_000, 5));
  const small = await opened.blobs.stage(Buffer.from('small'));
  await opened.store.transact(async (tx) => {
    for (let n = 0; n < 2500; n++) tx.put(['n', n, `\0${n}`], Buffer.from(`value ${n}`));
    opened.blobs.claim(tx, big.id);
    opened.blobs.claim(tx, small.id);
    await opened.logs.append(tx, ['log'], [{ time: 1, value: Buffer.from('entry') }]);
  });
  return { opened, big, small };
}

describe('snapshots', () => {
  it('bring a whole cloud elsewhere, in place of what was there', async () => {
    const { opened, big, small } = await filledStore();
    const summary = await saveSnapshot(opened, file, { brumeVersion: '0.1.0' });
    expect(summary.blobs).toBe(1);
    const target = await openStore({ ephemeral: true });
    await target.store.transact(async (tx) => tx.put(['old'], Buffer.from('gone')));
    expect(await loadSnapshot(target, file)).toEqual(summary);
    const all = async (store: typeof opened.store) =>
      (await store.range({ limit: 5000 })).map(({ key, value }) => [
        key,
        Buffer.from(value).toString('latin1'),
      ]);
    expect(await all(target.store)).toEqual(await all(opened.store));
    expect(Buffer.compare(await target.blobs.bytes(big.id), Buffer.alloc(3_000_000, 5))).toBe(0);
    expect(Buffer.from(await target.blobs.bytes(small.id)).toString()).toBe('small');
    expect(await target.logs.nextSequence(['log'])).toBe(1n);
    await opened.close();
    await target.close();
  });

  it('are refused when foreign, damaged, cut or newer, and nothing is deleted then', async () => {
    const { opened } = await filledStore();
    await saveSnapshot(opened, file);
    const bytes = readFileSync(file);
    const before = (await opened.store.range({ limit: 5000 })).length;
    const bad = join(folder, 'bad');
    const flipped = Buffer.from(bytes);
    flipped[5000] = (flipped[5000] as number) ^ 1;
    const newer = Buffer.concat([
      Buffer.from('BRUME SNAPSHOT\n{"format":7,"brume":"3.0.0"}\n'),
      bytes.subarray(bytes.indexOf(10, 20) + 1),
    ]);
    for (const [content, message] of [
      [Buffer.from('PK\u0003\u0004 something else\n'), 'not a snapshot of Brume'],
      [Buffer.alloc(0), 'not a snapshot of Brume'],
      [flipped, 'damaged'],
      [bytes.subarray(0, -10), 'damaged'],
      [newer, 'written by Brume 3.0.0'],
    ] as const) {
      writeFileSync(bad, content);
      const load = loadSnapshot(opened, bad);
      await expect(load).rejects.toThrow(NotASnapshot);
      await expect(load).rejects.toThrow(message);
    }
    expect((await opened.store.range({ limit: 5000 })).length).toBe(before);
    await opened.close();
  });

  it('leave an empty cloud and a word about it when a restore is interrupted', async () => {
    const data = join(folder, 'data');
    const first = await openStore({ folder: data });
    await first.store.transact(async (tx) => {
      tx.put(['half'], Buffer.from('of it'));
      unfinishedRestore.put(tx, [], file);
    });
    await first.close();
    const said: unknown[] = [];
    const second = await openStore({ folder: data, onError: (cause) => said.push(cause) });
    expect(String(said[0])).toMatch(/restore of .*cloud\.brume was interrupted/);
    expect(await second.store.range({ limit: 9 })).toEqual([]);
    await second.close();
  });
});
