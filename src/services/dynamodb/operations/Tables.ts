/** CreateTable, DescribeTable, DeleteTable, ListTables. */
import { formatArn } from '../../../kernel/index.ts';
import { checkNotCopied } from '../domain/backups.ts';
import { type Census, describeTable } from '../domain/describe.ts';
import { checkedPolicy } from '../domain/resourcePolicy.ts';
import { checkSchema, checkThroughput, keySchemaOf, newIndex, type SchemaInput } from '../domain/schema.ts';
import { checkChangeable, creating, deleting, nameTaken } from '../domain/states.ts';
import type { OnDemandThroughput, Table } from '../domain/table.ts';
import { checkOnDemandQuota, checkUnitsQuota } from '../domain/throughput.ts';
import { checkWarmQuota, newWarm } from '../domain/warmThroughput.ts';
import { ResourceNotFoundException, ValidationException } from '../errors.ts';
import { describeReplicas } from '../globalTables/describeReplicas.ts';
import { checkSubscriberLimit, dropTable, endLater, takesTime } from '../lifecycle.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { checkAccountQuota } from './accountQuota.ts';
import { census } from './census.ts';
import { checkReplicaGoes } from './ReplicaUpdates.ts';
import { writePolicy } from './ResourcePolicies.ts';
import { checkAccount, checkNameLength, checkRegion, checkTableName, placeOfTable } from './request.ts';
import {
  checkTableClass,
  encryptionOf,
  followStream,
  type SSESpecification,
  type StreamSpecification,
  streamOf,
} from './settings.ts';
import { checkTags, type Tag, tagRecord } from './Tags.ts';

export interface CreateTableInput extends SchemaInput {
  TableName: string;
  StreamSpecification?: StreamSpecification;
  SSESpecification?: SSESpecification;
  Tags?: Tag[];
  TableClass?: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS';
  DeletionProtectionEnabled?: boolean;
  OnDemandThroughput?: OnDemandThroughput;
  ResourcePolicy?: string;
  GlobalTableSourceArn?: string;
  GlobalTableSettingsReplicationMode?: string;
}

const notYet = ['GlobalTableSourceArn', 'GlobalTableSettingsReplicationMode', 'VectorIndexes'] as const;

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html */
export async function CreateTable(ctx: Context, input: CreateTableInput): Promise<object> {
  const { room, now } = ctx;
  const made = newTable(ctx, input);
  const table = takesTime(room, 'tableCreate') ? creating(made) : made;
  await checkAccountQuota(ctx, undefined, table);
  await checkSubscriberLimit(ctx, 'tableCreate');
  const policy =
    input.ResourcePolicy === undefined ? undefined : checkedPolicy(input.ResourcePolicy, 'table', ctx.region);
  const created = await room.tables.create(table, tagRecord(input.Tags ?? []), async (tx) => {
    await followStream(tx, ctx, table, undefined, table.stream);
    await endLater(tx, room, 'tableCreate', table, now);
    const { account, region, name: tableName } = table;
    if (policy !== undefined) writePolicy(tx, { account, region, tableName, label: '' }, policy, now);
  });
  if (policy !== undefined) room.policies.changed();
  if (!created) throw nameTaken((await room.tables.find(ctx, table.name)) ?? table);
  // Only DescribeTable tells what is warm when nobody asked for anything.
  const { WarmThroughput: warm, ...described } = describeTable(table, noCensus, 'CREATING');
  return { TableDescription: table.warm ? { ...described, WarmThroughput: warm } : described };
}

/** The table that the parameters of CreateTable describe; nothing is stored. @throws ValidationException */
export function newTable(ctx: Context, input: CreateTableInput): Table {
  const { TableName: name } = input;
  checkNameLength(name);
  checkTableName(name);
  checkUnsupported(input, notYet);
  checkPresent(input);
  checkThroughput(input);
  checkSchema(input);
  checkTableClass(input.TableClass);
  checkTags(input.Tags ?? []);
  const { room, now } = ctx;
  const attributes = input.AttributeDefinitions.map(({ AttributeName, AttributeType }) => ({
    name: AttributeName,
    type: AttributeType,
  }));
  const index = (kind: 'local' | 'global') => (given: Parameters<typeof newIndex>[1]) =>
    newIndex(kind, given, attributes, room.ids.token(10), now);
  const stream = streamOf(input.StreamSpecification, now, true);
  const encryption = encryptionOf(input.SSESpecification, ctx);
  checkOnDemandQuota(input.OnDemandThroughput, ctx.region);
  checkWarmQuota(input.WarmThroughput, ctx.region);
  if (input.ProvisionedThroughput) checkUnitsQuota(input.ProvisionedThroughput, ctx.region);
  for (const { IndexName, ProvisionedThroughput: units, WarmThroughput } of input.GlobalSecondaryIndexes ??
    []) {
    checkWarmQuota(WarmThroughput, ctx.region, IndexName);
    if (units) checkUnitsQuota(units, ctx.region, IndexName);
  }
  return {
    name,
    account: ctx.account,
    region: ctx.region,
    arn: formatArn({
      service: 'dynamodb',
      region: ctx.region,
      account: ctx.account,
      resource: `table/${name}`,
    }),
    uuid: room.ids.uuid(),
    id: room.ids.token(10),
    revision: 1,
    createdAt: now,
    status: 'ACTIVE',
    attributes,
    key: keySchemaOf(input.KeySchema, attributes),
    indexes: [
      ...(input.LocalSecondaryIndexes ?? []).map(index('local')),
      ...(input.GlobalSecondaryIndexes ?? []).map(index('global')),
    ],
    billingMode: input.BillingMode ?? 'PROVISIONED',
    ...(input.BillingMode === 'PAY_PER_REQUEST' ? { billingModeChangedAt: now } : {}),
    throughput: {
      readCapacityUnits: input.ProvisionedThroughput?.ReadCapacityUnits ?? 0,
      writeCapacityUnits: input.ProvisionedThroughput?.WriteCapacityUnits ?? 0,
      decreasesToday: 0,
    },
    ...(input.OnDemandThroughput ? { onDemandThroughput: input.OnDemandThroughput } : {}),
    ...newWarm(input.WarmThroughput),
    ...(stream ? { stream, latestStream: stream } : {}),
    ...(input.TableClass ? { tableClass: input.TableClass } : {}),
    deletionProtection: input.DeletionProtectionEnabled ?? false,
    ...(encryption ? { encryption } : {}),
  };
}

/** Members that would have to be ignored. @throws ValidationException naming the first of them. */
export function checkUnsupported(input: object, members: readonly string[]): void {
  for (const member of members) {
    if ((input as Record<string, unknown>)[member] !== undefined) {
      throw new ValidationException(`Brume doesn't support the parameter ${member} of tables yet`);
    }
  }
}

/** The model lets them be absent, for tables that join a global table. @throws ValidationException */
function checkPresent(input: Partial<SchemaInput>): void {
  const missing = (['attributeDefinitions', 'keySchema'] as const).filter(
    (member) => input[member === 'keySchema' ? 'KeySchema' : 'AttributeDefinitions'] === undefined,
  );
  if (missing.length === 0) return;
  const faults = missing.map(
    (member) => `Value null at '${member}' failed to satisfy constraint: Member must not be null`,
  );
  throw new ValidationException(
    `${faults.length} validation error${faults.length > 1 ? 's' : ''} detected: ${faults.join('; ')}`,
  );
}

const noCensus: ReadonlyMap<string, Census> = new Map();

/** The table of a control operation. @throws ResourceNotFoundException */
export async function controlTable(ctx: Context, nameOrArn: string): Promise<Table> {
  const place = placeOfTable(ctx, nameOrArn);
  checkRegion(ctx, place, nameOrArn);
  const table = await ctx.room.tables.find(place, place.name);
  if (!table) {
    checkAccount(ctx, place);
    throw new ResourceNotFoundException(`Requested resource not found: Table: ${place.name} not found`);
  }
  return table;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html */
export async function DescribeTable(ctx: Context, input: { TableName: string }): Promise<object> {
  const table = await controlTable(ctx, input.TableName);
  return {
    Table: {
      ...describeTable(table, await census(ctx.room, table), table.status, ctx.now),
      ...(await describeReplicas(ctx.room, table)),
    },
  };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html */
export async function DeleteTable(ctx: Context, input: { TableName: string }): Promise<object> {
  const { room } = ctx;
  const table = await controlTable(ctx, input.TableName);
  if (table.deletionProtection) {
    throw new ValidationException(
      `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.`,
    );
  }
  // The page says that a table in the DELETING state gives no error; AWS was observed to answer one.
  checkChangeable(table, 'delete');
  checkNotCopied(table);
  if (table.global) await checkReplicaGoes(ctx, table);
  await checkSubscriberLimit(ctx, 'tableDelete');
  const described = describeTable({ ...table, indexes: [] }, noCensus, 'DELETING');
  if (takesTime(room, 'tableDelete')) {
    await room.tables.update(table, deleting, (tx) => endLater(tx, room, 'tableDelete', table, ctx.now));
    return { TableDescription: described };
  }
  await dropTable(room, table, ctx.now);
  return { TableDescription: described };
}

export interface ListTablesInput {
  ExclusiveStartTableName?: string;
  Limit?: number;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html */
export async function ListTables(ctx: Context, input: ListTablesInput): Promise<object> {
  const limit = input.Limit ?? limits.listTablesMax;
  const tables = await ctx.room.tables.list(ctx, input.ExclusiveStartTableName?.toWellFormed(), limit + 1);
  const names = tables.slice(0, limit).map(({ name }) => name);
  return {
    TableNames: names,
    ...(tables.length > limit ? { LastEvaluatedTableName: names.at(-1) } : {}),
  };
}
