/** How a replica leaves its global table. */
import type { Transaction } from '../../../store/port.ts';
import type { GlobalTable } from '../domain/globalTable.ts';
import type { Table } from '../domain/table.ts';
import type { Room } from '../room.ts';
import {
  deleteGlobalTable,
  deleteReplication,
  putGlobalTable,
  putReplication,
  readGlobalTable,
  readReplication,
} from '../store/globalTables.ts';

/** Deletes a table in a transaction; the global table goes on without it. */
export async function leaveGlobalTable(tx: Transaction, room: Room, table: Table): Promise<void> {
  const { account, name, global } = table;
  const group = global && (await readGlobalTable(tx, { account, name, id: global.id }));
  if (!group) return;
  await shrink(tx, room, group, table.id);
}

/** Takes one replica out; what it did reaches the others still. */
export async function shrink(
  tx: Transaction,
  room: Room,
  group: GlobalTable,
  tableId: string,
): Promise<GlobalTable> {
  const replicas = group.replicas.filter((replica) => replica.tableId !== tableId);
  const smaller: GlobalTable = { ...group, replicas };
  const state = await readReplication(tx, group.id);
  const { [tableId]: _, ...seen } = state.seen;
  putReplication(tx, group.id, { ...state, seen });
  if (replicas.length > 0 || group.version === '2017.11.29') {
    putGlobalTable(tx, smaller);
  } else {
    deleteGlobalTable(tx, group);
    deleteReplication(tx, group.id);
  }
  await room.replicator.forget(tx, group, tableId);
  await room.replicator.wake(tx, group);
  return smaller;
}
