/** What happens by itself: a look at each scalable target once a minute, and scheduled actions when they are due. */
import { type Task, TaskPostponed } from '../../tasks/port.ts';
import { beginActivity, type Capacity, capacityOf, carryOn } from './capacity.ts';
import { type Dimension, dimensionOf } from './domain/dimensions.ts';
import { nextTime } from './domain/schedule.ts';
import { trackedCapacity } from './domain/targetTracking.ts';
import { limits } from './limits.ts';
import { evaluateNow } from './operations/ScalableTargets.ts';
import type { EvaluationTask, ScalingRoom, ScheduleTask } from './room.ts';
import type { Policy, Target, TargetKey } from './store.ts';

/** @throws TaskPostponed to the next minute, as long as the target is registered. */
export async function evaluate(
  room: ScalingRoom,
  { payload }: Pick<Task<EvaluationTask>, 'payload'>,
): Promise<void> {
  const { store, platform } = room;
  const target = await store.target(store.store, payload);
  if (target?.id !== payload.targetId) return;
  const dimension = dimensionFor(target);
  if (target.underWay) await carryOn(room, target, dimension);
  else {
    const capacity = await capacityOf(room, target, dimension);
    if (!capacity) throw new TaskPostponed(platform.clock.now() + limits.missingMs);
    if (capacity.steady) await scale(room, target, dimension, capacity);
  }
  // A little after the minute: what was consumed in it is known then.
  const minute = Math.floor(platform.clock.now() / limits.evaluationMs);
  throw new TaskPostponed((minute + 1) * limits.evaluationMs + 1000);
}

function dimensionFor({ namespace, resourceId, dimension }: TargetKey): Dimension {
  return dimensionOf({ ServiceNamespace: namespace, ResourceId: resourceId, ScalableDimension: dimension });
}

async function scale(
  room: ScalingRoom,
  target: Target,
  dimension: Dimension,
  capacity: Capacity,
): Promise<void> {
  const change = outOfBounds(target, capacity) ?? (await tracked(room, target, dimension, capacity));
  if (!change) return;
  const begun = await beginActivity(room, target, dimension, change);
  if (begun) await carryOn(room, begun, dimension);
}

interface Change {
  capacity: number;
  cause: string;
  policy?: string;
}

function outOfBounds({ unbounded, min, max }: Target, { units }: Capacity): Change | undefined {
  const capacity = Math.min(max, Math.max(min, units));
  return unbounded === undefined || capacity === units ? undefined : { capacity, cause: unbounded };
}

async function tracked(
  room: ScalingRoom,
  target: Target,
  dimension: Dimension,
  { units }: Capacity,
): Promise<Change | undefined> {
  const { store, platform } = room;
  const [policy] = await store.policies(store.store, target, undefined, 1);
  if (!policy) return undefined;
  const now = platform.clock.now();
  const { configuration } = policy;
  const capacity = trackedCapacity({
    provisioned: units,
    min: target.min,
    max: target.max,
    target: configuration.TargetValue,
    consumed: consumedOf(room, target, dimension, now),
    mayScaleOut:
      !target.suspended.scaleOut && isOver(policy.scaledOutAt, configuration.ScaleOutCooldown, now),
    mayScaleIn:
      !target.suspended.scaleIn &&
      !configuration.DisableScaleIn &&
      isOver(lastOf(policy), configuration.ScaleInCooldown, now),
  });
  if (capacity === undefined) return undefined;
  const direction = capacity > units ? 'above' : 'below';
  return {
    capacity,
    cause: `utilization ${direction} the target of ${configuration.TargetValue} percent triggered policy ${policy.name}`,
    policy: policy.name,
  };
}

function lastOf({ scaledInAt, scaledOutAt }: Policy): number | undefined {
  return scaledInAt === undefined ? scaledOutAt : Math.max(scaledInAt, scaledOutAt ?? 0);
}

/** Cooldowns are in seconds; DynamoDB's default is none. */
function isOver(since: number | undefined, cooldown: number | undefined, now: number): boolean {
  return since === undefined || since + (cooldown ?? 0) * 1000 <= now;
}

/** Units consumed in each of the last whole minutes, newest first. */
function consumedOf(
  { platform }: ScalingRoom,
  { account, region }: TargetKey,
  { table, index, kind }: Dimension,
  now: number,
): (number | undefined)[] {
  const thisMinute = Math.floor(now / limits.evaluationMs) * limits.evaluationMs;
  const from = thisMinute - limits.scaleInMinutes * limits.evaluationMs;
  const minutes: (number | undefined)[] = new Array(limits.scaleInMinutes).fill(undefined);
  const name = kind === 'read' ? 'ConsumedReadCapacityUnits' : 'ConsumedWriteCapacityUnits';
  for (const datum of platform.telemetry.recentMetrics('AWS/DynamoDB', name, from)) {
    const { TableName, GlobalSecondaryIndexName } = datum.dimensions;
    if (datum.account !== account || datum.region !== region) continue;
    if (TableName !== table || GlobalSecondaryIndexName !== index) continue;
    const at = Math.floor((thisMinute - 1 - datum.time) / limits.evaluationMs);
    if (at >= 0 && at < minutes.length) minutes[at] = (minutes[at] ?? 0) + datum.value;
  }
  return minutes;
}

/** Sets the bounds of a target as its scheduled action says. @throws TaskPostponed to the next time, if there is one. */
export async function runSchedule(
  room: ScalingRoom,
  { payload }: Pick<Task<ScheduleTask>, 'payload'>,
): Promise<void> {
  const { store, platform } = room;
  const now = platform.clock.now();
  const action = await store.store.transact(async (tx) => {
    const found = await store.scheduledAction(tx, payload, payload.name);
    const target = await store.target(tx, payload);
    if (found?.id !== payload.actionId || !target) return undefined;
    if (target.suspended.scheduled) return found;
    // A bound that is given alone moves the other out of its way.
    const min = found.min ?? Math.min(target.min, found.max ?? target.min);
    const max = found.max ?? Math.max(target.max, min);
    const bounds = [
      ...(found.min === undefined ? [] : [`minimum capacity was set to ${found.min}`]),
      ...(found.max === undefined ? [] : [`maximum capacity was set to ${found.max}`]),
    ];
    const changed: Target = {
      ...target,
      min,
      max,
      unbounded: `scheduled action name ${found.name} was triggered: ${bounds.join(' and ')}`,
    };
    store.putTarget(tx, changed);
    await evaluateNow(tx, { room, now }, changed);
    return found;
  });
  const next = action && nextTime({ ...action, expression: action.schedule }, now);
  if (next !== undefined) throw new TaskPostponed(next);
}
