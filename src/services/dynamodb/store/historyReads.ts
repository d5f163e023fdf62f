/** A table as it was: all items at a moment, and what changed between two. */
import { encodeKey, type Key, type Reader } from '../../../store/index.ts';
import type { Item } from '../domain/attributeValues.ts';
import { decodeItem } from '../domain/itemCodec.ts';
import { keyOf } from '../domain/keys.ts';
import type { Table } from '../domain/table.ts';
import { limits } from '../limits.ts';
import type { Room } from '../room.ts';
import { entries, isKept, type Moment, times } from './history.ts';
import { placedKey } from './items.ts';

/** Bytes of items and earlier images after which a page ends; ours. */
const pageBytes = 2 ** 20;

/** The history was given up while it was read, or the table went: the copy can't be finished. */
export class HistoryLost extends Error {}

/** An item as it lies in the store: the rest of its key after the table's id, and its stored form. */
export interface StoredItem {
  readonly key: Key;
  readonly value: Uint8Array;
}

/** @param cursor give it as `after` to go on behind this page, in another process too; plain data. */
interface Page<Content> {
  readonly items: Content[];
  readonly cursor: Key;
}

type Reading = Pick<Room, 'items'>;

/**
 * The table as of a moment, in pages of at most 200 items and about 1 MB, in the order of a Scan. Right while writers
 * go on; memory is bounded by the page. A page may be empty. The history must be kept (`keepHistory`) all the while.
 * @throws HistoryLost when it isn't.
 */
export async function* itemsAt(
  room: Reading,
  table: Table,
  moment: Moment,
  after?: Key,
): AsyncGenerator<Page<Item>> {
  for await (const { items, cursor } of storedItemsAt(room, table, moment, after)) {
    yield { items: items.map(({ value }) => decodeItem(value)), cursor };
  }
}

/** The same, undecoded. */
export async function* storedItemsAt(
  room: Reading,
  table: Table,
  moment: Moment,
  after?: Key,
): AsyncGenerator<Page<StoredItem>> {
  for (let from = after; ; ) {
    const page = await room.items.store.snapshot((reader) => pageAt(reader, room, table, moment, from));
    if (!page) return;
    yield page;
    from = page.cursor;
  }
}

/** The same of a table that nobody writes to: a deleted one, or what a backup holds. */
export async function* itemPages(room: Reading, table: Table, after?: Key): AsyncGenerator<Page<StoredItem>> {
  const { items } = room;
  for (let from = after && placedKey(table, after); ; ) {
    const found = await items.page(items.store, table, from, limits.sweepItems, pageBytes);
    from = found.at(-1)?.key;
    if (!from) return;
    yield { items: found.map(({ key, value }) => ({ key: key.slice(2), value })), cursor: from.slice(2) };
  }
}

async function pageAt(
  reader: Reader,
  room: Reading,
  table: Table,
  moment: Moment,
  after: Key | undefined,
): Promise<Page<StoredItem> | undefined> {
  if (!(await isKept(reader, moment.historyId))) throw new HistoryLost(table.name);
  const start = after && placedKey(table, after);
  const found = await room.items.page(reader, table, start, limits.sweepItems, pageBytes);
  const current = found.map(({ key, value }): StoredItem => ({ key: key.slice(2), value }));
  // Up to its bound a page is whole; a page without one reaches to the end of the table.
  let bound = current.at(-1)?.key;
  const undone: { key: Key; before: Uint8Array | undefined }[] = [];
  let bytes = 0;
  let from = after;
  for (let seen = 1; ; seen++) {
    const key = await nextChangedKey(reader, moment, from, bound);
    if (!key) break;
    const later = await firstChangeAfter(reader, moment, key);
    if (later) undone.push({ key, before: later.before });
    bytes += later?.before?.length ?? 0;
    from = key;
    if (seen === limits.sweepItems || bytes >= pageBytes) {
      bound = key;
      break;
    }
  }
  // Behind the last item there may have been others.
  bound ??= from;
  if (!bound || bound === after) return undefined;
  return { items: from === after ? current : merge(current, undone, bound), cursor: bound };
}

/** The first key after `from` that the history speaks of, up to `bound`. */
async function nextChangedKey(
  reader: Reader,
  { historyId }: Moment,
  from: Key | undefined,
  bound: Key | undefined,
): Promise<Key | undefined> {
  // Sequence numbers end these keys, and `true` sorts behind all numbers.
  const [next] = await entries.range(reader, {
    under: [historyId],
    ...(from ? { gt: [historyId, ...from, true] } : {}),
    ...(bound ? { lte: [historyId, ...bound, true] } : {}),
    limit: 1,
  });
  return next?.key.slice(1, -1);
}

async function firstChangeAfter(reader: Reader, { historyId, sequence }: Moment, key: Key) {
  const [first] = await entries.values(reader, {
    under: [historyId, ...key],
    gt: [historyId, ...key, sequence],
    limit: 1,
  });
  return first;
}

async function lastChangeUpTo(reader: Reader, historyId: string, key: Key, sequence: number) {
  const [last] = await entries.range(reader, {
    under: [historyId, ...key],
    lte: [historyId, ...key, sequence],
    reverse: true,
    limit: 1,
  });
  return last;
}

function merge(
  current: readonly StoredItem[],
  undone: readonly { key: Key; before: Uint8Array | undefined }[],
  bound: Key,
): StoredItem[] {
  const last = textOf(bound);
  const merged = new Map<string, StoredItem>();
  for (const item of current) {
    const text = textOf(item.key);
    if (text <= last) merged.set(text, item);
  }
  for (const { key, before } of undone) {
    if (before) merged.set(textOf(key), { key, value: before });
    else merged.delete(textOf(key));
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

function textOf(key: Key): string {
  return encodeKey(key).toString('latin1');
}

/** Whether two cursors of pages say the same. */
export function isSamePlace(one: Key | undefined, other: Key | undefined): boolean {
  return one === other || (!!one && !!other && textOf(one) === textOf(other));
}

/** What became of one item between two moments, however often it changed. */
export interface KeyChange {
  readonly key: Item;
  readonly before: Item | undefined;
  /** Undefined with `before` undefined too: it came and went. Equal to `before`: it was changed back. */
  readonly after: Item | undefined;
  /** Of the last change, in milliseconds since the epoch. */
  readonly time: number;
}

/**
 * The items that changed after `from`, up to and with `to`, each once, in pages of at most 200, in the order of their
 * first changes. The history must be kept since `from` all the while.
 * @throws HistoryLost when it isn't.
 */
export async function* changesBetween(
  room: Reading,
  table: Table,
  from: Moment,
  to: Moment,
  after?: Key,
): AsyncGenerator<Page<KeyChange>> {
  for (let place: Key = after ?? [from.time, from.sequence]; ; ) {
    const page = await room.items.store.snapshot((reader) => changesPage(reader, table, from, to, place));
    if (!page) return;
    yield page;
    place = page.cursor;
  }
}

async function changesPage(
  reader: Reader,
  table: Table,
  from: Moment,
  to: Moment,
  place: Key,
): Promise<Page<KeyChange> | undefined> {
  const { historyId } = from;
  if (!(await isKept(reader, historyId))) throw new HistoryLost(table.name);
  const found = await times.range(reader, {
    under: [historyId],
    gt: [historyId, ...place],
    limit: limits.sweepItems,
  });
  const changes: KeyChange[] = [];
  let cursor: Key | undefined;
  let bytes = 0;
  for (const { key: at, value: key } of found) {
    const sequence = Number(at[2]);
    if (sequence > to.sequence || bytes >= pageBytes) break;
    cursor = at.slice(1);
    const earlier = await lastChangeUpTo(reader, historyId, key, sequence - 1);
    if (Number(earlier?.key.at(-1) ?? 0) > from.sequence) continue;
    const first = await firstChangeAfter(reader, from, key);
    const last = await lastChangeUpTo(reader, historyId, key, to.sequence);
    const next = await firstChangeAfter(reader, to, key);
    const after = next ? next.before : await reader.get(placedKey(table, key));
    const image = after ?? last?.value.before ?? first?.before;
    if (!last || !image) continue;
    bytes += (after?.length ?? 0) + (first?.before?.length ?? 0);
    changes.push({
      key: keyOf(decodeItem(image), table.key),
      before: first?.before && decodeItem(first.before),
      after: after && decodeItem(after),
      time: last.value.time,
    });
  }
  return cursor && { items: changes, cursor };
}
