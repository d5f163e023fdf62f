/** A table as it is kept: its key schema, its indexes and its settings. */
import type { Membership } from './globalTable.ts';
import type { Warm } from './warmThroughput.ts';

export type ScalarType = 'S' | 'N' | 'B';

export interface KeyAttribute {
  readonly name: string;
  readonly type: ScalarType;
}

export interface KeySchema {
  readonly partition: KeyAttribute;
  readonly sort?: KeyAttribute;
  /** The second to fourth attribute of the keys of a global index, where it has several. */
  readonly morePartition?: readonly KeyAttribute[];
  readonly moreSort?: readonly KeyAttribute[];
}

export interface Throughput {
  readCapacityUnits: number;
  writeCapacityUnits: number;
  lastIncreaseAt?: number;
  lastDecreaseAt?: number;
  decreasesToday: number;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GlobalSecondaryIndexDescription.html */
export type IndexStatus = 'CREATING' | 'UPDATING' | 'DELETING' | 'ACTIVE';
export type TableStatus = 'CREATING' | 'UPDATING' | 'DELETING' | 'ACTIVE';

export interface Projection {
  readonly type: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
  readonly attributes: readonly string[];
}

export interface Index {
  readonly name: string;
  /** Its place in the store's keys: never used again when the index is gone. */
  readonly id: string;
  readonly kind: 'local' | 'global';
  readonly key: KeySchema;
  readonly projection: Projection;
  readonly status: IndexStatus;
  readonly backfilling: boolean;
  readonly throughput?: Throughput;
  readonly onDemandThroughput?: OnDemandThroughput;
  readonly warm?: Warm;
  readonly createdAt: number;
}

export interface OnDemandThroughput {
  MaxReadRequestUnits?: number;
  MaxWriteRequestUnits?: number;
}

export type StreamViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';

export interface Stream {
  /** ISO time to milliseconds without zone: the last part of the stream's ARN. */
  readonly label: string;
  readonly viewType: StreamViewType;
}

export type InsightsMode = 'ACCESSED_AND_THROTTLED_KEYS' | 'THROTTLED_KEYS';

/** Contributor insights that are, or were, enabled. */
export interface Insights {
  /** Of a global index; absent for the table's own. */
  readonly indexId?: string;
  readonly status: 'ENABLED' | 'DISABLED';
  readonly mode: InsightsMode;
  /** Milliseconds of the epoch: part of the names of the rules. */
  readonly enabledAt: number;
  readonly updatedAt: number;
}

export interface Table {
  /** Grows with every change of this record, so that a writer notices that it holds an old one. */
  readonly revision: number;
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly arn: string;
  /** AWS's TableId. */
  readonly uuid: string;
  /** Its place in the store's keys: never used again when the table is gone. */
  readonly id: string;
  readonly createdAt: number;
  readonly status: TableStatus;
  readonly attributes: readonly KeyAttribute[];
  readonly key: KeySchema;
  readonly indexes: readonly Index[];
  readonly billingMode: 'PROVISIONED' | 'PAY_PER_REQUEST';
  /** When it was set to on-demand mode last: AWS describes the mode only of tables that ever were in it. */
  readonly billingModeChangedAt?: number;
  readonly throughput: Throughput;
  /** What it is provisioned with once it is ACTIVE again. */
  readonly coming?: Throughput;
  readonly onDemandThroughput?: OnDemandThroughput;
  readonly warm?: Warm;
  /** When it was switched to on-demand mode, of late; milliseconds. */
  readonly onDemandSwitches?: readonly number[];
  readonly stream?: Stream;
  /** The last stream, kept in the description after it was switched off. */
  readonly latestStream?: Stream;
  readonly tableClass?: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS';
  readonly tableClassChangedAt?: number;
  readonly deletionProtection: boolean;
  readonly encryption?: { type: 'KMS'; keyArn: string };
  /** The id names what was noted of expiry times since it was enabled; absent in tables of former versions. */
  readonly timeToLive?: { attribute: string; enabledAt: number; id?: string };
  /** Contributor insights, the table's and its indexes'. */
  readonly insights?: readonly Insights[];
  /** Present when any of them are enabled: the keys of requests are counted. */
  readonly countsKeys?: true;
  /** Id of the Kinesis destination that its changes go to (store/kinesis.ts). */
  readonly kinesisDestination?: string;
  /** Present on the replicas of a global table. */
  readonly global?: Membership;
  /** Point-in-time recovery: since when (milliseconds), and over how many days. */
  readonly recovery?: { enabledAt: number; days: number };
  /** What it was restored from, and as of when (milliseconds). */
  readonly restore?: { backupArn?: string; tableArn: string; time: number; inProgress: boolean };
  /** Its changes are kept (store/history.ts), for those who hold it: by reason, the time from which they need it. */
  readonly history?: { id: string; holds: Readonly<Record<string, number>> };
}

/** The hold on a history that point-in-time recovery has. */
export const recoveryReason = 'recovery';

/** Names of the attributes that make an item of the table findable through a key. */
export function keyNames(key: KeySchema): string[] {
  if (isComposed(key)) return keyAttributes(key).map(({ name }) => name);
  return key.sort ? [key.partition.name, key.sort.name] : [key.partition.name];
}

/** True for the keys of global indexes that have several partition or several sort attributes. */
export function isComposed(key: KeySchema): boolean {
  return key.morePartition !== undefined || key.moreSort !== undefined;
}

export function partitionAttributes(key: KeySchema): readonly KeyAttribute[] {
  return key.morePartition ? [key.partition, ...key.morePartition] : [key.partition];
}

export function sortAttributes(key: KeySchema): readonly KeyAttribute[] {
  if (!key.sort) return [];
  return key.moreSort ? [key.sort, ...key.moreSort] : [key.sort];
}

/** All of a key, as its schema lists it. */
export function keyAttributes(key: KeySchema): readonly KeyAttribute[] {
  return [...partitionAttributes(key), ...sortAttributes(key)];
}

export function indexOf(table: Table, name: string): Index | undefined {
  return table.indexes.find((index) => index.name === name);
}

const projected = new WeakMap<Index, ReadonlySet<string>>();

/** Names of the attributes that an index holds of an item; undefined: all. Asked at every write, so kept. */
export function projectedNames(table: Table, index: Index): ReadonlySet<string> | undefined {
  if (index.projection.type === 'ALL') return undefined;
  let names = projected.get(index);
  if (!names) {
    names = new Set([...keyNames(index.key), ...keyNames(table.key), ...index.projection.attributes]);
    projected.set(index, names);
  }
  return names;
}
