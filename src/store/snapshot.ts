/**
 * A whole cloud in one file: a line that says what it is, a line of JSON, then frames, the last of which
 * carries a digest of all before it. Written and read as a stream.
 *
 *     frame = kind (1 byte), length of a (4), length of b (4), a, b
 *     secret: a = a key of the vault     entry: a = encoded key, b = value     blob: a = id, b = content, in pieces
 *     end: a = sha256
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { decodeKey, encodeKey } from './keys.ts';
import type { OpenedStore } from './open.ts';
import type { Key } from './port.ts';
import { recordSet } from './records.ts';

const magic = 'BRUME SNAPSHOT\n';
/** 2: with the keys of the vault. */
const snapshotFormat = 2;
const frameKind = { entry: 1, blob: 2, end: 3, secret: 4 };
const frameHeadBytes = 9;
/** Entries are read and written this many, or this many bytes, at a time. */
const pageEntries = 1000;
const pageBytes = 4 * 1024 * 1024;

/** There from the first to the last transaction of a restore; `openStore` empties a store that still has it. */
export const unfinishedRestore = recordSet<[], string>('store.restore');

export class NotASnapshot extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotASnapshot';
  }
}

interface Header {
  format: number;
  brume: string;
}

export interface SnapshotSummary {
  entries: number;
  blobs: number;
}

export interface SnapshotOptions {
  brumeVersion?: string;
  /** What was sealed opens under these only: whoever has the file has the secrets in it. */
  vaultKeys?: readonly Uint8Array[];
}

/** Writes all of `opened` as it is at one moment to `file` (0600), which appears when it is complete and on disk. */
export async function saveSnapshot(
  opened: OpenedStore,
  file: string,
  { brumeVersion = 'unknown', vaultKeys = [] }: SnapshotOptions = {},
): Promise<SnapshotSummary> {
  const partial = `${file}.partial`;
  const letGo = opened.blobs.hold();
  const handle = await open(partial, 'w', 0o600);
  try {
    const writer = new FrameWriter(handle);
    const header: Header = { format: snapshotFormat, brume: brumeVersion };
    await writer.raw(Buffer.from(`${magic}${JSON.stringify(header)}\n`));
    for (const key of vaultKeys) await writer.frame(frameKind.secret, key, Buffer.alloc(0));
    const summary = await opened.store.snapshot(async (reader) => {
      let entries = 0;
      const blobs: string[] = [];
      let last: Key | undefined;
      for (;;) {
        const page = await reader.range({
          ...(last && { gt: last }),
          limit: pageEntries,
          bytesMax: pageBytes,
        });
        for (const { key, value } of page) {
          await writer.frame(frameKind.entry, encodeKey(key), value);
          const blob = opened.blobs.fileOfRecord(key, value);
          if (blob) blobs.push(blob);
        }
        entries += page.length;
        last = page.at(-1)?.key;
        if (!last) return { entries, blobs };
      }
    });
    for (const id of summary.blobs) {
      const name = Buffer.from(id);
      for await (const chunk of createReadStream(opened.blobs.filePath(id), { highWaterMark: 1024 * 1024 })) {
        await writer.frame(frameKind.blob, name, chunk as Buffer);
      }
    }
    await writer.end();
    await handle.datasync();
    await handle.close();
    await rename(partial, file);
    const folder = await open(dirname(file), 'r');
    await folder.sync().finally(() => folder.close());
    return { entries: summary.entries, blobs: summary.blobs.length };
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(partial, { force: true });
    throw error;
  } finally {
    letGo();
  }
}

/**
 * Replaces all of `opened` by what `file` holds. The file is read through once before anything is deleted.
 * Whoever holds caches over the store starts anew afterwards.
 * @param admit is handed the keys of the vault that it was saved with, before anything is deleted.
 * @throws NotASnapshot for other files, damaged ones, and those of a newer format.
 */
export async function loadSnapshot(
  opened: OpenedStore,
  file: string,
  admit: (vaultKeys: readonly Uint8Array[]) => void = () => {},
): Promise<SnapshotSummary> {
  const vaultKeys: Uint8Array[] = [];
  // Reading to the end checks the digest.
  for await (const { kind, a } of framesOf(file)) if (kind === frameKind.secret) vaultKeys.push(a);
  admit(vaultKeys);
  const { store, blobs } = opened;
  await opened.clear();
  await store.transact(async (tx) => unfinishedRestore.put(tx, [], file));
  const summary = { entries: 0, blobs: 0 };
  let page: { key: Key; value: Uint8Array }[] = [];
  let bytes = 0;
  const flush = async () => {
    const full = page;
    page = [];
    bytes = 0;
    await store.transact(async (tx) => {
      for (const { key, value } of full) tx.put(key, value);
    });
  };
  let blob: { id: string; restore: Awaited<ReturnType<typeof blobs.restoreFile>> } | undefined;
  for await (const { kind, a, b } of framesOf(file)) {
    if (kind === frameKind.entry) {
      page.push({ key: decodeKey(a), value: b });
      bytes += a.length + b.length;
      summary.entries++;
      if (page.length >= pageEntries || bytes >= pageBytes) await flush();
    } else if (kind === frameKind.blob) {
      const id = a.toString();
      if (blob?.id !== id) {
        await blob?.restore.finish();
        blob = { id, restore: await blobs.restoreFile(id) };
        summary.blobs++;
      }
      await blob.restore.write(b);
    }
  }
  await blob?.restore.finish();
  await flush();
  await store.transact(async (tx) => unfinishedRestore.delete(tx));
  return summary;
}

interface Frame {
  kind: number;
  a: Buffer;
  b: Buffer;
}

class FrameWriter {
  readonly #handle: FileHandle;
  readonly #digest = createHash('sha256');
  #pending: Uint8Array[] = [];
  #bytes = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async raw(bytes: Uint8Array): Promise<void> {
    this.#digest.update(bytes);
    this.#pending.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes >= pageBytes) await this.#flush();
  }

  async frame(kind: number, a: Uint8Array, b: Uint8Array): Promise<void> {
    await this.raw(frameHead(kind, a.length, b.length));
    await this.raw(a);
    await this.raw(b);
  }

  async end(): Promise<void> {
    const digest = this.#digest.digest();
    this.#pending.push(frameHead(frameKind.end, digest.length, 0), digest);
    await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#bytes = 0;
    for (let at = 0; at < bytes.length; ) at += (await this.#handle.write(bytes, at)).bytesWritten;
  }
}

function frameHead(kind: number, a: number, b: number): Buffer {
  const head = Buffer.allocUnsafe(frameHeadBytes);
  head.writeUInt8(kind, 0);
  head.writeUInt32BE(a, 1);
  head.writeUInt32BE(b, 5);
  return head;
}

const contents: ReadonlySet<number> = new Set([frameKind.entry, frameKind.blob, frameKind.secret]);

/** Every frame but the last, which it checks. */
async function* framesOf(file: string): AsyncGenerator<Frame> {
  const digest = createHash('sha256');
  const source = new ChunkReader(createReadStream(file, { highWaterMark: 1024 * 1024 }));
  const damaged = () => new NotASnapshot(`${file} is damaged or incomplete: it can't be restored.`);
  const first = await source.line(magic.length);
  if (first?.toString() !== magic) throw new NotASnapshot(`${file} is not a snapshot of Brume.`);
  digest.update(first);
  const second = await source.line(64 * 1024);
  if (!second) throw damaged();
  digest.update(second);
  const header = parseHeader(second.toString());
  if (!header) throw damaged();
  if (header.format > snapshotFormat) {
    throw new NotASnapshot(
      `${file} was written by Brume ${header.brume} in format ${header.format}; this Brume reads up to ${snapshotFormat}.`,
    );
  }
  for (;;) {
    const head = await source.take(frameHeadBytes);
    if (!head) throw damaged();
    const kind = head.readUInt8(0);
    const a = await source.take(head.readUInt32BE(1));
    if (!a) throw damaged();
    if (kind === frameKind.end) {
      if (!digest.digest().equals(a)) throw damaged();
      return;
    }
    const b = await source.take(head.readUInt32BE(5));
    if (!b || !contents.has(kind)) throw damaged();
    digest.update(head).update(a).update(b);
    yield { kind, a, b };
  }
}

function parseHeader(text: string): Header | undefined {
  try {
    const header = JSON.parse(text) as Header;
    return Number.isInteger(header.format) ? header : undefined;
  } catch {
    return undefined;
  }
}

class ChunkReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** Undefined when the file ends before. */
  async take(length: number): Promise<Buffer | undefined> {
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < length) {
      const next = await this.#chunks.next();
      if (next.done) return undefined;
      parts.push(next.value);
      have += next.value.length;
    }
    const all = parts.length === 1 ? this.#rest : Buffer.concat(parts);
    this.#rest = all.subarray(length);
    return all.subarray(0, length);
  }

  /** Up to and with the next line feed, at most `longest` bytes. */
  async line(longest: number): Promise<Buffer | undefined> {
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end >= 0) return end < longest ? this.take(end + 1) : undefined;
      if (this.#rest.length >= longest) return undefined;
      const next = await this.#chunks.next();
      if (next.done) return undefined;
      this.#rest = Buffer.concat([this.#rest, next.value]);
    }
  }
}
