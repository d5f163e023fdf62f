/**
 * Streams. Key table:
 *
 *     ['dynamodb.stream', account, region, tableName, label] → Stream: of which table, since when, until when
 *
 * The records themselves are a log (src/store/logs.port.ts) under ['dynamodb', tableId, label]: appended in the
 * transaction of the change, so that each change is there once, in order, or not at all.
 */
import type { Clock } from '../../../kernel/index.ts';
import { packed, type Reader, recordSet, type Store, type Transaction } from '../../../store/index.ts';
import type { Logs } from '../../../store/logs.port.ts';
import type { Key } from '../../../store/port.ts';
import { type ChangeRecord, changeRecord } from '../domain/streamRecords.ts';
import type { KeySchema, Stream, StreamViewType, Table } from '../domain/table.ts';
import { limits } from '../limits.ts';
import type { ChangeFollower } from './items.ts';

export interface StreamState {
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly tableName: string;
  readonly tableId: string;
  readonly label: string;
  readonly viewType: StreamViewType;
  readonly key: KeySchema;
  readonly createdAt: number;
  /** When it was switched off; its records stay readable for a day. */
  readonly disabledAt?: number;
}

const streams = recordSet<[account: string, region: string, tableName: string, label: string], StreamState>(
  'dynamodb.stream',
);
const record = packed<ChangeRecord>();

interface Place {
  account: string;
  region: string;
}

export function openStream(tx: Transaction, table: Table, stream: Stream, now: number): void {
  const { account, region, name: tableName, id: tableId, key } = table;
  const { label, viewType } = stream;
  const arn = `${table.arn}/stream/${label}`;
  streams.put(tx, [account, region, tableName, label], {
    ...{ arn, account, region, tableName, tableId, label, viewType, key },
    createdAt: now,
  });
}

export async function closeStream(tx: Transaction, table: Table, stream: Stream, now: number): Promise<void> {
  const at = [table.account, table.region, table.name, stream.label] as const;
  const state = await streams.get(tx, ...at);
  if (state) streams.put(tx, [...at], { ...state, disabledAt: now });
}

export function findStream(
  reader: Reader,
  place: Place,
  tableName: string,
  label: string,
): Promise<StreamState | undefined> {
  return streams.get(reader, place.account, place.region, tableName, label);
}

/** Streams of a place, or of one table, in the order of their names. */
export function listStreams(
  reader: Reader,
  place: Place,
  tableName: string | undefined,
  after: { tableName: string; label: string } | undefined,
  limit: number,
): Promise<StreamState[]> {
  const { account, region } = place;
  return streams.values(reader, {
    under: tableName === undefined ? [account, region] : [account, region, tableName],
    ...(after ? { gt: [account, region, after.tableName, after.label] } : {}),
    limit,
  });
}

export function logOf(tableId: string, label: string): Key {
  return ['dynamodb', tableId, label];
}

/** Puts a record of every change of a table into the stream that it has. */
export function streamFollower({ logs, clock }: { logs: Logs; clock: Clock }): ChangeFollower {
  return {
    follows: (table) => table.stream !== undefined,
    changed: async (tx, table, { before, after }, origin) => {
      const change = changeRecord(table, before, after, origin?.userIdentity);
      if (!change) return;
      const log = logOf(table.id, (table.stream as Stream).label);
      await logs.append(tx, log, [{ time: clock.now(), value: record.encode(change) }]);
    },
  };
}

export function decodeRecord(value: Uint8Array): ChangeRecord {
  return record.decode(value);
}

/** Forgets what is older than a day; @returns false when the stream itself is forgotten. */
export async function trimStream(
  store: Store,
  logs: Logs,
  state: StreamState,
  now: number,
): Promise<boolean> {
  const log = logOf(state.tableId, state.label);
  const oldest = now - limits.streamRetentionMs;
  while ((await logs.trim(log, oldest, limits.sweepItems)) === limits.sweepItems);
  if (state.disabledAt === undefined || state.disabledAt > oldest) return true;
  await store.transact(async (tx) => {
    logs.delete(tx, log);
    streams.delete(tx, state.account, state.region, state.tableName, state.label);
  });
  return false;
}
