/**
 * Typed record sets over the store: what a service's `store.ts` is made of. A set has a prefix of its own
 * (unique, registered in `docs/keys.md`), keys of named parts after it, and a codec for its values.
 */
import { Packr } from 'msgpackr';
import type { Entry, Key, KeyPart, KeyRange, Reader, Transaction } from './port.ts';

export interface Codec<Value> {
  encode(value: Value): Uint8Array;
  decode(bytes: Uint8Array): Value;
}

const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: false, moreTypes: true });

/** Plain data with `Uint8Array`, `Date`, `Set`, `bigint` (64 bits) and `undefined` kept. */
export function packed<Value>(): Codec<Value> {
  return { encode: (value) => packr.pack(value), decode: (bytes) => packr.unpack(bytes) as Value };
}

/** Values that are bytes already. */
export const rawBytes: Codec<Uint8Array> = { encode: (value) => value, decode: (bytes) => bytes };

export interface RecordRange<Parts extends readonly KeyPart[]> {
  /** Only keys that start with these parts. */
  under?: Partial<Parts> | readonly KeyPart[];
  /** Bounds, as parts after the set's prefix; a shorter bound sorts before all that extends it. */
  gt?: readonly KeyPart[];
  gte?: readonly KeyPart[];
  lt?: readonly KeyPart[];
  lte?: readonly KeyPart[];
  reverse?: boolean;
  limit: number;
  bytesMax?: number;
}

export interface RecordEntry<Parts extends readonly KeyPart[], Value> {
  /** The parts after the set's prefix. Decoded when asked for. */
  readonly key: Parts;
  readonly value: Value;
}

export interface RecordSet<Parts extends readonly KeyPart[], Value> {
  readonly prefix: string;
  /** The same records, their values written otherwise: sealed, where the vault is known later than the set. */
  coded(codec: Codec<Value>): RecordSet<Parts, Value>;
  /** The whole key of a record, prefix included: for `store.watch` and logs. Fewer parts make a prefix. */
  key(...parts: Partial<Parts>): Key;
  get(reader: Reader, ...parts: Parts): Promise<Value | undefined>;
  exists(reader: Reader, ...parts: Parts): Promise<boolean>;
  /**
   * A `get` for records that are read far more often than they change: their bytes are read each time, and decoded when
   * they aren't those of the last time. Its values are shared by all who read: nobody may change them.
   * @param max records whose values are kept.
   */
  remembering(max: number): (reader: Reader, ...parts: Parts) => Promise<Readonly<Value> | undefined>;
  put(tx: Transaction, parts: Parts, value: Value): void;
  delete(tx: Transaction, ...parts: Parts): void;
  /** Deletes all records whose key starts with `parts`; cost grows with their number. */
  deleteUnder(tx: Transaction, ...parts: Partial<Parts>): void;
  range(reader: Reader, range: RecordRange<Parts>): Promise<RecordEntry<Parts, Value>[]>;
  /** The values alone of `range`. */
  values(reader: Reader, range: RecordRange<Parts>): Promise<Value[]>;
}

const prefixes = new Set<string>();

/**
 * Declares a record set: `recordSet<[tableId: string, hash: KeyPart], Item>('dynamodb.item')`. Once a prefix, at
 * module level.
 * @param prefix `service.what`, unique in the whole of Brume; its line in `docs/keys.md` says what it holds.
 */
export function recordSet<Parts extends readonly KeyPart[], Value>(
  prefix: string,
  codec: Codec<Value> = packed<Value>(),
): RecordSet<Parts, Value> {
  if (prefixes.has(prefix)) throw new Error(`the key prefix ${prefix} is declared twice`);
  prefixes.add(prefix);
  return setOf(prefix, codec);
}

function setOf<Parts extends readonly KeyPart[], Value>(
  prefix: string,
  codec: Codec<Value>,
): RecordSet<Parts, Value> {
  const whole = (parts: readonly (KeyPart | undefined)[]): Key => {
    const key: KeyPart[] = [prefix];
    for (const part of parts) {
      if (part === undefined) break;
      key.push(part);
    }
    return key;
  };
  const scan = (reader: Reader, range: RecordRange<Parts>): Promise<Entry[]> => {
    const selection: KeyRange = { prefix: whole(range.under ?? []), limit: range.limit };
    if (range.gt) selection.gt = whole(range.gt);
    if (range.gte) selection.gte = whole(range.gte);
    if (range.lt) selection.lt = whole(range.lt);
    if (range.lte) selection.lte = whole(range.lte);
    if (range.reverse) selection.reverse = true;
    if (range.bytesMax !== undefined) selection.bytesMax = range.bytesMax;
    return reader.range(selection);
  };
  return {
    prefix,
    coded: (other) => setOf(prefix, other),
    key: (...parts) => whole(parts as readonly KeyPart[]),
    get: async (reader, ...parts) => {
      const bytes = await reader.get([prefix, ...parts]);
      return bytes && codec.decode(bytes);
    },
    exists: async (reader, ...parts) => (await reader.get([prefix, ...parts])) !== undefined,
    remembering: (max) => {
      const known = new Map<string, { bytes: Uint8Array; value: Value }>();
      return async (reader, ...parts) => {
        const bytes = await reader.get([prefix, ...parts]);
        if (bytes === undefined) return undefined;
        const name = parts.join('\0');
        const last = known.get(name);
        if (last && Buffer.compare(last.bytes, bytes) === 0) return last.value;
        const value = codec.decode(bytes);
        if (known.size >= max) known.clear();
        known.set(name, { bytes: Uint8Array.from(bytes), value });
        return value;
      };
    },
    put: (tx, parts, value) => tx.put([prefix, ...parts], codec.encode(value)),
    delete: (tx, ...parts) => tx.delete([prefix, ...parts]),
    deleteUnder: (tx, ...parts) => tx.deletePrefix(whole(parts as readonly KeyPart[])),
    range: async (reader, range) =>
      (await scan(reader, range)).map((entry) => new DecodedEntry<Parts, Value>(entry, codec)),
    values: async (reader, range) => (await scan(reader, range)).map((entry) => codec.decode(entry.value)),
  };
}

/** Every prefix declared so far, for the test that compares them with `docs/keys.md`. */
export function declaredPrefixes(): readonly string[] {
  return [...prefixes];
}

class DecodedEntry<Parts extends readonly KeyPart[], Value> implements RecordEntry<Parts, Value> {
  readonly #entry: Entry;
  readonly value: Value;

  constructor(entry: Entry, codec: Codec<Value>) {
    this.#entry = entry;
    this.value = codec.decode(entry.value);
  }

  get key(): Parts {
    return this.#entry.key.slice(1) as unknown as Parts;
  }
}
