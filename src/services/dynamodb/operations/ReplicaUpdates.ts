/** What UpdateTable, DescribeTable and DeleteTable do about replicas, for requests. */
import { AwsError } from '../../../kernel/index.ts';
import type { Table } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import { globalTableOf } from '../globalTables/changeReplicas.ts';
import {
  checkReplicaDeletable,
  type ReplicaChanges,
  type ReplicaInput,
  replicaChanges,
} from '../globalTables/replicaUpdates.ts';
import type { Context } from '../room.ts';
import { describeScaling, scalingUpdateOf, updateScaling } from './replicaScaling.ts';

/** @param wanted the table as its own settings will be. @throws ValidationException, ResourceInUseException */
export async function plannedReplicas(
  ctx: Context,
  input: ReplicaInput,
  table: Table,
  wanted: Table,
): Promise<ReplicaChanges | undefined> {
  const group = await globalTableOf(ctx.room, table);
  const changes = replicaChanges(input, wanted, group);
  if (!changes) return undefined;
  for (const region of changes.remove ?? []) {
    const replica = await ctx.room.tables.find({ account: table.account, region }, table.name);
    if (replica?.deletionProtection) {
      throw new ValidationException(
        'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
      );
    }
    if (group && replica) checkRemaining(ctx, replica, group, (changes.remove ?? []).length);
  }
  if (changes.create?.length && wanted.billingMode === 'PROVISIONED') await checkScaled(ctx, wanted);
  return changes;
}

function checkRemaining(
  ctx: Context,
  table: Table,
  group: NonNullable<Awaited<ReturnType<typeof globalTableOf>>>,
  removed: number,
): void {
  if (group.replicas.length > removed + 1) checkReplicaDeletable(table, group, ctx.now);
}

/** DeleteTable of a replica. @throws ValidationException */
export async function checkReplicaGoes(ctx: Context, table: Table): Promise<void> {
  const group = await globalTableOf(ctx.room, table);
  if (group?.version === '2019.11.21' && group.replicas.length > 1) {
    checkReplicaDeletable(table, group, ctx.now);
  }
}

/** Write capacity is scaled alike in all replicas: new ones get the targets and policies of the table they come from. */
export async function scaleReplicas(ctx: Context, table: Table, { create }: ReplicaChanges): Promise<void> {
  if (!create?.length || table.billingMode !== 'PROVISIONED') return;
  const indexes = table.indexes.filter(({ kind }) => kind === 'global').map(({ name }) => name);
  for (const index of [undefined, ...indexes]) {
    const scaled = { table: table.name, index, kind: 'Write' } as const;
    const update = scalingUpdateOf(await describeScaling(ctx, { ...scaled, region: table.region }));
    if (!update) continue;
    for (const { region } of create) await updateScaling(ctx, { ...scaled, region }, update);
  }
}

interface ScalableTargets {
  ScalableTargets: object[];
}

/** Replicas must be able to follow whatever is written elsewhere. @throws ValidationException */
async function checkScaled(ctx: Context, table: Table): Promise<void> {
  const isScaled = async (resource: string, dimension: string) => {
    try {
      const found = await ctx.aws.call<ScalableTargets>('applicationautoscaling', 'DescribeScalableTargets', {
        ServiceNamespace: 'dynamodb',
        ResourceIds: [resource],
        ScalableDimension: `dynamodb:${dimension}:WriteCapacityUnits`,
      });
      return found.ScalableTargets.length > 0;
    } catch (error) {
      if (error instanceof AwsError) return false;
      throw error;
    }
  };
  const tableId = `table/${table.name}`;
  if (!(await isScaled(tableId, 'table'))) {
    throw new ValidationException('Table write capacity should either be Pay-Per-Request or AutoScaled.');
  }
  for (const { name, kind } of table.indexes) {
    if (kind === 'global' && !(await isScaled(`${tableId}/index/${name}`, 'index'))) {
      throw new ValidationException(
        `Index write capacity should either be Pay-Per-Request or AutoScaled. Index: ${name}`,
      );
    }
  }
}
