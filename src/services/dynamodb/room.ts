/** What every handler of DynamoDB works with. */
import type { Clock, Ids } from '../../kernel/index.ts';
import type { DynamoDbConfig, OperationContext, Platform } from '../../platform/index.ts';
import type { TaskQueue } from '../../tasks/port.ts';
import type { Replicator } from './globalTables/replication.ts';
import type { Transition } from './lifecycle.ts';
import type { InFlight } from './operations/inFlight.ts';
import type { Items } from './store/items.ts';
import type { Tables } from './store/tables.ts';

export interface Room {
  readonly tables: Tables;
  readonly items: Items;
  readonly inFlight: InFlight;
  readonly platform: Platform;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly config: DynamoDbConfig;
  readonly queues: Queues;
  readonly replicator: Replicator;
}

export interface Queues {
  /** Deletes what a deleted table or index left in the store. */
  readonly purges: TaskQueue<Purge>;
  /** Fills an index, or the expiry times of a TTL, from the items that were there before. */
  readonly backfills: TaskQueue<Backfill>;
  /** Deletes expired items of one table, again and again while its TTL is enabled. */
  readonly sweeps: TaskQueue<Sweep>;
  /** Ends the states of tables and indexes that take time. */
  readonly transitions: TaskQueue<Transition>;
  /** Forgets the records of one stream that are older than a day. */
  readonly trims: TaskQueue<Trim>;
}

export interface Trim extends TableName {
  label: string;
}

interface TableName {
  account: string;
  region: string;
  table: string;
}

export interface Backfill extends TableName {
  /** Id of the index; absent for a TTL. */
  indexId?: string;
}

/** One table, and none that has its name later. */
export interface TableReference extends TableName {
  tableId: string;
}

export type Sweep = TableReference;

export interface Purge {
  kind: 'item' | 'index' | 'expiry' | 'history';
  id: string;
}

export type Context = OperationContext<Room>;
