/** https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingActivities.html */
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { type DescribeInput, page } from './paging.ts';
import { named } from './ScalableTargets.ts';

/** IncludeNotScaledActivities changes nothing: what isn't scaled leaves no activity here. */
export function DescribeScalingActivities(ctx: Context, input: DescribeInput): Promise<object> {
  const { store } = ctx.room;
  const place = { account: ctx.account, region: ctx.region, namespace: input.ServiceNamespace };
  return page(ctx, input, {
    member: 'ScalingActivities',
    max: limits.pageMax,
    read: (last, limit) =>
      store.activities(place, last && { startedAt: Number(last[0]), id: last[1] ?? '' }, limit),
    keep: ({ resourceId, dimension, startedAt }) =>
      (input.ResourceId === undefined || resourceId === input.ResourceId) &&
      (input.ScalableDimension === undefined || dimension === input.ScalableDimension) &&
      startedAt > ctx.now - limits.activityMs,
    place: ({ startedAt, id }) => [String(startedAt), id],
    describe: (activity) => ({
      ActivityId: activity.id,
      ...named(activity),
      Description: activity.description,
      Cause: activity.cause,
      StartTime: new Date(activity.startedAt),
      ...(activity.endedAt === undefined ? {} : { EndTime: new Date(activity.endedAt) }),
      StatusCode: activity.status,
      ...(activity.statusMessage === undefined ? {} : { StatusMessage: activity.statusMessage }),
    }),
  });
}
