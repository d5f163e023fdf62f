/** DescribeGlobalTableSettings, UpdateGlobalTableSettings: capacities of global tables of version 2017.11.29. */
import type { GlobalTable } from '../domain/globalTable.ts';
import type { Index, Table, Throughput } from '../domain/table.ts';
import { IndexNotFoundException, ReplicaNotFoundException } from '../errors.ts';
import type { Context } from '../room.ts';
import { globalTable, tablesOf } from './GlobalTables.ts';
import { type AutoScalingUpdate, describeScaling, updateScaling } from './replicaScaling.ts';

interface ReplicaSettings {
  RegionName: string;
  ReplicaProvisionedReadCapacityUnits?: number;
  ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate?: AutoScalingUpdate;
  ReplicaGlobalSecondaryIndexSettingsUpdate?: {
    IndexName: string;
    ProvisionedReadCapacityUnits?: number;
    ProvisionedReadCapacityAutoScalingSettingsUpdate?: AutoScalingUpdate;
  }[];
  ReplicaTableClass?: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS';
}

interface UpdateInput {
  GlobalTableName: string;
  GlobalTableBillingMode?: 'PROVISIONED' | 'PAY_PER_REQUEST';
  GlobalTableProvisionedWriteCapacityUnits?: number;
  GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate?: AutoScalingUpdate;
  GlobalTableGlobalSecondaryIndexSettingsUpdate?: {
    IndexName: string;
    ProvisionedWriteCapacityUnits?: number;
    ProvisionedWriteCapacityAutoScalingSettingsUpdate?: AutoScalingUpdate;
  }[];
  ReplicaSettingsUpdate?: ReplicaSettings[];
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateGlobalTableSettings.html */
export async function UpdateGlobalTableSettings(ctx: Context, input: UpdateInput): Promise<object> {
  const group = await globalTable(ctx, input.GlobalTableName);
  const tables = await tablesOf(ctx, group);
  check(input, group, tables);
  const changed = tables.map((table) => withSettings(table, input, ctx.now));
  await ctx.room.tables.updateAll(tables.map((table, at) => ({ table, changed: changed[at] as Table })));
  for (const { region, name: table } of tables) await scale(ctx, input, region, table);
  return describe(ctx, group, changed, 'UPDATING');
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeGlobalTableSettings.html */
export async function DescribeGlobalTableSettings(
  ctx: Context,
  input: { GlobalTableName: string },
): Promise<object> {
  const group = await globalTable(ctx, input.GlobalTableName);
  return describe(ctx, group, await tablesOf(ctx, group), 'ACTIVE');
}

function check(input: UpdateInput, group: GlobalTable, tables: readonly Table[]): void {
  const names = (input.GlobalTableGlobalSecondaryIndexSettingsUpdate ?? []).map(({ IndexName }) => IndexName);
  for (const {
    RegionName,
    ReplicaGlobalSecondaryIndexSettingsUpdate: indexes,
  } of input.ReplicaSettingsUpdate ?? []) {
    if (!group.replicas.some(({ region }) => region === RegionName)) {
      throw new ReplicaNotFoundException(
        `Replica not found in Region ${RegionName} for global table '${group.name}'`,
      );
    }
    names.push(...(indexes ?? []).map(({ IndexName }) => IndexName));
  }
  const missing = names.find((name) => !tables[0]?.indexes.some((index) => index.name === name));
  if (missing !== undefined) {
    throw new IndexNotFoundException(`Index not found: ${missing} of global table '${group.name}'`);
  }
}

function withSettings(table: Table, input: UpdateInput, now: number): Table {
  const own = input.ReplicaSettingsUpdate?.find(({ RegionName }) => RegionName === table.region);
  const mode = input.GlobalTableBillingMode ?? table.billingMode;
  const none = { readCapacityUnits: 0, writeCapacityUnits: 0, decreasesToday: 0 };
  const units = (before: Throughput, read: number | undefined, write: number | undefined): Throughput =>
    mode === 'PAY_PER_REQUEST'
      ? none
      : {
          ...before,
          readCapacityUnits: read ?? before.readCapacityUnits,
          writeCapacityUnits: write ?? before.writeCapacityUnits,
        };
  return {
    ...table,
    billingMode: mode,
    ...(mode === table.billingMode ? {} : { billingModeChangedAt: now }),
    throughput: units(
      table.throughput,
      own?.ReplicaProvisionedReadCapacityUnits,
      input.GlobalTableProvisionedWriteCapacityUnits,
    ),
    indexes: table.indexes.map((index): Index => {
      if (!index.throughput) return index;
      const isIt = ({ IndexName }: { IndexName: string }) => IndexName === index.name;
      const read = own?.ReplicaGlobalSecondaryIndexSettingsUpdate?.find(isIt)?.ProvisionedReadCapacityUnits;
      const write =
        input.GlobalTableGlobalSecondaryIndexSettingsUpdate?.find(isIt)?.ProvisionedWriteCapacityUnits;
      return { ...index, throughput: units(index.throughput, read, write) };
    }),
    ...(own?.ReplicaTableClass && own.ReplicaTableClass !== table.tableClass
      ? { tableClass: own.ReplicaTableClass, tableClassChangedAt: now }
      : {}),
  };
}

async function scale(ctx: Context, input: UpdateInput, region: string, table: string): Promise<void> {
  const write = { region, table, kind: 'Write' } as const;
  await updateScaling(ctx, write, input.GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate);
  for (const index of input.GlobalTableGlobalSecondaryIndexSettingsUpdate ?? []) {
    await updateScaling(
      ctx,
      { ...write, index: index.IndexName },
      index.ProvisionedWriteCapacityAutoScalingSettingsUpdate,
    );
  }
  const own = input.ReplicaSettingsUpdate?.find(({ RegionName }) => RegionName === region);
  const read = { region, table, kind: 'Read' } as const;
  await updateScaling(ctx, read, own?.ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate);
  for (const index of own?.ReplicaGlobalSecondaryIndexSettingsUpdate ?? []) {
    await updateScaling(
      ctx,
      { ...read, index: index.IndexName },
      index.ProvisionedReadCapacityAutoScalingSettingsUpdate,
    );
  }
}

async function describe(
  ctx: Context,
  group: GlobalTable,
  tables: readonly Table[],
  status: string,
): Promise<object> {
  const settings: object[] = [];
  for (const table of tables) {
    const scaling = async (index?: string) => {
      if (table.billingMode === 'PAY_PER_REQUEST') return {};
      const scaled = { region: table.region, table: table.name, index };
      return {
        read: await describeScaling(ctx, { ...scaled, kind: 'Read' }),
        write: await describeScaling(ctx, { ...scaled, kind: 'Write' }),
      };
    };
    const own = await scaling();
    const indexes: object[] = [];
    for (const { name, kind, status: indexStatus, throughput } of table.indexes) {
      if (kind !== 'global') continue;
      const ofIndex = await scaling(name);
      indexes.push({
        IndexName: name,
        IndexStatus: indexStatus,
        ProvisionedReadCapacityUnits: throughput?.readCapacityUnits,
        ...(ofIndex.read ? { ProvisionedReadCapacityAutoScalingSettings: ofIndex.read } : {}),
        ProvisionedWriteCapacityUnits: throughput?.writeCapacityUnits,
        ...(ofIndex.write ? { ProvisionedWriteCapacityAutoScalingSettings: ofIndex.write } : {}),
      });
    }
    settings.push({
      RegionName: table.region,
      ReplicaStatus: status,
      ReplicaBillingModeSummary: { BillingMode: table.billingMode },
      ReplicaProvisionedReadCapacityUnits: table.throughput.readCapacityUnits,
      ...(own.read ? { ReplicaProvisionedReadCapacityAutoScalingSettings: own.read } : {}),
      ReplicaProvisionedWriteCapacityUnits: table.throughput.writeCapacityUnits,
      ...(own.write ? { ReplicaProvisionedWriteCapacityAutoScalingSettings: own.write } : {}),
      ...(indexes.length > 0 ? { ReplicaGlobalSecondaryIndexSettings: indexes } : {}),
      ...(table.tableClass ? { ReplicaTableClassSummary: { TableClass: table.tableClass } } : {}),
    });
  }
  return { GlobalTableName: group.name, ReplicaSettings: settings };
}
