/** The naive store: a map, sorted whenever a range is asked. Slow and obviously right: the oracle of the contract suite. */
import { boundsOf, isWithin } from './bounds.ts';
import { EncodedEntry } from './entry.ts';
import { type KeyText, keyText } from './keys.ts';
import type { Entry, Key, KeyRange, Reader, Store, Transaction } from './port.ts';
import { Watchers } from './watchers.ts';

type Content = Map<KeyText, Uint8Array>;

export class MemoryStore implements Store {
  #content: Content = new Map();
  #last: Promise<unknown> = Promise.resolve();
  readonly #watchers = new Watchers();

  async get(key: Key): Promise<Uint8Array | undefined> {
    return this.#content.get(keyText(key));
  }

  async range(range: KeyRange): Promise<Entry[]> {
    return readRange(this.#content, range);
  }

  async snapshot<T>(body: (reader: Reader) => Promise<T>): Promise<T> {
    const content = this.#content;
    return body({
      get: async (key) => content.get(keyText(key)),
      range: async (range) => readRange(content, range),
    });
  }

  transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    const run = async () => {
      const content = new Map(this.#content);
      const touched = new Set<KeyText>();
      const result = await body(new MemoryTransaction(content, touched));
      this.#content = content;
      this.#watchers.notify(touched);
      return result;
    };
    const done = this.#last.then(run);
    this.#last = done.catch(() => {});
    return done;
  }

  watch(prefix: Key, onChange: () => void): () => void {
    return this.#watchers.add(prefix, onChange);
  }

  async clear(): Promise<void> {
    await this.#last;
    this.#content = new Map();
    this.#watchers.notifyAll();
  }

  async close(): Promise<void> {
    await this.#last;
  }
}

class MemoryTransaction implements Transaction {
  readonly #content: Content;
  readonly #touched: Set<KeyText>;

  constructor(content: Content, touched: Set<KeyText>) {
    this.#content = content;
    this.#touched = touched;
  }

  async get(key: Key): Promise<Uint8Array | undefined> {
    return this.#content.get(keyText(key));
  }

  async range(range: KeyRange): Promise<Entry[]> {
    return readRange(this.#content, range);
  }

  put(key: Key, value: Uint8Array): void {
    this.#content.set(keyText(key), Uint8Array.from(value));
    this.#touched.add(keyText(key));
  }

  delete(key: Key): void {
    this.#content.delete(keyText(key));
    this.#touched.add(keyText(key));
  }

  deletePrefix(prefix: Key): void {
    const bounds = boundsOf({ prefix, limit: 1 });
    for (const key of [...this.#content.keys()]) {
      if (!isWithin(bounds, key)) continue;
      this.#content.delete(key);
      this.#touched.add(key);
    }
  }
}

function readRange(content: Content, range: KeyRange): Entry[] {
  const bounds = boundsOf(range);
  const keys = [...content.keys()].filter((key) => isWithin(bounds, key)).sort();
  if (range.reverse) keys.reverse();
  const entries: Entry[] = [];
  let bytes = 0;
  for (const key of keys) {
    if (entries.length >= range.limit || (range.bytesMax !== undefined && bytes >= range.bytesMax)) break;
    const value = content.get(key) as Uint8Array;
    entries.push(new EncodedEntry(key, value));
    bytes += value.length;
  }
  return entries;
}
