/**
 * Whether the indexes and expiry entries of tables agree with their items: walks both ways, a page at a time, over
 * any store, so that it can be run on the data that a killed process left behind. Run it when no background work
 * is due: an index that is being filled may lack entries, one that was deleted leaves some until it is purged.
 */
import {
  type Entry,
  encodeKey,
  type Key,
  type KeyRange,
  type Reader,
  type Store,
} from '../../../store/index.ts';
import type { Item } from '../domain/attributeValues.ts';
import { decodeItem, storedSize } from '../domain/itemCodec.ts';
import { itemBytes } from '../domain/itemSize.ts';
import { pick } from '../domain/projection.ts';
import { type Index, projectedNames, type Table } from '../domain/table.ts';
import { listBackups } from '../store/backups.ts';
import { collectionBytes, collectionSize, hasCollections } from '../store/collections.ts';
import { entryKey, expiriesOf, expiryOf, itemKey } from '../store/items.ts';
import { Tables } from '../store/tables.ts';

export interface Disagreement {
  table: string;
  /** An index's name, or what else doesn't agree. */
  where: string;
  what: string;
  key: string;
}

const pageEntries = 500;

/** Checks every table of a store. @returns what doesn't agree; nothing when all is well. */
export async function checkTables(store: Store): Promise<Disagreement[]> {
  const tables = new Tables(store);
  const found: Disagreement[] = [];
  const ids = { 'dynamodb.item': new Set<string>(), 'dynamodb.index': new Set<string>() };
  try {
    let page: Table[] = [];
    do {
      page = await tables.all(page.at(-1), 100);
      for (const table of page) {
        ids['dynamodb.item'].add(table.id);
        for (const index of table.indexes) ids['dynamodb.index'].add(index.id);
        // What a backup holds lies among the items.
        for (const { contentId } of await listBackups(store, table, undefined, {}, 1000)) {
          ids['dynamodb.item'].add(contentId);
        }
        found.push(...(await store.snapshot((reader) => checkTable(reader, table))));
      }
    } while (page.length > 0);
  } finally {
    tables.close();
  }
  for (const [prefix, known] of Object.entries(ids)) {
    for await (const { key } of walk(store, [prefix])) {
      if (known.has(key[1] as string)) continue;
      found.push({ table: '', where: prefix, what: 'belongs to no table or index', key: show(key) });
    }
  }
  return found;
}

/** Checks one table, as `reader` sees it. */
export async function checkTable(reader: Reader, table: Table): Promise<Disagreement[]> {
  const found: Disagreement[] = [];
  const report = (where: string, what: string, key: Key) =>
    found.push({ table: table.name, where, what, key: show(key) });
  for await (const { key, value } of walk(reader, ['dynamodb.item', table.id])) {
    const item = decodeItem(value);
    if (!same(itemKey(table, item), key)) report('items', 'is stored under another key', key);
    if (storedSize(value) !== itemBytes(item)) report('items', 'has another size', key);
    for (const index of table.indexes) {
      const entry = entryKey(table, index, item);
      if (!entry) continue;
      const held = await reader.get(entry);
      if (!held) {
        if (index.status === 'ACTIVE') report(index.name, 'lacks an entry', entry);
      } else if (text(decodeItem(held)) !== text(projected(table, index, item))) {
        report(index.name, 'holds something else than the item', entry);
      }
    }
    const expiry = table.timeToLive && expiryOf(item, table.timeToLive.attribute);
    if (expiry === undefined) continue;
    const entry = ['dynamodb.expiry', expiriesOf(table), expiry, ...key.slice(2)];
    if (!(await reader.get(entry))) report('expiry', 'lacks an entry', entry);
  }
  if (hasCollections(table)) await checkCollections(reader, table, report);
  for (const index of table.indexes) {
    for await (const { key, value } of walk(reader, ['dynamodb.index', index.id])) {
      const stored = await reader.get(itemKey(table, decodeItem(value)));
      const expected = stored && entryKey(table, index, decodeItem(stored));
      if (!expected || !same(expected, key)) report(index.name, 'has an entry of no item', key);
    }
  }
  for await (const { key } of walk(reader, ['dynamodb.expiry', expiriesOf(table)])) {
    const stored = await reader.get(['dynamodb.item', table.id, ...key.slice(3)]);
    const expiry = stored && table.timeToLive && expiryOf(decodeItem(stored), table.timeToLive.attribute);
    if (expiry !== key[2]) report('expiry', 'has an entry of no item', key);
  }
  return found;
}

/** The items of a collection lie side by side. */
async function checkCollections(
  reader: Reader,
  table: Table,
  report: (where: string, what: string, key: Key) => void,
): Promise<void> {
  let at: Key | undefined;
  let bytes = 0;
  const close = async () => {
    const item = at && (await reader.range({ prefix: ['dynamodb.item', table.id, ...at], limit: 1 }))[0];
    if (!at || !item) return;
    const counted = await collectionSize(reader, table, decodeItem(item.value));
    if (counted !== bytes) report('collections', `counts ${counted} bytes of ${bytes}`, at);
  };
  for await (const { key, value } of walk(reader, ['dynamodb.item', table.id])) {
    const partition = key.slice(2, 4);
    if (!at || !same(at, partition)) {
      await close();
      bytes = 0;
      at = partition;
    }
    bytes += collectionBytes(table, decodeItem(value));
  }
  await close();
  for await (const { key } of walk(reader, ['dynamodb.collection', table.id])) {
    const [item] = await reader.range({ prefix: ['dynamodb.item', table.id, ...key.slice(2)], limit: 1 });
    if (!item) report('collections', 'counts what is not there', key);
  }
}

function projected(table: Table, index: Index, item: Item): Item {
  const names = projectedNames(table, index);
  return names ? pick(item, names) : item;
}

async function* walk(reader: Reader, prefix: Key): AsyncGenerator<Entry> {
  let after: Key | undefined;
  for (;;) {
    const range: KeyRange = { prefix, limit: pageEntries, ...(after ? { gt: after } : {}) };
    const page = await reader.range(range);
    yield* page;
    if (page.length < pageEntries) return;
    after = page.at(-1)?.key;
  }
}

/** The same text for the same value, whatever the order of its attributes. */
function text(item: Item): string {
  return JSON.stringify(
    Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)),
    bytesAsText,
  );
}

/** Decoded keys have numbers where ours have decimals: only their bytes can be compared. */
function same(left: Key, right: Key): boolean {
  return encodeKey(left).equals(encodeKey(right));
}

function show(key: Key): string {
  return JSON.stringify(key, bytesAsText);
}

function bytesAsText(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
