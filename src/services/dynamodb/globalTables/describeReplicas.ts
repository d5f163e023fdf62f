/** Replicas as DescribeTable shows them. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ReplicaDescription.html */
import { formatArn } from '../../../kernel/index.ts';
import type { GlobalTable, Overrides, Replica } from '../domain/globalTable.ts';
import type { Table } from '../domain/table.ts';
import type { Room } from '../room.ts';
import { globalTableOf } from './changeReplicas.ts';

/** What a description of a table says besides when the table has replicas. They are the others: AWS leaves out the own one. */
export async function describeReplicas(
  room: Room,
  table: Table,
  status: string = table.status,
): Promise<Record<string, unknown>> {
  if (!table.global) return {};
  const group = await globalTableOf(room, table);
  if (!group) return {};
  if (group.version === '2017.11.29') return { GlobalTableVersion: group.version };
  const others = group.replicas.filter(({ tableId }) => tableId !== table.id);
  const changing = group.replicas.some(({ phase }) => phase !== 'active');
  return {
    GlobalTableVersion: group.version,
    Replicas: others.map((replica) => describeReplica(group, replica)),
    MultiRegionConsistency: group.consistency,
    ...(group.witness === undefined
      ? {}
      : { GlobalTableWitnesses: [{ RegionName: group.witness, WitnessStatus: 'ACTIVE' }] }),
    ...(changing && status === 'ACTIVE' ? { TableStatus: 'UPDATING' } : {}),
  };
}

export function describeReplica(group: GlobalTable, replica: Replica): object {
  const { region, overrides = {} } = replica;
  const indexes = Object.entries(overrides.indexes ?? {});
  return {
    RegionName: region,
    ReplicaStatus: replica.phase === 'active' ? 'ACTIVE' : 'CREATING',
    ReplicaArn: formatArn({
      service: 'dynamodb',
      region,
      account: group.account,
      resource: `table/${group.name}`,
    }),
    ...(overrides.kmsKeyArn === undefined ? {} : { KMSMasterKeyId: overrides.kmsKeyArn }),
    ...describeUnits(overrides),
    ...(indexes.length > 0
      ? {
          GlobalSecondaryIndexes: indexes.map(([name, own]) => ({
            IndexName: name,
            ...describeUnits(own),
          })),
        }
      : {}),
    ...(overrides.tableClass ? { ReplicaTableClassSummary: { TableClass: overrides.tableClass } } : {}),
  };
}

function describeUnits({
  readCapacityUnits,
  maxReadRequestUnits,
}: Pick<Overrides, 'readCapacityUnits' | 'maxReadRequestUnits'>): object {
  return {
    ...(readCapacityUnits === undefined
      ? {}
      : { ProvisionedThroughputOverride: { ReadCapacityUnits: readCapacityUnits } }),
    ...(maxReadRequestUnits === undefined
      ? {}
      : { OnDemandThroughputOverride: { MaxReadRequestUnits: maxReadRequestUnits } }),
  };
}
