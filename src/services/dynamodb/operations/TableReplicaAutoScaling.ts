/** DescribeTableReplicaAutoScaling, UpdateTableReplicaAutoScaling: how the capacity of replicas follows their load. */
import type { GlobalTable } from '../domain/globalTable.ts';
import type { Table } from '../domain/table.ts';
import { ResourceNotFoundException } from '../errors.ts';
import { globalTableOf } from '../globalTables/changeReplicas.ts';
import type { Context } from '../room.ts';
import { type AutoScalingUpdate, describeScaling, updateScaling } from './replicaScaling.ts';
import { placeOfTable } from './request.ts';

interface UpdateInput {
  TableName: string;
  ProvisionedWriteCapacityAutoScalingUpdate?: AutoScalingUpdate;
  GlobalSecondaryIndexUpdates?: {
    IndexName?: string;
    ProvisionedWriteCapacityAutoScalingUpdate?: AutoScalingUpdate;
  }[];
  ReplicaUpdates?: {
    RegionName: string;
    ReplicaProvisionedReadCapacityAutoScalingUpdate?: AutoScalingUpdate;
    ReplicaGlobalSecondaryIndexUpdates?: {
      IndexName?: string;
      ProvisionedReadCapacityAutoScalingUpdate?: AutoScalingUpdate;
    }[];
  }[];
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTableReplicaAutoScaling.html */
export async function UpdateTableReplicaAutoScaling(ctx: Context, input: UpdateInput): Promise<object> {
  const { table, group } = await replicatedTable(ctx, input.TableName);
  const regions = group.replicas.map(({ region }) => region);
  for (const { IndexName } of input.GlobalSecondaryIndexUpdates ?? []) checkIndex(table, IndexName);
  for (const { RegionName, ReplicaGlobalSecondaryIndexUpdates: indexes } of input.ReplicaUpdates ?? []) {
    if (!regions.includes(RegionName)) {
      throw new ResourceNotFoundException(
        `Requested resource not found: Replica of table: ${table.name} in Region: ${RegionName} not found`,
      );
    }
    for (const { IndexName } of indexes ?? []) checkIndex(table, IndexName);
  }
  const write = { table: table.name, kind: 'Write' } as const;
  const read = { table: table.name, kind: 'Read' } as const;
  for (const region of regions) {
    await updateScaling(ctx, { ...write, region }, input.ProvisionedWriteCapacityAutoScalingUpdate);
    for (const {
      IndexName: index,
      ProvisionedWriteCapacityAutoScalingUpdate: update,
    } of input.GlobalSecondaryIndexUpdates ?? []) {
      await updateScaling(ctx, { ...write, region, index }, update);
    }
  }
  for (const replica of input.ReplicaUpdates ?? []) {
    const { RegionName: region, ReplicaGlobalSecondaryIndexUpdates: indexes = [] } = replica;
    await updateScaling(ctx, { ...read, region }, replica.ReplicaProvisionedReadCapacityAutoScalingUpdate);
    for (const { IndexName: index, ProvisionedReadCapacityAutoScalingUpdate: update } of indexes) {
      await updateScaling(ctx, { ...read, region, index }, update);
    }
  }
  return { TableAutoScalingDescription: await describe(ctx, table, group) };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTableReplicaAutoScaling.html */
export async function DescribeTableReplicaAutoScaling(
  ctx: Context,
  input: { TableName: string },
): Promise<object> {
  const { table, group } = await replicatedTable(ctx, input.TableName);
  return { TableAutoScalingDescription: await describe(ctx, table, group) };
}

async function replicatedTable(ctx: Context, name: string): Promise<{ table: Table; group: GlobalTable }> {
  const place = placeOfTable(ctx, name);
  const table = place.region === ctx.region ? await ctx.room.tables.find(place, place.name) : undefined;
  const group = table && (await globalTableOf(ctx.room, table));
  if (!table || group?.version !== '2019.11.21') {
    throw new ResourceNotFoundException(`Global table with name: '${place.name}' does not exist.`);
  }
  return { table, group };
}

function checkIndex(table: Table, name: string | undefined): void {
  if (table.indexes.some((index) => index.kind === 'global' && index.name === name)) return;
  throw new ResourceNotFoundException(
    `Requested resource not found: Table: ${table.name}, Index: ${name} not found`,
  );
}

async function describe(ctx: Context, table: Table, group: GlobalTable): Promise<object> {
  const replicas: object[] = [];
  for (const { region, phase } of group.replicas) {
    const settings = async (index?: string) => {
      const scaled = { region, table: table.name, index };
      return [
        await describeScaling(ctx, { ...scaled, kind: 'Read' }),
        await describeScaling(ctx, { ...scaled, kind: 'Write' }),
      ];
    };
    const [read, write] = await settings();
    const indexes: object[] = [];
    for (const { kind, name, status } of table.indexes) {
      if (kind !== 'global') continue;
      const [reads, writes] = await settings(name);
      indexes.push({
        IndexName: name,
        IndexStatus: status,
        ProvisionedReadCapacityAutoScalingSettings: reads,
        ProvisionedWriteCapacityAutoScalingSettings: writes,
      });
    }
    replicas.push({
      RegionName: region,
      ReplicaStatus: phase === 'active' ? 'ACTIVE' : 'CREATING',
      ReplicaProvisionedReadCapacityAutoScalingSettings: read,
      ReplicaProvisionedWriteCapacityAutoScalingSettings: write,
      ...(indexes.length > 0 ? { GlobalSecondaryIndexes: indexes } : {}),
    });
  }
  return { TableName: table.name, TableStatus: table.status, Replicas: replicas };
}
