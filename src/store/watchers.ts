/** Who wants to know of changes under which prefix. */
import { type KeyText, keyText } from './keys.ts';
import type { Key } from './port.ts';

export class Watchers {
  /** By encoded prefix. */
  readonly #watchers = new Map<KeyText, Set<() => void>>();
  /** How many prefixes there are of each length, so that a key asks once a length and not once a watcher. */
  readonly #lengths = new Map<number, number>();

  add(prefix: Key, onChange: () => void): () => void {
    const text = keyText(prefix);
    let set = this.#watchers.get(text);
    if (!set) {
      set = new Set();
      this.#watchers.set(text, set);
      this.#lengths.set(text.length, (this.#lengths.get(text.length) ?? 0) + 1);
    }
    // A watcher of its own for each call, so that one function may watch twice.
    const watcher = () => onChange();
    set.add(watcher);
    return () => {
      if (!set.delete(watcher) || set.size > 0 || this.#watchers.get(text) !== set) return;
      this.#watchers.delete(text);
      const left = (this.#lengths.get(text.length) ?? 1) - 1;
      if (left > 0) this.#lengths.set(text.length, left);
      else this.#lengths.delete(text.length);
    };
  }

  /** Calls each watcher of a prefix of any of `keys` once. */
  notify(keys: Iterable<KeyText>): void {
    if (this.#watchers.size === 0) return;
    const called = new Set<Set<() => void>>();
    for (const key of keys) {
      for (const length of this.#lengths.keys()) {
        if (length > key.length || key.charCodeAt(length) === 0xff) continue;
        const set = this.#watchers.get(key.slice(0, length));
        if (set) called.add(set);
      }
    }
    this.#call(called);
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
