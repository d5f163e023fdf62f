/** Who wants to know of changes under which prefix. */
import { type KeyText, keyText } from './keys.ts';
import type { Key } from './port.ts';

/** How keys.ts begins a text. */
const textKind = 0x30;

export class Watchers {
  /** By encoded prefix. */
  readonly #watchers = new Map<KeyText, Set<() => void>>();
  /** Lengths of the watched prefixes under each first part, so that a key asks once a length and not once a watcher. */
  readonly #lengths = new Map<KeyText, readonly number[]>();

  add(prefix: Key, onChange: () => void): () => void {
    const text = keyText(prefix);
    let set = this.#watchers.get(text);
    if (!set) {
      set = new Set();
      this.#watchers.set(text, set);
      this.#measure();
    }
    // A watcher of its own for each call, so that one function may watch twice.
    const watcher = () => onChange();
    set.add(watcher);
    return () => {
      if (!set.delete(watcher) || set.size > 0 || this.#watchers.get(text) !== set) return;
      this.#watchers.delete(text);
      this.#measure();
    };
  }

  /** Calls each watcher of a prefix of any of `keys` once. */
  notify(keys: Iterable<KeyText>): void {
    if (this.#watchers.size === 0) return;
    const called = new Set<Set<() => void>>();
    const everything = this.#watchers.get('');
    if (everything) called.add(everything);
    let first = '';
    let lengths: readonly number[] = [];
    for (const key of keys) {
      // Keys come in the company of their like: most begin as the one before.
      if (first === '' || !key.startsWith(first) || key.charCodeAt(first.length) === 0xff) {
        first = firstPart(key);
        lengths = this.#lengths.get(first) ?? [];
      }
      for (const length of lengths) {
        if (length > key.length || key.charCodeAt(length) === 0xff) continue;
        const set = this.#watchers.get(key.slice(0, length));
        if (set) called.add(set);
      }
    }
    this.#call(called);
  }

  #measure(): void {
    this.#lengths.clear();
    for (const text of this.#watchers.keys()) {
      if (text === '') continue;
      const first = firstPart(text);
      this.#lengths.set(first, [...new Set([...(this.#lengths.get(first) ?? []), text.length])]);
    }
  }

  notifyAll(): void {
    this.#call([...this.#watchers.values()]);
  }

  #call(sets: Iterable<Set<() => void>>): void {
    for (const set of sets) {
      for (const watcher of [...set]) {
        try {
          watcher();
        } catch (error) {
          // The commit stands; what a watcher throws is its own bug and must be seen, not fail the writer.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    }
  }
}

/** The first part of a key when it is a text, which ends with its first zero byte that `ff` doesn't follow; else a byte. */
function firstPart(key: KeyText): KeyText {
  if (key.charCodeAt(0) !== textKind) return key.slice(0, 1);
  let end = key.indexOf('\0');
  while (end >= 0 && key.charCodeAt(end + 1) === 0xff) end = key.indexOf('\0', end + 1);
  return end < 0 ? key : key.slice(0, end + 1);
}
