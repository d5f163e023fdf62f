/** PutScheduledAction, DeleteScheduledAction, DescribeScheduledActions. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html */
import { dimensionOf, type TargetInput, targetWords } from '../domain/dimensions.ts';
import { nextTime } from '../domain/schedule.ts';
import { LimitExceededException, ObjectNotFoundException, ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import type { ScheduledAction } from '../store.ts';
import { type DescribeInput, page } from './paging.ts';
import { keyOf, named } from './ScalableTargets.ts';

export interface PutScheduledActionInput extends TargetInput {
  ScheduledActionName: string;
  Schedule?: string;
  Timezone?: string;
  StartTime?: Date;
  EndTime?: Date;
  ScalableTargetAction?: { MinCapacity?: number; MaxCapacity?: number };
}

export async function PutScheduledAction(ctx: Context, input: PutScheduledActionInput): Promise<object> {
  dimensionOf(input);
  const key = keyOf(ctx, input);
  const { store, schedules, platform } = ctx.room;
  const uuid = platform.ids.uuid();
  await store.store.transact(async (tx) => {
    if (!(await store.target(tx, key))) {
      throw new ObjectNotFoundException(`No scalable target registered for ${targetWords(input)}`);
    }
    const known = await store.scheduledAction(tx, key, input.ScheduledActionName);
    if (!known) {
      const all = await store.scheduledActions(tx, key, undefined, limits.scheduledActionsPerTargetMax);
      if (all.length >= limits.scheduledActionsPerTargetMax) {
        throw new LimitExceededException('The maximum number of scheduled actions has been reached');
      }
    }
    const action = changed(ctx, input, known, uuid);
    const dueAt = nextTime({ ...action, expression: action.schedule }, ctx.now);
    store.putScheduledAction(tx, action);
    if (known) await schedules.cancel(tx, known.id);
    if (dueAt === undefined) return;
    // A task that is running at this moment still has the old id: the new schedule takes one of its own.
    await schedules.enqueue(tx, { ...key, name: action.name, actionId: action.id }, { id: action.id, dueAt });
  });
  return {};
}

/** @throws ValidationException */
function changed(
  ctx: Context,
  input: PutScheduledActionInput,
  known: ScheduledAction | undefined,
  uuid: string,
): ScheduledAction {
  const { ScheduledActionName: name, ScalableTargetAction: target } = input;
  const schedule = input.Schedule ?? known?.schedule;
  if (schedule === undefined)
    throw new ValidationException('Schedule is required for a new scheduled action');
  const min = target ? target.MinCapacity : known?.min;
  const max = target ? target.MaxCapacity : known?.max;
  if (min === undefined && max === undefined) {
    throw new ValidationException('At least one of MinCapacity and MaxCapacity must be specified');
  }
  if (min !== undefined && max !== undefined && max < min) {
    throw new ValidationException('Maximum capacity cannot be less than minimum capacity');
  }
  const startAt = input.StartTime?.getTime() ?? known?.startAt;
  const endAt = input.EndTime?.getTime() ?? known?.endAt;
  if (startAt !== undefined && endAt !== undefined && endAt <= startAt) {
    throw new ValidationException('EndTime must be after StartTime');
  }
  const timezone = input.Timezone ?? known?.timezone;
  const { account, region } = ctx;
  return {
    ...keyOf(ctx, input),
    name,
    id: uuid,
    arn:
      known?.arn ??
      `arn:aws:autoscaling:${region}:${account}:scheduledAction:${uuid}:resource/${input.ServiceNamespace}/${input.ResourceId}:scheduledActionName/${name}`,
    schedule,
    ...(timezone === undefined ? {} : { timezone }),
    ...(startAt === undefined ? {} : { startAt }),
    ...(endAt === undefined ? {} : { endAt }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    createdAt: known?.createdAt ?? ctx.now,
  };
}

export async function DeleteScheduledAction(
  ctx: Context,
  input: TargetInput & { ScheduledActionName: string },
): Promise<object> {
  const { store, schedules } = ctx.room;
  await store.store.transact(async (tx) => {
    const action = await store.scheduledAction(tx, keyOf(ctx, input), input.ScheduledActionName);
    if (!action) {
      throw new ObjectNotFoundException(
        `No scheduled action found for ${targetWords(input)}, scheduled action name: ${input.ScheduledActionName}`,
      );
    }
    store.deleteScheduledAction(tx, action);
    await schedules.cancel(tx, action.id);
  });
  return {};
}

export function DescribeScheduledActions(
  ctx: Context,
  input: DescribeInput & { ScheduledActionNames?: string[] },
): Promise<object> {
  const { store } = ctx.room;
  const { ServiceNamespace: namespace, ResourceId: resourceId, ScalableDimension: dimension } = input;
  const wanted = input.ScheduledActionNames?.length ? new Set(input.ScheduledActionNames) : undefined;
  const selection = { account: ctx.account, region: ctx.region, namespace, resourceId, dimension };
  return page(ctx, input, {
    member: 'ScheduledActions',
    max: limits.pageMax,
    read: (last, limit) => store.scheduledActions(store.store, selection, last, limit),
    keep: ({ name }) => !wanted || wanted.has(name),
    place: (one) => [one.account, one.region, one.namespace, one.resourceId, one.dimension, one.name],
    describe: (action) => ({
      ScheduledActionName: action.name,
      ScheduledActionARN: action.arn,
      ...named(action),
      Schedule: action.schedule,
      ...(action.timezone === undefined ? {} : { Timezone: action.timezone }),
      ...(action.startAt === undefined ? {} : { StartTime: new Date(action.startAt) }),
      ...(action.endAt === undefined ? {} : { EndTime: new Date(action.endAt) }),
      ScalableTargetAction: {
        ...(action.min === undefined ? {} : { MinCapacity: action.min }),
        ...(action.max === undefined ? {} : { MaxCapacity: action.max }),
      },
      CreationTime: new Date(action.createdAt),
    }),
  });
}
