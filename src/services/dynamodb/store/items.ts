/**
 * Items and index entries. Key table:
 *
 *     ['dynamodb.item', tableId, place, partition, sort?]                          → item
 *     ['dynamodb.index', indexId, place, partition, sort?, table partition, sort?] → the projected part of an item
 *                                        (a composed key has up to four parts of each)
 *     ['dynamodb.expiry', expiriesOf(table), seconds, place, partition, sort?]     → '' (TTL: when an item expires)
 *
 * `place` is the hash of the partition key (domain/keys.ts): a Scan reads in its order, a segment of a parallel
 * Scan is a range of it, a Query reads a range of sort keys under one partition. Long partition keys are stood
 * for by a digest; sort keys are kept whole, for their order. A local index leaves out the table's partition
 * at the end: it is its own. Values: domain/itemCodec.ts.
 */
import {
  type Entry,
  type Key,
  type KeyPart,
  type Reader,
  rawBytes,
  recordSet,
  type Store,
  type Transaction,
} from '../../../store/index.ts';
import { attributeOf, type Item } from '../domain/attributeValues.ts';
import type { Consumption } from '../domain/capacity.ts';
import { writeUnits } from '../domain/capacity.ts';
import { encodeItem } from '../domain/itemCodec.ts';
import { itemBytes } from '../domain/itemSize.ts';
import { composedParts, identityPart, keyPart, placeOf, placeOfAll } from '../domain/keys.ts';
import { pick } from '../domain/projection.ts';
import { type Index, isComposed, type KeySchema, projectedNames, type Table } from '../domain/table.ts';
import { limits } from '../limits.ts';
import { purgeUnder } from './purge.ts';
import { rangeOf, type Selection } from './selection.ts';

const items = recordSet<[tableId: string, place: string, ...KeyPart[]], Uint8Array>(
  'dynamodb.item',
  rawBytes,
);
const entries = recordSet<[indexId: string, place: string, ...KeyPart[]], Uint8Array>(
  'dynamodb.index',
  rawBytes,
);
const expiries = recordSet<[expiriesOf: string, seconds: number, ...KeyPart[]], Uint8Array>(
  'dynamodb.expiry',
  rawBytes,
);
const nothing = new Uint8Array(0);
/** Where index entries are written that only their cost is asked of. */
const nowhere: Pick<Transaction, 'put' | 'delete'> = { put: () => {}, delete: () => {} };

/** One item of one table before and after a write; the parts that indexes, streams and TTL follow. */
export interface Change {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  /** Bytes of `after` as DynamoDB counts them. */
  readonly afterBytes: number;
}

/** Where a change comes from, when no caller of the API made it. */
export interface Origin {
  /** What its stream record says of it: TTL. */
  readonly userIdentity?: { type: string; principalId: string };
  /** The region whose replica of a global table made it. */
  readonly replicatedFrom?: string;
}

/** Follows the changes of some tables, in the transaction of each: streams, histories, replicas. */
export interface ChangeFollower {
  follows(table: Table): boolean;
  changed(tx: Transaction, table: Table, change: Change, origin: Origin | undefined): Promise<void> | void;
}

export class Items {
  readonly store: Store;
  readonly #followers: readonly ChangeFollower[];
  readonly #metered: boolean;
  /** By description of a table: asked at every write. */
  readonly #followersOf = new WeakMap<Table, readonly ChangeFollower[]>();

  /** @param options.metered whether every write must know what it costs. */
  constructor(store: Store, followers: readonly ChangeFollower[], options: { metered?: boolean } = {}) {
    this.store = store;
    this.#metered = options.metered ?? false;
    this.#followers = followers;
  }

  /** True when a write must know the item that it replaces, even if nobody asked. */
  followed(table: Table): boolean {
    return (
      this.#metered ||
      table.countsKeys !== undefined ||
      table.indexes.length > 0 ||
      table.timeToLive !== undefined ||
      this.#followersFor(table).length > 0
    );
  }

  #followersFor(table: Table): readonly ChangeFollower[] {
    let followers = this.#followersOf.get(table);
    if (!followers) {
      followers = this.#followers.filter((follower) => follower.follows(table));
      this.#followersOf.set(table, followers);
    }
    return followers;
  }

  get(reader: Reader, table: Table, key: Item): Promise<Uint8Array | undefined> {
    return reader.get(itemKey(table, key));
  }

  /** Writes an item that nothing follows (`followed` is false). */
  putBlind(tx: Transaction, table: Table, item: Item, bytes: number): void {
    tx.put(itemKey(table, item), encodeItem(item, bytes));
  }

  /** Writes an item as it lay elsewhere, and nothing but it. @param rest of its key, after the table's id. */
  putStored(tx: Transaction, table: Table, rest: Key, value: Uint8Array): void {
    tx.put(placedKey(table, rest), value);
  }

  deleteBlind(tx: Transaction, table: Table, key: Item): void {
    tx.delete(itemKey(table, key));
  }

  /** Writes a change with its index entries, and tells who follows it. @param consumption gets the index units. */
  async write(
    tx: Transaction,
    table: Table,
    change: Change,
    consumption?: Consumption,
    factor = 1,
    origin?: Origin,
  ): Promise<void> {
    this.place(tx, table, change, consumption, factor);
    for (const follower of this.#followersFor(table)) await follower.changed(tx, table, change, origin);
  }

  /** Writes a change with its index entries, and tells nobody: copies of what was told elsewhere. */
  place(tx: Transaction, table: Table, change: Change, consumption?: Consumption, factor = 1): void {
    const { before, after, afterBytes } = change;
    if (after) tx.put(itemKey(table, after), encodeItem(after, afterBytes));
    else if (before) tx.delete(itemKey(table, before));
    for (const index of table.indexes) {
      const units = writeIndex(tx, table, index, change, factor);
      consumption?.addIndex(index, units);
    }
    if (table.timeToLive) followExpiry(tx, table, table.timeToLive.attribute, change);
  }

  /** Adds what a change would cost the indexes of its table; nothing is written. */
  addIndexUnits(consumption: Consumption, table: Table, change: Change, factor: number): void {
    for (const index of table.indexes) {
      consumption.addIndex(index, writeIndex(nowhere, table, index, change, factor));
    }
  }

  /** Entries of a table or index under one partition, or in a range of places. */
  range(table: Table, index: Index | undefined, selection: Selection): Promise<Entry[]> {
    const root: Key = index ? [entries.prefix, index.id] : [items.prefix, table.id];
    return this.store.range(rangeOf(root, selection));
  }

  /** A part of the items of a table after `after`, with their store keys; none after the last. */
  page(
    reader: Reader,
    table: Table,
    after: Key | undefined,
    limit: number,
    bytesMax: number = limits.sweepBytes,
  ): Promise<Entry[]> {
    return reader.range({ prefix: items.key(table.id), ...(after ? { gt: after } : {}), limit, bytesMax });
  }

  /** Adds the index entry of an item that was there before the index. */
  fill(tx: Transaction, table: Table, index: Index, item: Item): void {
    writeIndex(tx, table, index, { before: undefined, after: item, afterBytes: 0 }, 1);
  }

  fillExpiry(tx: Transaction, table: Table, attribute: string, item: Item): void {
    followExpiry(tx, table, attribute, { before: undefined, after: item, afterBytes: 0 });
  }

  /** Store keys and values of some items that expired in `oldest` or later and before `seconds` (of the epoch). */
  async expired(
    reader: Reader,
    table: Table,
    oldest: number,
    seconds: number,
  ): Promise<{ entry: Key; value: Uint8Array | undefined }[]> {
    const id = expiriesOf(table);
    const found = await reader.range({
      prefix: expiries.key(id),
      gte: [expiries.prefix, id, oldest],
      lt: [expiries.prefix, id, seconds],
      limit: limits.sweepItems,
    });
    const expired: { entry: Key; value: Uint8Array | undefined }[] = [];
    let bytes = 0;
    for (const { key } of found) {
      const value = await reader.get(placedKey(table, key.slice(3)));
      expired.push({ entry: key, value });
      bytes += value?.length ?? 0;
      if (bytes >= limits.sweepBytes) break;
    }
    return expired;
  }

  dropExpiry(tx: Transaction, entry: Key): void {
    tx.delete(entry);
  }
}

/** The store key of an item from what follows the table's id in it. */
export function placedKey(table: Table, rest: Key): Key {
  return [items.prefix, table.id, ...rest];
}

/** The store key of an item, from any item or key that has its key attributes. */
export function itemKey(table: Table, item: Item): Key {
  const { partition, sort } = table.key;
  const part = keyPart(item[partition.name] as never, partition.type);
  const place = placeOf(part);
  if (!sort) return [items.prefix, table.id, place, identityPart(part)];
  return [items.prefix, table.id, place, identityPart(part), keyPart(item[sort.name] as never, sort.type)];
}

/** The store key of an item's entry in an index; undefined when it has none (a sparse index). */
export function entryKey(table: Table, index: Index, item: Item): Key | undefined {
  const { partition, sort } = index.key;
  if (isComposed(index.key)) return composedEntryKey(table, index, item);
  const value = attributeOf(item, partition.name);
  const sortValue = sort && attributeOf(item, sort.name);
  // An empty string has a length of zero too: it is no key.
  if (!value?.[partition.type]?.length || (sort && !sortValue?.[sort.type]?.length)) return undefined;
  const part = keyPart(value, partition.type);
  const key: KeyPart[] = [entries.prefix, index.id, placeOf(part), identityPart(part)];
  if (sort) key.push(keyPart(sortValue as never, sort.type));
  if (index.kind === 'global') key.push(identityPart(partOf(item, table.key, 'partition')));
  if (table.key.sort) key.push(identityPart(partOf(item, table.key, 'sort')));
  return key;
}

function composedEntryKey(table: Table, index: Index, item: Item): Key | undefined {
  const parts = composedParts(item, index.key);
  if (!parts) return undefined;
  const place = placeOfAll(parts.partition);
  const key: KeyPart[] = [
    entries.prefix,
    index.id,
    place,
    ...parts.partition.map(identityPart),
    ...parts.sort,
  ];
  key.push(identityPart(partOf(item, table.key, 'partition')));
  if (table.key.sort) key.push(identityPart(partOf(item, table.key, 'sort')));
  return key;
}

function partOf(item: Item, schema: KeySchema, which: 'partition' | 'sort') {
  const attribute = schema[which] as KeySchema['partition'];
  return keyPart(item[attribute.name] as never, attribute.type);
}

/** Brings one index up to date. @returns the write units it took. */
function writeIndex(
  tx: Pick<Transaction, 'put' | 'delete'>,
  table: Table,
  index: Index,
  { before, after }: Change,
  factor: number,
): number {
  const names = projectedNames(table, index);
  const project = (item: Item) => (names ? pick(item, names) : item);
  const oldKey = before && entryKey(table, index, before);
  const newKey = after && entryKey(table, index, after);
  const old = oldKey && project(before as Item);
  const fresh = newKey && project(after as Item);
  let units = 0;
  const freshBytes = fresh ? itemBytes(fresh) : 0;
  if (oldKey && newKey && sameKey(oldKey, newKey)) {
    const bytes = encodeItem(fresh as Item, freshBytes);
    // AWS writes, and charges for, an index entry only when something that it holds changed.
    if (Buffer.compare(bytes, encodeItem(old as Item, itemBytes(old as Item))) === 0) return 0;
    tx.put(newKey, bytes);
    return writeUnits(Math.max(freshBytes, itemBytes(old as Item)), factor);
  }
  if (oldKey) {
    tx.delete(oldKey);
    units += writeUnits(itemBytes(old as Item), factor);
  }
  if (newKey) {
    tx.put(newKey, encodeItem(fresh as Item, freshBytes));
    units += writeUnits(freshBytes, factor);
  }
  return units;
}

function sameKey(left: Key, right: Key): boolean {
  return left.length === right.length && left.every((part, at) => samePart(part, right[at] as KeyPart));
}

function samePart(left: KeyPart, right: KeyPart): boolean {
  if (left === right) return true;
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right) === 0;
  if (isDecimal(left) && isDecimal(right)) return left.decimal === right.decimal;
  return false;
}

function isDecimal(part: KeyPart): part is { decimal: string } {
  return typeof part === 'object' && part !== null && 'decimal' in part;
}

function followExpiry(tx: Transaction, table: Table, attribute: string, { before, after }: Change): void {
  const old = before && expiryOf(before, attribute);
  const fresh = after && expiryOf(after, attribute);
  if (old === fresh) return;
  const id = expiriesOf(table);
  if (old !== undefined) tx.delete([expiries.prefix, id, old, ...itemKey(table, before as Item).slice(2)]);
  if (fresh !== undefined) {
    tx.put([expiries.prefix, id, fresh, ...itemKey(table, after as Item).slice(2)], nothing);
  }
}

/** Names the expiry times of a table: others each time that TTL is enabled, since the old ones are deleted meanwhile. */
export function expiriesOf({ id, timeToLive }: Pick<Table, 'id' | 'timeToLive'>): string {
  return timeToLive?.id === undefined ? id : `${id}/${timeToLive.id}`;
}

/** Seconds since the epoch at which TTL deletes the item; undefined when the attribute isn't a number that counts. */
export function expiryOf(item: Item, attribute: string): number | undefined {
  const text = attributeOf(item, attribute)?.N;
  if (text === undefined) return undefined;
  const seconds = Math.floor(Number(text));
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined;
}

/** Deletes some items of a table that is gone. @returns true when there are none. */
export function purgeItems(tx: Transaction, tableId: string): Promise<boolean> {
  return purgeUnder(tx, items.key(tableId));
}

/** Deletes some entries of an index that is gone. @returns true when there are none. */
export function purgeEntries(tx: Transaction, indexId: string): Promise<boolean> {
  return purgeUnder(tx, entries.key(indexId));
}

/** Deletes some expiry times that are of no use any more (`expiriesOf`). @returns true when there are none. */
export function purgeExpiries(tx: Transaction, id: string): Promise<boolean> {
  return purgeUnder(tx, expiries.key(id));
}
