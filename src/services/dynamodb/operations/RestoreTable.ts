/** RestoreTableFromBackup, RestoreTableToPointInTime: a new table, CREATING until its items and indexes are there. */
import type { Transaction } from '../../../store/port.ts';
import { schemaOf } from '../domain/backups.ts';
import { describeTable } from '../domain/describe.ts';
import type { IndexInput, SchemaInput } from '../domain/schema.ts';
import { creating } from '../domain/states.ts';
import type { OnDemandThroughput, Table } from '../domain/table.ts';
import { invalid, type ProvisionedThroughput } from '../domain/throughput.ts';
import {
  BackupInUseException,
  BackupNotFoundException,
  InvalidRestoreTimeException,
  LimitExceededException,
  PointInTimeRecoveryUnavailableException,
  TableAlreadyExistsException,
  TableNotFoundException,
  ValidationException,
} from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { type Backup, contentsOf, findBackup, keyOfBackup, putBackup } from '../store/backups.ts';
import { keepHistory } from '../store/history.ts';
import { queueRestore } from '../store/restores.ts';
import { backupOf, checkThere } from './Backups.ts';
import { earliestRestorable } from './ContinuousBackups.ts';
import { checkTableName, tableOfArn } from './request.ts';
import type { SSESpecification } from './settings.ts';
import { newTable } from './Tables.ts';

interface Overrides {
  TargetTableName: string;
  BillingModeOverride?: 'PROVISIONED' | 'PAY_PER_REQUEST';
  GlobalSecondaryIndexOverride?: IndexInput[];
  LocalSecondaryIndexOverride?: IndexInput[];
  ProvisionedThroughputOverride?: ProvisionedThroughput;
  OnDemandThroughputOverride?: OnDemandThroughput;
  SSESpecificationOverride?: SSESpecification;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableFromBackup.html */
export async function RestoreTableFromBackup(
  ctx: Context,
  input: Overrides & { BackupArn: string },
): Promise<object> {
  const { room } = ctx;
  checkTableName(input.TargetTableName);
  const backup = await backupOf(ctx, input.BackupArn, true);
  await checkFree(ctx, input.TargetTableName);
  checkAvailable(backup);
  const target: Table = {
    ...restored(ctx, backup.source, input),
    restore: {
      backupArn: backup.arn,
      tableArn: backup.source.arn,
      time: backup.createdAt,
      inProgress: true,
    },
  };
  await room.items.store.transact(async (tx) => {
    await create(tx, ctx, target);
    const current = await findBackup(tx, backup);
    if (!current) throw new BackupNotFoundException(`Backup not found: ${backup.arn}`);
    checkAvailable(current);
    putBackup(tx, { ...current, restoring: [...current.restoring, target.id] });
    await queueRestore(tx, room, target, { from: contentsOf(current), backup: keyOfBackup(current) });
  });
  return { TableDescription: describeTable(target, new Map()) };
}

/** @throws BackupInUseException while it is being made. */
function checkAvailable(backup: Backup): void {
  if (backup.status === 'CREATING') throw new BackupInUseException(`Backup is being created: ${backup.arn}`);
}

interface RestoreTableToPointInTimeInput extends Overrides {
  SourceTableArn?: string;
  SourceTableName?: string;
  UseLatestRestorableTime?: boolean;
  RestoreDateTime?: Date;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html */
export async function RestoreTableToPointInTime(
  ctx: Context,
  input: RestoreTableToPointInTimeInput,
): Promise<object> {
  const { room } = ctx;
  checkTableName(input.TargetTableName);
  checkTimes(input);
  const source = await sourceOf(ctx, input);
  if (!source.recovery) {
    throw new PointInTimeRecoveryUnavailableException(
      `Point in time recovery is not enabled for table '${source.name}'`,
    );
  }
  const time = restoreTime(source.recovery, input, ctx.now);
  await checkFree(ctx, input.TargetTableName);
  const target: Table = {
    ...restored(ctx, source, input),
    restore: { tableArn: source.arn, time, inProgress: true },
  };
  const reason = `restore/${target.id}`;
  await keepHistory(room, source, reason, {
    from: time,
    also: async (tx, moment) => {
      await create(tx, ctx, target);
      await queueRestore(tx, room, target, { from: source, moment, reason });
    },
  });
  return { TableDescription: describeTable(target, new Map()) };
}

function checkTimes({
  RestoreDateTime: time,
  UseLatestRestorableTime: latest,
}: RestoreTableToPointInTimeInput) {
  if (time && latest) {
    throw invalid('RestoreDateTime and UseLatestRestorableTime cannot be specified at the same time');
  }
  if (!time && !latest) throw invalid('Either RestoreDateTime or UseLatestRestorableTime must be specified');
}

/** @throws TableNotFoundException */
async function sourceOf(ctx: Context, input: RestoreTableToPointInTimeInput): Promise<Table> {
  const { SourceTableName: name, SourceTableArn: arn } = input;
  if ((name === undefined) === (arn === undefined)) {
    throw invalid('Exactly one of SourceTableName and SourceTableArn must be specified');
  }
  if (name !== undefined) checkTableName(name);
  // The ARN of another region restores across regions; another account's table isn't there for us.
  const place = arn === undefined ? { ...placeOf(ctx), name: name as string } : tableOfArn(arn);
  if (!place) throw new ValidationException(`Invalid table/index name.  Invalid ARN: ${arn}`);
  const table = place.account === ctx.account ? await ctx.room.tables.find(place, place.name) : undefined;
  if (!table) throw new TableNotFoundException(`Table not found: ${place.name}`);
  checkThere(table);
  return table;
}

function placeOf({ account, region }: Context) {
  return { account, region };
}

/**
 * Clients that say whole seconds may mean the second in which recovery was enabled: nothing is lost by allowing it.
 * @throws InvalidRestoreTimeException
 */
function restoreTime(
  recovery: NonNullable<Table['recovery']>,
  { RestoreDateTime }: RestoreTableToPointInTimeInput,
  now: number,
): number {
  if (!RestoreDateTime) return now;
  const time = RestoreDateTime.getTime();
  const earliest = earliestRestorable(recovery, now);
  if (time > now || time < Math.floor(earliest / 1000) * 1000) {
    throw new InvalidRestoreTimeException(
      'An invalid restore time was specified. RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime.',
    );
  }
  return Math.max(time, earliest);
}

/** @throws TableAlreadyExistsException, TableInUseException, LimitExceededException */
async function checkFree(ctx: Context, name: string): Promise<void> {
  const tables = await ctx.room.tables.list(ctx, undefined, limits.tablesMax);
  if (tables.filter(({ restore }) => restore?.inProgress).length >= limits.restoresMax) {
    throw new LimitExceededException(
      `Subscriber limit exceeded: Only ${limits.restoresMax} tables can be restored simultaneously`,
    );
  }
  const found = await ctx.room.tables.find(ctx, name);
  if (!found) return;
  checkThere(found);
  throw new TableAlreadyExistsException(`Table already exists: ${name}`);
}

async function create(tx: Transaction, { room }: Context, target: Table): Promise<void> {
  if (!(await room.tables.insert(tx, target))) {
    throw new TableAlreadyExistsException(`Table already exists: ${target.name}`);
  }
}

/**
 * The new table: the source's keys, indexes, capacity and encryption unless overridden; no tags, stream, TTL, recovery,
 * policy or deletion protection. @throws ValidationException
 */
function restored(ctx: Context, source: Table, input: Overrides): Table {
  const schema = schemaOf(source);
  const billingMode = input.BillingModeOverride ?? source.billingMode;
  const locals = chosen(schema.LocalSecondaryIndexes, input.LocalSecondaryIndexOverride);
  const globals = chosen(schema.GlobalSecondaryIndexes, input.GlobalSecondaryIndexOverride, billingMode);
  const used = new Set(
    [schema, ...locals, ...globals].flatMap(({ KeySchema }) =>
      KeySchema.map(({ AttributeName }) => AttributeName),
    ),
  );
  const throughput =
    input.ProvisionedThroughputOverride ??
    (billingMode === 'PROVISIONED' ? schema.ProvisionedThroughput : undefined);
  const onDemand =
    input.OnDemandThroughputOverride ??
    (billingMode === 'PAY_PER_REQUEST' ? source.onDemandThroughput : undefined);
  const encryption =
    input.SSESpecificationOverride ??
    (source.encryption && {
      Enabled: true,
      SSEType: source.encryption.type,
      KMSMasterKeyId: source.encryption.keyArn,
    });
  return creating(
    newTable(ctx, {
      TableName: input.TargetTableName,
      AttributeDefinitions: schema.AttributeDefinitions.filter(({ AttributeName }) =>
        used.has(AttributeName),
      ),
      KeySchema: schema.KeySchema,
      ...(locals.length > 0 ? { LocalSecondaryIndexes: locals } : {}),
      ...(globals.length > 0 ? { GlobalSecondaryIndexes: globals } : {}),
      BillingMode: billingMode,
      ...(throughput ? { ProvisionedThroughput: throughput } : {}),
      ...(onDemand ? { OnDemandThroughput: onDemand } : {}),
      ...(encryption ? { SSESpecification: encryption } : {}),
    }),
  );
}

/** The indexes that the new table gets: some or all of those that there were. @throws ValidationException */
function chosen(
  existing: SchemaInput['GlobalSecondaryIndexes'] = [],
  override: IndexInput[] | undefined,
  billingMode?: string,
): IndexInput[] {
  // Throughput of an index means nothing to a restored table of the other mode.
  const fitting = (index: IndexInput): IndexInput => {
    const { ProvisionedThroughput: provisioned, OnDemandThroughput: onDemand, ...rest } = index;
    if (billingMode === 'PROVISIONED')
      return provisioned ? { ...rest, ProvisionedThroughput: provisioned } : rest;
    return onDemand ? { ...rest, OnDemandThroughput: onDemand } : rest;
  };
  if (!override) return existing.map(fitting);
  return override.map((wanted) => {
    const index = existing.find(({ IndexName }) => IndexName === wanted.IndexName);
    if (!index || !sameShape(index, wanted)) {
      throw invalid(
        `The index in the override does not match an existing index of the source table. IndexName: ${wanted.IndexName}`,
      );
    }
    return wanted;
  });
}

function sameShape(one: IndexInput, other: IndexInput): boolean {
  return shapeText(one) === shapeText(other);
}

function shapeText({ KeySchema, Projection }: IndexInput): string {
  return JSON.stringify([
    KeySchema.map(({ AttributeName, KeyType }) => [AttributeName, KeyType]),
    Projection.ProjectionType,
    [...(Projection.NonKeyAttributes ?? [])].sort(),
  ]);
}
