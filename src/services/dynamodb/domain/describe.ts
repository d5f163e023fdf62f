/** A table as DescribeTable shows it. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html */
import {
  type Index,
  type KeyAttribute,
  type KeySchema,
  partitionAttributes,
  type Stream,
  sortAttributes,
  type Table,
  type TableStatus,
  type Throughput,
} from './table.ts';
import { decreasesOn } from './throughput.ts';
import { describeWarm } from './warmThroughput.ts';

/** Items and bytes of a table or index. */
export interface Census {
  items: number;
  bytes: number;
}

/**
 * @param census by table id and index ids; zero where it is missing.
 * @param now milliseconds of the epoch; absent: right after the change that is described.
 */
export function describeTable(
  table: Table,
  census: ReadonlyMap<string, Census>,
  status: TableStatus = table.status,
  now?: number,
): Record<string, unknown> {
  const counted = census.get(table.id);
  const locals = table.indexes.filter((index) => index.kind === 'local');
  const globals = table.indexes.filter((index) => index.kind === 'global');
  const stream = table.stream ?? table.latestStream;
  return {
    AttributeDefinitions: [...table.attributes].sort(byName).map(({ name, type }) => ({
      AttributeName: name,
      AttributeType: type,
    })),
    TableName: table.name,
    KeySchema: describeKey(table.key),
    TableStatus: status,
    CreationDateTime: new Date(table.createdAt),
    ProvisionedThroughput: describeThroughput(table.throughput, now),
    TableSizeBytes: counted?.bytes ?? 0,
    ItemCount: counted?.items ?? 0,
    TableArn: table.arn,
    TableId: table.uuid,
    ...(table.billingModeChangedAt === undefined ? {} : describeBilling(table)),
    ...(locals.length > 0
      ? { LocalSecondaryIndexes: locals.map((index) => describeIndex(table, index, census, now)) }
      : {}),
    ...(globals.length > 0
      ? { GlobalSecondaryIndexes: globals.map((index) => describeIndex(table, index, census, now)) }
      : {}),
    ...(stream ? describeStream(table, stream) : {}),
    ...(table.encryption
      ? {
          SSEDescription: {
            Status: 'ENABLED',
            SSEType: table.encryption.type,
            KMSMasterKeyArn: table.encryption.keyArn,
          },
        }
      : {}),
    ...(table.tableClass
      ? {
          TableClassSummary: {
            TableClass: table.tableClass,
            ...(table.tableClassChangedAt === undefined
              ? {}
              : { LastUpdateDateTime: new Date(table.tableClassChangedAt) }),
          },
        }
      : {}),
    // Observed: nothing tells of a restore any more once it is over.
    ...(table.restore?.inProgress
      ? {
          RestoreSummary: {
            ...(table.restore.backupArn === undefined ? {} : { SourceBackupArn: table.restore.backupArn }),
            SourceTableArn: table.restore.tableArn,
            RestoreDateTime: new Date(table.restore.time),
            RestoreInProgress: table.restore.inProgress,
          },
        }
      : {}),
    DeletionProtectionEnabled: table.deletionProtection,
    ...(table.onDemandThroughput ? { OnDemandThroughput: table.onDemandThroughput } : {}),
    ...describeWarm(table.billingMode, table),
  };
}

function byName(left: KeyAttribute, right: KeyAttribute): number {
  return left.name < right.name ? -1 : 1;
}

function describeBilling(table: Table): object {
  return {
    BillingModeSummary: {
      BillingMode: table.billingMode,
      LastUpdateToPayPerRequestDateTime: new Date(table.billingModeChangedAt as number),
    },
    TableThroughputModeSummary: { TableThroughputMode: table.billingMode },
  };
}

function describeStream(table: Table, stream: Stream): object {
  return {
    ...(table.stream
      ? { StreamSpecification: { StreamEnabled: true, StreamViewType: table.stream.viewType } }
      : {}),
    LatestStreamLabel: stream.label,
    LatestStreamArn: streamArn(table, stream),
  };
}

export function streamArn(table: Table, stream: Stream): string {
  return `${table.arn}/stream/${stream.label}`;
}

function describeKey(key: KeySchema): object[] {
  return [
    ...partitionAttributes(key).map(({ name }) => ({ AttributeName: name, KeyType: 'HASH' })),
    ...sortAttributes(key).map(({ name }) => ({ AttributeName: name, KeyType: 'RANGE' })),
  ];
}

function describeThroughput(throughput: Throughput, now: number | undefined): object {
  return {
    ...(throughput.lastIncreaseAt === undefined
      ? {}
      : { LastIncreaseDateTime: new Date(throughput.lastIncreaseAt) }),
    ...(throughput.lastDecreaseAt === undefined
      ? {}
      : { LastDecreaseDateTime: new Date(throughput.lastDecreaseAt) }),
    NumberOfDecreasesToday: now === undefined ? throughput.decreasesToday : decreasesOn(throughput, now),
    ReadCapacityUnits: throughput.readCapacityUnits,
    WriteCapacityUnits: throughput.writeCapacityUnits,
  };
}

function describeIndex(
  table: Table,
  index: Index,
  census: ReadonlyMap<string, Census>,
  now: number | undefined,
): object {
  const counted = census.get(index.id);
  const { type, attributes } = index.projection;
  return {
    IndexName: index.name,
    KeySchema: describeKey(index.key),
    Projection: {
      ProjectionType: type,
      ...(attributes.length > 0 ? { NonKeyAttributes: attributes } : {}),
    },
    ...(index.kind === 'global' ? { IndexStatus: index.status } : {}),
    // Only an index that joins a table that is there says it: false while it gets its place.
    ...(index.status === 'CREATING' && table.status !== 'CREATING' ? { Backfilling: index.backfilling } : {}),
    ...(index.throughput ? { ProvisionedThroughput: describeThroughput(index.throughput, now) } : {}),
    IndexSizeBytes: counted?.bytes ?? 0,
    ItemCount: counted?.items ?? 0,
    IndexArn: `${table.arn}/index/${index.name}`,
    ...(index.onDemandThroughput ? { OnDemandThroughput: index.onDemandThroughput } : {}),
    ...(index.kind === 'global' ? describeWarm(table.billingMode, index) : {}),
  };
}
