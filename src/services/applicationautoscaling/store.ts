/**
 * What Application Auto Scaling keeps. Key table:
 *
 *   applicationautoscaling.target    [account, region, namespace, resourceId, dimension]        → Target
 *   applicationautoscaling.targetId  [account, region, target id]                                → TargetKey
 *   applicationautoscaling.policy    [account, region, namespace, resourceId, dimension, name]  → Policy
 *   applicationautoscaling.scheduled [account, region, namespace, resourceId, dimension, name]  → ScheduledAction
 *   applicationautoscaling.activity  [account, region, namespace, -startedAt, activity id]       → Activity
 */
import { type Reader, recordSet, type Store, type Transaction } from '../../store/index.ts';

export interface Place {
  account: string;
  region: string;
}

export interface TargetName {
  namespace: string;
  resourceId: string;
  dimension: string;
}

/** What scalable targets are told apart by. */
export interface TargetKey extends Place, TargetName {}

export interface Target extends TargetKey {
  /** Last part of its ARN. */
  id: string;
  min: number;
  max: number;
  roleArn: string;
  suspended: Suspended;
  createdAt: number;
  tags: Record<string, string>;
  /** Why the capacity must be brought between the bounds, and wasn't yet. */
  unbounded?: string;
  /** The activity that was begun and not seen to end. */
  underWay?: { activity: ActivityKey; capacity: number; policy?: string };
}

export interface Suspended {
  scaleIn: boolean;
  scaleOut: boolean;
  scheduled: boolean;
}

export interface TargetTracking {
  TargetValue: number;
  PredefinedMetricSpecification?: { PredefinedMetricType: string; ResourceLabel?: string };
  CustomizedMetricSpecification?: object;
  ScaleOutCooldown?: number;
  ScaleInCooldown?: number;
  DisableScaleIn?: boolean;
}

export interface Policy extends TargetKey {
  name: string;
  arn: string;
  configuration: TargetTracking;
  createdAt: number;
  scaledOutAt?: number;
  scaledInAt?: number;
}

export interface ScheduledAction extends TargetKey {
  name: string;
  id: string;
  arn: string;
  schedule: string;
  timezone?: string;
  startAt?: number;
  endAt?: number;
  min?: number;
  max?: number;
  createdAt: number;
}

export interface ActivityKey {
  startedAt: number;
  id: string;
}

export interface Activity extends TargetKey, ActivityKey {
  description: string;
  cause: string;
  endedAt?: number;
  status: 'InProgress' | 'Successful' | 'Failed';
  statusMessage?: string;
}

type TargetParts = [
  account: string,
  region: string,
  namespace: string,
  resourceId: string,
  dimension: string,
];
type NamedParts = [...TargetParts, name: string];

const targets = recordSet<TargetParts, Target>('applicationautoscaling.target');
const targetIds = recordSet<[account: string, region: string, id: string], TargetKey>(
  'applicationautoscaling.targetId',
);
const policies = recordSet<NamedParts, Policy>('applicationautoscaling.policy');
const scheduled = recordSet<NamedParts, ScheduledAction>('applicationautoscaling.scheduled');
const activities = recordSet<
  [account: string, region: string, namespace: string, newestFirst: number, id: string],
  Activity
>('applicationautoscaling.activity');

/** Parts of a key, as many as are known; what a list is asked for. */
export interface Selection extends Place {
  namespace: string;
  resourceId?: string | undefined;
  dimension?: string | undefined;
}

const parts = (key: TargetKey): TargetParts => [
  key.account,
  key.region,
  key.namespace,
  key.resourceId,
  key.dimension,
];

function under({ account, region, namespace, resourceId, dimension }: Selection): string[] {
  const known = [account, region, namespace];
  if (resourceId === undefined) return known;
  return dimension === undefined ? [...known, resourceId] : [...known, resourceId, dimension];
}

const after = (last: readonly string[] | undefined) => (last ? { gt: [...last] } : {});

export class ScalingStore {
  readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  target(reader: Reader, key: TargetKey): Promise<Target | undefined> {
    return targets.get(reader, ...parts(key));
  }

  async targetById(reader: Reader, place: Place, id: string): Promise<Target | undefined> {
    const key = await targetIds.get(reader, place.account, place.region, id);
    return key && this.target(reader, key);
  }

  putTarget(tx: Transaction, target: Target): void {
    targets.put(tx, parts(target), target);
    const { account, region, namespace, resourceId, dimension } = target;
    targetIds.put(tx, [account, region, target.id], { account, region, namespace, resourceId, dimension });
  }

  deleteTarget(tx: Transaction, target: Target): void {
    targets.delete(tx, ...parts(target));
    targetIds.delete(tx, target.account, target.region, target.id);
    policies.deleteUnder(tx, ...parts(target));
  }

  targets(selection: Selection, last: readonly string[] | undefined, limit: number): Promise<Target[]> {
    return targets.values(this.store, { under: under(selection), ...after(last), limit });
  }

  policy(reader: Reader, key: TargetKey, name: string): Promise<Policy | undefined> {
    return policies.get(reader, ...parts(key), name);
  }

  putPolicy(tx: Transaction, policy: Policy): void {
    policies.put(tx, [...parts(policy), policy.name], policy);
  }

  deletePolicy(tx: Transaction, policy: Policy): void {
    policies.delete(tx, ...parts(policy), policy.name);
  }

  policies(
    reader: Reader,
    selection: Selection,
    last: readonly string[] | undefined,
    limit: number,
  ): Promise<Policy[]> {
    return policies.values(reader, { under: under(selection), ...after(last), limit });
  }

  scheduledAction(reader: Reader, key: TargetKey, name: string): Promise<ScheduledAction | undefined> {
    return scheduled.get(reader, ...parts(key), name);
  }

  putScheduledAction(tx: Transaction, action: ScheduledAction): void {
    scheduled.put(tx, [...parts(action), action.name], action);
  }

  deleteScheduledAction(tx: Transaction, action: ScheduledAction): void {
    scheduled.delete(tx, ...parts(action), action.name);
  }

  scheduledActions(
    reader: Reader,
    selection: Selection,
    last: readonly string[] | undefined,
    limit: number,
  ): Promise<ScheduledAction[]> {
    return scheduled.values(reader, { under: under(selection), ...after(last), limit });
  }

  activity(reader: Reader, target: TargetKey, { startedAt, id }: ActivityKey): Promise<Activity | undefined> {
    return activities.get(reader, target.account, target.region, target.namespace, -startedAt, id);
  }

  putActivity(tx: Transaction, activity: Activity): void {
    const { account, region, namespace, startedAt, id } = activity;
    activities.put(tx, [account, region, namespace, -startedAt, id], activity);
  }

  /** Newest first. @param last the activity after which to go on. */
  activities(
    { account, region, namespace }: Place & { namespace: string },
    last: ActivityKey | undefined,
    limit: number,
  ): Promise<Activity[]> {
    const root = [account, region, namespace];
    return activities.values(this.store, {
      under: root,
      ...(last ? { gt: [...root, -last.startedAt, last.id] } : {}),
      limit,
    });
  }

  /** Forgets a few activities that began before `time`. */
  async forgetActivities(
    tx: Transaction,
    { account, region, namespace }: TargetKey,
    time: number,
  ): Promise<void> {
    const root = [account, region, namespace];
    const old = await activities.values(tx, { under: root, gt: [...root, -time], limit: 20 });
    for (const { startedAt, id } of old) activities.delete(tx, account, region, namespace, -startedAt, id);
  }
}
