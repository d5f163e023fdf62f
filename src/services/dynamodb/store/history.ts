/**
 * What a table was: the changes of a table, kept while point-in-time recovery is on or while a copy of it (backup,
 * restore, export) is under way. Key table:
 *
 *     ['dynamodb.history', historyId, place, partition, sort?, sequence] → when, and the item as it was before
 *     ['dynamodb.historyTime', historyId, time, sequence]                → the rest of the item's key: changes in order
 *     ['dynamodb.historyHead', historyId]                                → the last sequence number and time
 *
 * Entries lie in the order of the items, so that the table as of a moment is one walk over both (historyReads.ts):
 * an item that changed after the moment is what its first later change found. After-images are not kept: the next
 * change of the same key holds them, or the item itself. Sequence numbers and times grow together, whatever the
 * clock does. A history that ends and begins again has another id, so that the old one can be purged meanwhile.
 */
import type { Clock } from '../../../kernel/index.ts';
import {
  type Codec,
  type Key,
  type KeyPart,
  packed,
  type Reader,
  recordSet,
  type Transaction,
} from '../../../store/index.ts';
import { equalItems } from '../domain/attributeValues.ts';
import { encodeItem } from '../domain/itemCodec.ts';
import { itemBytes } from '../domain/itemSize.ts';
import { recoveryReason, type Table } from '../domain/table.ts';
import { ResourceNotFoundException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Room } from '../room.ts';
import { type ChangeFollower, itemKey } from './items.ts';
import { TableChanged } from './tables.ts';

/** All changes up to and with `sequence`: what a copy holds of a table. Plain data, for the records of tasks. */
export interface Moment {
  readonly historyId: string;
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

interface HistoryEntry {
  readonly time: number;
  /** The stored form of the item before the change; undefined: there was none. */
  readonly before: Uint8Array | undefined;
}

interface Head {
  readonly sequence: number;
  readonly time: number;
}

const entryCodec: Codec<HistoryEntry> = {
  encode: ({ time, before }) => {
    const bytes = Buffer.allocUnsafe(8 + (before?.length ?? 0));
    bytes.writeDoubleBE(time);
    if (before) bytes.set(before, 8);
    return bytes;
  },
  decode: (bytes) => ({
    time: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readDoubleBE(),
    before: bytes.length > 8 ? bytes.subarray(8) : undefined,
  }),
};

/** Parts after the id: the rest of the item's key, then the sequence number. */
export const entries = recordSet<[historyId: string, ...KeyPart[]], HistoryEntry>(
  'dynamodb.history',
  entryCodec,
);
export const times = recordSet<[historyId: string, time: number, sequence: number], Key>(
  'dynamodb.historyTime',
  packed<Key>(),
);
const heads = recordSet<[historyId: string], Head>('dynamodb.historyHead');

/** Writes down every change of a table that has a history, in the transaction of the change. */
export function historyFollower(clock: Clock): ChangeFollower {
  // What changes in one transaction changes at one time: no moment shows half of it.
  const timesOf = new WeakMap<Transaction, number>();
  const timeOf = (tx: Transaction): number => {
    const time = timesOf.get(tx) ?? clock.now();
    timesOf.set(tx, time);
    return time;
  };
  return {
    follows: (table) => table.history !== undefined,
    changed: async (tx, table, { before, after }) => {
      const item = after ?? before;
      if (!item || !table.history || (before && after && equalItems(before, after))) return;
      const { id } = table.history;
      const head = await heads.get(tx, id);
      const time = Math.max(timeOf(tx), head?.time ?? 0);
      const sequence = (head?.sequence ?? 0) + 1;
      const place = itemKey(table, item).slice(2);
      heads.put(tx, [id], { sequence, time });
      entries.put(tx, [id, ...place, sequence], {
        time,
        before: before && encodeItem(before, itemBytes(before)),
      });
      times.put(tx, [id, time, sequence], place);
    },
  };
}

type Keeping = Pick<Room, 'tables' | 'items' | 'clock' | 'ids' | 'queues'>;

/**
 * Sees to it that `table` has a history from now on (or goes on having it), until `releaseHistory` with the same
 * reason: a durable reference count, `reason` is unique to the copy.
 * @param more.from the copy reads the table as of this time (milliseconds; the history must reach back to it);
 * now when absent. Trimming spares what comes after it.
 * @param more.also more to do in the same transaction: put the copy's record and task there.
 * @returns the moment that `from` is. @throws ResourceNotFoundException when the table went meanwhile.
 */
export async function keepHistory(
  room: Keeping,
  table: Table,
  reason: string,
  more: {
    from?: number;
    change?: (table: Table) => Table;
    also?: (tx: Transaction, moment: Moment) => Promise<void>;
  } = {},
): Promise<Moment> {
  for (let current: Table | undefined = table; current?.id === table.id; ) {
    const now = room.clock.now();
    const from = Math.min(more.from ?? now, now);
    const id: string = current.history?.id ?? room.ids.token(10);
    let moment: Moment | undefined;
    try {
      await room.tables.update(
        current,
        (known) => ({
          ...(more.change?.(known) ?? known),
          history: { id, holds: { ...known.history?.holds, [reason]: from } },
        }),
        async (tx) => {
          const head = (await heads.get(tx, id)) ?? { sequence: 0, time: 0 };
          // From here on changes are later than now, even if the clock should be set back.
          const time = Math.max(head.time, now);
          heads.put(tx, [id], { ...head, time });
          moment =
            from < now ? await momentAt(tx, id, from) : { historyId: id, sequence: head.sequence, time };
          await more.also?.(tx, moment);
        },
      );
      return moment as unknown as Moment;
    } catch (error) {
      if (!(error instanceof TableChanged)) throw error;
      current = await room.tables.find(table, table.name);
    }
  }
  throw new ResourceNotFoundException(`Requested resource not found: Table: ${table.name} not found`);
}

/**
 * Gives up a hold; the history ends with the last one. A hold that is gone already is no error.
 * @param more.also more to do in the same transaction (once): mark the copy as done there.
 */
export async function releaseHistory(
  room: Keeping,
  table: Pick<Table, 'account' | 'region' | 'name' | 'id'>,
  reason: string,
  more: { change?: (table: Table) => Table; also?: (tx: Transaction) => Promise<void> } = {},
): Promise<void> {
  for (;;) {
    const current = await room.tables.find(table, table.name);
    const held = current?.id === table.id ? current.history?.holds[reason] : undefined;
    if (!current || held === undefined) {
      if (more.also) await room.items.store.transact(more.also);
      return;
    }
    try {
      await room.tables.update(
        current,
        (known) => withoutHold(more.change?.(known) ?? known, reason),
        async (tx) => {
          if (Object.keys(current.history?.holds ?? {}).length === 1) await endHistory(tx, room, current);
          await more.also?.(tx);
        },
      );
      return;
    } catch (error) {
      if (!(error instanceof TableChanged)) throw error;
    }
  }
}

function withoutHold(table: Table, reason: string): Table {
  const { history, ...rest } = table;
  const { [reason]: _, ...holds } = history?.holds ?? {};
  return history && Object.keys(holds).length > 0 ? { ...rest, history: { ...history, holds } } : rest;
}

/** The end of a history, in the transaction that takes it from its table, or deletes that. */
export async function endHistory(tx: Transaction, room: Pick<Room, 'queues'>, table: Table): Promise<void> {
  if (!table.history) return;
  const { id } = table.history;
  heads.delete(tx, id);
  await room.queues.purges.enqueue(tx, { kind: 'history', id });
}

/**
 * The moment after all changes with a time of at most `time`, in a history that is kept. Stable when `time` is past.
 * @param time milliseconds since the epoch.
 */
export async function momentAt(reader: Reader, historyId: string, time: number): Promise<Moment> {
  const [last] = await times.range(reader, {
    under: [historyId],
    lte: [historyId, time, true],
    reverse: true,
    limit: 1,
  });
  return { historyId, sequence: Number(last?.key[2] ?? 0), time };
}

/** False once the history was given up: what is read from then on may be wrong. */
export function isKept(reader: Reader, historyId: string): Promise<boolean> {
  return heads.exists(reader, historyId);
}

/** Forgets at most `limit` changes older than `before` (milliseconds). @returns how many there were. */
export async function trimHistory(
  tx: Transaction,
  historyId: string,
  before: number,
  limit: number,
): Promise<number> {
  const old = await times.range(tx, { under: [historyId], lt: [historyId, before], limit });
  for (const { key, value } of old) {
    times.delete(tx, ...key);
    entries.delete(tx, historyId, ...value, key[2]);
  }
  return old.length;
}

/** Deletes some entries of a history that ended. @returns true when there are none. */
export async function purgeHistory(tx: Transaction, historyId: string): Promise<boolean> {
  return (await trimHistory(tx, historyId, Number.MAX_SAFE_INTEGER, limits.sweepItems)) === 0;
}

/** Until when a history may be trimmed, in milliseconds: what no hold and no recovery period needs. */
export function trimmableUntil(table: Table, now: number): number {
  const holds = Object.entries(table.history?.holds ?? {}).filter(([reason]) => reason !== recoveryReason);
  const needed = holds.map(([, from]) => from);
  if (table.recovery) needed.push(now - table.recovery.days * limits.dayMs);
  return Math.min(now, ...needed);
}
