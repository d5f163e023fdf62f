/**
 * States that take time. A table or index is CREATING, UPDATING or DELETING for as long as the cloud was told (not
 * at all by default); a durable task, enqueued in the transaction that began the state, ends it. Restores and
 * imports make tables that are CREATING (domain/states.ts) until they call `activateTable` themselves.
 */
import type { DynamoDbDurations } from '../../platform/index.ts';
import type { Transaction } from '../../store/port.ts';
import { indexesUpdated, movingIndexes, settled, withoutIndex } from './domain/states.ts';
import type { Table } from './domain/table.ts';
import { warmed } from './domain/warmThroughput.ts';
import { LimitExceededException } from './errors.ts';
import { leaveGlobalTable } from './globalTables/leave.ts';
import { limits } from './limits.ts';
import { followStream } from './operations/settings.ts';
import type { Context, Room, TableReference } from './room.ts';
import { retireItems } from './store/backups.ts';
import { hasCollections } from './store/collections.ts';
import { endHistory } from './store/history.ts';
import { expiriesOf } from './store/items.ts';
import { deleteDestinations } from './store/kinesis.ts';
import { deletePolicies } from './store/policies.ts';
import { type Tables, unlessChanged } from './store/tables.ts';

/** A state that takes time; `tableCreate` and the like. */
export type Step = keyof DynamoDbDurations;

export interface Transition extends TableReference {
  step: Step;
  indexId?: string;
}

/** Whether the state that `step` is named after lasts at all. */
export function takesTime(room: Room, step: Step): boolean {
  return room.config.durations[step] > 0;
}

/** Ends the state after its time; in the transaction that begins it. Nothing when it takes none. */
export async function endLater(
  tx: Transaction,
  room: Room,
  step: Step,
  table: Table,
  now: number,
  indexId?: string,
): Promise<void> {
  if (!takesTime(room, step)) return;
  const transition: Transition = {
    ...referenceTo(table),
    step,
    ...(indexId === undefined ? {} : { indexId }),
  };
  await room.queues.transitions.enqueue(tx, transition, { dueAt: now + room.config.durations[step] });
}

/**
 * At most 500 tables of an account and region may be CREATING, UPDATING or DELETING at a time.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html#API_CreateTable_Errors
 * @throws LimitExceededException
 */
export async function checkSubscriberLimit({ room, account, region }: Context, step: Step): Promise<void> {
  if (!takesTime(room, step)) return;
  const tables = await room.tables.list({ account, region }, undefined, limits.tablesMax);
  if (tables.filter(({ status }) => status !== 'ACTIVE').length < limits.tableOperationsMax) return;
  throw new LimitExceededException(
    `Subscriber limit exceeded: Only ${limits.tableOperationsMax} tables can be created, updated, or deleted simultaneously`,
  );
}

/** Ends a state; nothing when the table is gone or the state is over. */
export async function endState(room: Room, transition: Transition): Promise<void> {
  const { tables } = room;
  switch (transition.step) {
    case 'tableCreate':
      await activateTable(tables, transition);
      return;
    case 'tableUpdate':
      // What was changed beside an index that gets its resources, or goes, leaves the table UPDATING for that index.
      await changeTable(tables, transition, (table) => {
        const after =
          table.status === 'UPDATING' && movingIndexes(table).length === 0 ? settled(table) : table;
        return warmed(indexesUpdated(after));
      });
      return;
    case 'tableDelete': {
      for (;;) {
        const table = await tables.find(transition, transition.table);
        if (table?.id !== transition.tableId) return;
        const dropped = dropTable(room, table, room.clock.now()).then(() => true);
        if (await unlessChanged(dropped)) return;
      }
    }
    case 'indexCreate':
      // The backfill ends it.
      return;
    case 'indexDelete': {
      const { indexId } = transition;
      if (indexId === undefined) return;
      await changeTable(
        tables,
        transition,
        (table) =>
          table.indexes.some(({ id }) => id === indexId) ? settled(withoutIndex(table, indexId)) : table,
        async (tx) => {
          await room.queues.purges.enqueue(tx, { kind: 'index', id: indexId }, { id: indexId });
        },
      );
    }
  }
}

export function referenceTo({ account, region, name, id }: Table): TableReference {
  return { account, region, table: name, tableId: id };
}

/** Makes a table that is CREATING or UPDATING ACTIVE, and its indexes with it. Nothing when it is gone or goes. */
export async function activateTable(tables: Tables, reference: TableReference): Promise<void> {
  await changeTable(tables, reference, (table) =>
    table.status === 'CREATING' || table.status === 'UPDATING' ? settled(table) : table,
  );
}

/**
 * Changes a table whoever else changes it meanwhile. @param change answers the table itself when there is nothing to
 * change. @returns the table as it is then; undefined when it is gone.
 */
export async function changeTable(
  tables: Tables,
  reference: TableReference,
  change: (table: Table) => Table,
  also?: (tx: Transaction) => Promise<void>,
): Promise<Table | undefined> {
  for (;;) {
    const table = await tables.find(reference, reference.table);
    if (table?.id !== reference.tableId) return undefined;
    const changed = change(table);
    if (changed === table) return table;
    const after = await unlessChanged(tables.update(table, () => changed, also));
    if (after) return after;
  }
}

/**
 * Deletes a table and, in the background, what it held. @param also more to do in the same transaction.
 * @throws TableChanged when it isn't this table any more.
 */
export async function dropTable(
  room: Room,
  table: Table,
  now: number,
  also?: (tx: Transaction) => void,
): Promise<void> {
  await room.tables.delete(table, async (tx) => {
    await purgeTable(tx, room, table, now);
    if (table.global) await leaveGlobalTable(tx, room, table);
    also?.(tx);
  });
}

/** What goes with a table that is deleted in `tx`. */
export async function purgeTable(tx: Transaction, room: Room, table: Table, now: number): Promise<void> {
  await retireItems(tx, room, table, now);
  await endHistory(tx, room, table);
  await followStream(tx, { room, now }, table, table.stream, undefined);
  deletePolicies(tx, table);
  await deleteDestinations(tx, table.id);
  if (table.insights) await room.queues.purges.enqueue(tx, { kind: 'insight', id: table.id });
  if (table.timeToLive) await room.queues.purges.enqueue(tx, { kind: 'expiry', id: expiriesOf(table) });
  if (hasCollections(table)) await room.queues.purges.enqueue(tx, { kind: 'collection', id: table.id });
  for (const index of table.indexes) await room.queues.purges.enqueue(tx, { kind: 'index', id: index.id });
}
