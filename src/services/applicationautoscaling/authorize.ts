/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html */
import type { AuthorizationRule } from '../../platform/index.ts';
import type { TargetInput } from './domain/dimensions.ts';
import { keyOf, targetArn } from './operations/ScalableTargets.ts';
import type { Context, ScalingRoom } from './room.ts';

/** A target that isn't registered yet has no ARN: policies name it by `*`. */
const onTarget: AuthorizationRule<ScalingRoom> = async (ctx: Context, input: TargetInput) => {
  const { store } = ctx.room;
  const target = await store.target(store.store, keyOf(ctx, input));
  return {
    resources: [targetArn(target ?? { ...ctx, id: '*' })],
    context: {
      'application-autoscaling:service-namespace': input.ServiceNamespace,
      'application-autoscaling:scalable-dimension': input.ScalableDimension,
    },
  };
};

const onAny: AuthorizationRule<ScalingRoom> = () => ({ resources: ['*'] });
const onArn: AuthorizationRule<ScalingRoom> = (_ctx, input: { ResourceARN: string }) => ({
  resources: [input.ResourceARN],
});

export const authorize: Readonly<Record<string, AuthorizationRule<ScalingRoom>>> = {
  DeleteScalingPolicy: onTarget,
  DeleteScheduledAction: onTarget,
  DeregisterScalableTarget: onTarget,
  DescribeScalableTargets: onAny,
  DescribeScalingActivities: onAny,
  DescribeScalingPolicies: onAny,
  DescribeScheduledActions: onAny,
  ListTagsForResource: onArn,
  PutScalingPolicy: onTarget,
  PutScheduledAction: onTarget,
  RegisterScalableTarget: onTarget,
  TagResource: onArn,
  UntagResource: onArn,
};
