/** Backups as the API shows them. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BackupDescription.html */
import { parseArn } from '../../../kernel/index.ts';
import { ResourceInUseException } from '../errors.ts';
import type { Backup, BackupKey } from '../store/backups.ts';
import { describeTable } from './describe.ts';
import type { SchemaInput } from './schema.ts';
import { recoveryReason, type Table } from './table.ts';

/** @returns undefined when it isn't the ARN of a backup. */
export function backupOfArn(text: string): BackupKey | undefined {
  const arn = parseArn(text);
  const match = /^table\/([a-zA-Z0-9_.-]{3,255})\/backup\/([0-9]{14}-[0-9a-f]{8})$/.exec(arn?.resource ?? '');
  if (arn?.service !== 'dynamodb' || !match) return undefined;
  return { account: arn.account, region: arn.region, tableName: match[1] as string, id: match[2] as string };
}

/**
 * AWS: “While a backup is in progress, you can't delete the source table”; the same for the other copies that read it.
 * @throws ResourceInUseException
 */
export function checkNotCopied({ name, history }: Table): void {
  if (Object.keys(history?.holds ?? {}).every((reason) => reason === recoveryReason)) return;
  throw new ResourceInUseException(
    `Attempt to change a resource which is still in use: Table is being backed up or exported: ${name}`,
  );
}

type Status = Backup['status'] | 'DELETED';

export function describeBackupDetails(backup: Backup, status: Status = backup.status): object {
  return {
    BackupArn: backup.arn,
    BackupName: backup.name,
    BackupSizeBytes: backup.bytes,
    BackupStatus: status,
    BackupType: backup.type,
    BackupCreationDateTime: new Date(backup.createdAt),
    ...(backup.expiresAt === undefined ? {} : { BackupExpiryDateTime: new Date(backup.expiresAt) }),
  };
}

export function describeBackup(backup: Backup, status?: Status): object {
  const { source } = backup;
  const schema = schemaOf(source);
  const { timeToLive, stream } = source;
  const described = describeTable(source, new Map());
  return {
    BackupDetails: describeBackupDetails(backup, status),
    SourceTableDetails: {
      TableName: source.name,
      TableId: source.uuid,
      TableArn: source.arn,
      TableSizeBytes: backup.bytes,
      KeySchema: schema.KeySchema,
      TableCreationDateTime: new Date(source.createdAt),
      ProvisionedThroughput: throughputOf(source.throughput),
      ...(source.onDemandThroughput ? { OnDemandThroughput: source.onDemandThroughput } : {}),
      ItemCount: backup.items,
      BillingMode: source.billingMode,
    },
    SourceTableFeatureDetails: {
      ...(schema.LocalSecondaryIndexes ? { LocalSecondaryIndexes: schema.LocalSecondaryIndexes } : {}),
      ...(schema.GlobalSecondaryIndexes
        ? {
            GlobalSecondaryIndexes: schema.GlobalSecondaryIndexes.map((index) => ({
              ProvisionedThroughput: throughputOf(source.throughput),
              ...index,
            })),
          }
        : {}),
      ...(stream ? { StreamDescription: { StreamEnabled: true, StreamViewType: stream.viewType } } : {}),
      ...(timeToLive
        ? { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: timeToLive.attribute } }
        : {}),
      ...(described.SSEDescription ? { SSEDescription: described.SSEDescription } : {}),
    },
  };
}

export function describeBackupSummary(backup: Backup): object {
  const { source } = backup;
  return {
    TableName: source.name,
    TableId: source.uuid,
    TableArn: source.arn,
    ...describeBackupDetails(backup),
  };
}

type IndexInput = NonNullable<SchemaInput['GlobalSecondaryIndexes']>[number];

/** The parameters of CreateTable that make a table like this one: keys, indexes, capacity. */
export function schemaOf(table: Table): SchemaInput {
  // A description says everything that a request would; it has more, which is left out here.
  const indexes = table.indexes.filter(({ status }) => status !== 'DELETING');
  const described = describeTable({ ...table, indexes }, new Map()) as unknown as SchemaInput;
  const provisioned = table.billingMode === 'PROVISIONED';
  const plain = (index: IndexInput): IndexInput => ({
    IndexName: index.IndexName,
    KeySchema: index.KeySchema,
    Projection: index.Projection,
    ...(provisioned && index.ProvisionedThroughput
      ? { ProvisionedThroughput: unitsOf(index.ProvisionedThroughput) }
      : {}),
    ...(index.OnDemandThroughput ? { OnDemandThroughput: index.OnDemandThroughput } : {}),
  });
  const { LocalSecondaryIndexes: locals, GlobalSecondaryIndexes: globals } = described;
  return {
    AttributeDefinitions: described.AttributeDefinitions,
    KeySchema: described.KeySchema,
    ...(locals ? { LocalSecondaryIndexes: locals.map(plain) } : {}),
    ...(globals ? { GlobalSecondaryIndexes: globals.map(plain) } : {}),
    BillingMode: table.billingMode,
    ...(provisioned ? { ProvisionedThroughput: throughputOf(table.throughput) } : {}),
  };
}

function unitsOf({
  ReadCapacityUnits,
  WriteCapacityUnits,
}: NonNullable<SchemaInput['ProvisionedThroughput']>) {
  return { ReadCapacityUnits, WriteCapacityUnits };
}

function throughputOf({ readCapacityUnits, writeCapacityUnits }: Table['throughput']) {
  return { ReadCapacityUnits: readCapacityUnits, WriteCapacityUnits: writeCapacityUnits };
}
