/**
 * Blobs beside the store.
 *
 *     ['blob', id]        → { size, content? }: content here when it is small, else in a file named by the id
 *     ['blob.free', id]   → a file to be deleted, because its blob was released
 *
 * A large blob is written to a temporary name, synced, renamed and its folder synced before `stage` resolves,
 * so the record that claims it never points at bytes that a power cut took. A file without a record belongs to
 * a request that failed or a process that died: it is collected at the next start.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Ids, SystemClock, type Timer } from '../kernel/index.ts';
import type { Blobs, StagedBlob } from './blobs.port.ts';
import type { Key, Store, Transaction } from './port.ts';
import { packed, recordSet } from './records.ts';

/** Up to this many bytes a blob lives in the store: one commit in place of a file, two syncs and a commit. */
const inlineBytesMax = 16 * 1024;
/** Small blobs that wait in memory for their claim; past this the oldest go to files. */
const stagedBytesMax = 32 * 1024 * 1024;
/** Files are spread over folders named by this many characters of their id. */
const shardCharacters = 2;
const incomingFolder = 'incoming';
/** Released files stay this long, for readers of this process that found the blob just before. */
const readersGraceMs = 1000;
const sweepBatch = 100;

interface BlobRecord {
  size: number;
  content?: Uint8Array;
}

const records = recordSet<[id: string], BlobRecord>('blob');
const freed = recordSet<[id: string], true>('blob.free');

export interface FileBlobsOptions {
  store: Store;
  folder: string;
  ids: Ids;
  /** False: nothing is synced (ephemeral clouds). */
  durable: boolean;
  onError?(cause: unknown): void;
}

export class FileBlobs implements Blobs {
  readonly #options: FileBlobsOptions;
  /** Small blobs of this process that may not be claimed yet. */
  readonly #staged = new Map<string, Uint8Array>();
  #stagedBytes = 0;
  /** Files of this process that may not be claimed yet; the collector leaves them alone. */
  readonly #stagedFiles = new Map<string, number>();
  readonly #shards = new Set<string>();
  /** Ids that were claimed in a transaction that may not be committed yet. */
  readonly #claimed = new Set<string>();
  readonly #background = new Set<Promise<void>>();
  #sweepTimer: Timer | undefined;
  #holds = 0;
  #closed = false;
  readonly #stopWatching: (() => void)[];

  constructor(options: FileBlobsOptions) {
    this.#options = options;
    // The folder is this process's alone: what is half written in it was another's, who is dead.
    const incoming = join(options.folder, incomingFolder);
    rmSync(incoming, { recursive: true, force: true });
    mkdirSync(incoming, { recursive: true });
    this.#stopWatching = [
      options.store.watch(freed.key(), () => this.#sweepSoon()),
      options.store.watch(records.key(), () => this.#forgetClaimed()),
    ];
  }

  async stage(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<StagedBlob> {
    const id = this.#options.ids.token(26);
    const chunks = content instanceof Uint8Array ? [content] : content;
    const md5 = createHash('md5');
    const sha256 = createHash('sha256');
    let size = 0;
    let small: Uint8Array[] | undefined = [];
    let file: FileHandle | undefined;
    const incoming = join(this.#options.folder, incomingFolder, id);
    try {
      for await (const chunk of chunks) {
        md5.update(chunk);
        sha256.update(chunk);
        size += chunk.length;
        if (small && size <= inlineBytesMax) {
          // Copied: a socket's buffer may be used again.
          small.push(Uint8Array.from(chunk));
          continue;
        }
        file ??= await open(incoming, 'wx');
        if (small) await writeAll(file, Buffer.concat(small));
        small = undefined;
        await writeAll(file, chunk);
      }
      if (small) this.#keepStaged(id, Buffer.concat(small));
      else if (file) {
        if (this.#options.durable) await file.datasync();
        await file.close();
        file = undefined;
        this.#stagedFiles.set(id, size);
        await this.#publish(incoming, id);
      }
    } catch (error) {
      await file?.close().catch(() => {});
      await rm(incoming, { force: true });
      throw error;
    }
    return { id, size, md5: md5.digest('hex'), sha256: sha256.digest('hex') };
  }

  async discard(id: string): Promise<void> {
    this.#forget(id);
    this.#claimed.delete(id);
    if (this.#stagedFiles.delete(id)) await rm(this.#file(id), { force: true });
  }

  claim(tx: Transaction, id: string): void {
    this.#claimed.add(id);
    const content = this.#staged.get(id);
    if (content) {
      records.put(tx, [id], { size: content.length, content });
      return;
    }
    const size = this.#stagedFiles.get(id);
    if (size === undefined)
      throw new Error(`blob ${id} wasn't staged by this process, or is claimed already`);
    records.put(tx, [id], { size });
  }

  release(tx: Transaction, id: string): void {
    records.delete(tx, id);
    freed.put(tx, [id], true);
  }

  read(id: string, range?: { start: number; end: number }): Readable {
    return Readable.from(this.#chunks(id, range), { objectMode: false });
  }

  async bytes(id: string): Promise<Uint8Array> {
    const content = await this.#inline(id);
    return content ?? readFile(this.#file(id));
  }

  async path(id: string): Promise<string> {
    const content = await this.#inline(id);
    const path = this.#file(id);
    if (!content) return path;
    // A copy that only serves readers; the collector takes it at the next start if the blob is gone by then.
    const incoming = join(this.#options.folder, incomingFolder, `${id}.${this.#options.ids.token(8)}`);
    await writeFile(incoming, content);
    await mkdir(join(this.#options.folder, shardOf(id)), { recursive: true });
    await rename(incoming, path);
    return path;
  }

  /**
   * Deletes files that no blob claims: what a crash left. Once at start; it looks at every file, so it runs
   * beside the first requests. @returns how many it deleted.
   */
  async collect(): Promise<number> {
    const { folder, store } = this.#options;
    let deleted = 0;
    for (const shard of await readdir(folder)) {
      if (shard === incomingFolder) continue;
      for (const id of await readdir(join(folder, shard))) {
        if (this.#closed) return deleted;
        if (this.#stagedFiles.has(id) || (await records.exists(store, id))) continue;
        await rm(join(folder, shard, id), { force: true });
        deleted++;
      }
    }
    await this.#sweep();
    return deleted;
  }

  /** While held, no file is deleted: for snapshots. @returns lets go. */
  hold(): () => void {
    this.#holds++;
    return () => {
      this.#holds--;
      this.#sweepSoon();
    };
  }

  /** Of an entry of the store: the id of the blob whose content is in a file; for snapshots. */
  fileOfRecord(key: Key, value: Uint8Array): string | undefined {
    if (key[0] !== records.prefix) return undefined;
    const { content } = packed<BlobRecord>().decode(value);
    return content ? undefined : (key[1] as string);
  }

  filePath(id: string): string {
    return this.#file(id);
  }

  /** Writes the file of a blob whose record a snapshot brings. */
  async restoreFile(
    id: string,
  ): Promise<{ write(bytes: Uint8Array): Promise<void>; finish(): Promise<void> }> {
    const incoming = join(this.#options.folder, incomingFolder, id);
    const file = await open(incoming, 'w');
    return {
      write: (bytes) => writeAll(file, bytes),
      finish: async () => {
        if (this.#options.durable) await file.datasync();
        await file.close();
        await this.#publish(incoming, id);
      },
    };
  }

  /** Everything gone; called after the store was cleared. */
  async clear(): Promise<void> {
    this.#staged.clear();
    this.#stagedFiles.clear();
    this.#claimed.clear();
    this.#stagedBytes = 0;
    this.#shards.clear();
    for (const shard of await readdir(this.#options.folder)) {
      await rm(join(this.#options.folder, shard), { recursive: true, force: true });
    }
    await mkdir(join(this.#options.folder, incomingFolder), { recursive: true });
  }

  async close(): Promise<void> {
    for (const stop of this.#stopWatching) stop();
    this.#closed = true;
    this.#sweepTimer?.cancel();
    await Promise.all(this.#background);
  }

  async *#chunks(id: string, range: { start: number; end: number } | undefined): AsyncGenerator<Uint8Array> {
    // A blob released a moment ago has no record, but its file stays for a while, for readers like this one.
    const content = await this.#inline(id).catch(() => undefined);
    if (content) {
      if (content.length > 0) yield range ? content.subarray(range.start, range.end + 1) : content;
      return;
    }
    yield* createReadStream(this.#file(id), { ...range, highWaterMark: 256 * 1024 });
  }

  async #inline(id: string): Promise<Uint8Array | undefined> {
    const staged = this.#staged.get(id);
    if (staged) return staged;
    if (this.#stagedFiles.has(id)) return undefined;
    const record = await records.get(this.#options.store, id);
    if (!record) throw new Error(`there is no blob ${id}`);
    return record.content;
  }

  #file(id: string): string {
    return join(this.#options.folder, shardOf(id), id);
  }

  async #publish(incoming: string, id: string): Promise<void> {
    const shard = join(this.#options.folder, shardOf(id));
    if (!this.#shards.has(shard)) {
      await mkdir(shard, { recursive: true });
      if (this.#options.durable) await syncFolder(this.#options.folder);
      this.#shards.add(shard);
    }
    await rename(incoming, join(shard, id));
    if (this.#options.durable) await syncFolder(shard);
  }

  #keepStaged(id: string, content: Uint8Array): void {
    this.#staged.set(id, content);
    this.#stagedBytes += content.length;
    for (const [oldest, bytes] of this.#staged) {
      if (this.#stagedBytes <= stagedBytesMax) break;
      this.#spill(oldest, bytes);
    }
  }

  #spill(id: string, content: Uint8Array): void {
    const incoming = join(this.#options.folder, incomingFolder, id);
    const descriptor = openSync(incoming, 'w');
    writeSync(descriptor, content);
    if (this.#options.durable) fsyncSync(descriptor);
    closeSync(descriptor);
    mkdirSync(join(this.#options.folder, shardOf(id)), { recursive: true });
    renameSync(incoming, this.#file(id));
    this.#stagedFiles.set(id, content.length);
    this.#forget(id);
  }

  #forget(id: string): void {
    this.#stagedBytes -= this.#staged.get(id)?.length ?? 0;
    this.#staged.delete(id);
  }

  /** After a commit that touched blobs: what is in the store by now needs no staging any more. */
  #forgetClaimed(): void {
    for (const id of this.#claimed) {
      this.#attempt(async () => {
        if (!(await records.exists(this.#options.store, id))) return;
        this.#claimed.delete(id);
        this.#stagedFiles.delete(id);
        this.#forget(id);
      });
    }
  }

  #sweepSoon(): void {
    this.#sweepTimer ??= machine.at(machine.now() + readersGraceMs, () => {
      this.#sweepTimer = undefined;
      this.#attempt(() => this.#sweep());
    });
  }

  /** Deletes the files of released blobs. */
  async #sweep(): Promise<void> {
    const { store } = this.#options;
    while (this.#holds === 0 && !this.#closed) {
      const batch = await freed.range(store, { limit: sweepBatch });
      if (batch.length === 0) return;
      const ids = batch.map((entry) => entry.key[0]);
      for (const id of ids) await rm(this.#file(id), { force: true });
      await store.transact(async (tx) => {
        for (const id of ids) freed.delete(tx, id);
      });
    }
  }

  /** Work that nobody waits for; `close` does. */
  #attempt(work: () => Promise<void>): void {
    const done = work()
      .catch((cause: unknown) => this.#options.onError?.(cause))
      .finally(() => this.#background.delete(done));
    this.#background.add(done);
  }
}

const machine = new SystemClock();

function shardOf(id: string): string {
  return id.slice(0, shardCharacters);
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written)).bytesWritten;
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows has no handle of a folder to sync; NTFS journals its entries.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
