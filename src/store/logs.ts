/**
 * Append-only logs over the store.
 *
 *     ['log.head', log]             → the sequence number that the next entry gets
 *     ['log.entry', log, sequence]  → time (8 bytes, double), then the value
 *
 * `log`, any key, stands as one nested tuple, so that no log's entries lie among another's.
 */
import type { LogEntry, Logs } from './logs.port.ts';
import type { Entry, Key, Reader, Store, Transaction } from './port.ts';
import { type Codec, recordSet } from './records.ts';

const head: Codec<bigint> = {
  encode: (sequence) => {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeBigInt64BE(sequence);
    return bytes;
  },
  decode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readBigInt64BE(),
};

interface TimedValue {
  time: number;
  value: Uint8Array;
}

const timedValue: Codec<TimedValue> = {
  encode: ({ time, value }) => {
    const bytes = Buffer.allocUnsafe(8 + value.length);
    bytes.writeDoubleBE(time);
    bytes.set(value, 8);
    return bytes;
  },
  decode: (bytes) => ({
    time: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readDoubleBE(),
    value: bytes.subarray(8),
  }),
};

const heads = recordSet<[log: Key], bigint>('log.head', head);
const entries = recordSet<[log: Key, sequence: bigint], TimedValue>('log.entry', timedValue);

export class StoreLogs implements Logs {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async append(
    tx: Transaction,
    log: Key,
    added: readonly { time: number; value: Uint8Array }[],
  ): Promise<bigint[]> {
    let next = (await heads.get(tx, log)) ?? 0n;
    const sequences: bigint[] = [];
    for (const { time, value } of added) {
      entries.put(tx, [log, next], { time, value });
      sequences.push(next++);
    }
    if (sequences.length > 0) heads.put(tx, [log], next);
    return sequences;
  }

  async read(
    log: Key,
    options: { afterSequence?: bigint; beforeSequence?: bigint; limit: number; reverse?: boolean },
  ): Promise<LogEntry[]> {
    const { afterSequence = -1n, beforeSequence, limit, reverse = false } = options;
    const found = await entries.range(this.#store, {
      under: [log],
      gt: [log, afterSequence],
      ...(beforeSequence === undefined ? {} : { lt: [log, beforeSequence] }),
      reverse,
      limit,
    });
    return found.map(({ key, value }) => ({
      sequence: BigInt(key[1]),
      time: value.time,
      value: value.value,
    }));
  }

  async nextSequence(log: Key, reader: Reader = this.#store): Promise<bigint> {
    return (await heads.get(reader, log)) ?? 0n;
  }

  /** Trims from the oldest sequence on, and stops at the first entry that is young enough. */
  trim(log: Key, beforeTime: number, limit: number): Promise<number> {
    return this.#store.transact(async (tx) => {
      let trimmed = 0;
      for (const { key, value } of await entries.range(tx, { under: [log], limit })) {
        if (value.time >= beforeTime) break;
        entries.delete(tx, ...key);
        trimmed++;
      }
      return trimmed;
    });
  }

  /** A log that is appended to after its deletion begins at 0 again: it is another log. */
  delete(tx: Transaction, log: Key): void {
    heads.delete(tx, log);
    entries.deleteUnder(tx, log);
  }

  async wait(log: Key, afterSequence: bigint, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    let wake = () => {};
    const stop = this.#store.watch(entries.key(log), () => wake());
    const onAbort = () => wake();
    signal.addEventListener('abort', onAbort);
    try {
      for (;;) {
        const changed = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const [newer]: Entry[] = await this.#store.range({
          prefix: entries.key(log),
          gt: entries.key(log, afterSequence),
          limit: 1,
        });
        if (newer) return;
        signal.throwIfAborted();
        await changed;
        signal.throwIfAborted();
      }
    } finally {
      stop();
      signal.removeEventListener('abort', onAbort);
    }
  }
}
