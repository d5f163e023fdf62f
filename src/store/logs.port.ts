/**
 * Append-only, sharded, trimmed logs with sequence numbers and waiters: what DynamoDB Streams, Kinesis,
 * EventBridge archives and CloudWatch Logs are made of.
 */
import type { Key, Reader, Transaction } from './port.ts';

export interface LogEntry {
  /** Ascending within one log, without gaps caused by failed transactions; never reused. */
  readonly sequence: bigint;
  /** Milliseconds since the epoch, as the appender gave it. */
  readonly time: number;
  readonly value: Uint8Array;
}

export interface Logs {
  /** Appends in `tx`, so that a change and its record commit together. @returns the sequence number of each. */
  append(
    tx: Transaction,
    log: Key,
    entries: readonly { time: number; value: Uint8Array }[],
  ): Promise<bigint[]>;
  /** Entries after `afterSequence` (exclusive; -1n for the start), or before it with `reverse`. */
  read(
    log: Key,
    options: { afterSequence?: bigint; beforeSequence?: bigint; limit: number; reverse?: boolean },
  ): Promise<LogEntry[]>;
  /** The sequence number that the next entry will get. @param reader a transaction that must see it. */
  nextSequence(log: Key, reader?: Reader): Promise<bigint>;
  /** Drops entries older than `beforeTime`, at most `limit` of them. @returns how many. */
  trim(log: Key, beforeTime: number, limit: number): Promise<number>;
  delete(tx: Transaction, log: Key): void;
  /** Resolves when an entry after `afterSequence` is there; rejects when aborted. */
  wait(log: Key, afterSequence: bigint, signal: AbortSignal): Promise<void>;
}
