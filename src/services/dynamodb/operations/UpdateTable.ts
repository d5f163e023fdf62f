/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html */
import { describeTable } from '../domain/describe.ts';
import { changeIndex } from '../domain/indexChanges.ts';
import { checkChangeable, withIndex } from '../domain/states.ts';
import type { Index, Table, Throughput } from '../domain/table.ts';
import {
  changedThroughput,
  checkOnDemand,
  checkOnDemandQuota,
  checkUnitsChange,
  checkUnitsQuota,
  invalid,
  switchToOnDemand,
} from '../domain/throughput.ts';
import { checkUpdate, type UpdateInput } from '../domain/updateRules.ts';
import { isWarming, keepWarm, warmed, warming } from '../domain/warmThroughput.ts';
import { LimitExceededException, ValidationException } from '../errors.ts';
import { updateWithReplicas } from '../globalTables/changeReplicas.ts';
import { describeReplicas } from '../globalTables/describeReplicas.ts';
import type { ReplicaInput } from '../globalTables/replicaUpdates.ts';
import { endLater, takesTime } from '../lifecycle.ts';
import type { Context } from '../room.ts';
import { checkAccountQuota } from './accountQuota.ts';
import { census } from './census.ts';
import { plannedReplicas } from './ReplicaUpdates.ts';
import {
  checkEncryptionChange,
  checkTableClass,
  encryptionOf,
  followStream,
  type SSESpecification,
  type StreamSpecification,
  streamOf,
} from './settings.ts';
import { checkUnsupported, controlTable } from './Tables.ts';

export interface UpdateTableInput extends UpdateInput, ReplicaInput {
  StreamSpecification?: StreamSpecification;
  SSESpecification?: SSESpecification;
  TableClass?: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS';
}

const notYet = [
  'GlobalTableSettingsReplicationMode',
  'DisassociationProtectionEnabled',
  'VectorIndexUpdates',
] as const;

export async function UpdateTable(ctx: Context, input: UpdateTableInput): Promise<object> {
  checkUnsupported(input, notYet);
  checkTableClass(input.TableClass);
  checkUpdate(input);
  const { room } = ctx;
  const table = await controlTable(ctx, input.TableName);
  checkChangeable(table, changesOf(input));
  checkIndexChanges(table, input);
  const id = room.ids.token(10);
  const planned = change(table, input, ctx, id);
  await checkAccountQuota(ctx, table, planned);
  const changed = takesTime(room, 'tableUpdate') ? planned : warmed(planned);
  const created = changed.indexes.find((index) => index.id === id);
  const gone = table.indexes.filter((index) => !changed.indexes.some((kept) => kept.id === index.id));
  const step = created ? 'indexCreate' : gone.length > 0 ? 'indexDelete' : 'tableUpdate';
  const lasting = takesTime(room, step) && (step !== 'tableUpdate' || isSlow(input) || isWarming(changed));
  const updated = await updateWithReplicas(
    ctx,
    table,
    lasting && (step !== 'tableUpdate' || isSlow(input)) ? updating(table, changed, created, gone) : changed,
    await plannedReplicas(ctx, input, table, changed),
    async (tx) => {
      await followStream(tx, ctx, table, table.stream, changed.stream);
      if (created) {
        await room.queues.backfills.enqueue(
          tx,
          { account: table.account, region: table.region, table: table.name, indexId: created.id },
          lasting ? { dueAt: ctx.now + room.config.durations.indexCreate } : {},
        );
      } else if (lasting) {
        await endLater(tx, room, step, table, ctx.now, gone[0]?.id);
        return;
      }
      for (const index of gone) await room.queues.purges.enqueue(tx, { kind: 'index', id: index.id });
    },
  );
  return {
    TableDescription: {
      ...describeTable(
        asAnswered(table, updated, planned, input),
        await census(room, updated),
        isSlow(input) ? 'UPDATING' : 'ACTIVE',
        ctx.now,
      ),
      ...(await describeReplicas(room, updated, 'UPDATING')),
    },
  };
}

/** What keeps a table UPDATING; other changes are done at once, or tell their own status. */
const slow = [
  'BillingMode',
  'ProvisionedThroughput',
  'StreamSpecification',
  'TableClass',
  'ReplicaUpdates',
  'GlobalTableWitnessUpdates',
  'MultiRegionConsistency',
] as const;

function isSlow(input: UpdateTableInput): boolean {
  const given = input as object as Partial<Record<(typeof slow)[number], unknown>>;
  const indexes = input.GlobalSecondaryIndexUpdates ?? [];
  return (
    slow.some((member) => given[member] !== undefined) ||
    indexes.some(({ Create, Delete }) => Create ?? Delete)
  );
}

function changesOf({ ProvisionedThroughput, BillingMode }: UpdateTableInput): 'throughput' | 'settings' {
  return (ProvisionedThroughput ?? BillingMode) ? 'throughput' : 'settings';
}

/** AWS answers with the throughput from before, and with warm throughput on its way. */
function asAnswered(before: Table, after: Table, planned: Table, input: UpdateTableInput): Table {
  const { warm: _, ...rest } = after;
  const warm = planned.warm ? { warm: planned.warm } : {};
  const answered: Table = isWarming(planned) ? { ...rest, ...warm, indexes: planned.indexes } : after;
  const onlyUnits = input.ProvisionedThroughput && before.billingMode === after.billingMode;
  return onlyUnits ? { ...answered, throughput: before.throughput } : answered;
}

/** The table while the change takes its time: an index that goes is still there, and so are its attributes. */
function updating(before: Table, after: Table, created: Index | undefined, gone: readonly Index[]): Table {
  const leaving = new Set(gone.map(({ id }) => id));
  const table: Table = { ...after, status: 'UPDATING' };
  if (created) return withIndex(table, created.id, { backfilling: false });
  if (leaving.size === 0) return unitsLater(before, table);
  return {
    ...table,
    attributes: before.attributes,
    indexes: before.indexes.map((index): Index => {
      if (leaving.has(index.id)) return { ...index, status: 'DELETING', backfilling: false };
      return after.indexes.find(({ id }) => id === index.id) ?? index;
    }),
  };
}

/** Units that change are there when the table is ACTIVE again; replicas of a global table take them over at once. */
function unitsLater(before: Table, after: Table): Table {
  if (before.billingMode !== after.billingMode || after.billingMode !== 'PROVISIONED' || after.global)
    return after;
  return { ...after, throughput: before.throughput, coming: after.throughput };
}

/** An index comes or goes at a time; an index that isn't ACTIVE yet can only be deleted. */
function checkIndexChanges(table: Table, { GlobalSecondaryIndexUpdates: updates }: UpdateTableInput): void {
  const changes = (updates ?? []).filter(({ Create, Delete }) => Create ?? Delete);
  if (changes.length > 1) throw oneIndexAtATime();
  const busy = table.indexes.find(({ status }) => status !== 'ACTIVE');
  if (!busy) return;
  for (const { Create, Delete } of updates ?? []) {
    if (Create || (Delete && Delete.IndexName !== busy.name)) throw oneIndexAtATime();
  }
}

function oneIndexAtATime(): Error {
  return new LimitExceededException(
    'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
  );
}

function change(table: Table, input: UpdateTableInput, ctx: Context, newIndexId: string): Table {
  let next: Table = { ...table };
  next = changeThroughput(next, input, ctx.now);
  for (const update of input.GlobalSecondaryIndexUpdates ?? []) {
    next = changeIndex(next, update, input.AttributeDefinitions ?? [], ctx.now, newIndexId);
  }
  next = keepWarm(table, next);
  if (input.WarmThroughput) {
    next = warming(next, next.billingMode, input.WarmThroughput, table.region);
  }
  next = changeStream(next, input.StreamSpecification, ctx.now);
  if (input.SSESpecification) {
    const { encryption: _, ...rest } = next;
    const encryption = encryptionOf(input.SSESpecification, ctx);
    checkEncryptionChange(table, encryption);
    next = encryption ? { ...rest, encryption } : rest;
  }
  if (input.TableClass && input.TableClass !== (table.tableClass ?? 'STANDARD')) {
    next = { ...next, tableClass: input.TableClass, tableClassChangedAt: ctx.now };
  }
  if (input.DeletionProtectionEnabled !== undefined) {
    next = { ...next, deletionProtection: input.DeletionProtectionEnabled };
  }
  if (input.OnDemandThroughput) {
    next = { ...next, onDemandThroughput: { ...next.onDemandThroughput, ...input.OnDemandThroughput } };
  }
  return next;
}

function changeThroughput(table: Table, input: UpdateTableInput, now: number): Table {
  const mode = input.BillingMode ?? table.billingMode;
  const { ProvisionedThroughput: wanted } = input;
  if (wanted && mode === 'PAY_PER_REQUEST') {
    throw invalid(
      'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    );
  }
  checkOnDemand(input.OnDemandThroughput, mode, true);
  checkOnDemandQuota(input.OnDemandThroughput, table.region);
  const next = mode === table.billingMode ? table : changeMode(table, input, mode, now);
  if (!wanted) return next;
  const { throughput } = next;
  if (mode === table.billingMode) checkUnitsChange(throughput, wanted);
  checkUnitsQuota(wanted, table.region);
  return { ...next, throughput: changedThroughput(throughput, wanted, now) };
}

/** Nothing is carried over from one mode to the other. */
function changeMode(
  { onDemandThroughput: _, ...table }: Table,
  input: UpdateTableInput,
  mode: Table['billingMode'],
  now: number,
): Table {
  const changed: Table = {
    ...table,
    billingMode: mode,
    ...(mode === 'PAY_PER_REQUEST'
      ? { billingModeChangedAt: now, onDemandSwitches: switchToOnDemand(table.onDemandSwitches, now) }
      : {}),
  };
  if (mode === 'PROVISIONED') {
    const given = new Set(
      input.GlobalSecondaryIndexUpdates?.map(
        ({ Update }) => Update?.ProvisionedThroughput && Update.IndexName,
      ),
    );
    const without = table.indexes.find(({ kind, name }) => kind === 'global' && !given.has(name));
    if (without) throw invalid(`ProvisionedThroughput must be specified for index: ${without.name}`);
  }
  const none: Throughput = { readCapacityUnits: 0, writeCapacityUnits: 0, decreasesToday: 0 };
  return {
    ...changed,
    throughput: none,
    indexes: table.indexes.map(({ onDemandThroughput: _, ...index }) =>
      index.throughput ? { ...index, throughput: none } : index,
    ),
  };
}

function changeStream(table: Table, given: StreamSpecification | undefined, now: number): Table {
  if (!given) return table;
  const stream = streamOf(given, now, false);
  if (stream) {
    if (table.stream) {
      throw new ValidationException(`Table already has an enabled stream: TableName: ${table.name}`);
    }
    return { ...table, stream, latestStream: stream };
  }
  if (!table.stream) {
    throw new ValidationException(`Table has no stream to disable: TableName: ${table.name}`);
  }
  const { stream: _, ...rest } = table;
  return rest;
}
