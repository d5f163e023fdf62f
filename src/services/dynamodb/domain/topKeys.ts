/**
 * Counts the most frequent of any number of keys in bounded memory: the space-saving algorithm of Metwally, Agrawal
 * and El Abbadi (2005). Up to its size all counts are exact; beyond it the rarest key gives its place, and its count,
 * to the new one, so that a count is never too low, and too high by no more than `error`.
 */
interface Counter {
  count: number;
  error: number;
}

export interface TopKey {
  readonly keys: readonly string[];
  readonly count: number;
  /** By how much `count` may be too high. */
  readonly error: number;
}

export class TopKeys {
  readonly #size: number;
  readonly #counters = new Map<string, Counter>();

  /** @param size keys that are told apart at a time. */
  constructor(size: number) {
    this.#size = size;
  }

  add(keys: readonly string[], weight: number): void {
    const id = JSON.stringify(keys);
    const counter = this.#counters.get(id);
    if (counter) {
      counter.count += weight;
      return;
    }
    if (this.#counters.size < this.#size) {
      this.#counters.set(id, { count: weight, error: 0 });
      return;
    }
    const [rarest, { count }] = this.#rarest();
    this.#counters.delete(rarest);
    this.#counters.set(id, { count: count + weight, error: count });
  }

  /** The keys counted most, most first. */
  top(limit: number): TopKey[] {
    return [...this.#counters]
      .sort(([, left], [, right]) => right.count - left.count)
      .slice(0, limit)
      .map(([id, { count, error }]) => ({ keys: JSON.parse(id) as string[], count, error }));
  }

  #rarest(): [string, Counter] {
    let found: [string, Counter] | undefined;
    for (const entry of this.#counters) if (!found || entry[1].count < found[1].count) found = entry;
    return found as [string, Counter];
  }
}

/** The sum of several counts, most first. */
export function mergeTop(lists: Iterable<readonly TopKey[]>, limit: number): TopKey[] {
  const sums = new Map<string, TopKey>();
  for (const list of lists) {
    for (const one of list) {
      const id = JSON.stringify(one.keys);
      const sum = sums.get(id);
      sums.set(id, sum ? { ...sum, count: sum.count + one.count, error: sum.error + one.error } : one);
    }
  }
  return [...sums.values()].sort((left, right) => right.count - left.count).slice(0, limit);
}
