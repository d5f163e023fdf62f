/** AWS::ApplicationAutoScaling::ScalableTarget, AWS::ApplicationAutoScaling::ScalingPolicy. */
import { AwsError } from '../../kernel/index.ts';
import type { Properties, ResourceContext, ResourceState, ResourceType } from '../../platform/index.ts';
import type { PutScheduledActionInput } from './operations/ScheduledActions.ts';

const service = 'applicationautoscaling';

interface ScheduledActionProperties {
  ScheduledActionName: string;
  Schedule: string;
  Timezone?: string;
  StartTime?: string;
  EndTime?: string;
  ScalableTargetAction?: { MinCapacity?: number | string; MaxCapacity?: number | string };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-scalabletarget.html */
const scalableTarget: ResourceType = {
  name: 'AWS::ApplicationAutoScaling::ScalableTarget',
  properties: {
    MaxCapacity: { type: 'number', required: true },
    MinCapacity: { type: 'number', required: true },
    ResourceId: { type: 'string', required: true, createOnly: true },
    RoleARN: { type: 'string' },
    ScalableDimension: { type: 'string', required: true, createOnly: true },
    ServiceNamespace: { type: 'string', required: true, createOnly: true },
    ScheduledActions: {
      type: 'array',
      members: {
        ScheduledActionName: { type: 'string', required: true },
        Schedule: { type: 'string', required: true },
        Timezone: { type: 'string' },
        StartTime: { type: 'string' },
        EndTime: { type: 'string' },
        ScalableTargetAction: {
          type: 'object',
          members: { MinCapacity: { type: 'number' }, MaxCapacity: { type: 'number' } },
        },
      },
    },
    SuspendedState: {
      type: 'object',
      members: {
        DynamicScalingInSuspended: { type: 'boolean' },
        DynamicScalingOutSuspended: { type: 'boolean' },
        ScheduledScalingSuspended: { type: 'boolean' },
      },
    },
  },
  attributes: ['Id'],
  async create(ctx, properties) {
    await register(ctx, properties);
    return stateOf(properties);
  },
  async update(ctx, _current, properties, previous) {
    await register(ctx, properties);
    const kept = new Set(actionsOf(properties).map(({ ScheduledActionName }) => ScheduledActionName));
    for (const { ScheduledActionName } of actionsOf(previous)) {
      if (kept.has(ScheduledActionName)) continue;
      await unlessMissing(
        ctx.aws.call(service, 'DeleteScheduledAction', { ...nameOf(properties), ScheduledActionName }),
      );
    }
    return stateOf(properties);
  },
  async delete(ctx, _current, properties) {
    await unlessMissing(ctx.aws.call(service, 'DeregisterScalableTarget', nameOf(properties)));
  },
};

async function register(ctx: ResourceContext, properties: Properties): Promise<void> {
  const suspended = properties.SuspendedState as Record<string, boolean | string> | undefined;
  await ctx.aws.call(service, 'RegisterScalableTarget', {
    ...nameOf(properties),
    MinCapacity: Number(properties.MinCapacity),
    MaxCapacity: Number(properties.MaxCapacity),
    ...(properties.RoleARN === undefined ? {} : { RoleARN: properties.RoleARN }),
    ...(suspended && {
      SuspendedState: Object.fromEntries(
        Object.entries(suspended).map(([name, value]) => [name, value === true || value === 'true']),
      ),
    }),
  });
  for (const action of actionsOf(properties)) {
    const { MinCapacity: min, MaxCapacity: max } = action.ScalableTargetAction ?? {};
    const input: PutScheduledActionInput = {
      ...nameOf(properties),
      ScheduledActionName: action.ScheduledActionName,
      Schedule: action.Schedule,
      ...(action.Timezone === undefined ? {} : { Timezone: action.Timezone }),
      ...(action.StartTime === undefined ? {} : { StartTime: new Date(action.StartTime) }),
      ...(action.EndTime === undefined ? {} : { EndTime: new Date(action.EndTime) }),
      ScalableTargetAction: {
        ...(min === undefined ? {} : { MinCapacity: Number(min) }),
        ...(max === undefined ? {} : { MaxCapacity: Number(max) }),
      },
    };
    await ctx.aws.call(service, 'PutScheduledAction', input);
  }
}

function actionsOf(properties: Properties): ScheduledActionProperties[] {
  return (properties.ScheduledActions ?? []) as ScheduledActionProperties[];
}

function nameOf(properties: Properties) {
  return {
    ServiceNamespace: properties.ServiceNamespace as string,
    ResourceId: properties.ResourceId as string,
    ScalableDimension: properties.ScalableDimension as string,
  };
}

function stateOf(properties: Properties): ResourceState {
  const { ResourceId, ScalableDimension, ServiceNamespace } = nameOf(properties);
  const physicalId = `${ResourceId}|${ScalableDimension}|${ServiceNamespace}`;
  return { physicalId, attributes: { Id: physicalId } };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-scalingpolicy.html */
const scalingPolicy: ResourceType = {
  name: 'AWS::ApplicationAutoScaling::ScalingPolicy',
  properties: {
    PolicyName: { type: 'string', required: true, createOnly: true },
    PolicyType: { type: 'string', required: true },
    ResourceId: { type: 'string', createOnly: true },
    ScalableDimension: { type: 'string', createOnly: true },
    ServiceNamespace: { type: 'string', createOnly: true },
    ScalingTargetId: { type: 'string', createOnly: true },
    TargetTrackingScalingPolicyConfiguration: {
      type: 'object',
      members: {
        TargetValue: { type: 'number', required: true },
        PredefinedMetricSpecification: {
          type: 'object',
          members: {
            PredefinedMetricType: { type: 'string', required: true },
            ResourceLabel: { type: 'string' },
          },
        },
        CustomizedMetricSpecification: { type: 'object' },
        ScaleInCooldown: { type: 'number' },
        ScaleOutCooldown: { type: 'number' },
        DisableScaleIn: { type: 'boolean' },
      },
    },
    StepScalingPolicyConfiguration: { type: 'object' },
    PredictiveScalingPolicyConfiguration: { type: 'object' },
  },
  attributes: ['Arn'],
  create: putPolicy,
  update: (ctx, _current, properties) => putPolicy(ctx, properties),
  async delete(ctx, _current, properties) {
    await unlessMissing(
      ctx.aws.call(service, 'DeleteScalingPolicy', {
        ...policyTarget(properties),
        PolicyName: properties.PolicyName,
      }),
    );
  },
};

export const resources: readonly ResourceType[] = [scalableTarget, scalingPolicy];

async function putPolicy(ctx: ResourceContext, properties: Properties): Promise<ResourceState> {
  const given = properties.TargetTrackingScalingPolicyConfiguration as Properties | undefined;
  const { StepScalingPolicyConfiguration: step, PredictiveScalingPolicyConfiguration: predictive } =
    properties;
  const { PolicyARN } = await ctx.aws.call<{ PolicyARN: string }>(service, 'PutScalingPolicy', {
    ...policyTarget(properties),
    PolicyName: properties.PolicyName,
    PolicyType: properties.PolicyType,
    ...(given && { TargetTrackingScalingPolicyConfiguration: trackingOf(given) }),
    ...(step === undefined ? {} : { StepScalingPolicyConfiguration: step }),
    ...(predictive === undefined ? {} : { PredictiveScalingPolicyConfiguration: predictive }),
  });
  return { physicalId: PolicyARN, attributes: { Arn: PolicyARN } };
}

/** Templates write numbers and booleans as texts too. */
function trackingOf(given: Properties): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      if (['TargetValue', 'ScaleInCooldown', 'ScaleOutCooldown'].includes(name)) return [name, Number(value)];
      return [name, name === 'DisableScaleIn' ? value === true || value === 'true' : value];
    }),
  );
}

/** Named by the target's id, or by its three parts. */
function policyTarget(properties: Properties) {
  const id = properties.ScalingTargetId as string | undefined;
  if (id === undefined) return nameOf(properties);
  const [ResourceId = '', ScalableDimension = '', ServiceNamespace = ''] = id.split('|');
  return { ServiceNamespace, ResourceId, ScalableDimension };
}

async function unlessMissing(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ObjectNotFoundException') throw error;
  }
}
