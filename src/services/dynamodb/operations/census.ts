/**
 * ItemCount and TableSizeBytes. AWS counts about every six hours; here a table of up to a few thousand items is
 * counted whenever it is described, so that developers see what they wrote, and a larger one every six hours.
 */
import type { Key } from '../../../store/port.ts';
import type { Census } from '../domain/describe.ts';
import { storedSize } from '../domain/itemCodec.ts';
import type { Index, Table } from '../domain/table.ts';
import type { Room } from '../room.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html: ItemCount. */
const everyMs = 6 * 3600 * 1000;
const smallItems = 2000;
const pageItems = 1000;

interface Counted extends Census {
  at: number;
}

const counts = new WeakMap<Room, Map<string, Counted>>();

export async function census(room: Room, table: Table): Promise<ReadonlyMap<string, Census>> {
  const known = counts.get(room) ?? new Map<string, Counted>();
  counts.set(room, known);
  for (const index of [undefined, ...table.indexes]) {
    const id = index?.id ?? table.id;
    const last = known.get(id);
    if (last && last.items > smallItems && last.at + everyMs > room.clock.now()) continue;
    known.set(id, { ...(await count(room, table, index)), at: room.clock.now() });
  }
  return known;
}

async function count(room: Room, table: Table, index: Index | undefined): Promise<Census> {
  let items = 0;
  let bytes = 0;
  let after: Key | undefined;
  for (;;) {
    const page = await room.items.range(table, index, {
      ...(after ? { after } : {}),
      limit: pageItems,
      bytesMax: 2 ** 22,
    });
    if (page.length === 0) return { items, bytes };
    items += page.length;
    for (const { value } of page) bytes += storedSize(value);
    after = page.at(-1)?.key;
  }
}
