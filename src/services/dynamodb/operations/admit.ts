/** What a request consumes: taken from what its table and indexes may, and counted for their insights. */

import type { Touched } from '../contributorInsights.ts';
import type { Item } from '../domain/attributeValues.ts';
import type { Consumption } from '../domain/capacity.ts';
import { decodeItem, storedSize } from '../domain/itemCodec.ts';
import type { Table } from '../domain/table.ts';
import type { Room } from '../room.ts';
import type { UnitKind } from '../throughput.ts';

/** Whether `admit` has anything to do: asked first, since most requests needn't say what they consume. */
export function isMeasured(room: Room, table: Table): boolean {
  return room.meter !== undefined || table.countsKeys !== undefined;
}

/** One item of the table. */
export function only(item: Item): Touched {
  return (index) => (index ? [] : [{ item, share: 1 }]);
}

/** Stored items of a page; each is charged by its size. */
export function sharesOf(stored: readonly Uint8Array[]): { item: Item; share: number }[] {
  const bytes = stored.reduce((sum, value) => sum + storedSize(value), 0);
  return stored.map((value) => ({ item: decodeItem(value), share: storedSize(value) / bytes }));
}

/** @throws what throughput says; then nothing is taken. */
export function admit(
  room: Room,
  table: Table,
  kind: UnitKind,
  consumption: Consumption,
  touched: Touched,
): void {
  try {
    room.meter?.admit(table, kind, consumption);
  } catch (error) {
    if (table.countsKeys) room.insights.throttled(table, error, touched);
    throw error;
  }
  if (table.countsKeys) room.insights.consumed(table, consumption, touched);
}
