/**
 * Backups. Key table:
 *
 *     ['dynamodb.backup', account, region, tableName, backupId] → Backup: of what, since when, how far
 *
 * What a backup holds lies among the items (store/items.ts), under an id of its own, as if it were a table that
 * nobody can name. A system backup has the id of the deleted table: its items simply stay.
 */
import type { Ids } from '../../../kernel/index.ts';
import { type Key, type Reader, recordSet, type Transaction } from '../../../store/index.ts';
import type { Table } from '../domain/table.ts';
import { limits } from '../limits.ts';
import type { Room } from '../room.ts';
import type { Moment } from './history.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BackupDetails.html */
export interface Backup extends BackupKey {
  readonly arn: string;
  readonly name: string;
  readonly type: 'USER' | 'SYSTEM';
  readonly status: 'CREATING' | 'AVAILABLE';
  /** Milliseconds since the epoch, as all times here. */
  readonly createdAt: number;
  readonly expiresAt?: number;
  /** The table as it was described. */
  readonly source: Table;
  /** Its place among the items. */
  readonly contentId: string;
  readonly items: number;
  readonly bytes: number;
  /** While it is CREATING, and has to be copied: what of the table it holds, and how far it is. */
  readonly copying?: {
    readonly moment: Moment;
    readonly after: Key | undefined;
    readonly items: number;
    readonly bytes: number;
  };
  /** Ids of the tables that are being restored from it. */
  readonly restoring: readonly string[];
}

export interface BackupKey {
  readonly account: string;
  readonly region: string;
  readonly tableName: string;
  /** Milliseconds of its creation in 14 digits, a hyphen, eight hexadecimal digits: in the order of time. */
  readonly id: string;
}

const records = recordSet<[account: string, region: string, tableName: string, id: string], Backup>(
  'dynamodb.backup',
);

export function findBackup(
  reader: Reader,
  { account, region, tableName, id }: BackupKey,
): Promise<Backup | undefined> {
  return records.get(reader, account, region, tableName, id);
}

export function putBackup(tx: Transaction, backup: Backup): void {
  records.put(tx, [backup.account, backup.region, backup.tableName, backup.id], backup);
}

/** What a backup holds, as a table to read from. */
export function contentsOf(backup: Pick<Backup, 'source' | 'contentId'>): Table {
  return { ...backup.source, id: backup.contentId };
}

/** Backups of a place, or of one table of it, in the order of table names and times. */
export function listBackups(
  reader: Reader,
  place: { account: string; region: string },
  tableName: string | undefined,
  bounds: { after?: Pick<BackupKey, 'tableName' | 'id'> | undefined; from?: number; below?: number },
  limit: number,
): Promise<Backup[]> {
  const { account, region } = place;
  const { after, from, below } = bounds;
  const root = [account, region];
  return records.values(reader, {
    under: tableName === undefined ? root : [...root, tableName],
    ...(after ? { gt: [...root, after.tableName, after.id] } : {}),
    // Ids begin with the time, so that the backups of one table in a range of time are a range of keys.
    ...(tableName !== undefined && from !== undefined ? { gte: [...root, tableName, timeText(from)] } : {}),
    ...(tableName !== undefined && below !== undefined ? { lt: [...root, tableName, timeText(below)] } : {}),
    limit,
  });
}

/** `01489602797149`: how the ids of backups begin. */
export function timeText(time: number): string {
  return String(Math.max(0, Math.ceil(time))).padStart(14, '0');
}

/** Writes down a backup that is to be made of what `moment` is, and begins it. */
export async function queueBackup(
  tx: Transaction,
  { queues }: Pick<Room, 'queues'>,
  backup: Backup,
  moment: Moment,
): Promise<void> {
  putBackup(tx, { ...backup, copying: { moment, after: undefined, items: 0, bytes: 0 } });
  await queues.backups.enqueue(tx, keyOfBackup(backup));
}

export function keyOfBackup({ account, region, tableName, id }: BackupKey): BackupKey {
  return { account, region, tableName, id };
}

/** Forgets a backup and, in the background, what it holds. */
export async function forgetBackup(
  tx: Transaction,
  { queues }: Pick<Room, 'queues'>,
  backup: Backup,
): Promise<void> {
  const { account, region, tableName, id } = backup;
  records.delete(tx, account, region, tableName, id);
  await queues.purges.enqueue(tx, { kind: 'item', id: backup.contentId });
}

/**
 * What becomes of the items of a table that is deleted, in the transaction that deletes it: with point-in-time
 * recovery they stay as a system backup for 35 days, else they go.
 */
export async function retireItems(
  tx: Transaction,
  { queues, ids }: Pick<Room, 'queues' | 'ids'>,
  table: Table,
  now: number,
): Promise<void> {
  if (!table.recovery) {
    await queues.purges.enqueue(tx, { kind: 'item', id: table.id });
    return;
  }
  const expiresAt = now + limits.systemBackupMs;
  const backup = newBackup(table, ids, { name: `${table.name}$DeletedTableBackup`, type: 'SYSTEM' }, now);
  putBackup(tx, { ...backup, contentId: table.id, expiresAt });
  await queues.backups.enqueue(tx, keyOfBackup(backup));
  await queues.backupExpiries.enqueue(tx, keyOfBackup(backup), { dueAt: expiresAt });
}

export function newBackup(
  table: Table,
  ids: Ids,
  { name, type }: Pick<Backup, 'name' | 'type'>,
  now: number,
): Backup {
  const id = `${timeText(now)}-${ids.token(8, '0123456789abcdef')}`;
  return {
    account: table.account,
    region: table.region,
    tableName: table.name,
    id,
    arn: `${table.arn}/backup/${id}`,
    ...{ name, type, status: 'CREATING', createdAt: now },
    source: table,
    contentId: ids.token(10),
    ...{ items: 0, bytes: 0, restoring: [] },
  };
}
