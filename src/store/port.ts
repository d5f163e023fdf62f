/**
 * The store port: one ordered key-value store with snapshot reads and serialisable transactions. It says
 * nothing of LMDB; one contract suite runs on every adapter.
 *
 * Keys are tuples, encoded so that byte order is value order. Values are bytes; `records.ts` gives typed
 * record sets over both, and that is what a service's `store.ts` uses.
 */

/** An arbitrary-precision decimal in a key, written as DynamoDB returns numbers; byte order is numeric order. */
export interface DecimalPart {
  readonly decimal: string;
}

/** What a key is made of. Order between kinds: null < bytes < string < nested tuple < number/decimal < boolean. */
export type KeyPart =
  | null
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | DecimalPart
  | readonly KeyPart[];
export type Key = readonly KeyPart[];

export interface Entry {
  readonly key: Key;
  readonly value: Uint8Array;
}

/** A selection of keys. Bounds combine with `prefix`; all comparisons are on the encoded bytes. */
export interface KeyRange {
  /** Only keys that start with these parts (whole parts, not parts of a string). */
  prefix?: Key;
  /** Bounds are whole keys; a bound that is a shorter tuple sorts before every key that extends it. */
  gt?: Key;
  gte?: Key;
  lt?: Key;
  lte?: Key;
  reverse?: boolean;
  /** At most this many entries; required, so that nobody reads a whole store by accident. */
  limit: number;
  /** Stop after the entry that brings the sum of value sizes to this many bytes. */
  bytesMax?: number;
}

export interface Reader {
  get(key: Key): Promise<Uint8Array | undefined>;
  /** Entries in key order (or reverse). Touches only what it returns. */
  range(range: KeyRange): Promise<Entry[]>;
}

export interface Transaction extends Reader {
  put(key: Key, value: Uint8Array): void;
  delete(key: Key): void;
  /** Deletes every key that starts with `prefix`. */
  deletePrefix(prefix: Key): void;
}

export interface Store extends Reader {
  /** Runs `body` over one consistent snapshot. */
  snapshot<T>(body: (reader: Reader) => Promise<T>): Promise<T>;
  /**
   * Runs `body` serialisably; resolves with its result once the writes are durable. A throw in `body` writes
   * nothing. `body` sees its own writes, may run more than once (so it changes nothing outside `tx`), and
   * never awaits anything but `tx`: an embedded store has one writer at a time.
   */
  transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * Calls `onChange` after commits that touched a key starting with `prefix` (several commits may share one
   * call). A hint, not a log: read the store to learn what changed. @returns stops watching.
   */
  watch(prefix: Key, onChange: () => void): () => void;
  /** Everything in the store, deleted. */
  clear(): Promise<void>;
  close(): Promise<void>;
}
