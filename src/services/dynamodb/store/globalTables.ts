/**
 * Global tables: which tables are replicas of each other, and the changes that travel between them. Key table:
 *
 *     ['dynamodb.globalTable', account, tableName, id]              → GlobalTable
 *     ['dynamodb.replication', id]                                  → Replication: how far each replica is
 *     ['dynamodb.replicationLog', id, sequence]                     → Replicated: a change for the other replicas
 *     ['dynamodb.replicationPending', tableId, place, partition, …] → sequence of the last change that this replica
 *                                                                     made itself and that hasn't come round yet
 *
 * All replicas of a global table write one log, in the transaction of each change; its sequence numbers are the
 * time by which the last writer wins. A replica reads the log from its own position. It skips what is older than
 * a change of its own to the same item (that is what the pending sequences are for), and forgets a pending
 * sequence when it meets it in the log. So a delete needs no tombstone, and nothing is kept for an item once all
 * replicas have seen its last change.
 */
import { type Key, packed, type Reader, recordSet, type Transaction } from '../../../store/index.ts';
import type { Item } from '../domain/attributeValues.ts';
import type { GlobalTable } from '../domain/globalTable.ts';
import type { Table } from '../domain/table.ts';
import { itemKey } from './items.ts';
import { purgeUnder } from './purge.ts';

/** How far the replication of a global table is. */
export interface Replication {
  /** The sequence number of the last change. */
  readonly head: number;
  /** Names the task that is at work or will be: the next change after it found nothing left starts another. */
  readonly generation: number;
  /** By table id: the last change that the replica has seen. */
  readonly seen: Readonly<Record<string, number>>;
}

/** One change that a replica made. */
export interface Replicated {
  readonly tableId: string;
  readonly region: string;
  readonly key: Item;
  /** As it is stored; absent for a delete. */
  readonly item?: Uint8Array;
}

const groups = recordSet<[account: string, tableName: string, id: string], GlobalTable>(
  'dynamodb.globalTable',
);
const replications = recordSet<[id: string], Replication>('dynamodb.replication');
const changes = recordSet<[id: string, sequence: number], Replicated>('dynamodb.replicationLog');
const pending = recordSet<[tableId: string, ...rest: Key], number>('dynamodb.replicationPending', packed());

export function readGlobalTable(
  reader: Reader,
  place: { account: string; name: string; id: string },
): Promise<GlobalTable | undefined> {
  return groups.get(reader, place.account, place.name, place.id);
}

/** Whether TTL deletes items in this replica: one does, and the others follow. */
export async function expiresHere(reader: Reader, { account, name, id, global }: Table): Promise<boolean> {
  const group = global && (await readGlobalTable(reader, { account, name, id: global.id }));
  return !group || group.version === '2017.11.29' || group.replicas[0]?.tableId === id;
}

/** Global tables of an account, or those of one name, in the order of names. */
export function listGlobalTables(
  reader: Reader,
  account: string,
  name: string | undefined,
  after: GlobalTable | undefined,
  limit: number,
): Promise<GlobalTable[]> {
  return groups.values(reader, {
    under: name === undefined ? [account] : [account, name],
    ...(after ? { gt: [account, after.name, after.id] } : {}),
    limit,
  });
}

export function putGlobalTable(tx: Transaction, group: GlobalTable): void {
  groups.put(tx, [group.account, group.name, group.id], group);
}

export function deleteGlobalTable(tx: Transaction, group: GlobalTable): void {
  groups.delete(tx, group.account, group.name, group.id);
}

export async function readReplication(reader: Reader, id: string): Promise<Replication> {
  return (await replications.get(reader, id)) ?? { head: 0, generation: 0, seen: {} };
}

export function putReplication(tx: Transaction, id: string, replication: Replication): void {
  replications.put(tx, [id], replication);
}

export function deleteReplication(tx: Transaction, id: string): void {
  replications.delete(tx, id);
}

export function putChange(tx: Transaction, id: string, sequence: number, change: Replicated): void {
  changes.put(tx, [id, sequence], change);
}

/** Changes after `sequence`, oldest first. */
export async function changesAfter(
  reader: Reader,
  id: string,
  sequence: number,
  limit: number,
  bytesMax: number,
): Promise<{ sequence: number; change: Replicated }[]> {
  const found = await changes.range(reader, { under: [id], gt: [id, sequence], limit, bytesMax });
  return found.map(({ key, value }) => ({ sequence: key[1], change: value }));
}

/** Forgets the changes from `from` (exclusive) to `to` (inclusive). */
export function dropChanges(tx: Transaction, id: string, from: number, to: number): void {
  for (let sequence = from + 1; sequence <= to; sequence++) changes.delete(tx, id, sequence);
}

/** Forgets at most `limit` changes up to and with `to`. @returns true when none are left. */
export async function dropChangesUpTo(
  tx: Transaction,
  id: string,
  to: number,
  limit: number,
): Promise<boolean> {
  const found = await changes.range(tx, { under: [id], lte: [id, to], limit });
  for (const { key } of found) changes.delete(tx, ...key);
  return found.length < limit;
}

export function putPending(tx: Transaction, table: Table, key: Item, sequence: number): void {
  pending.put(tx, pendingParts(table, key), sequence);
}

export function readPending(reader: Reader, table: Table, key: Item): Promise<number | undefined> {
  return pending.get(reader, ...pendingParts(table, key));
}

export function dropPending(tx: Transaction, table: Table, key: Item): void {
  pending.delete(tx, ...pendingParts(table, key));
}

/** Deletes some of what a replica that is gone left behind. @returns true when there is nothing. */
export function purgePending(tx: Transaction, tableId: string): Promise<boolean> {
  return purgeUnder(tx, pending.key(tableId));
}

/** The same of the log of a global table that is gone. */
export function purgeChanges(tx: Transaction, id: string): Promise<boolean> {
  return purgeUnder(tx, changes.key(id));
}

function pendingParts(table: Table, key: Item): [string, ...Key] {
  const [, tableId, ...rest] = itemKey(table, key);
  return [tableId as string, ...rest];
}
