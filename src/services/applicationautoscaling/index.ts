/** Application Auto Scaling: the provisioned throughput of DynamoDB tables follows what is consumed, and the time of day. */
import { defineService } from '../../platform/index.ts';
import { authorize } from './authorize.ts';
import { evaluate, runSchedule } from './evaluation.ts';
import { DescribeScalingActivities } from './operations/DescribeScalingActivities.ts';
import {
  DeregisterScalableTarget,
  DescribeScalableTargets,
  RegisterScalableTarget,
} from './operations/ScalableTargets.ts';
import {
  DeleteScalingPolicy,
  DescribeScalingPolicies,
  PutScalingPolicy,
} from './operations/ScalingPolicies.ts';
import {
  DeleteScheduledAction,
  DescribeScheduledActions,
  PutScheduledAction,
} from './operations/ScheduledActions.ts';
import { ListTagsForResource, TagResource, UntagResource } from './operations/Tags.ts';
import { resources } from './resources.ts';
import type { EvaluationTask, ScalingRoom, ScheduleTask } from './room.ts';
import { ScalingStore } from './store.ts';

const retry = { attemptsMax: 1_000_000, baseMs: 1000, capMs: 60_000 };

export const applicationautoscaling = defineService<ScalingRoom>({
  name: 'applicationautoscaling',
  iamPrefix: 'application-autoscaling',
  open(platform) {
    const { tasks } = platform;
    const room: ScalingRoom = {
      store: new ScalingStore(platform.store),
      platform,
      // One after another: read and write capacity of a table are changed by the same operation.
      evaluations: tasks.queue<EvaluationTask>({
        name: 'applicationautoscaling.evaluation',
        concurrency: 1,
        retry,
        run: (task) => evaluate(room, task),
      }),
      schedules: tasks.queue<ScheduleTask>({
        name: 'applicationautoscaling.schedule',
        concurrency: 1,
        retry,
        run: (task) => runSchedule(room, task),
      }),
    };
    return room;
  },
  operations: {
    DeleteScalingPolicy,
    DeleteScheduledAction,
    DeregisterScalableTarget,
    DescribeScalableTargets,
    DescribeScalingActivities,
    DescribeScalingPolicies,
    DescribeScheduledActions,
    ListTagsForResource,
    PutScalingPolicy,
    PutScheduledAction,
    RegisterScalableTarget,
    TagResource,
    UntagResource,
  },
  authorize,
  resources,
});
