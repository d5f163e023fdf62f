/**
 * Global tables of version 2017.11.29: tables that their owner made in each region are tied together. They share
 * their items; their settings stay each table's own.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables.V1.html
 */
import { formatArn } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/port.ts';
import { type GlobalTable, membershipOf, type Replica } from '../domain/globalTable.ts';
import type { Index, Table } from '../domain/table.ts';
import { invalid } from '../domain/throughput.ts';
import {
  GlobalTableAlreadyExistsException,
  GlobalTableNotFoundException,
  ReplicaAlreadyExistsException,
  ReplicaNotFoundException,
  TableNotFoundException,
  ValidationException,
} from '../errors.ts';
import { shrink } from '../globalTables/leave.ts';
import { limits } from '../limits.ts';
import type { Context, Room } from '../room.ts';
import {
  listGlobalTables,
  putGlobalTable,
  putReplication,
  readGlobalTable,
  readReplication,
} from '../store/globalTables.ts';
import { TableChanged } from '../store/tables.ts';
import { checkNameLength, checkTableName } from './request.ts';

interface Named {
  GlobalTableName: string;
}

interface InRegion {
  RegionName: string;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateGlobalTable.html */
export async function CreateGlobalTable(
  ctx: Context,
  input: Named & { ReplicationGroup: InRegion[] },
): Promise<object> {
  const { GlobalTableName: name } = input;
  checkNameLength(name);
  checkTableName(name, 'globalTableName');
  const regions = input.ReplicationGroup.map(({ RegionName }) => RegionName);
  if (regions.length === 0) throw invalid('ReplicationGroup must name at least one Region');
  if (new Set(regions).size !== regions.length) {
    throw invalid('ReplicationGroup must not name a Region twice');
  }
  if (await find(ctx, name)) {
    throw new GlobalTableAlreadyExistsException(`Global table with name: '${name}' already exists.`);
  }
  const { room, now } = ctx;
  const tables = await Promise.all(regions.map((region) => candidate(ctx, name, region)));
  checkAlike(tables);
  const group: GlobalTable = {
    id: room.ids.token(10),
    account: ctx.account,
    name,
    version: '2017.11.29',
    consistency: 'EVENTUAL',
    createdAt: now,
    replicas: tables.map((table) => asReplica(table, now)),
  };
  await tie(room, group, tables, async (tx) => {
    putGlobalTable(tx, group);
    putReplication(tx, group.id, { head: 0, generation: 0, seen: {} });
  });
  return { GlobalTableDescription: describe(group, 'CREATING') };
}

interface ReplicaUpdate {
  Create?: InRegion;
  Delete?: InRegion;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateGlobalTable.html */
export async function UpdateGlobalTable(
  ctx: Context,
  input: Named & { ReplicaUpdates: ReplicaUpdate[] },
): Promise<object> {
  for (const { Create, Delete } of input.ReplicaUpdates) {
    if ((Create && Delete) || !(Create ?? Delete)) {
      // Observed: nothing more is said.
      throw new ValidationException('One or more parameter values were invalid');
    }
  }
  let group = await globalTable(ctx, input.GlobalTableName);
  for (const { Create, Delete } of input.ReplicaUpdates) {
    group = Create
      ? await join(ctx, group, Create.RegionName)
      : await leave(ctx, group, Delete?.RegionName as string);
  }
  return { GlobalTableDescription: describe(group, 'UPDATING') };
}

async function join(ctx: Context, group: GlobalTable, region: string): Promise<GlobalTable> {
  const { room, now } = ctx;
  if (group.replicas.some((replica) => replica.region === region)) {
    throw new ReplicaAlreadyExistsException(
      `Failed to add replica in Region ${region}: global table '${group.name}' has one there already`,
    );
  }
  const table = await candidate(ctx, group.name, region);
  const others = await tablesOf(ctx, group);
  checkAlike([table, ...others]);
  let next = group;
  await tie(room, group, [table], async (tx) => {
    await checkEmpty(tx, room, others);
    const current = await stillThere(tx, group);
    next = { ...current, replicas: [...current.replicas, asReplica(table, now)] };
    putGlobalTable(tx, next);
    const state = await readReplication(tx, group.id);
    putReplication(tx, group.id, { ...state, seen: { ...state.seen, [table.id]: state.head } });
  });
  return next;
}

/** The table that leaves stays a table, with the items that it has. */
async function leave(ctx: Context, group: GlobalTable, region: string): Promise<GlobalTable> {
  const { room } = ctx;
  const replica = group.replicas.find((one) => one.region === region);
  const table = replica && (await room.tables.find({ account: group.account, region }, group.name));
  if (!table) {
    throw new ReplicaNotFoundException(
      `Replica not found in Region ${region} for global table '${group.name}'`,
    );
  }
  const { global: _, ...alone } = table;
  let next = group;
  await room.tables.update(
    table,
    () => alone,
    async (tx) => {
      next = await shrink(tx, room, await stillThere(tx, group), table.id);
    },
  );
  return next;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeGlobalTable.html */
export async function DescribeGlobalTable(ctx: Context, input: Named): Promise<object> {
  return { GlobalTableDescription: describe(await globalTable(ctx, input.GlobalTableName), 'ACTIVE') };
}

interface ListInput {
  ExclusiveStartGlobalTableName?: string;
  Limit?: number;
  RegionName?: string;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListGlobalTables.html */
export async function ListGlobalTables(ctx: Context, input: ListInput): Promise<object> {
  const {
    ExclusiveStartGlobalTableName: start = '',
    Limit: limit = limits.listTablesMax,
    RegionName,
  } = input;
  const found: GlobalTable[] = [];
  let after: GlobalTable | undefined;
  while (found.length <= limit) {
    const page = await listGlobalTables(
      ctx.room.items.store,
      ctx.account,
      undefined,
      after,
      limits.listTablesMax,
    );
    found.push(
      ...page.filter(
        ({ version, name, replicas }) =>
          version === '2017.11.29' &&
          name > start &&
          (RegionName === undefined || replicas.some(({ region }) => region === RegionName)),
      ),
    );
    after = page.at(-1);
    if (page.length < limits.listTablesMax) break;
  }
  const shown = found.slice(0, limit);
  return {
    GlobalTables: shown.map(({ name, replicas }) => ({
      GlobalTableName: name,
      ReplicationGroup: replicas.map(({ region }) => ({ RegionName: region })),
    })),
    ...(found.length > limit ? { LastEvaluatedGlobalTableName: shown.at(-1)?.name } : {}),
  };
}

function describe({ name, account, createdAt, replicas }: GlobalTable, status: string): object {
  return {
    ReplicationGroup: replicas.map(({ region }) => ({ RegionName: region, ReplicaStatus: 'ACTIVE' })),
    GlobalTableArn: formatArn({ service: 'dynamodb', region: '', account, resource: `global-table/${name}` }),
    CreationDateTime: new Date(createdAt),
    GlobalTableStatus: status,
    GlobalTableName: name,
  };
}

/** @throws GlobalTableNotFoundException */
export async function globalTable(ctx: Context, name: string): Promise<GlobalTable> {
  checkNameLength(name);
  checkTableName(name, 'globalTableName');
  const group = await find(ctx, name);
  if (!group) {
    throw new GlobalTableNotFoundException(
      `Global table not found: Global table with name: '${name}' does not exist.`,
    );
  }
  return group;
}

/** There is one of a name in an account, however many of the current version there are. */
async function find(ctx: Context, name: string): Promise<GlobalTable | undefined> {
  const groups = await listGlobalTables(
    ctx.room.items.store,
    ctx.account,
    name,
    undefined,
    limits.listTablesMax,
  );
  return groups.find(({ version }) => version === '2017.11.29');
}

export async function tablesOf(ctx: Context, group: GlobalTable): Promise<Table[]> {
  const tables = await Promise.all(
    group.replicas.map(({ region }) => ctx.room.tables.find({ account: group.account, region }, group.name)),
  );
  return tables.filter((table) => table !== undefined);
}

/** @throws TableNotFoundException, ValidationException when it can't become a replica. */
async function candidate(ctx: Context, name: string, region: string): Promise<Table> {
  const table = await ctx.room.tables.find({ account: ctx.account, region }, name);
  if (!table)
    throw new TableNotFoundException(`Table not found: Table with name: '${name}' in Region ${region}`);
  if (table.global) {
    throw new ValidationException(
      `Table '${name}' in Region ${region} is a replica of a global table already`,
    );
  }
  if (table.stream?.viewType !== 'NEW_AND_OLD_IMAGES') {
    throw invalid(
      `Table '${name}' in Region ${region} must have DynamoDB Streams enabled with StreamViewType NEW_AND_OLD_IMAGES`,
    );
  }
  return table;
}

/** Replicas have the same keys and the same indexes. @throws ValidationException */
function checkAlike([first, ...others]: readonly Table[]): void {
  const shapeOf = ({ key, indexes }: Table) => {
    const ofIndex = ({ name, kind, key: indexKey }: Index) => JSON.stringify([kind, name, indexKey]);
    return JSON.stringify([key, indexes.map(ofIndex).sort()]);
  };
  const other = first && others.find((table) => shapeOf(table) !== shapeOf(first));
  if (other) {
    throw invalid(
      `Tables of a global table must have the same key schema and the same indexes: Regions ${first?.region} and ${other.region}`,
    );
  }
}

/** Makes tables replicas, if they hold nothing. @throws ValidationException, TableChanged */
function tie(
  room: Room,
  group: GlobalTable,
  tables: readonly Table[],
  also: (tx: Transaction) => Promise<void>,
): Promise<Table[]> {
  const global = membershipOf(group);
  return room.tables.updateAll(
    tables.map((table) => ({ table, changed: { ...table, global } })),
    async (tx) => {
      await checkEmpty(tx, room, tables);
      await also(tx);
    },
  );
}

async function checkEmpty(tx: Transaction, room: Room, tables: readonly Table[]): Promise<void> {
  for (const table of tables) {
    if ((await room.items.page(tx, table, undefined, 1)).length > 0) {
      throw invalid(`Table '${table.name}' in Region ${table.region} must be empty to become a replica`);
    }
  }
}

async function stillThere(tx: Transaction, group: GlobalTable): Promise<GlobalTable> {
  const current = await readGlobalTable(tx, group);
  if (!current) throw new TableChanged();
  return current;
}

function asReplica({ region, id: tableId }: Table, addedAt: number): Replica {
  return { region, tableId, phase: 'active', addedAt };
}
