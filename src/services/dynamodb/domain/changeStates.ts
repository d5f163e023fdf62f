/**
 * What state a change puts a table and its indexes in, and what UpdateTable answers meanwhile. AWS's page says that the
 * table is UPDATING; in fact some changes do without, and others show in the status of an index or of what is changed.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
 */
import { LimitExceededException } from '../errors.ts';
import { busy, type Change, withIndex } from './states.ts';
import type { Index, Table } from './table.ts';
import type { UpdateInput } from './updateRules.ts';
import { isWarming } from './warmThroughput.ts';

const slow = [
  'BillingMode',
  'ProvisionedThroughput',
  'StreamSpecification',
  'TableClass',
  'ReplicaUpdates',
  'GlobalTableWitnessUpdates',
  'MultiRegionConsistency',
] as const;

/** Whether the table is UPDATING until the change is made. */
export function keepsUpdating(input: UpdateInput): boolean {
  const given = input as object as Partial<Record<(typeof slow)[number], unknown>>;
  const indexes = input.GlobalSecondaryIndexUpdates ?? [];
  return (
    slow.some((member) => given[member] !== undefined) ||
    indexes.some(({ Create, Delete }) => Create ?? Delete)
  );
}

/** Whether anything shows that the change isn't made yet. @param after the table with the change made. */
export function lasts(input: UpdateInput, after: Table): boolean {
  return keepsUpdating(input) || isWarming(after) || changedIndexes(input).size > 0;
}

/** For checkChangeable: what a table that is UPDATING is asked for. */
export function changesOf(input: UpdateInput): Change {
  if (input.ProvisionedThroughput ?? input.BillingMode) return 'throughput';
  const updates = input.GlobalSecondaryIndexUpdates;
  if (updates) return updates.some(({ Create, Delete }) => Create ?? Delete) ? 'indexes' : 'oneIndex';
  if (input.OnDemandThroughput) return 'onDemand';
  if (input.StreamSpecification) return 'stream';
  const protection = input.DeletionProtectionEnabled !== undefined || input.SSESpecification;
  return protection ? 'protection' : 'settings';
}

/** Names of the indexes whose throughput changes. */
function changedIndexes({ GlobalSecondaryIndexUpdates: updates }: UpdateInput): ReadonlySet<string> {
  const changed = (updates ?? []).filter(
    ({ Update }) => Update?.ProvisionedThroughput ?? Update?.OnDemandThroughput,
  );
  return new Set(changed.map(({ Update }) => Update?.IndexName ?? ''));
}

/**
 * The table while the change takes its time: an index that goes is still there, and so are its attributes.
 * @param created the index that comes, in `after`.
 */
export function onItsWay(before: Table, after: Table, input: UpdateInput, created: Index | undefined): Table {
  const table = indexesUpdating(keepsUpdating(input) ? { ...after, status: 'UPDATING' } : after, input);
  if (created) return withIndex(table, created.id, { backfilling: false });
  const leaving = before.indexes.filter(({ id }) => !after.indexes.some((index) => index.id === id));
  if (leaving.length === 0) return unitsLater(before, table);
  return {
    ...table,
    attributes: before.attributes,
    indexes: before.indexes.map((index): Index => {
      if (leaving.includes(index)) return { ...index, status: 'DELETING', backfilling: false };
      return table.indexes.find(({ id }) => id === index.id) ?? index;
    }),
  };
}

function indexesUpdating(table: Table, input: UpdateInput): Table {
  const names = changedIndexes(input);
  if (names.size === 0) return table;
  return {
    ...table,
    indexes: table.indexes.map((index) =>
      names.has(index.name) && index.status === 'ACTIVE' ? { ...index, status: 'UPDATING' } : index,
    ),
  };
}

/** Units that change are there when the table is ACTIVE again; replicas of a global table take them over at once. */
function unitsLater(before: Table, after: Table): Table {
  const isChange = after.throughput !== before.throughput && after.billingMode === before.billingMode;
  if (!isChange || after.status !== 'UPDATING' || after.global) return after;
  return { ...after, throughput: before.throughput, coming: after.throughput };
}

/**
 * AWS answers with the throughput from before, with warm throughput on its way, with indexes that are UPDATING, and with
 * the -1 of maxima that are taken away.
 */
export function asAnswered(before: Table, after: Table, planned: Table, input: UpdateInput): Table {
  const { warm: _, ...rest } = after;
  const warm = planned.warm ? { warm: planned.warm } : {};
  const changed: Table = isWarming(planned) ? { ...rest, ...warm, indexes: planned.indexes } : after;
  const maxima = input.OnDemandThroughput;
  const answered: Table =
    maxima && Object.keys(maxima).length > 0
      ? { ...changed, onDemandThroughput: { ...changed.onDemandThroughput, ...maxima } }
      : changed;
  const onlyUnits = input.ProvisionedThroughput && before.billingMode === after.billingMode;
  return indexesUpdating(onlyUnits ? { ...answered, throughput: before.throughput } : answered, input);
}

/**
 * An index comes or goes at a time; one that is being filled can be deleted, one that still gets its resources can't.
 * The words are those that AWS was observed to use.
 * @throws LimitExceededException, ResourceInUseException
 */
export function checkIndexChanges(table: Table, { GlobalSecondaryIndexUpdates: updates }: UpdateInput): void {
  if (table.status === 'CREATING' || table.status === 'DELETING') return;
  const changes = (updates ?? []).filter(({ Create, Delete }) => Create ?? Delete);
  if (changes.length > 1) throw oneIndexAtATime();
  const moving = table.indexes.find(({ status }) => status === 'CREATING' || status === 'DELETING');
  for (const { Create, Update, Delete } of updates ?? []) {
    const name = (Create ?? Update ?? Delete)?.IndexName;
    const index = table.indexes.find((one) => one.name === name);
    const which = `Table: ${table.name} Index: ${name}`;
    if (index?.status === 'DELETING') throw busy(`Index is being deleted. ${which}`);
    if (moving && (Create || (Delete && Delete.IndexName !== moving.name))) throw oneIndexAtATime();
    if (index?.status === 'CREATING' && !index.backfilling) {
      throw busy(
        Delete
          ? `Index creation is in resource allocation phase. Retry deletion during backfilling phase or when the index is active. ${which}`
          : `Index is being created but is not backfilling yet. ${which}`,
      );
    }
    if (index?.status === 'UPDATING') throw busy(`Index is being updated.  ${which}`);
  }
}

function oneIndexAtATime(): Error {
  return new LimitExceededException(
    'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
  );
}
