import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Entry, fromBuffer } from 'yauzl';
import { zipFiles, zipPath } from './zip.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zip-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Buffer): string {
  const path = join(folder, 'code', name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** As another reader of the format sees it. */
async function contents(
  archive: Buffer,
): Promise<Record<string, { text: Buffer; mode: number; method: number }>> {
  const found: Record<string, { text: Buffer; mode: number; method: number }> = {};
  await new Promise<void>((resolve, reject) => {
    fromBuffer(archive, { lazyEntries: true, validateEntrySizes: true }, (error, zip) => {
      if (error) return reject(error);
      zip.on('error', reject);
      zip.on('end', () => resolve());
      zip.on('entry', (entry: Entry) => {
        zip.openReadStream(entry, (failed, stream) => {
          if (failed) return reject(failed);
          void buffer(stream).then((text) => {
            const mode = entry.externalFileAttributes >>> 16;
            found[entry.fileName] = { text, mode, method: entry.compressionMethod };
            zip.readEntry();
          });
        });
      });
      zip.readEntry();
    });
  });
  return found;
}

describe('archives', () => {
  it('hold names, content and whether a file is executable; what cannot be made shorter stays as it is', async () => {
    write('index.js', 'x'.repeat(10_000));
    write('lib/größe.txt', '');
    write('lib/a/b.bin', Buffer.from([1, 2, 3]));
    chmodSync(write('bootstrap', '#!/bin/sh\n'), 0o755);
    write('.git/config', 'no');
    const found = await contents(await zipPath(join(folder, 'code')));
    expect(Object.keys(found)).toEqual(['bootstrap', 'index.js', 'lib/a/b.bin', 'lib/größe.txt']);
    expect(found['index.js']?.text.toString()).toBe('x'.repeat(10_000));
    expect(found['index.js']).toMatchObject({ mode: 0o100644, method: 8 });
    expect(found.bootstrap?.mode).toBe(0o100755);
    expect(found['lib/a/b.bin']).toMatchObject({ text: Buffer.from([1, 2, 3]), method: 0 });
    expect(found['lib/größe.txt']?.text).toHaveLength(0);
  });

  it('see a change of any file, whatever its times and size say', async () => {
    const path = write('index.js', 'one');
    const old = new Date(1_600_000_000_000);
    utimesSync(path, old, old);
    const first = await zipPath(join(folder, 'code'));
    expect((await zipPath(join(folder, 'code'))).equals(first)).toBe(true);
    writeFileSync(path, 'two');
    utimesSync(path, old, old);
    expect(statSync(path)).toMatchObject({ size: 3, mtimeMs: old.getTime() });
    const second = await contents(await zipPath(join(folder, 'code')));
    expect(second['index.js']?.text.toString()).toBe('two');
    for (const text of ['six', 'ten', 'six', 'one']) {
      writeFileSync(path, text);
      const found = await contents(await zipPath(join(folder, 'code')));
      expect(found['index.js']?.text.toString()).toBe(text);
    }
    expect((await zipPath(join(folder, 'code'))).equals(first), 'the same content, the same bytes').toBe(
      true,
    );
  });

  it('are the same from memory', async () => {
    write('b/index.js', 'one');
    write('a.js', 'two');
    const files = new Map([
      ['b/index.js', Buffer.from('one')],
      ['a.js', Buffer.from('two')],
    ]);
    expect(zipFiles(files).equals(await zipPath(join(folder, 'code')))).toBe(true);
  });

  it('are read by Python too, digests checked', async () => {
    write('lib/a.txt', 'x'.repeat(1000));
    writeFileSync(join(folder, 'out.zip'), await zipPath(join(folder, 'code')));
    const program = `import zipfile;z=zipfile.ZipFile(${JSON.stringify(join(folder, 'out.zip'))});print(z.testzip(), z.namelist())`;
    let said: string;
    try {
      said = execFileSync('python3', ['-c', program], { encoding: 'utf8' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    expect(said.trim()).toBe("None ['lib/a.txt']");
    expect(readFileSync(join(folder, 'out.zip')).subarray(0, 2).toString()).toBe('PK');
  });
});
