/**
 * Answers kept as long as nothing changes: who a key belongs to, which policies somebody has. Every request asks, and
 * what is asked about changes seldom; the first request after a change reads anew.
 */

/** Counts the changes that could make an answer untrue. */
export interface Changing {
  readonly changes: number;
}

export class Remembered<Answer extends object> {
  readonly #source: Changing;
  readonly #max: number;
  readonly #known = new Map<string, Answer>();
  #ofObjects = new WeakMap<object, Answer>();
  #seen = -1;

  /** @param max answers kept; past that the oldest are read again. */
  constructor(source: Changing, max: number) {
    this.#source = source;
    this.#max = max;
  }

  /** @returns without a promise what is known; `undefined` is never remembered. */
  get(
    name: string,
    read: () => Promise<Answer | undefined>,
  ): Answer | undefined | Promise<Answer | undefined> {
    const { changes } = this.#source;
    if (changes !== this.#seen) {
      this.#known.clear();
      this.#ofObjects = new WeakMap();
      this.#seen = changes;
    }
    return this.#known.get(name) ?? this.#read(name, read, changes);
  }

  /** The same for whoever asks with the same object again and again: its name is made when it asks first. */
  getFor(
    asking: object,
    nameOf: () => string,
    read: () => Promise<Answer | undefined>,
  ): Answer | undefined | Promise<Answer | undefined> {
    const known = this.#seen === this.#source.changes ? this.#ofObjects.get(asking) : undefined;
    if (known) return known;
    const found = this.get(nameOf(), read);
    if (found && !(found instanceof Promise)) this.#ofObjects.set(asking, found);
    return found;
  }

  async #read(
    name: string,
    read: () => Promise<Answer | undefined>,
    changes: number,
  ): Promise<Answer | undefined> {
    const answer = await read();
    // What was read while something changed may be older than the change.
    if (answer === undefined || this.#source.changes !== changes || this.#seen !== changes) return answer;
    if (this.#known.size >= this.#max) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(name, answer);
    return answer;
  }
}
