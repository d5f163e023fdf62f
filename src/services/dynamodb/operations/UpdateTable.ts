/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html */
import {
  asAnswered,
  changesOf,
  checkIndexChanges,
  keepsUpdating,
  lasts,
  onItsWay,
} from '../domain/changeStates.ts';
import { describeTable } from '../domain/describe.ts';
import { changeIndex } from '../domain/indexChanges.ts';
import { checkChangeable } from '../domain/states.ts';
import type { Table, Throughput } from '../domain/table.ts';
import {
  changedOnDemand,
  changedThroughput,
  checkOnDemand,
  checkOnDemandQuota,
  checkUnitsChange,
  checkUnitsQuota,
  invalid,
  switchToOnDemand,
} from '../domain/throughput.ts';
import { checkUpdate, type UpdateInput, withoutEmpty } from '../domain/updateRules.ts';
import { keepWarm, warmed, warming } from '../domain/warmThroughput.ts';
import { ValidationException } from '../errors.ts';
import { updateWithReplicas } from '../globalTables/changeReplicas.ts';
import { describeReplicas } from '../globalTables/describeReplicas.ts';
import type { ReplicaInput } from '../globalTables/replicaUpdates.ts';
import { endLater, takesTime } from '../lifecycle.ts';
import type { Context } from '../room.ts';
import { checkAccountQuota } from './accountQuota.ts';
import { census } from './census.ts';
import { plannedReplicas, scaleReplicas } from './ReplicaUpdates.ts';
import {
  checkEncryptionChange,
  checkTableClass,
  encryptionOf,
  followStream,
  type SSESpecification,
  type StreamSpecification,
  streamOf,
  streamTime,
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

export async function UpdateTable(ctx: Context, request: UpdateTableInput): Promise<object> {
  const input = withoutEmpty(request);
  checkUnsupported(input, notYet);
  checkTableClass(input.TableClass);
  checkUpdate(input);
  const { room } = ctx;
  const table = await controlTable(ctx, input.TableName);
  checkIndexChanges(table, input);
  checkChangeable(table, changesOf(input));
  const id = room.ids.token(10);
  const planned = change(table, input, ctx, id);
  await checkAccountQuota(ctx, table, planned);
  const changed = takesTime(room, 'tableUpdate') ? planned : warmed(planned);
  const created = changed.indexes.find((index) => index.id === id);
  const gone = table.indexes.filter((index) => !changed.indexes.some((kept) => kept.id === index.id));
  const step = created ? 'indexCreate' : gone.length > 0 ? 'indexDelete' : 'tableUpdate';
  const lasting = takesTime(room, step) && lasts(input, planned);
  const replicas = await plannedReplicas(ctx, input, table, changed);
  const updated = await updateWithReplicas(
    ctx,
    table,
    lasting ? onItsWay(table, changed, input, created) : changed,
    replicas,
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
    changed,
  );
  if (replicas) await scaleReplicas(ctx, updated, replicas);
  return {
    TableDescription: {
      ...describeTable(
        asAnswered(table, updated, planned, input),
        await census(room, updated),
        // Observed: a change of encryption answers ACTIVE, whatever else is under way.
        keepsUpdating(input) || (table.status === 'UPDATING' && !input.SSESpecification)
          ? 'UPDATING'
          : 'ACTIVE',
        ctx.now,
      ),
      ...(await describeReplicas(room, updated, 'UPDATING')),
    },
  };
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
    checkEncryptionChange(table, encryption, input.SSESpecification);
    next = encryption ? { ...rest, encryption } : rest;
  }
  if (input.TableClass && input.TableClass !== (table.tableClass ?? 'STANDARD')) {
    next = { ...next, tableClass: input.TableClass, tableClassChangedAt: ctx.now };
  }
  if (input.DeletionProtectionEnabled !== undefined) {
    next = { ...next, deletionProtection: input.DeletionProtectionEnabled };
  }
  if (input.OnDemandThroughput) {
    const { onDemandThroughput: before, ...rest } = next;
    next = { ...rest, ...changedOnDemand(before, input.OnDemandThroughput) };
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
  const stream = streamOf(given, streamTime(table, now), false);
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
