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
  TableInUseException,
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
import { checkNameLength, checkTableName, tableOfArn } from './request.ts';
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
  checkTarget(input);
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

/** A backup is restored to one table at a time, as AWS was observed to. @throws BackupInUseException */
function checkAvailable(backup: Backup): void {
  if (backup.status === 'CREATING') throw new BackupInUseException(`Backup is being created: ${backup.arn}`);
  if (backup.restoring.length > 0) {
    throw new BackupInUseException(`Backup is being used to restore another table: ${backup.arn}`);
  }
}

function checkTarget({ TargetTableName: name }: Overrides): void {
  checkNameLength(name);
  checkTableName(name, 'targetTableName');
}

/** Most of what is wrong with a restore is told with these words before it. */
function invalidRequest(what: string): Error {
  return new ValidationException(`Invalid Request: ${what}`);
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
  checkTarget(input);
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
    throw invalidRequest(
      'Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time restore request. Please specify either RestoreDateTime time or UseLatestRestorableTime',
    );
  }
  if (!time && !latest) {
    throw invalidRequest(
      'Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both',
    );
  }
}

/** @throws TableNotFoundException */
async function sourceOf(ctx: Context, input: RestoreTableToPointInTimeInput): Promise<Table> {
  const { SourceTableName: name, SourceTableArn: arn } = input;
  if (name !== undefined && arn !== undefined) {
    throw invalidRequest('Must provide exactly one of: sourceTableArn, sourceTableName');
  }
  if (name === undefined && arn === undefined) {
    throw new ValidationException("The parameter 'TableName' is required but was not present in the request");
  }
  if (name !== undefined) checkTableName(name);
  // The ARN of another region restores across regions; another account's table isn't there for us.
  const place = arn === undefined ? { ...placeOf(ctx), name: name as string } : tableOfArn(arn);
  if (!place) throw invalid('sourceTableArn is not a valid ARN');
  if (place.account !== ctx.account) {
    throw new ValidationException(
      'This action is only supported by accounts that match the resource owner’s account.',
    );
  }
  const table = await ctx.room.tables.find(place, place.name);
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
      `RestoreDateTime '${seconds(time)}' must be within EarliestRestorableDateTime '${seconds(earliest)}' and LatestRestorableDateTime '${seconds(now)}'`,
    );
  }
  return Math.max(time, earliest);
}

function seconds(time: number): string {
  return new Date(time).toISOString().replace(/\.[0-9]{3}Z$/, 'Z');
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
  // The page has TableInUseException for tables that are being deleted too; AWS was observed to answer otherwise.
  if (found.restore?.backupArn !== undefined && found.restore.inProgress) {
    throw new TableInUseException(
      `Table: ${name} is already being restored from backup: ${found.restore.backupArn}`,
    );
  }
  if (found.status === 'CREATING') throw new TableInUseException(`Table is being created: ${name}`);
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
  checkOverrides(input, source);
  if (source.region !== ctx.region && !input.SSESpecificationOverride) {
    throw invalidRequest('sseSpecificationOverride must be provided for cross-region restores');
  }
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

/** Throughput must fit the mode that the new table gets. @throws ValidationException */
function checkOverrides(input: Overrides, source: Table): void {
  const { BillingModeOverride: mode, ProvisionedThroughputOverride: provisioned } = input;
  const effective = mode ?? source.billingMode;
  if (effective === 'PAY_PER_REQUEST' && provisioned) {
    throw invalidRequest(
      mode
        ? 'Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST'
        : 'Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED',
    );
  }
  if (effective === 'PROVISIONED' && !provisioned && source.billingMode !== 'PROVISIONED') {
    throw invalidRequest('Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED');
  }
  for (const member of ['MaxReadRequestUnits', 'MaxWriteRequestUnits'] as const) {
    const units = input.OnDemandThroughputOverride?.[member];
    if (units === undefined) continue;
    if (effective === 'PROVISIONED') {
      throw invalidRequest(
        `Cannot override ${member} for OnDemandThroughput unless BillingModeOverride is PAY_PER_REQUEST`,
      );
    }
    if (units < 1)
      throw invalidRequest(`Requested ${member} for OnDemandThroughput is outside of valid range`);
  }
  for (const { IndexName: name, ProvisionedThroughput: units } of input.GlobalSecondaryIndexOverride ?? []) {
    if (effective === 'PROVISIONED' && !units) {
      throw invalidRequest(`Must specify provisioned throughput for index ${name}`);
    }
    if (effective === 'PAY_PER_REQUEST' && units) {
      throw invalidRequest(
        `Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST for index ${name}`,
      );
    }
  }
}

/**
 * The indexes that the new table gets: some or all of those that there were, under other names if those are given.
 * @throws ValidationException
 */
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
    if (!existing.some((index) => sameShape(index, wanted))) {
      throw invalidRequest(
        `Index ${wanted.IndexName} does not match a secondary index that existed in the source table and cannot be created during the restore operation`,
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
