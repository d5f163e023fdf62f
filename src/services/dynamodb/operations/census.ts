/**
 * ItemCount and TableSizeBytes. AWS counts about every six hours; here a table of up to a few thousand items is
 * counted whenever it is described, so that developers see what they wrote. A larger one is counted in the
 * background, every six hours, and described as it was counted last: nobody waits for a million items.
 */
import type { Key } from '../../../store/port.ts';
import type { Census } from '../domain/describe.ts';
import { storedSize } from '../domain/itemCodec.ts';
import type { Index, Table } from '../domain/table.ts';
import type { Room } from '../room.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html: ItemCount. */
const everyMs = 6 * 3600 * 1000;
/** Items counted while the caller waits. */
const smallItems = 2000;
const pageItems = 500;
const pageBytes = 2 ** 21;

interface Counted extends Census {
  at: number;
  large: boolean;
}

const counts = new WeakMap<Room, Map<string, Counted>>();

export async function census(room: Room, table: Table): Promise<ReadonlyMap<string, Census>> {
  const known = counts.get(room) ?? new Map<string, Counted>();
  counts.set(room, known);
  for (const index of [undefined, ...table.indexes]) {
    const id = index?.id ?? table.id;
    const last = known.get(id);
    const at = room.clock.now();
    if (last?.large && last.at + everyMs > at) continue;
    const counted = await count(room, table, index, { items: 0, bytes: 0 }, smallItems);
    known.set(id, { ...(counted.after && last ? last : counted), at, large: counted.after !== undefined });
    if (!counted.after) continue;
    void count(room, table, index, counted, Number.POSITIVE_INFINITY, counted.after).then(
      (all) => known.set(id, { ...all, at, large: true }),
      // The cloud is closing, or the table went: the next description counts again.
      () => known.delete(id),
    );
  }
  return known;
}

/** @returns the count so far, and where to go on when there may be more. */
async function count(
  room: Room,
  table: Table,
  index: Index | undefined,
  from: Census,
  itemsMax: number,
  start?: Key,
): Promise<Census & { after?: Key }> {
  let { items, bytes } = from;
  let after = start;
  while (items < itemsMax) {
    const page = await room.items.range(table, index, {
      ...(after ? { after } : {}),
      limit: pageItems,
      bytesMax: pageBytes,
    });
    if (page.length === 0) return { items, bytes };
    items += page.length;
    for (const { value } of page) bytes += storedSize(value);
    after = page.at(-1)?.key;
  }
  return after ? { items, bytes, after } : { items, bytes };
}
