import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { RandomIds, VirtualClock } from '../../../kernel/index.ts';
import type { Blobs } from '../../../store/blobs.port.ts';
import { Packages } from './packages.ts';
import { zipped } from './zipped.ts';

const root = mkdtempSync(join(tmpdir(), 'brume-packages-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** As much of the port as archives need. */
function memoryBlobs() {
  const kept = new Map<string, Uint8Array>();
  const blobs = {
    stage: async (content: Uint8Array) => {
      const id = `blob-${kept.size}`;
      kept.set(id, content);
      return { id, size: content.length, md5: '', sha256: '' };
    },
    bytes: async (id: string) => kept.get(id) ?? new Uint8Array(),
  };
  return blobs as unknown as Blobs;
}

describe('packages', () => {
  it('are unpacked once per content and again when their folder has gone', async () => {
    const clock = new VirtualClock(0);
    const packages = new Packages(root, memoryBlobs(), new RandomIds(), clock);
    await packages.open();
    const archive = await zipped({ 'index.js': 'x' });
    const [one, two] = [await packages.take(archive, true), await packages.take(archive, true)];
    const folder = packages.folder(one);
    expect(typeof folder).toBe('string');
    expect(packages.folder(two)).toBe(folder);
    packages.forget(one);
    await clock.advance(59_000);
    expect(existsSync(folder as string)).toBe(true);
    await clock.advance(2_000);
    await expect.poll(() => existsSync(folder as string)).toBe(false);
    // The other function with the same code.
    expect(await packages.folder(two)).toBe(folder);
    expect(existsSync(join(folder as string, 'index.js'))).toBe(true);
  });

  it('stay when they are used after they were forgotten', async () => {
    const clock = new VirtualClock(0);
    const packages = new Packages(root, memoryBlobs(), new RandomIds(), clock);
    await packages.open();
    const code = await packages.take(await zipped({ 'index.js': 'y' }), true);
    packages.forget(code);
    await clock.advance(30_000);
    const folder = packages.folder(code);
    await clock.advance(31_000);
    expect(packages.folder(code)).toBe(folder);
    expect(existsSync(folder as string)).toBe(true);
  });

  it('refuse an empty upload', async () => {
    const packages = new Packages(root, memoryBlobs(), new RandomIds(), new VirtualClock(0));
    await packages.open();
    await expect(packages.take(new Uint8Array(), true)).rejects.toThrow('non-empty zip');
  });
});
