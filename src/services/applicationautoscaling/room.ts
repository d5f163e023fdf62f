/** What the operations of Application Auto Scaling share. */
import type { OperationContext, Platform } from '../../platform/index.ts';
import type { TaskQueue } from '../../tasks/index.ts';
import type { ScalingStore, TargetKey } from './store.ts';

export interface ScalingRoom {
  readonly store: ScalingStore;
  readonly platform: Platform;
  /** One task a scalable target, as long as it is registered. */
  readonly evaluations: TaskQueue<EvaluationTask>;
  /** One task a scheduled action, due when the action is. */
  readonly schedules: TaskQueue<ScheduleTask>;
}

export interface EvaluationTask extends TargetKey {
  targetId: string;
}

export interface ScheduleTask extends TargetKey {
  name: string;
  actionId: string;
}

export type Context = OperationContext<ScalingRoom>;
