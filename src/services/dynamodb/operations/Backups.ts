/** CreateBackup, DescribeBackup, ListBackups, DeleteBackup. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_HowItWorks.html */
import {
  backupOfArn,
  describeBackup,
  describeBackupDetails,
  describeBackupSummary,
} from '../domain/backups.ts';
import type { Table } from '../domain/table.ts';
import { invalid } from '../domain/throughput.ts';
import {
  BackupInUseException,
  BackupNotFoundException,
  TableNotFoundException,
  ValidationException,
} from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import {
  type Backup,
  findBackup,
  forgetBackup,
  listBackups,
  newBackup,
  queueBackup,
} from '../store/backups.ts';
import { keepHistory } from '../store/history.ts';
import { census } from './census.ts';
import { checkAccount, checkRegion, placeOfTable } from './request.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateBackup.html */
export async function CreateBackup(
  ctx: Context,
  input: { TableName: string; BackupName: string },
): Promise<object> {
  const { room, now } = ctx;
  const table = await backedUpTable(ctx, input.TableName);
  checkThere(table);
  const counted = (await census(room, table)).get(table.id);
  const backup: Backup = {
    ...newBackup(table, room.ids, { name: input.BackupName, type: 'USER' }, now),
    items: counted?.items ?? 0,
    bytes: counted?.bytes ?? 0,
  };
  await keepHistory(room, table, `backup/${backup.id}`, {
    also: (tx, moment) => queueBackup(tx, room, backup, moment),
  });
  return { BackupDetails: describeBackupDetails(backup) };
}

/** The table of a backup operation, which has words of its own. @throws TableNotFoundException */
export async function backedUpTable(ctx: Context, nameOrArn: string): Promise<Table> {
  const place = placeOfTable(ctx, nameOrArn);
  checkRegion(ctx, place, nameOrArn);
  const table = await ctx.room.tables.find(place, place.name);
  // What is being restored isn't there for these operations.
  if (!table || table.restore?.inProgress) {
    checkAccount(ctx, place);
    throw new TableNotFoundException(`Table not found: ${place.name}`);
  }
  return table;
}

/** The page has TableInUseException; AWS was observed to answer as if there were no such table. @throws TableNotFoundException */
export function checkThere({ name, status }: Table): void {
  if (status !== 'CREATING' && status !== 'DELETING') return;
  throw new TableNotFoundException(`Table not found: ${name}`);
}

/**
 * @param anywhere also in another region, to restore from.
 * @throws ValidationException when it isn't the ARN of a backup, AccessDeniedException when it is another account's,
 * BackupNotFoundException
 */
export async function backupOf(ctx: Context, arn: string, anywhere = false): Promise<Backup> {
  const key = backupOfArn(arn);
  if (!key) throw new ValidationException('Invalid Backup ARN');
  checkAccount(ctx, key);
  const backup = (anywhere || key.region === ctx.region) && (await findBackup(ctx.room.items.store, key));
  if (!backup) throw new BackupNotFoundException(`Backup not found: ${arn}`);
  return backup;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeBackup.html */
export async function DescribeBackup(ctx: Context, input: { BackupArn: string }): Promise<object> {
  return { BackupDescription: describeBackup(await backupOf(ctx, input.BackupArn)) };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteBackup.html */
export async function DeleteBackup(ctx: Context, input: { BackupArn: string }): Promise<object> {
  const { room } = ctx;
  const key = await backupOf(ctx, input.BackupArn);
  const deleted = await room.items.store.transact(async (tx) => {
    const backup = await findBackup(tx, key);
    if (!backup) throw new BackupNotFoundException(`Backup not found: ${input.BackupArn}`);
    checkIdle(backup);
    if (backup.type === 'SYSTEM') {
      const until = new Date(backup.expiresAt ?? ctx.now).toISOString();
      throw new ValidationException(
        `Invalid Request: User is not allowed to delete the system backup with arn ${backup.arn}. It will automatically expire on ${until}`,
      );
    }
    await forgetBackup(tx, room, backup);
    return backup;
  });
  return { BackupDescription: describeBackup(deleted, 'DELETED') };
}

/** @throws BackupInUseException while a backup is made or restored. */
function checkIdle(backup: Backup): void {
  if (backup.status === 'CREATING') throw new BackupInUseException(`Backup is being created: ${backup.arn}`);
  if (backup.restoring.length > 0) {
    throw new BackupInUseException(`Backup is being used to restore table: ${backup.arn}`);
  }
}

interface ListBackupsInput {
  TableName?: string;
  Limit?: number;
  TimeRangeLowerBound?: Date;
  TimeRangeUpperBound?: Date;
  ExclusiveStartBackupArn?: string;
  BackupType?: 'USER' | 'SYSTEM' | 'AWS_BACKUP' | 'ALL';
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListBackups.html */
export async function ListBackups(ctx: Context, input: ListBackupsInput): Promise<object> {
  const { BackupType: type = 'USER', Limit: limit = limits.listBackupsMax } = input;
  const place = input.TableName === undefined ? undefined : placeOfTable(ctx, input.TableName);
  const start = input.ExclusiveStartBackupArn;
  let after = start === undefined ? undefined : backupOfArn(start);
  if (start !== undefined && !after) throw new ValidationException('Invalid Backup ARN');
  if (after && after.region !== ctx.region) {
    throw new ValidationException(
      'Invalid Request: The supplied ExclusiveStartBackupArn does not match the region',
    );
  }
  const from = input.TimeRangeLowerBound?.getTime();
  const below = input.TimeRangeUpperBound?.getTime();
  if (from !== undefined && below !== undefined && from > below) {
    throw invalid('Time range lower bound must be less than or equal to upper bound');
  }
  const wanted = ({ type: kind, createdAt }: Backup) =>
    (type === 'ALL' || type === kind) &&
    (from === undefined || createdAt >= from) &&
    (below === undefined || createdAt < below);
  const bounds = { ...(from === undefined ? {} : { from }), ...(below === undefined ? {} : { below }) };
  const found: Backup[] = [];
  for (let more = true; more && found.length <= limit; ) {
    const page = await listBackups(
      ctx.room.items.store,
      ctx,
      place?.name,
      { after, ...bounds },
      limits.sweepItems,
    );
    found.push(...page.filter(wanted));
    after = page.at(-1);
    more = page.length === limits.sweepItems;
  }
  const listed = found.slice(0, limit);
  return {
    BackupSummaries: listed.map(describeBackupSummary),
    ...(found.length > limit ? { LastEvaluatedBackupArn: listed.at(-1)?.arn } : {}),
  };
}
