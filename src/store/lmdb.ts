/**
 * The embedded store, on LMDB. This process is its only writer (`open.ts` locks the folder), so transactions
 * need no write lock of LMDB while they run: the bodies of a batch run one after another over the last commit
 * and an overlay of the batch's own writes, then the overlay goes to LMDB's writing thread as one transaction.
 * Callers are answered when that commit is on disk (without `overlappingSync`, LMDB syncs before it publishes
 * a commit), and while it syncs the next batch gathers: that is the group commit.
 */
import {
  open as openLmdb,
  type RangeOptions,
  type Transaction as ReadTransaction,
  type RootDatabase,
  type RootDatabaseOptionsWithPath,
} from 'lmdb';
import { type Bounds, boundsOf, isEmpty, isWithin } from './bounds.ts';
import { EncodedEntry } from './entry.ts';
import { type KeyText, keyText, type Latin1Buffer } from './keys.ts';
import { Overlay } from './overlay.ts';
import type { Entry, Key, KeyRange, Reader, Store, Transaction } from './port.ts';
import { Watchers } from './watchers.ts';

/** LMDB allows keys of 4,026 bytes with this page size; 1,978 with the default of 4,096, too few for DynamoDB. */
const pageSize = 8192;
/** Longest encoded key in bytes. */
export const keyBytesMax = 4026;
/** A batch closes at this many transactions or pending bytes: it bounds memory and the wait of its first caller. */
const batchTransactionsMax = 2048;
const batchBytesMax = 16 * 1024 * 1024;

export interface LmdbOptions {
  /** Folder or file; created when missing. */
  path: string;
  /** False: commits aren't synced (ephemeral clouds, canaries of the crash test). */
  durable?: boolean;
}

type Database = RootDatabase<Uint8Array, KeyText>;

/** Keys go to LMDB's buffers and come from them as text, without a buffer of their own. */
const latin1Keys = {
  // LMDB's binding itself gives an empty buffer where an instruction has no key.
  writeKey: (key: KeyText | Uint8Array, target: Latin1Buffer, start: number) => {
    if (typeof key !== 'string') return start;
    if (key.length > keyBytesMax) throw keyTooLong(key);
    return start + target.latin1Write(key, start);
  },
  readKey: (source: Latin1Buffer, start: number, end: number) => source.latin1Slice(start, end),
};

/** Values are given as they are and read as copies: LMDB's binding reads into one buffer that it uses again. */
const copiedValues = {
  encode: (value: Uint8Array) => value,
  decode: (source: Buffer) => {
    const { length } = source;
    const copy = Buffer.allocUnsafe(length);
    source.copy(copy, 0, 0, length);
    return copy;
  },
};

interface Job {
  body(tx: Transaction): Promise<unknown>;
  resolve(value: unknown): void;
  reject(cause: unknown): void;
  outcome: { value: unknown } | { cause: unknown } | undefined;
}

export class LmdbStore implements Store {
  readonly #db: Database;
  readonly #watchers = new Watchers();
  #queue: Job[] = [];
  /** The writer while it has work. */
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(options: LmdbOptions) {
    this.#db = openLmdb<Uint8Array, KeyText>({
      path: options.path,
      pageSize,
      encoding: 'binary',
      keyEncoder: latin1Keys,
      encoder: copiedValues,
      maxDbs: 1,
      overlappingSync: false,
      // The writer gathers a turn of the event loop itself; and a batch of the binding's own has a promise that
      // nobody holds, whose rejection (a full disk) would end the process.
      eventTurnBatching: false,
      noSync: options.durable === false,
      // `keyEncoder` is documented but missing from the published types.
    } as RootDatabaseOptionsWithPath);
  }

  get(key: Key): Promise<Uint8Array | undefined> {
    try {
      return Promise.resolve(this.#db.get(keyText(key)));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async range(range: KeyRange): Promise<Entry[]> {
    return readRange(this.#db, undefined, undefined, range);
  }

  async snapshot<T>(body: (reader: Reader) => Promise<T>): Promise<T> {
    const transaction = this.#db.useReadTransaction();
    const db = this.#db;
    try {
      return await body({
        get: async (key) => db.get(keyText(key), { transaction }),
        range: async (range) => readRange(db, transaction, undefined, range),
      });
    } finally {
      transaction.done();
    }
  }

  transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) throw new Error('the store is closed');
      this.#queue.push({ body, resolve: resolve as (value: unknown) => void, reject, outcome: undefined });
      this.#writing ??= this.#write();
    });
  }

  watch(prefix: Key, onChange: () => void): () => void {
    return this.#watchers.add(prefix, onChange);
  }

  async clear(): Promise<void> {
    while (this.#writing) await this.#writing;
    const cleared = this.#db.clearAsync();
    const goOn = () => {
      this.#writing = this.#queue.length > 0 ? this.#write() : undefined;
    };
    this.#writing = cleared.then(goOn, goOn);
    await cleared;
    this.#watchers.notifyAll();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    await this.#db.close();
  }

  async #write(): Promise<void> {
    for (;;) {
      // One turn of the event loop: what the same turn of the sockets asks for shares a commit.
      await nextTurn();
      if (this.#queue.length === 0) break;
      await this.#writeBatch();
    }
    this.#writing = undefined;
  }

  async #writeBatch(): Promise<void> {
    const overlay = new Overlay();
    const watchdog = new Watchdog();
    const jobs: Job[] = [];
    while (jobs.length < this.#queue.length) {
      if (jobs.length >= batchTransactionsMax || overlay.bytes >= batchBytesMax) break;
      const job = this.#queue[jobs.length] as Job;
      jobs.push(job);
      await this.#run(job, overlay, watchdog);
    }
    watchdog.stop();
    this.#queue = this.#queue.slice(jobs.length);
    try {
      if (overlay.size > 0) await this.#commit(overlay);
    } catch (cause) {
      for (const job of jobs) job.reject(cause);
      return;
    }
    // Also failures and readers wait for the commit: they may have seen writes that weren't on disk yet.
    for (const job of jobs) {
      if (job.outcome && 'value' in job.outcome) job.resolve(job.outcome.value);
      else job.reject(job.outcome?.cause);
    }
    this.#watchers.notify(overlay.keys());
  }

  async #run(job: Job, overlay: Overlay, watchdog: Watchdog): Promise<void> {
    const tx = new LmdbTransaction(this.#db, overlay);
    overlay.begin();
    try {
      job.outcome = { value: await watchdog.guard(job.body, tx) };
    } catch (cause) {
      overlay.rollback();
      job.outcome = { cause };
    } finally {
      tx.isOver = true;
    }
  }

  async #commit(overlay: Overlay): Promise<void> {
    try {
      await this.#db.batch(() => {
        for (const [text, value] of overlay.entries()) {
          if (value === null) void this.#db.remove(text);
          else void this.#db.put(text, value);
        }
      });
    } catch (error) {
      // The binding rejects with a word of its own and carries the cause in a promise beside it.
      const { commitError } = error as { commitError?: Promise<never> };
      const cause = await commitError?.catch((reason: unknown) => reason);
      const why = cause instanceof Error ? cause.message : String(error);
      throw new Error(`the store could not commit: ${why}`, { cause: cause ?? error });
    }
  }
}

class LmdbTransaction implements Transaction {
  readonly #db: Database;
  readonly #overlay: Overlay;
  isOver = false;

  constructor(db: Database, overlay: Overlay) {
    this.#db = db;
    this.#overlay = overlay;
  }

  get(key: Key): Promise<Uint8Array | undefined> {
    try {
      this.#assertRunning();
      const text = keyText(key);
      const pending = this.#overlay.get(text);
      if (pending !== undefined) return Promise.resolve(pending ?? undefined);
      return Promise.resolve(this.#db.get(text));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async range(range: KeyRange): Promise<Entry[]> {
    this.#assertRunning();
    return readRange(this.#db, undefined, this.#overlay, range);
  }

  put(key: Key, value: Uint8Array): void {
    this.#assertRunning();
    const text = keyText(key);
    if (text.length > keyBytesMax) throw keyTooLong(text);
    this.#overlay.set(text, value);
  }

  delete(key: Key): void {
    this.#assertRunning();
    this.#overlay.set(keyText(key), null);
  }

  deletePrefix(prefix: Key): void {
    this.#assertRunning();
    const bounds = boundsOf({ prefix, limit: 1 });
    for (const key of this.#overlay.within(bounds)) this.#overlay.set(key, null);
    for (const key of this.#db.getKeys(lmdbRange(bounds, false))) {
      if (isWithin(bounds, key)) this.#overlay.set(key, null);
    }
  }

  #assertRunning(): void {
    if (this.isOver) throw new Error('the transaction is over: await every read and write inside its body');
  }
}

/**
 * While bodies await only the store, a whole batch runs in one turn of the event loop. So if a turn passes
 * while a body runs, that body awaits something else and would hold every other writer up: it fails.
 */
class Watchdog {
  #fail: ((cause: Error) => void) | undefined;
  #armed: NodeJS.Immediate | undefined;

  guard<T>(body: (tx: Transaction) => Promise<T>, tx: Transaction): Promise<T> {
    this.#armed ??= setImmediate(() => this.#bark());
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      body(tx).then(resolve, reject);
    });
  }

  stop(): void {
    clearImmediate(this.#armed);
  }

  #bark(): void {
    this.#armed = undefined;
    this.#fail?.(
      new Error('a transaction awaited something other than its store: it was stopped and wrote nothing'),
    );
  }
}

function keyTooLong(text: KeyText): RangeError {
  return new RangeError(
    `a key of ${text.length} bytes is longer than the ${keyBytesMax} that the store holds`,
  );
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function lmdbRange(bounds: Bounds, reverse: boolean): RangeOptions {
  const low = bounds.low === '' ? undefined : bounds.low;
  const { high } = bounds;
  // Both ends inclusive: `isWithin` has the last word.
  const [start, end] = reverse ? [high, low] : [low, high];
  return { ...(start && { start }), ...(end && { end }), reverse, inclusiveEnd: true } as RangeOptions;
}

function readRange(
  db: Database,
  transaction: ReadTransaction | undefined,
  overlay: Overlay | undefined,
  range: KeyRange,
): Entry[] {
  const bounds = boundsOf(range);
  if (isEmpty(bounds) || range.limit <= 0) return [];
  const reverse = range.reverse === true;
  const pending = overlay ? overlay.within(bounds) : [];
  if (reverse) pending.reverse();
  const before = (a: KeyText, b: KeyText) => (reverse ? a > b : a < b);
  const entries: Entry[] = [];
  let bytes = 0;
  const take = (key: KeyText, value: Uint8Array) => {
    entries.push(new EncodedEntry(key, value));
    bytes += value.length;
    return entries.length >= range.limit || (range.bytesMax !== undefined && bytes >= range.bytesMax);
  };
  let next = 0;
  /** Takes the pending entries that come before `key`; true when the range is full. */
  const takePending = (key: KeyText | undefined): boolean => {
    while (next < pending.length) {
      const text = pending[next] as KeyText;
      if (key !== undefined && !before(text, key)) return false;
      next++;
      const value = overlay?.get(text);
      if (value && take(text, value)) return true;
    }
    return false;
  };
  const options = { ...lmdbRange(bounds, reverse), ...(transaction && { transaction }) };
  for (const { key: text, value } of db.getRange(options)) {
    if (!isWithin(bounds, text)) continue;
    if (pending.length > 0) {
      if (takePending(text)) return entries;
      if (overlay?.get(text) !== undefined) {
        if (pending[next] !== text) continue;
        next++;
        const written = overlay.get(text);
        if (written && take(text, written)) return entries;
        continue;
      }
    }
    if (take(text, value)) return entries;
  }
  takePending(undefined);
  return entries;
}
