/** The capacity of a scalable target: read from DynamoDB, and changed there as an activity. */
import { AwsError } from '../../kernel/index.ts';
import { rootOf } from '../../platform/index.ts';
import { type Dimension, unitsOf } from './domain/dimensions.ts';
import { limits } from './limits.ts';
import type { ScalingRoom } from './room.ts';
import type { Activity, Target, TargetKey } from './store.ts';

interface Throughput {
  ReadCapacityUnits: number;
  WriteCapacityUnits: number;
}

interface Described {
  Table: {
    TableStatus: string;
    ProvisionedThroughput: Throughput;
    BillingModeSummary?: { BillingMode: string };
    GlobalSecondaryIndexes?: {
      IndexName: string;
      IndexStatus: string;
      ProvisionedThroughput?: Throughput;
    }[];
  };
}

export interface Capacity {
  units: number;
  throughput: Throughput;
  /** Whether it can be changed now. */
  steady: boolean;
}

/** @returns undefined when there is nothing to scale: no such table or index, or one that is billed by request. */
export async function capacityOf(
  room: ScalingRoom,
  target: TargetKey,
  { table, index, kind }: Dimension,
): Promise<Capacity | undefined> {
  const described = await dynamodb<Described>(room, target, 'DescribeTable', { TableName: table }).catch(
    (error: unknown) => {
      if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
      throw error;
    },
  );
  if (!described || described.Table.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST') return undefined;
  const { Table } = described;
  const found =
    index === undefined ? undefined : Table.GlobalSecondaryIndexes?.find((one) => one.IndexName === index);
  const throughput = index === undefined ? Table.ProvisionedThroughput : found?.ProvisionedThroughput;
  if (!throughput) return undefined;
  return {
    units: kind === 'read' ? throughput.ReadCapacityUnits : throughput.WriteCapacityUnits,
    throughput,
    steady: Table.TableStatus === 'ACTIVE' && (found === undefined || found.IndexStatus === 'ACTIVE'),
  };
}

/** As the service-linked role would: it may do to tables what scaling needs. */
function dynamodb<Output>(
  room: ScalingRoom,
  { account, region }: TargetKey,
  operation: string,
  input: object,
) {
  const caller = room.platform.aws({ account, region, principal: rootOf(account) });
  return caller.call<Output>('dynamodb', operation, input);
}

/**
 * Begins an activity: written down before anything is changed, so that a crash in the middle is seen afterwards.
 * @returns the target with the activity under way; undefined when it is gone.
 */
export function beginActivity(
  room: ScalingRoom,
  target: Target,
  dimension: Dimension,
  change: { capacity: number; cause: string; policy?: string },
): Promise<Target | undefined> {
  const { store, platform } = room;
  const startedAt = platform.clock.now();
  const activity: Activity = {
    ...keyOf(target),
    id: platform.ids.uuid(),
    startedAt,
    description: `Setting ${unitsOf(dimension)} to ${change.capacity}.`,
    cause: change.cause,
    status: 'InProgress',
  };
  return store.store.transact(async (tx) => {
    const current = await store.target(tx, target);
    if (current?.id !== target.id) return undefined;
    const { unbounded: _, ...rest } = current;
    const begun: Target = {
      ...rest,
      underWay: {
        activity: { startedAt, id: activity.id },
        capacity: change.capacity,
        ...(change.policy === undefined ? {} : { policy: change.policy }),
      },
    };
    store.putTarget(tx, begun);
    store.putActivity(tx, activity);
    await store.forgetActivities(tx, target, startedAt - limits.activityMs);
    return begun;
  });
}

/** Carries on with the activity under way: changes the capacity if that is yet to be done, and ends it when it holds. */
export async function carryOn(room: ScalingRoom, target: Target, dimension: Dimension): Promise<void> {
  const { underWay } = target;
  if (!underWay) return;
  const before = await capacityOf(room, target, dimension);
  if (!before)
    return endActivity(
      room,
      target,
      `Failed to set ${unitsOf(dimension)} to ${underWay.capacity}. Reason: the resource has no provisioned throughput.`,
    );
  if (!before.steady) return;
  if (before.units !== underWay.capacity) {
    try {
      await setCapacity(room, target, dimension, before, underWay.capacity);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return endActivity(
        room,
        target,
        `Failed to set ${unitsOf(dimension)} to ${underWay.capacity}. Reason: ${error.message}`,
      );
    }
    const after = await capacityOf(room, target, dimension);
    if (!after?.steady) return;
  }
  await endActivity(room, target, undefined, before.units < underWay.capacity, dimension);
}

async function setCapacity(
  room: ScalingRoom,
  target: TargetKey,
  { table, index, kind }: Dimension,
  { throughput }: Capacity,
  units: number,
): Promise<void> {
  const { ReadCapacityUnits, WriteCapacityUnits } = throughput;
  const ProvisionedThroughput =
    kind === 'read'
      ? { ReadCapacityUnits: units, WriteCapacityUnits }
      : { ReadCapacityUnits, WriteCapacityUnits: units };
  await dynamodb(room, target, 'UpdateTable', {
    TableName: table,
    ...(index === undefined
      ? { ProvisionedThroughput }
      : { GlobalSecondaryIndexUpdates: [{ Update: { IndexName: index, ProvisionedThroughput } }] }),
  });
}

/** @param failure what went wrong; absent: nothing. @param out whether capacity was added, for the cooldown. */
async function endActivity(
  room: ScalingRoom,
  target: Target,
  failure: string | undefined,
  out = false,
  dimension?: Dimension,
): Promise<void> {
  const { store, platform } = room;
  const now = platform.clock.now();
  await store.store.transact(async (tx) => {
    const current = await store.target(tx, target);
    const { underWay } = target;
    if (current?.id !== target.id || !underWay || current.underWay?.activity.id !== underWay.activity.id)
      return;
    const activity = await store.activity(tx, target, underWay.activity);
    if (activity) {
      const done = `Successfully set ${dimension ? unitsOf(dimension) : 'capacity'} to ${underWay.capacity}. Change successfully fulfilled by dynamodb.`;
      store.putActivity(tx, {
        ...activity,
        endedAt: now,
        status: failure === undefined ? 'Successful' : 'Failed',
        statusMessage: failure ?? done,
      });
    }
    const { underWay: _, ...rest } = current;
    store.putTarget(tx, rest);
    const policy =
      underWay.policy === undefined ? undefined : await store.policy(tx, target, underWay.policy);
    if (!policy || failure !== undefined) return;
    store.putPolicy(tx, { ...policy, ...(out ? { scaledOutAt: now } : { scaledInAt: now }) });
  });
}

function keyOf({ account, region, namespace, resourceId, dimension }: TargetKey): TargetKey {
  return { account, region, namespace, resourceId, dimension };
}
