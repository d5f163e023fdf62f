/**
 * Item collections: all items of a table with local indexes that share a partition key, and their entries in those
 * indexes. Key table:
 *
 *     ['dynamodb.collection', tableId, place, partition] → bytes
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.ItemCollections
 */
import {
  type Key,
  type KeyPart,
  packed,
  type Reader,
  recordSet,
  type Transaction,
} from '../../../store/index.ts';
import type { Item } from '../domain/attributeValues.ts';
import { itemBytes } from '../domain/itemSize.ts';
import { pick } from '../domain/projection.ts';
import { projectedNames, type Table } from '../domain/table.ts';
import { ItemCollectionSizeLimitExceededException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Change, type ChangeFollower, entryKey, itemKey } from './items.ts';
import { purgeUnder } from './purge.ts';

const collections = recordSet<[tableId: string, ...KeyPart[]], number>('dynamodb.collection', packed());

/** Counts the bytes of collections, and lets no request make one too large. */
export const collectionFollower: ChangeFollower = {
  follows: hasCollections,
  async changed(tx, table, change, origin) {
    const { grown, size } = await countChange(tx, table, change);
    // What comes from elsewhere was within the limit there; only callers of the API are told.
    if (origin === undefined && grown > 0 && size > limits.itemCollectionBytesMax) {
      throw new ItemCollectionSizeLimitExceededException('Collection size exceeded.');
    }
  },
};

export function hasCollections(table: Table): boolean {
  return table.indexes.some((index) => index.kind === 'local');
}

/** Brings the count of one collection up to date. */
export async function countChange(
  tx: Transaction,
  table: Table,
  { before, after }: Pick<Change, 'before' | 'after'>,
): Promise<{ grown: number; size: number }> {
  const item = after ?? before;
  const grown = collectionBytes(table, after) - collectionBytes(table, before);
  if (!item || grown === 0) return { grown, size: 0 };
  const key = collectionKey(table, item);
  const size = Math.max(0, ((await collections.get(tx, ...key)) ?? 0) + grown);
  if (size > 0) collections.put(tx, key, size);
  else collections.delete(tx, ...key);
  return { grown, size };
}

/** Bytes of the collection that an item belongs to. */
export async function collectionSize(reader: Reader, table: Table, item: Item): Promise<number> {
  return (await collections.get(reader, ...collectionKey(table, item))) ?? 0;
}

/** What an item adds to its collection: itself, and its entries in local indexes. */
export function collectionBytes(table: Table, item: Item | undefined): number {
  if (!item) return 0;
  let bytes = itemBytes(item);
  for (const index of table.indexes) {
    if (index.kind !== 'local' || !entryKey(table, index, item)) continue;
    const names = projectedNames(table, index);
    bytes += names ? itemBytes(pick(item, names)) : itemBytes(item);
  }
  return bytes;
}

/** The table's id, and of the item's key what all of its partition share. */
function collectionKey(table: Table, item: Item): [string, ...Key] {
  return [table.id, ...itemKey(table, item).slice(2, 4)];
}

/** Deletes some counts of a table that is gone. @returns true when there are none. */
export function purgeCollections(tx: Transaction, tableId: string): Promise<boolean> {
  return purgeUnder(tx, collections.key(tableId));
}
