import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { unpack, unzippedSize } from './unpack.ts';
import { zipped } from './zipped.ts';

const root = mkdtempSync(join(tmpdir(), 'brume-unpack-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
async function unpacked(archive: Uint8Array): Promise<string> {
  const folder = join(root, `package-${++count}`);
  mkdirSync(folder);
  await unpack(archive, folder);
  return folder;
}

/** An archive of entries with modes, links among them. */
async function archiveOf(
  entries: readonly { name: string; content: string; mode: number }[],
): Promise<Buffer> {
  const zip = new ZipFile();
  for (const { name, content, mode } of entries) zip.addBuffer(Buffer.from(content), name, { mode });
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Renames an entry in place: archivers refuse to write names like these. */
function renamed(archive: Buffer, from: string, to: string): Buffer {
  return Buffer.from(archive.toString('latin1').replaceAll(from, to), 'latin1');
}

const couldNotUnzip = 'Could not unzip uploaded file';

describe('unpack', () => {
  it('writes files, folders, executables and links', async () => {
    const folder = await unpacked(
      await archiveOf([
        { name: 'bootstrap', content: '#!', mode: 0o100755 },
        { name: 'lib/a/b.js', content: 'code', mode: 0o100600 },
        { name: 'link', content: 'lib/a/b.js', mode: 0o120777 },
      ]),
    );
    expect(statSync(join(folder, 'bootstrap')).mode & 0o777).toBe(0o755);
    expect(statSync(join(folder, 'lib/a/b.js')).mode & 0o777).toBe(0o644);
    expect(readlinkSync(join(folder, 'link'))).toBe('lib/a/b.js');
  });

  it('writes nothing outside of its folder', async () => {
    const archive = await zipped({ 'xx/xx/evil.js': 'evil' });
    for (const name of ['../../evil.js', '/tmp//evil.js', '..\\..\\evil.js']) {
      await expect(unpacked(renamed(archive, 'xx/xx/evil.js', name.padEnd(13, 'x')))).rejects.toThrow(
        couldNotUnzip,
      );
    }
    for (const target of ['/etc/passwd', '../outside', 'a/../../outside']) {
      const links = await archiveOf([{ name: 'link', content: target, mode: 0o120777 }]);
      await expect(unpacked(links)).rejects.toThrow(couldNotUnzip);
    }
  });

  it('refuses what is no archive, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        await expect(unpacked(bytes)).rejects.toThrow(couldNotUnzip);
      }),
      { numRuns: 30 },
    );
    const archive = await zipped({ 'index.js': 'x'.repeat(500) });
    await expect(unpacked(archive.subarray(0, archive.length - 30))).rejects.toThrow(couldNotUnzip);
  });

  it('tells the size of what an archive holds without unpacking it', async () => {
    const archive = await zipped({ 'index.js': 'x'.repeat(500), 'lib/a.js': 'y'.repeat(20) });
    expect(await unzippedSize(archive)).toBe(520);
    await expect(unzippedSize(new Uint8Array([1, 2, 3]))).rejects.toThrow(couldNotUnzip);
  });

  it('gives inline code the same bytes each time', async () => {
    const [first, second] = [await zipped({ 'index.py': 'x' }), await zipped({ 'index.py': 'x' })];
    expect(first.equals(second)).toBe(true);
    expect(readFileSync(join(await unpacked(first), 'index.py'), 'utf8')).toBe('x');
  });
});
