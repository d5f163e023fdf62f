/** The LMDB file under the store: how it is opened, how keys and values cross to it, how ranges are read. */
import {
  open as openLmdb,
  type RangeOptions,
  type Transaction as ReadTransaction,
  type RootDatabase,
  type RootDatabaseOptionsWithPath,
} from 'lmdb';
import { type Bounds, boundsOf, isEmpty, isWithin } from './bounds.ts';
import { EncodedEntry } from './entry.ts';
import type { KeyText, Latin1Buffer } from './keys.ts';
import type { Overlay } from './overlay.ts';
import type { Entry, KeyRange } from './port.ts';

/** LMDB allows keys of 4,026 bytes with this page size; 1,978 with the default of 4,096, too few for DynamoDB. */
const pageSize = 8192;
/** Longest encoded key in bytes. */
export const keyBytesMax = 4026;
export type Database = RootDatabase<Uint8Array, KeyText>;

/** Keys go to LMDB's buffers and come from them as text, without a buffer of their own. */
const latin1Keys = {
  // LMDB's binding itself gives an empty buffer where an instruction has no key.
  writeKey: (key: KeyText | Uint8Array, target: Latin1Buffer, start: number) => {
    if (typeof key !== 'string') return start;
    if (key.length > keyBytesMax) throw keyTooLong(key);
    return start + target.latin1Write(key, start);
  },
  readKey: (source: Latin1Buffer, start: number, end: number) => source.latin1Slice(start, end),
};

/** Values are given as they are and read as copies: LMDB's binding reads into one buffer that it uses again. */
const copiedValues = {
  encode: (value: Uint8Array) => value,
  decode: (source: Buffer) => {
    const { length } = source;
    const copy = Buffer.allocUnsafe(length);
    source.copy(copy, 0, 0, length);
    return copy;
  },
};

/** @param isDurable false: nothing is ever synced. */
export function openDatabase(path: string, isDurable: boolean): Database {
  return openLmdb<Uint8Array, KeyText>({
    path,
    pageSize,
    encoding: 'binary',
    keyEncoder: latin1Keys,
    encoder: copiedValues,
    maxDbs: 1,
    overlappingSync: false,
    // The writer gathers a turn of the event loop itself; and a batch of the binding's own has a promise that
    // nobody holds, whose rejection (a full disk) would end the process.
    eventTurnBatching: false,
    noSync: !isDurable,
    // `keyEncoder` is documented but missing from the published types.
  } as RootDatabaseOptionsWithPath);
}

export function keyTooLong(text: KeyText): RangeError {
  return new RangeError(
    `a key of ${text.length} bytes is longer than the ${keyBytesMax} that the store holds`,
  );
}

export function lmdbRange(bounds: Bounds, reverse: boolean): RangeOptions {
  const low = bounds.low === '' ? undefined : bounds.low;
  const { high } = bounds;
  // Both ends inclusive: `isWithin` has the last word.
  const [start, end] = reverse ? [high, low] : [low, high];
  return { ...(start && { start }), ...(end && { end }), reverse, inclusiveEnd: true } as RangeOptions;
}

export function readRange(
  db: Database,
  transaction: ReadTransaction | undefined,
  overlay: Overlay | undefined,
  range: KeyRange,
): Entry[] {
  const bounds = boundsOf(range);
  if (isEmpty(bounds) || range.limit <= 0) return [];
  const reverse = range.reverse === true;
  const pending = overlay ? overlay.within(bounds) : [];
  if (reverse) pending.reverse();
  const before = (a: KeyText, b: KeyText) => (reverse ? a > b : a < b);
  const entries: Entry[] = [];
  let bytes = 0;
  const take = (key: KeyText, value: Uint8Array) => {
    entries.push(new EncodedEntry(key, value));
    bytes += value.length;
    return entries.length >= range.limit || (range.bytesMax !== undefined && bytes >= range.bytesMax);
  };
  let next = 0;
  /** Takes the pending entries that come before `key`; true when the range is full. */
  const takePending = (key: KeyText | undefined): boolean => {
    while (next < pending.length) {
      const text = pending[next] as KeyText;
      if (key !== undefined && !before(text, key)) return false;
      next++;
      const value = overlay?.get(text);
      if (value && take(text, value)) return true;
    }
    return false;
  };
  const options = { ...lmdbRange(bounds, reverse), ...(transaction && { transaction }) };
  for (const { key: text, value } of db.getRange(options)) {
    if (!isWithin(bounds, text)) continue;
    if (pending.length > 0) {
      if (takePending(text)) return entries;
      if (overlay?.get(text) !== undefined) {
        if (pending[next] !== text) continue;
        next++;
        const written = overlay.get(text);
        if (written && take(text, written)) return entries;
        continue;
      }
    }
    if (take(text, value)) return entries;
  }
  takePending(undefined);
  return entries;
}
