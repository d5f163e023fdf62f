/**
 * The embedded store, on LMDB. This process is its only writer (`open.ts` locks the folder), so transactions
 * need no write lock of LMDB while they run: the bodies of a batch run one after another over the last commit
 * and an overlay of the batch's own writes, then the overlay goes to LMDB's writing thread as one transaction.
 * Callers are answered when that commit is on disk (without `overlappingSync`, LMDB syncs before it publishes
 * a commit), and while it syncs the next batch gathers: that is the group commit.
 */
import { boundsOf, isWithin } from './bounds.ts';
import { keyText } from './keys.ts';
import {
  type Database,
  keyBytesMax,
  keyTooLong,
  lmdbRange,
  openDatabase,
  readRange,
} from './lmdbDatabase.ts';
import { Overlay } from './overlay.ts';
import type { Entry, Key, KeyRange, Reader, Store, Transaction } from './port.ts';
import { Watchdog } from './watchdog.ts';
import { Watchers } from './watchers.ts';

/** A batch closes at this many transactions or pending bytes: it bounds memory and the wait of its first caller. */
const batchTransactionsMax = 2048;
const batchBytesMax = 16 * 1024 * 1024;

export interface LmdbOptions {
  /** Folder or file; created when missing. */
  path: string;
  /** False: commits aren't synced (ephemeral clouds, canaries of the crash test). */
  durable?: boolean;
}

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
    this.#db = openDatabase(options.path, options.durable !== false);
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

  /**
   * While a batch is being written the next one gathers; it goes to disk before the answers of the one before go out,
   * so that the disk never waits for them.
   */
  async #write(): Promise<void> {
    let settle = () => {};
    for (;;) {
      if (this.#queue.length === 0) {
        settle();
        settle = () => {};
        // One turn of the event loop: what the same turn of the sockets asks for shares a commit.
        await nextTurn();
        if (this.#queue.length === 0) break;
      }
      const { jobs, overlay } = await this.#runBatch();
      const committed = overlay.size > 0 ? this.#commit(overlay) : Promise.resolve();
      settle();
      settle = await committed.then(
        () => () => this.#settle(jobs, overlay),
        (cause: unknown) => () => {
          for (const job of jobs) job.reject(cause);
        },
      );
    }
    this.#writing = undefined;
  }

  async #runBatch(): Promise<{ jobs: Job[]; overlay: Overlay }> {
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
    return { jobs, overlay };
  }

  /** Also failures and readers have waited for the commit: they may have seen writes that weren't on disk yet. */
  #settle(jobs: readonly Job[], overlay: Overlay): void {
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

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
