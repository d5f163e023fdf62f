/** RegisterScalableTarget, DeregisterScalableTarget, DescribeScalableTargets. https://docs.aws.amazon.com/autoscaling/application/APIReference/ */
import { AwsError, formatArn } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/port.ts';
import { type Dimension, dimensionOf, type TargetInput, targetWords } from '../domain/dimensions.ts';
import { LimitExceededException, ObjectNotFoundException, ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import type { Suspended, Target, TargetKey } from '../store.ts';
import { type DescribeInput, page } from './paging.ts';
import { checkTags } from './Tags.ts';

interface SuspendedState {
  DynamicScalingInSuspended?: boolean;
  DynamicScalingOutSuspended?: boolean;
  ScheduledScalingSuspended?: boolean;
}

export interface RegisterScalableTargetInput extends TargetInput {
  MinCapacity?: number;
  MaxCapacity?: number;
  RoleARN?: string;
  SuspendedState?: SuspendedState;
  Tags?: Record<string, string>;
}

const targetIdAlphabet = '0123456789abcdef';

export async function RegisterScalableTarget(
  ctx: Context,
  input: RegisterScalableTargetInput,
): Promise<{ ScalableTargetARN: string }> {
  const dimension = dimensionOf(input);
  checkTags(input.Tags ?? {});
  const key = keyOf(ctx, input);
  const { store } = ctx.room;
  const before = await store.target(store.store, key);
  checkBounds(input, before);
  if (!before) await checkResource(ctx, dimension, input.ResourceId);
  const id = `0${ctx.room.platform.ids.token(3, targetIdAlphabet)}${ctx.room.platform.ids.token(32, targetIdAlphabet)}`;
  const target = await store.store.transact(async (tx) => {
    const known = await store.target(tx, key);
    checkBounds(input, known);
    const changed: Target = {
      ...(known ?? newTarget(ctx, key, id)),
      min: input.MinCapacity ?? known?.min ?? 0,
      max: input.MaxCapacity ?? known?.max ?? 0,
      suspended: suspendedOf(input.SuspendedState, known?.suspended),
      ...(known || !input.Tags ? {} : { tags: input.Tags }),
      ...causeOf(input),
    };
    store.putTarget(tx, changed);
    await evaluateNow(tx, ctx, changed);
    return changed;
  });
  return { ScalableTargetARN: targetArn(target) };
}

/** Looks at a target at once rather than within its minute. */
export async function evaluateNow(
  tx: Transaction,
  { room, now }: Pick<Context, 'room' | 'now'>,
  target: Target,
) {
  const { account, region, namespace, resourceId, dimension, id } = target;
  await room.evaluations.cancel(tx, id);
  const task = { account, region, namespace, resourceId, dimension, targetId: id };
  await room.evaluations.enqueue(tx, task, { id, dueAt: now });
}

/** New bounds are a reason to change what is outside of them. */
function causeOf({ MinCapacity: min, MaxCapacity: max }: RegisterScalableTargetInput): {
  unbounded?: string;
} {
  const causes = [
    ...(min === undefined ? [] : [`minimum capacity was set to ${min}`]),
    ...(max === undefined ? [] : [`maximum capacity was set to ${max}`]),
  ];
  return causes.length > 0 ? { unbounded: causes.join(' and ') } : {};
}

function newTarget(ctx: Context, key: TargetKey, id: string): Omit<Target, 'min' | 'max' | 'suspended'> {
  return {
    ...key,
    id,
    // DynamoDB's service-linked role, whatever role is named.
    roleArn: `arn:aws:iam::${ctx.account}:role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable`,
    createdAt: ctx.now,
    tags: {},
  };
}

/** @throws ValidationException */
function checkBounds(input: RegisterScalableTargetInput, before: Target | undefined): void {
  const min = input.MinCapacity ?? before?.min;
  const max = input.MaxCapacity ?? before?.max;
  if (min === undefined || max === undefined) {
    throw new ValidationException(
      'MinCapacity and MaxCapacity must be specified when registering a new scalable target',
    );
  }
  if (min < 1) throw new ValidationException('Minimum capacity must be greater than or equal to 1');
  if (max < min) throw new ValidationException('Maximum capacity cannot be less than minimum capacity');
}

/** The caller must be allowed to see what is to be scaled. @throws ValidationException */
async function checkResource(ctx: Context, dimension: Dimension, resourceId: string): Promise<void> {
  const { store } = ctx.room;
  const { account, region } = ctx;
  const missing = new ValidationException(
    `DynamoDB ${dimension.index === undefined ? 'table' : 'index'} does not exist: ${resourceId}`,
  );
  try {
    const { Table } = await ctx.aws.call<{ Table: { GlobalSecondaryIndexes?: { IndexName: string }[] } }>(
      'dynamodb',
      'DescribeTable',
      { TableName: dimension.table },
    );
    const indexes = Table.GlobalSecondaryIndexes ?? [];
    if (dimension.index !== undefined && !indexes.some(({ IndexName }) => IndexName === dimension.index)) {
      throw missing;
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.code === 'ResourceNotFoundException') throw missing;
    if (error.code.startsWith('AccessDenied')) {
      throw new ValidationException('User is missing the following permissions: dynamodb:DescribeTable');
    }
    throw error;
  }
  const all = await store.targets(
    { account, region, namespace: 'dynamodb' },
    undefined,
    limits.scalableTargetsMax,
  );
  if (all.length >= limits.scalableTargetsMax) {
    throw new LimitExceededException(
      `The maximum number of scalable targets has been reached: ${limits.scalableTargetsMax}`,
    );
  }
}

function suspendedOf(given: SuspendedState | undefined, before: Suspended | undefined): Suspended {
  return {
    scaleIn: given?.DynamicScalingInSuspended ?? before?.scaleIn ?? false,
    scaleOut: given?.DynamicScalingOutSuspended ?? before?.scaleOut ?? false,
    scheduled: given?.ScheduledScalingSuspended ?? before?.scheduled ?? false,
  };
}

export function keyOf(
  { account, region }: { account: string; region: string },
  input: TargetInput,
): TargetKey {
  return {
    account,
    region,
    namespace: input.ServiceNamespace,
    resourceId: input.ResourceId,
    dimension: input.ScalableDimension,
  };
}

export function targetArn({ account, region, id }: Pick<Target, 'account' | 'region' | 'id'>): string {
  return formatArn({
    service: 'application-autoscaling',
    region,
    account,
    resource: `scalable-target/${id}`,
  });
}

export async function DeregisterScalableTarget(ctx: Context, input: TargetInput): Promise<object> {
  const { store, evaluations } = ctx.room;
  await store.store.transact(async (tx) => {
    const target = await store.target(tx, keyOf(ctx, input));
    if (!target) throw new ObjectNotFoundException(`No scalable target found for ${targetWords(input)}`);
    store.deleteTarget(tx, target);
    await evaluations.cancel(tx, target.id);
    const actions = await store.scheduledActions(tx, target, undefined, limits.scheduledActionsPerTargetMax);
    for (const action of actions) {
      store.deleteScheduledAction(tx, action);
      await ctx.room.schedules.cancel(tx, action.id);
    }
  });
  return {};
}

interface DescribeScalableTargetsInput extends DescribeInput {
  ResourceIds?: string[];
}

export function DescribeScalableTargets(ctx: Context, input: DescribeScalableTargetsInput): Promise<object> {
  const { store } = ctx.room;
  const wanted = input.ResourceIds?.length ? new Set(input.ResourceIds) : undefined;
  if (input.ScalableDimension !== undefined && !wanted) {
    throw new ValidationException('If you specify a scalable dimension, you must also specify a resource ID');
  }
  return page(ctx, input, {
    member: 'ScalableTargets',
    max: limits.pageMax,
    read: (last, limit) =>
      store.targets(
        { account: ctx.account, region: ctx.region, namespace: input.ServiceNamespace },
        last,
        limit,
      ),
    keep: ({ resourceId, dimension }) =>
      (!wanted || wanted.has(resourceId)) &&
      (input.ScalableDimension === undefined || dimension === input.ScalableDimension),
    place: (target) => [target.account, target.region, target.namespace, target.resourceId, target.dimension],
    describe: (target) => ({
      ...named(target),
      MinCapacity: target.min,
      MaxCapacity: target.max,
      RoleARN: target.roleArn,
      CreationTime: new Date(target.createdAt),
      SuspendedState: {
        DynamicScalingInSuspended: target.suspended.scaleIn,
        DynamicScalingOutSuspended: target.suspended.scaleOut,
        ScheduledScalingSuspended: target.suspended.scheduled,
      },
      ScalableTargetARN: targetArn(target),
    }),
  });
}

export function named({ namespace, resourceId, dimension }: TargetKey): object {
  return { ServiceNamespace: namespace, ResourceId: resourceId, ScalableDimension: dimension };
}
