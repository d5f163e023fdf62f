import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderLocked, openStore, UnknownFormat } from './index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'brume-open-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const filesOf = (root: string) =>
  readdirSync(root, { recursive: true, withFileTypes: true }).filter((each) => each.isFile()).length;

describe('openStore', () => {
  it('keeps data from one opening to the next', async () => {
    const first = await openStore({ folder });
    await first.store.transact(async (tx) => tx.put(['a'], Buffer.from('1')));
    await first.close();
    const second = await openStore({ folder });
    expect(Buffer.from((await second.store.get(['a'])) ?? []).toString()).toBe('1');
    await second.close();
  });

  it('refuses a folder that a live process has, and takes over a dead one’s', async () => {
    const first = await openStore({ folder });
    await expect(openStore({ folder })).rejects.toThrow(FolderLocked);
    await expect(openStore({ folder })).rejects.toThrow(`process ${process.pid}`);
    await first.close();
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: dead }));
    await (await openStore({ folder })).close();
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.pid, startedAt: '1' }));
    await (await openStore({ folder })).close();
    writeFileSync(join(folder, 'lock'), '');
    await (await openStore({ folder })).close();
    expect(readdirSync(folder).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  it('refuses what a newer Brume wrote, naming it, and folders that aren’t Brume’s', async () => {
    writeFileSync(join(folder, 'format.json'), JSON.stringify({ format: 99, brume: '9.1.0' }));
    await expect(openStore({ folder, brumeVersion: '0.1.0' })).rejects.toThrow(
      /written by Brume 9\.1\.0 .*this is Brume 0\.1\.0/,
    );
    const other = join(folder, 'photos');
    mkdirSync(other);
    writeFileSync(join(other, 'cat.jpg'), '');
    await expect(openStore({ folder: other })).rejects.toThrow(UnknownFormat);
    expect(readdirSync(other)).toEqual(['cat.jpg']);
  });

  it('deletes an ephemeral folder on close', async () => {
    const opened = await openStore({ ephemeral: true });
    await opened.store.transact(async (tx) => tx.put(['a'], Buffer.alloc(10)));
    expect(existsSync(opened.folder)).toBe(true);
    await opened.close();
    expect(existsSync(opened.folder)).toBe(false);
  });

  it('removes what a killed ephemeral cloud left, and nothing of a living one', async () => {
    const script = `
      import { openStore } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
      const { folder } = await openStore({ ephemeral: true });
      process.getBuiltinModule('node:fs').writeSync(1, folder);
      process.kill(process.pid, 'SIGKILL');`;
    const left = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
      encoding: 'utf8',
    }).stdout;
    expect(existsSync(left)).toBe(true);
    const living = await openStore({ ephemeral: true });
    const other = await openStore({ ephemeral: true });
    await expect.poll(() => existsSync(left)).toBe(false);
    expect(existsSync(living.folder)).toBe(true);
    await living.close();
    await other.close();
  });

  it('clears keys and blobs', async () => {
    const opened = await openStore({ ephemeral: true });
    const blob = await opened.blobs.stage(Buffer.alloc(100_000, 1));
    await opened.store.transact(async (tx) => opened.blobs.claim(tx, blob.id));
    await opened.clear();
    expect(await opened.store.range({ limit: 5 })).toEqual([]);
    expect(filesOf(join(opened.folder, 'blobs'))).toBe(0);
    const again = await opened.blobs.stage(Buffer.alloc(100_000, 2));
    await opened.store.transact(async (tx) => opened.blobs.claim(tx, again.id));
    expect((await opened.blobs.bytes(again.id)).length).toBe(100_000);
    await opened.close();
  });
});

describe('blobs', () => {
  const sizes = [0, 10, 16 * 1024, 16 * 1024 + 1, 3_000_000];
  const contentOf = (size: number) => Buffer.from(Array.from({ length: size }, (_, i) => (i * 31) % 251));

  it.each(sizes)('reads back %i bytes: whole, in part, as a file, and after a restart', async (size) => {
    const content = contentOf(size);
    const first = await openStore({ folder });
    const staged = await first.blobs.stage(Readable.from([content.subarray(0, 7), content.subarray(7)]));
    expect(staged.size).toBe(size);
    await first.store.transact(async (tx) => first.blobs.claim(tx, staged.id));
    await first.close();
    const { blobs, close } = await openStore({ folder });
    expect(Buffer.compare(await blobs.bytes(staged.id), content)).toBe(0);
    const streamed = Buffer.concat(await blobs.read(staged.id).toArray());
    expect(Buffer.compare(streamed, content)).toBe(0);
    if (size > 5) {
      const part = Buffer.concat(await blobs.read(staged.id, { start: 2, end: 5 }).toArray());
      expect([...part]).toEqual([...content.subarray(2, 6)]);
    }
    expect(Buffer.compare(readFileSync(await blobs.path(staged.id)), content)).toBe(0);
    await close();
  });

  it('knows its digests', async () => {
    const { blobs, close } = await openStore({ ephemeral: true });
    const staged = await blobs.stage(Buffer.from('hello'));
    expect(staged.md5).toBe('5d41402abc4b2a76b9719d911017c592');
    expect(staged.sha256).toBe('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
    await close();
  });

  it('collects at the start what nobody claimed, and nothing else', async () => {
    const first = await openStore({ folder });
    const kept = await first.blobs.stage(contentOf(50_000));
    await first.blobs.stage(contentOf(60_000));
    await first.store.transact(async (tx) => first.blobs.claim(tx, kept.id));
    await first.close();
    writeFileSync(join(folder, 'blobs', 'incoming', 'half'), 'half');
    expect(filesOf(join(folder, 'blobs'))).toBe(3);
    const second = await openStore({ folder });
    await second.blobs.collect();
    expect(filesOf(join(folder, 'blobs'))).toBe(1);
    expect((await second.blobs.bytes(kept.id)).length).toBe(50_000);
    await second.close();
  });

  it('deletes a released file after the commit only, at the latest at the next start', async () => {
    const first = await openStore({ folder });
    const blob = await first.blobs.stage(contentOf(50_000));
    await first.store.transact(async (tx) => first.blobs.claim(tx, blob.id));
    await expect(
      first.store.transact(async (tx) => {
        first.blobs.release(tx, blob.id);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect((await first.blobs.bytes(blob.id)).length).toBe(50_000);
    await first.store.transact(async (tx) => first.blobs.release(tx, blob.id));
    await expect(first.blobs.bytes(blob.id)).rejects.toThrow('there is no blob');
    await first.close();
    const second = await openStore({ folder });
    await second.blobs.collect();
    expect(filesOf(join(folder, 'blobs'))).toBe(0);
    expect(await second.store.range({ limit: 9 })).toEqual([]);
    await second.close();
  });

  it('leaves nothing of what is discarded after all, also when its transaction failed', async () => {
    const { blobs, store, folder: root, close } = await openStore({ ephemeral: true });
    for (const size of [10, 100_000]) {
      const staged = await blobs.stage(contentOf(size));
      const failed = store.transact(async (tx) => {
        blobs.claim(tx, staged.id);
        throw new Error('no');
      });
      await expect(failed).rejects.toThrow('no');
      await blobs.discard(staged.id);
      await expect(blobs.bytes(staged.id)).rejects.toThrow('there is no blob');
    }
    expect(filesOf(join(root, 'blobs'))).toBe(0);
    await close();
  });

  it('leaves nothing of a stream that breaks', async () => {
    const { blobs, folder: root, close } = await openStore({ ephemeral: true });
    async function* broken() {
      yield contentOf(100_000);
      throw new Error('client went away');
    }
    await expect(blobs.stage(broken())).rejects.toThrow('client went away');
    expect(filesOf(join(root, 'blobs'))).toBe(0);
    await close();
  });

  it('moves staged small blobs to files when too many wait, and can still claim them', async () => {
    const { blobs, store, close } = await openStore({ ephemeral: true });
    const staged = [];
    for (let i = 0; i < 2100; i++) staged.push(await blobs.stage(Buffer.alloc(16 * 1024, i)));
    const [oldest] = staged;
    if (!oldest) throw new Error('nothing staged');
    await store.transact(async (tx) => blobs.claim(tx, oldest.id));
    expect((await blobs.bytes(oldest.id)).length).toBe(16 * 1024);
    await close();
  });
});
