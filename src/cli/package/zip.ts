import { type Dirent, readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { clock } from '../clock.ts';
import { archive, type PackedFile, packed } from './archive.ts';

/** Folders that belong to tools, not to the program: history and Brume's own data. */
const excluded = new Set(['.git', '.brume']);

/** Files packed so far by this process, by path: `brume dev` packs the same folders again and again. */
const known = new Map<string, { readonly identity: string; readonly packed: PackedFile }>();
/** Bytes of what is remembered, packed; past that it is forgotten, oldest first. */
const knownBytesMax = 128 * 1024 * 1024;
let knownBytes = 0;
/** A file that was written this shortly ago may be written again in the same tick of its times. Milliseconds. */
const settledMs = 50;
/** Files that are read before others get a turn. */
const sliceFiles = 64;

interface Found {
  readonly name: string;
  readonly stats: Stats;
}

/**
 * Zips a folder, or one file. The same content gives the same bytes, whenever and wherever it is zipped: names are
 * sorted, times fixed, modes reduced to "executable or not". Links are followed.
 */
export async function zipPath(path: string): Promise<Buffer> {
  const isFolder = (await stat(path)).isDirectory();
  const root = isFolder ? path : dirname(path);
  const found = isFolder ? await filesBelow(path) : [{ name: basename(path), stats: statSync(path) }];
  const files = [];
  for (const [index, { name, stats }] of found.entries()) {
    if (index % sliceFiles === sliceFiles - 1) await turn();
    files.push({
      name,
      isExecutable: (stats.mode & 0o111) !== 0,
      packed: packedFile(join(root, name), stats),
    });
  }
  return archive(files);
}

/** Zips what is in memory, as {@link zipPath} zips files. */
export function zipFiles(files: ReadonlyMap<string, Uint8Array>): Buffer {
  return archive(
    [...files]
      .sort(([left], [right]) => byBytes(left, right))
      .map(([name, content]) => ({ name, isExecutable: false, packed: packed(content) })),
  );
}

function packedFile(path: string, stats: Stats): PackedFile {
  const identity = [stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join(':');
  const before = known.get(path);
  if (before?.identity === identity) return before.packed;
  const isSettled = clock.now() - stats.mtimeMs > settledMs;
  const result = packed(readFileSync(path));
  if (before) forget(path, before.packed);
  if (!isSettled) return result;
  known.set(path, { identity, packed: result });
  knownBytes += result.bytes.length;
  for (const [oldest, { packed }] of known) {
    if (knownBytes <= knownBytesMax) break;
    forget(oldest, packed);
  }
  return result;
}

function forget(path: string, { bytes }: PackedFile): void {
  known.delete(path);
  knownBytes -= bytes.length;
}

/** All files below a folder, with `/` between names, in byte order. Links are followed. */
async function filesBelow(folder: string): Promise<Found[]> {
  const found: Found[] = [];
  const pending = [''];
  for (let prefix = pending.pop(); prefix !== undefined; prefix = pending.pop()) {
    const entries: Dirent[] = readdirSync(join(folder, prefix), { withFileTypes: true });
    for (const entry of entries) {
      if (excluded.has(entry.name)) continue;
      const name = prefix ? `${prefix}/${entry.name}` : entry.name;
      const stats = entry.isDirectory() ? undefined : statSync(join(folder, name));
      if (stats === undefined || stats.isDirectory()) pending.push(name);
      else found.push({ name, stats });
    }
    await turn();
  }
  return found.sort((left, right) => byBytes(left.name, right.name));
}

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
