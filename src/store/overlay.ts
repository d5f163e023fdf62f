/**
 * Writes that aren't in the store yet, kept in key order so that ranges can merge them. Transactions of one
 * batch share an overlay; a transaction that throws takes its own writes back by the journal.
 */
import { type Bounds, isWithin } from './bounds.ts';
import type { KeyText } from './keys.ts';

/** Null: deleted. */
export type Pending = Uint8Array | null;

/** Up to this many new keys are inserted one by one; more are merged in one pass. */
const insertMax = 16;

export class Overlay {
  readonly #writes = new Map<KeyText, Pending>();
  /** Keys of `#writes` in order, but for those in `#unsorted`. */
  #sorted: KeyText[] = [];
  #unsorted: KeyText[] = [];
  /** What each write of the running transaction replaced: key, previous, key, previous … */
  #journal: (KeyText | Pending | undefined)[] = [];
  /** Sum of pending keys and values, in bytes, roughly. */
  bytes = 0;

  get size(): number {
    return this.#writes.size;
  }

  /** Undefined: nothing pending for this key. */
  get(key: KeyText): Pending | undefined {
    return this.#writes.get(key);
  }

  set(key: KeyText, value: Pending): void {
    const previous = this.#writes.get(key);
    this.#journal.push(key, previous);
    if (previous === undefined) this.#unsorted.push(key);
    this.#writes.set(key, value);
    this.bytes += key.length + (value?.length ?? 0);
  }

  begin(): void {
    this.#journal = [];
  }

  rollback(): void {
    for (let i = this.#journal.length - 2; i >= 0; i -= 2) {
      const key = this.#journal[i] as KeyText;
      const previous = this.#journal[i + 1] as Pending | undefined;
      if (previous === undefined) this.#writes.delete(key);
      else this.#writes.set(key, previous);
    }
    if (this.#journal.length > 0) {
      this.#sorted = this.#sorted.filter((key) => this.#writes.has(key));
      this.#unsorted = this.#unsorted.filter((key) => this.#writes.has(key));
    }
    this.#journal = [];
  }

  entries(): IterableIterator<[KeyText, Pending]> {
    return this.#writes.entries();
  }

  keys(): IterableIterator<KeyText> {
    return this.#writes.keys();
  }

  /** Pending keys within the bounds, in order. */
  within(bounds: Bounds): KeyText[] {
    if (this.#writes.size === 0) return [];
    this.#sort();
    const keys: KeyText[] = [];
    for (let i = firstAtLeast(this.#sorted, bounds.low); i < this.#sorted.length; i++) {
      const key = this.#sorted[i] as KeyText;
      if (isWithin(bounds, key)) keys.push(key);
      else if (key !== bounds.low) break;
    }
    return keys;
  }

  #sort(): void {
    if (this.#unsorted.length === 0) return;
    const added = this.#unsorted.sort();
    this.#unsorted = [];
    if (this.#sorted.length === 0) {
      this.#sorted = added;
      return;
    }
    if (added.length <= insertMax) {
      for (const key of added) this.#sorted.splice(firstAtLeast(this.#sorted, key), 0, key);
      return;
    }
    const merged: KeyText[] = [];
    let left = 0;
    for (const key of added) {
      while (left < this.#sorted.length && (this.#sorted[left] as KeyText) < key) {
        merged.push(this.#sorted[left++] as KeyText);
      }
      merged.push(key);
    }
    while (left < this.#sorted.length) merged.push(this.#sorted[left++] as KeyText);
    this.#sorted = merged;
  }
}

function firstAtLeast(sorted: readonly KeyText[], key: KeyText): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as KeyText) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
