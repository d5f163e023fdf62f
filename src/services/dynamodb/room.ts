/** What every handler of DynamoDB works with. */
import type { Clock, Ids } from '../../kernel/index.ts';
import type { DynamoDbConfig, OperationContext, Platform } from '../../platform/index.ts';
import type { TaskQueue } from '../../tasks/port.ts';
import type { ContributorInsights } from './contributorInsights.ts';
import type { Replicator } from './globalTables/replication.ts';
import type { Transition } from './lifecycle.ts';
import type { InFlight } from './operations/inFlight.ts';
import type { BackupKey } from './store/backups.ts';
import type { Items } from './store/items.ts';
import type { Policies } from './store/policies.ts';
import type { Tables } from './store/tables.ts';
import type { ThroughputMeter } from './throughput.ts';

export interface Room {
  readonly tables: Tables;
  readonly items: Items;
  readonly policies: Policies;
  readonly insights: ContributorInsights;
  readonly inFlight: InFlight;
  readonly platform: Platform;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly config: DynamoDbConfig;
  /** There when throughput is enforced. */
  readonly meter: ThroughputMeter | undefined;
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
  /** Copies tables into backups. */
  readonly backups: TaskQueue<BackupKey>;
  /** Forgets system backups when their time is over. */
  readonly backupExpiries: TaskQueue<BackupKey>;
  /** Fills tables that are restored. */
  readonly restores: TaskQueue<TableReference>;
  /** Forgets the changes of one table that are older than its recovery period. */
  readonly historyTrims: TaskQueue<HistoryTrim>;
  /** Fills new tables from S3. */
  readonly imports: TaskQueue<ImportReference>;
  /** Writes tables, or their changes, to S3. */
  readonly exports: TaskQueue<ExportReference>;
  /** Forgets imports and exports that are listed no more. */
  readonly forgets: TaskQueue<JobReference>;
}

export interface ImportReference {
  account: string;
  region: string;
  id: string;
}

export interface ExportReference extends TableName {
  id: string;
}

export interface JobReference extends ExportReference {
  kind: 'import' | 'export';
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

export interface Sweep extends TableReference {
  /** Of the TTL (`expiriesOf`): one that is enabled again has a sweep of its own. */
  expiries?: string;
}

export interface HistoryTrim extends TableReference {
  historyId: string;
}

export interface Purge {
  kind: 'item' | 'index' | 'expiry' | 'collection' | 'history' | 'insight';
  id: string;
}

export type Context = OperationContext<Room>;
