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

const doing: Record<Exclude<TableStatus, 'ACTIVE'>, string> = {
  CREATING: 'created',
  UPDATING: 'updated',
  DELETING: 'deleted',
};

/** One change of a table after another. @throws ResourceInUseException */
export function checkChangeable(table: Table, change: 'throughput' | 'settings' | 'delete'): void {
  if (table.status === 'ACTIVE') return;
  if (table.status !== 'UPDATING') throw inUse(table.name, table.status);
  if (change === 'delete') throw busy(`Table: ${table.name} is in the process of being updated.`);
  if (change === 'throughput') throw busy(`Table IOPS are currently being updated. Table: ${table.name}`);
  throw inUse(table.name, table.status);
}

function busy(how: string): Error {
  return new ResourceInUseException(`Attempt to change a resource which is still in use: ${how}`);
}

function inUse(name: string, status: keyof typeof doing): Error {
  return busy(`Table is being ${doing[status]}: ${name}`);
}

/** What CreateTable says of a name that is taken. */
export function nameTaken(table: Table): Error {
  if (table.status === 'DELETING') return inUse(table.name, 'DELETING');
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
