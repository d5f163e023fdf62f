/** Unpacks deployment packages: a .zip archive into a folder, with nothing written outside of it. */
import { closeSync, createWriteStream, fchmodSync, openSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, symlink } from 'node:fs/promises';
import { dirname, join, normalize, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { inflateRawSync } from 'node:zlib';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import { InvalidParameterValueException } from '../errors.ts';
import { unzippedBytesMax } from '../limits.ts';

/** A link's target longer than this isn't one. Bytes. */
const linkBytesMax = 4096;
/** Files up to this size are written at one go: for most files a stream costs more than the file. Bytes. */
const wholeBytesMax = 256 * 1024;
const fileTypeMask = 0o170_000;
const linkType = 0o120_000;

/**
 * Unpacks `archive` into `folder`, which exists and is empty. Files are readable by everyone, for a sandbox runs as
 * somebody else. @throws InvalidParameterValueException for what isn't an archive, is too large or reaches outside.
 */
export async function unpack(archive: Uint8Array, folder: string): Promise<void> {
  const zip = await open(archive);
  try {
    let total = 0;
    const made = new Set<string>();
    for (let entry = await nextEntry(zip); entry; entry = await nextEntry(zip)) {
      total += entry.uncompressedSize;
      if (total > unzippedBytesMax) {
        throw new InvalidParameterValueException(
          `Unzipped size must be smaller than ${unzippedBytesMax} bytes`,
        );
      }
      await writeEntry(zip, entry, folder, { archive, made });
    }
  } catch (error) {
    if (error instanceof InvalidParameterValueException) throw error;
    if ((error as NodeJS.ErrnoException).syscall) throw error;
    throw notAnArchive(error);
  } finally {
    zip.close();
  }
}

/** @returns the size of what the archive holds in bytes, as its directory says it. */
export async function unzippedSize(archive: Uint8Array): Promise<number> {
  const zip = await open(archive);
  try {
    let total = 0;
    for (let entry = await nextEntry(zip); entry; entry = await nextEntry(zip))
      total += entry.uncompressedSize;
    return total;
  } catch (error) {
    throw notAnArchive(error);
  } finally {
    zip.close();
  }
}

function notAnArchive(cause: unknown): Error {
  const error = new InvalidParameterValueException(
    'Could not unzip uploaded file. Please check your file, then try to upload again.',
  );
  error.cause = cause;
  return error;
}

function open(archive: Uint8Array): Promise<ZipFile> {
  return new Promise((settle, fail) => {
    const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
    fromBuffer(bytes, { lazyEntries: true, validateEntrySizes: true }, (error, zip) => {
      if (error) fail(notAnArchive(error));
      else settle(zip);
    });
  });
}

function nextEntry(zip: ZipFile): Promise<Entry | undefined> {
  return new Promise((settle, fail) => {
    const done = (act: () => void) => {
      zip.removeAllListeners('entry').removeAllListeners('end').removeAllListeners('error');
      act();
    };
    zip.on('entry', (entry: Entry) => done(() => settle(entry)));
    zip.on('end', () => done(() => settle(undefined)));
    zip.on('error', (error: unknown) => done(() => fail(error)));
    zip.readEntry();
  });
}

async function writeEntry(
  zip: ZipFile,
  entry: Entry,
  folder: string,
  { archive, made }: { archive: Uint8Array; made: Set<string> },
): Promise<void> {
  // yauzl has refused absolute names, `..` and backslashes already; what the sandbox relies on is checked again.
  const path = join(folder, normalize(entry.fileName));
  if (path !== folder && !path.startsWith(folder + sep)) throw notAnArchive(entry.fileName);
  if (entry.fileName.endsWith('/')) {
    await mkdir(path, { recursive: true, mode: 0o755 });
    return;
  }
  const unixMode = entry.externalFileAttributes >>> 16;
  const parent = dirname(path);
  if (!made.has(parent)) await mkdir(parent, { recursive: true, mode: 0o755 });
  made.add(parent);
  if ((unixMode & fileTypeMask) === linkType) return writeLink(zip, entry, folder, path);
  const mode = unixMode & 0o111 ? 0o755 : 0o644;
  if (entry.uncompressedSize <= wholeBytesMax)
    return writeWhole(await whole(zip, entry, archive), path, mode);
  await pipeline(await read(zip, entry), createWriteStream(path, { mode }));
  // The process's umask may have taken rights away.
  await chmod(path, mode);
}

function writeWhole(content: Uint8Array, path: string, mode: number): void {
  const file = openSync(path, 'w', mode);
  try {
    writeFileSync(file, content);
    fchmodSync(file, mode);
  } finally {
    closeSync(file);
  }
}

/** The content of an entry, held to the size that the directory says. */
async function whole(zip: ZipFile, entry: Entry, archive: Uint8Array): Promise<Uint8Array> {
  if (!entry.canDecodeFileData()) throw notAnArchive(entry.fileName);
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  const stored = archive.subarray(fileDataStart, fileDataStart + entry.compressedSize);
  const content =
    entry.compressionMethod === 0
      ? stored
      : inflateRawSync(stored, { maxOutputLength: Math.max(1, entry.uncompressedSize) });
  if (content.length !== entry.uncompressedSize) throw notAnArchive(entry.fileName);
  return content;
}

/** Links may only lead to places within the package. */
async function writeLink(zip: ZipFile, entry: Entry, folder: string, path: string): Promise<void> {
  if (entry.uncompressedSize > linkBytesMax) throw notAnArchive(entry.fileName);
  const parts: Buffer[] = [];
  for await (const part of await read(zip, entry)) parts.push(part as Buffer);
  const target = Buffer.concat(parts).toString('utf8');
  const absolute = resolve(dirname(path), target);
  if (absolute !== folder && !absolute.startsWith(folder + sep)) throw notAnArchive(entry.fileName);
  await symlink(target, path);
}

function read(zip: ZipFile, entry: Entry): Promise<NodeJS.ReadableStream> {
  return new Promise((settle, fail) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) fail(error);
      else settle(stream);
    });
  });
}
