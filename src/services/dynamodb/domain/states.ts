/**
 * What may be done to a table in which state.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html: TableStatus.
 */
import { ResourceInUseException, ResourceNotFoundException } from '../errors.ts';
import { type Index, type KeyAttribute, keyNames, type Table, type TableStatus } from './table.ts';

/** The table of a data operation: one that isn't there yet, or goes, isn't there for it. @throws ResourceNotFoundException */
export function checkUsable(table: Table): Table {
  if (table.status === 'CREATING' || table.status === 'DELETING') {
    throw new ResourceNotFoundException('Requested resource not found');
  }
  return table;
}

/**
 * Observed: a table that is being restored can be described and listed; for what would change it, or asks for its
 * settings, it isn't there. @throws ResourceNotFoundException
 */
export function checkRestored({ name, restore }: Table): void {
  if (!restore?.inProgress) return;
  throw new ResourceNotFoundException(`Requested resource not found: Table: ${name} not found`);
}

const doing: Record<Exclude<TableStatus, 'ACTIVE'>, string> = {
  CREATING: 'created',
  UPDATING: 'updated',
  DELETING: 'deleted',
};

/** What a request wants to do to a table, as far as it matters to a table that is UPDATING. */
export type Change =
  | 'throughput'
  | 'onDemand'
  | 'stream'
  | 'indexes'
  | 'oneIndex'
  | 'protection'
  | 'settings'
  | 'delete';

/**
 * One change of a table after another; but deletion protection, encryption and indexes whose throughput changes don't
 * wait for anything but a table that is CREATING or DELETING. The words are those that AWS was observed to use.
 * @throws ResourceInUseException
 */
export function checkChangeable(table: Table, change: Change): void {
  if (change !== 'delete') checkRestored(table);
  if (table.status === 'CREATING' || table.status === 'DELETING') throw inUse(table.name, table.status);
  if (change === 'protection' || change === 'oneIndex') return;
  // A table is ACTIVE while an index is filled, and even so it can't be deleted.
  if (change === 'delete' && table.indexes.some(({ status }) => status !== 'ACTIVE')) {
    throw busy('Cannot delete table while indexes are being created, updated, or deleted.');
  }
  if (table.status === 'ACTIVE') return;
  if (change === 'delete') throw busy(`Table: ${table.name} is in the process of being updated.`);
  checkIndexesSettled(table, change);
  if (change === 'throughput') throw busy(`Table IOPS are currently being updated. Table: ${table.name}`);
  if (change === 'indexes' && table.coming) {
    throw busy(`Can't create or delete indexes while table IOPS are being updated. Table: ${table.name}`);
  }
  if (change === 'stream' && table.coming) {
    throw busy(`Can't enable or disable stream while table IOPS are being updated. Table: ${table.name}`);
  }
  throw inUse(table.name, 'UPDATING');
}

/** Indexes that get their resources, or go: those that keep a table UPDATING. */
export function movingIndexes({ indexes }: Table): readonly Index[] {
  return indexes.filter(
    ({ status, backfilling }) => status === 'DELETING' || (status === 'CREATING' && !backfilling),
  );
}

function checkIndexesSettled(table: Table, change: Change): void {
  const { name } = table;
  const moving = movingIndexes(table);
  const [first] = moving;
  if (!first) return;
  const goes = first.status === 'DELETING';
  const names = `[${moving.map((index) => index.name).join(', ')}]`;
  switch (change) {
    case 'throughput':
      throw busy(
        `Can't change table IOPS when an index is being ${goes ? 'deleted' : 'created'}. Table: ${name} Indexes: ${names}`,
      );
    case 'onDemand':
      throw busy(
        `OnDemandThroughput cannot be updated while index ${goes ? 'deletion' : 'creation'} is in progress for indexes: ${names}`,
      );
    case 'stream':
      throw busy(`Can't change stream status when an index is being ${goes ? 'deleted' : 'created'}`);
  }
}

export function busy(how: string): Error {
  return new ResourceInUseException(`Attempt to change a resource which is still in use: ${how}`);
}

function inUse(name: string, status: keyof typeof doing): Error {
  return busy(`Table is being ${doing[status]}: ${name}`);
}

/** What CreateTable says of a name that is taken; observed: also while the table that has it goes. */
export function nameTaken(table: Table): Error {
  if (table.restore?.inProgress) return new ResourceInUseException(`Table is being used: ${table.name}`);
  if (table.status === 'CREATING') return inUse(table.name, 'CREATING');
  return new ResourceInUseException(`Table already exists: ${table.name}`);
}

/** A new table on its way: neither it nor its global indexes are there yet. */
export function creating(table: Table): Table {
  return {
    ...table,
    status: 'CREATING',
    indexes: table.indexes.map((index) =>
      index.kind === 'global' ? { ...index, status: 'CREATING' } : index,
    ),
  };
}

/** What was being created or updated is there; what is being filled or deleted goes on by itself. */
export function settled({ coming, ...table }: Table): Table {
  return {
    ...table,
    ...(coming ? { throughput: coming } : {}),
    status: 'ACTIVE',
    indexes: table.indexes.map((index) =>
      index.backfilling || index.status === 'DELETING' ? index : { ...index, status: 'ACTIVE' },
    ),
  };
}

/** Indexes whose throughput was being changed have it now. */
export function indexesUpdated(table: Table): Table {
  if (!table.indexes.some(({ status }) => status === 'UPDATING')) return table;
  return {
    ...table,
    indexes: table.indexes.map((index) =>
      index.status === 'UPDATING' ? { ...index, status: 'ACTIVE' } : index,
    ),
  };
}

export function deleting(table: Table): Table {
  return {
    ...table,
    status: 'DELETING',
    indexes: table.indexes.map((index) => ({ ...index, status: 'DELETING', backfilling: false })),
  };
}

/** @returns the table with one index changed. */
export function withIndex(table: Table, id: string, change: Partial<Index>): Table {
  return {
    ...table,
    indexes: table.indexes.map((index) => (index.id === id ? { ...index, ...change } : index)),
  };
}

export function withoutIndex(table: Table, id: string): Table {
  const indexes = table.indexes.filter((index) => index.id !== id);
  return { ...table, indexes, attributes: usedAttributes(table, indexes) };
}

/** Definitions that no key uses any more go with the index that used them. */
export function usedAttributes(table: Table, indexes: readonly Index[]): readonly KeyAttribute[] {
  const used = new Set([table.key, ...indexes.map(({ key }) => key)].flatMap(keyNames));
  return table.attributes.filter(({ name }) => used.has(name));
}
