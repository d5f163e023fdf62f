/**
 * Tables that are being restored. Key table:
 *
 *     ['dynamodb.restore', tableId] → Restore: from what, and how far
 */
import { type Key, type Reader, recordSet, type Transaction } from '../../../store/index.ts';
import type { Table } from '../domain/table.ts';
import type { Room } from '../room.ts';
import type { BackupKey } from './backups.ts';
import type { Moment } from './history.ts';

export interface Restore {
  /** Whose items: a table, or what a backup holds (`contentsOf`). */
  readonly from: Table;
  /** The backup, which must stay until the restore is done. */
  readonly backup?: BackupKey;
  /** As of when, for a table that is written to; and the hold on its history. */
  readonly moment?: Moment;
  readonly reason?: string;
  readonly after?: Key;
}

const records = recordSet<[tableId: string], Restore>('dynamodb.restore');

export function findRestore(reader: Reader, tableId: string): Promise<Restore | undefined> {
  return records.get(reader, tableId);
}

export function putRestore(tx: Transaction, tableId: string, restore: Restore): void {
  records.put(tx, [tableId], restore);
}

export function removeRestore(tx: Transaction, tableId: string): void {
  records.delete(tx, tableId);
}

/** Begins to fill a table that is CREATING, in the transaction that creates it. */
export async function queueRestore(
  tx: Transaction,
  { queues }: Pick<Room, 'queues'>,
  target: Table,
  restore: Restore,
): Promise<void> {
  putRestore(tx, target.id, restore);
  const { account, region, name, id } = target;
  await queues.restores.enqueue(tx, { account, region, table: name, tableId: id });
}
