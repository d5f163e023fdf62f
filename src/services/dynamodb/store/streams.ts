/**
 * Streams. Key table:
 *
 *     ['dynamodb.stream', account, region, tableName, label] → Stream: of which table, since when, until when
 *
 * Their shards and records: shards.ts. A record is written in the transaction of the change, so that each change
 * is there once, in order, or not at all.
 */
import type { Clock } from '../../../kernel/index.ts';
import { type Reader, recordSet, type Store, type Transaction } from '../../../store/index.ts';
import type { Logs } from '../../../store/logs.port.ts';
import { keyPart, placeOf } from '../domain/keys.ts';
import { type ShardRules, shardRules } from '../domain/shards.ts';
import { changeRecord } from '../domain/streamRecords.ts';
import type { KeySchema, Stream, StreamViewType, Table } from '../domain/table.ts';
import { limits } from '../limits.ts';
import type { ChangeFollower } from './items.ts';
import { deletePolicy } from './policies.ts';
import {
  appendRecord,
  closeShards,
  forgetHead,
  listShards,
  openShards,
  rollShards,
  trimShard,
} from './shards.ts';

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
  openShards(tx, { tableId, label }, now);
}

export async function closeStream(
  tx: Transaction,
  logs: Logs,
  table: Table,
  stream: Stream,
  now: number,
): Promise<void> {
  const at = [table.account, table.region, table.name, stream.label] as const;
  const state = await streams.get(tx, ...at);
  if (!state) return;
  await closeShards(tx, logs, state, now);
  streams.put(tx, [...at], { ...state, disabledAt: now });
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

/** Puts a record of every change of a table into the stream that it has. */
export function streamFollower(
  { logs, clock }: { logs: Logs; clock: Clock },
  rules: ShardRules = shardRules,
): ChangeFollower {
  return {
    follows: (table) => table.stream !== undefined,
    changed: async (tx, table, { before, after }, origin) => {
      const { label, viewType } = table.stream as Stream;
      const change = changeRecord(table.key, viewType, before, after, origin?.userIdentity);
      if (!change) return;
      const stream = { tableId: table.id, label };
      const { name, type } = table.key.partition;
      const place = () => placeOf(keyPart(change.keys[name] as never, type));
      await appendRecord(tx, logs, stream, change, place, clock.now(), rules);
    },
  };
}

/** Forgets what is older than a day, and closes shards that are due; @returns false when the stream is forgotten. */
export async function trimStream(
  { store, logs }: { store: Store; logs: Logs },
  state: StreamState,
  now: number,
  signal?: AbortSignal,
  rules: ShardRules = shardRules,
): Promise<boolean> {
  const oldest = now - limits.streamRetentionMs;
  if (state.disabledAt === undefined) await rollShards(store, state, now, rules);
  for (const shard of await listShards(store, logs, state))
    await trimShard({ store, logs }, state, shard, oldest, signal);
  if (state.disabledAt === undefined || state.disabledAt > oldest) return true;
  await store.transact(async (tx) => {
    forgetHead(tx, logs, state);
    streams.delete(tx, state.account, state.region, state.tableName, state.label);
    deletePolicy(tx, state);
  });
  return false;
}
