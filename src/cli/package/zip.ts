import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

/** Folders that belong to tools, not to the program: history and Brume's own data. */
const excluded = new Set(['.git', '.brume']);

/** The earliest time that a zip archive can hold, the same in every time zone. */
const fixedTime = new Date(1980, 0, 1);

/**
 * Zips a folder, or one file. The same content gives the same bytes, whenever and wherever it is zipped: names are
 * sorted, times fixed, modes reduced to "executable or not".
 */
export async function zipPath(path: string): Promise<Buffer> {
  const zip = new ZipFile();
  const files = (await stat(path)).isDirectory() ? await filesBelow(path) : [basename(path)];
  const root = (await stat(path)).isDirectory() ? path : join(path, '..');
  for (const name of files) {
    const { mode } = await stat(join(root, name));
    const isExecutable = (mode & 0o111) !== 0;
    zip.addFile(join(root, name), name, {
      mtime: fixedTime,
      mode: isExecutable ? 0o100755 : 0o100644,
      forceDosTimestamp: true,
    });
  }
  zip.end();
  return buffer(zip.outputStream);
}

/** Zips what is in memory, as {@link zipPath} zips files. */
export async function zipFiles(files: ReadonlyMap<string, Uint8Array>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const name of [...files.keys()].sort(byBytes)) {
    const content = files.get(name) as Uint8Array;
    zip.addBuffer(Buffer.from(content.buffer, content.byteOffset, content.byteLength), name, {
      mtime: fixedTime,
      mode: 0o100644,
      forceDosTimestamp: true,
    });
  }
  zip.end();
  return buffer(zip.outputStream);
}

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** All files below a folder, with `/` between names, in byte order. Links are followed. */
async function filesBelow(folder: string, prefix = ''): Promise<string[]> {
  const names: string[] = [];
  for (const name of await readdir(join(folder, prefix))) {
    if (excluded.has(name)) continue;
    const relative = prefix ? `${prefix}/${name}` : name;
    const isFolder = (await stat(join(folder, relative))).isDirectory();
    names.push(...(isFolder ? await filesBelow(folder, relative) : [relative]));
  }
  return prefix ? names : names.sort(byBytes);
}
