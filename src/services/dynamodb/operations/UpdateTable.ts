/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html */
import { describeTable } from '../domain/describe.ts';
import {
  type AttributeDefinition,
  checkGlobalIndex,
  checkProjectedCount,
  checkUnits,
  type IndexInput,
  invalid,
  newIndex,
  type ProvisionedThroughput,
} from '../domain/schema.ts';
import { checkChangeable, usedAttributes, withIndex } from '../domain/states.ts';
import type { Index, KeyAttribute, OnDemandThroughput, Table, Throughput } from '../domain/table.ts';
import { LimitExceededException, ResourceNotFoundException, ValidationException } from '../errors.ts';
import { endLater, takesTime } from '../lifecycle.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { census } from './census.ts';
import {
  encryptionOf,
  followStream,
  type SSESpecification,
  type StreamSpecification,
  streamOf,
} from './settings.ts';
import { checkUnsupported, controlTable } from './Tables.ts';

interface IndexUpdate {
  Create?: IndexInput;
  Update?: {
    IndexName: string;
    ProvisionedThroughput?: ProvisionedThroughput;
    OnDemandThroughput?: OnDemandThroughput;
    WarmThroughput?: unknown;
  };
  Delete?: { IndexName: string };
}

export interface UpdateTableInput {
  TableName: string;
  AttributeDefinitions?: AttributeDefinition[];
  BillingMode?: 'PROVISIONED' | 'PAY_PER_REQUEST';
  ProvisionedThroughput?: ProvisionedThroughput;
  GlobalSecondaryIndexUpdates?: IndexUpdate[];
  StreamSpecification?: StreamSpecification;
  SSESpecification?: SSESpecification;
  TableClass?: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS';
  DeletionProtectionEnabled?: boolean;
  OnDemandThroughput?: OnDemandThroughput;
}

const notYet = [
  'ReplicaUpdates',
  'MultiRegionConsistency',
  'GlobalTableWitnessUpdates',
  'WarmThroughput',
  'GlobalTableSettingsReplicationMode',
] as const;

export async function UpdateTable(ctx: Context, input: UpdateTableInput): Promise<object> {
  checkUnsupported(input, notYet);
  checkInput(input);
  const { room } = ctx;
  const table = await controlTable(ctx, input.TableName);
  checkChangeable(table);
  checkIndexChanges(table, input);
  const id = room.ids.token(10);
  const changed = change(table, input, ctx, id);
  const created = changed.indexes.find((index) => index.id === id);
  const gone = table.indexes.filter((index) => !changed.indexes.some((kept) => kept.id === index.id));
  const step = created ? 'indexCreate' : gone.length > 0 ? 'indexDelete' : 'tableUpdate';
  const lasting = takesTime(room, step);
  const updated = await room.tables.update(
    table,
    () => (lasting ? updating(table, changed, created, gone) : changed),
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
  return { TableDescription: describeTable(updated, await census(room, updated), 'UPDATING') };
}

/** The table while the change takes its time: an index that goes is still there, and so are its attributes. */
function updating(before: Table, after: Table, created: Index | undefined, gone: readonly Index[]): Table {
  const leaving = new Set(gone.map(({ id }) => id));
  const table: Table = { ...after, status: 'UPDATING' };
  if (created) return withIndex(table, created.id, { backfilling: false });
  if (leaving.size === 0) return table;
  return {
    ...table,
    attributes: before.attributes,
    indexes: before.indexes.map((index): Index => {
      if (leaving.has(index.id)) return { ...index, status: 'DELETING', backfilling: false };
      return after.indexes.find(({ id }) => id === index.id) ?? index;
    }),
  };
}

/** An index comes or goes at a time; an index that isn't ACTIVE yet can only be deleted. */
function checkIndexChanges(table: Table, { GlobalSecondaryIndexUpdates: updates }: UpdateTableInput): void {
  const busy = table.indexes.find(({ status }) => status !== 'ACTIVE');
  if (!busy) return;
  for (const { Create, Delete } of updates ?? []) {
    if (Create || (Delete && Delete.IndexName !== busy.name)) throw oneIndexAtATime();
  }
}

/** What needs no table to be seen. @throws ValidationException */
function checkInput(input: UpdateTableInput): void {
  const { AttributeDefinitions, TableName, GlobalSecondaryIndexUpdates: updates, ...settings } = input;
  if (Object.values(settings).every((value) => value === undefined) && !updates?.length) {
    throw new ValidationException(
      'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required',
    );
  }
  if (input.BillingMode === 'PROVISIONED' && !input.ProvisionedThroughput) {
    throw invalid('ProvisionedThroughput must be specified when BillingMode is PROVISIONED');
  }
  if (input.ProvisionedThroughput) checkUnits(input.ProvisionedThroughput);
  const names = new Set<string>();
  for (const { Create, Update, Delete } of updates ?? []) {
    const name = (Update ?? Create ?? Delete)?.IndexName;
    if (name === undefined) {
      throw invalid(
        'One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null',
      );
    }
    if (names.has(name)) {
      throw invalid(
        `Only one global secondary index update per index is allowed simultaneously. Index: ${name}`,
      );
    }
    names.add(name);
  }
  const changes = (updates ?? []).filter(({ Create, Delete }) => Create ?? Delete).length;
  if (changes > 1) {
    throw oneIndexAtATime();
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
    next = changeIndex(next, update, input, ctx.now, newIndexId);
  }
  next = changeStream(next, input.StreamSpecification, ctx.now);
  if (input.SSESpecification) {
    const { encryption: _, ...rest } = next;
    const encryption = encryptionOf(input.SSESpecification, ctx);
    next = encryption ? { ...rest, encryption } : rest;
  }
  if (input.TableClass && input.TableClass !== (table.tableClass ?? 'STANDARD')) {
    next = { ...next, tableClass: input.TableClass, tableClassChangedAt: ctx.now };
  }
  if (input.DeletionProtectionEnabled !== undefined) {
    next = { ...next, deletionProtection: input.DeletionProtectionEnabled };
  }
  if (input.OnDemandThroughput) next = { ...next, onDemandThroughput: input.OnDemandThroughput };
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
  let next = table;
  if (input.BillingMode && input.BillingMode !== table.billingMode) {
    next = { ...next, billingMode: input.BillingMode, billingModeChangedAt: now };
    if (input.BillingMode === 'PAY_PER_REQUEST') {
      const none: Throughput = { readCapacityUnits: 0, writeCapacityUnits: 0, decreasesToday: 0 };
      next = {
        ...next,
        throughput: none,
        indexes: next.indexes.map((index) => (index.throughput ? { ...index, throughput: none } : index)),
      };
    }
  }
  if (!wanted) return next;
  const { throughput } = next;
  if (
    mode === table.billingMode &&
    throughput.readCapacityUnits === wanted.ReadCapacityUnits &&
    throughput.writeCapacityUnits === wanted.WriteCapacityUnits
  ) {
    throw new ValidationException(
      `The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: ${throughput.readCapacityUnits}. Requested ReadCapacityUnits: ${wanted.ReadCapacityUnits}. Current WriteCapacityUnits provisioned for the table: ${throughput.writeCapacityUnits}. Requested WriteCapacityUnits: ${wanted.WriteCapacityUnits}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.`,
    );
  }
  return { ...next, throughput: changedThroughput(throughput, wanted, now) };
}

function changedThroughput(before: Throughput, wanted: ProvisionedThroughput, now: number): Throughput {
  const more =
    wanted.ReadCapacityUnits > before.readCapacityUnits ||
    wanted.WriteCapacityUnits > before.writeCapacityUnits;
  const less =
    wanted.ReadCapacityUnits < before.readCapacityUnits ||
    wanted.WriteCapacityUnits < before.writeCapacityUnits;
  return {
    ...before,
    readCapacityUnits: wanted.ReadCapacityUnits,
    writeCapacityUnits: wanted.WriteCapacityUnits,
    ...(more ? { lastIncreaseAt: now } : {}),
    ...(less ? { lastDecreaseAt: now } : {}),
    decreasesToday: before.decreasesToday + (less ? 1 : 0),
  };
}

function changeIndex(
  table: Table,
  update: IndexUpdate,
  input: UpdateTableInput,
  now: number,
  newId: string,
): Table {
  if (update.Create) return createIndex(table, update.Create, input, now, newId);
  const { IndexName: name } = (update.Delete ?? update.Update) as { IndexName: string };
  const index = table.indexes.find((one) => one.name === name && one.kind === 'global');
  if (!index) {
    throw new ResourceNotFoundException(
      `Requested resource not found: Table: ${table.name}, Index: ${name} not found`,
    );
  }
  if (update.Delete) {
    const indexes = table.indexes.filter((one) => one !== index);
    return { ...table, indexes, attributes: usedAttributes(table, indexes) };
  }
  checkUnsupported(update.Update as object, ['WarmThroughput']);
  const { ProvisionedThroughput: wanted, OnDemandThroughput: onDemand } = update.Update ?? {};
  if (wanted && table.billingMode === 'PAY_PER_REQUEST') {
    throw invalid(
      'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    );
  }
  const changed: Index = {
    ...index,
    ...(wanted && index.throughput ? { throughput: changedThroughput(index.throughput, wanted, now) } : {}),
    ...(onDemand ? { onDemandThroughput: onDemand } : {}),
  };
  return { ...table, indexes: table.indexes.map((one) => (one === index ? changed : one)) };
}

function createIndex(
  table: Table,
  given: IndexInput,
  input: UpdateTableInput,
  now: number,
  id: string,
): Table {
  checkUnsupported(given, ['WarmThroughput']);
  if (table.indexes.some((index) => index.name === given.IndexName)) {
    throw new ValidationException(
      `Attempting to create an index which already exists in the table. IndexName: ${given.IndexName}`,
    );
  }
  const attributes: KeyAttribute[] = [...table.attributes];
  for (const { AttributeName: name, AttributeType: type } of input.AttributeDefinitions ?? []) {
    const known = attributes.find((attribute) => attribute.name === name);
    if (known && known.type !== type) {
      throw invalid(
        `Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. Existing schema: Schema:[SchemaElement: key{${name}:${known.type}:HASH}] New schema: Schema:[SchemaElement: key{${name}:${type}:HASH}]`,
      );
    }
    if (!known) attributes.push({ name, type });
  }
  const defined = attributes.map(({ name }) => name);
  checkGlobalIndex(given, input.BillingMode ?? table.billingMode, defined, new Set());
  checkProjectedCount([
    given,
    ...table.indexes.map(({ projection }) => ({
      Projection: { NonKeyAttributes: [...projection.attributes] },
    })),
  ]);
  if (table.indexes.filter(({ kind }) => kind === 'global').length >= limits.globalSecondaryIndexesMax) {
    throw invalid('GlobalSecondaryIndex count exceeds the per-table limit of 20');
  }
  const index: Index = {
    ...newIndex('global', given, attributes, id, now),
    status: 'CREATING',
    backfilling: true,
  };
  const indexes = [...table.indexes, index];
  return { ...table, indexes, attributes: usedAttributes({ ...table, attributes }, indexes) };
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
