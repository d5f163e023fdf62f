/** A bounded memory of the newest records: what the console and `/_brume/audit` show. Nothing here grows with time. */
export class Ring<T> {
  readonly #slots: (T | undefined)[];
  #written = 0;

  /** @param capacity how many records are kept. */
  constructor(capacity: number) {
    this.#slots = new Array<T | undefined>(capacity).fill(undefined);
  }

  push(record: T): void {
    this.#slots[this.#written % this.#slots.length] = record;
    this.#written++;
  }

  /** How many were ever pushed. */
  get written(): number {
    return this.#written;
  }

  /** The newest `limit` records, newest first. */
  newest(limit: number = this.#slots.length): T[] {
    const kept = Math.min(limit, this.#written, this.#slots.length);
    const records: T[] = [];
    for (let back = 1; back <= kept; back++) {
      const record = this.#slots[(this.#written - back) % this.#slots.length];
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  clear(): void {
    this.#slots.fill(undefined);
    this.#written = 0;
  }
}
