/** PutScalingPolicy, DeleteScalingPolicy, DescribeScalingPolicies. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html */
import { NotImplemented } from '../../../kernel/index.ts';
import { dimensionOf, metricOf, type TargetInput, targetWords } from '../domain/dimensions.ts';
import { LimitExceededException, ObjectNotFoundException, ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import type { Policy, TargetTracking } from '../store.ts';
import { type DescribeInput, page } from './paging.ts';
import { keyOf, named } from './ScalableTargets.ts';

export interface PutScalingPolicyInput extends TargetInput {
  PolicyName: string;
  PolicyType?: string;
  StepScalingPolicyConfiguration?: object;
  TargetTrackingScalingPolicyConfiguration?: TargetTracking;
  PredictiveScalingPolicyConfiguration?: object;
}

export async function PutScalingPolicy(ctx: Context, input: PutScalingPolicyInput): Promise<object> {
  const configuration = configurationOf(input);
  const key = keyOf(ctx, input);
  const { store, platform } = ctx.room;
  const uuid = platform.ids.uuid();
  const policy = await store.store.transact(async (tx) => {
    if (!(await store.target(tx, key))) {
      throw new ObjectNotFoundException(`No scalable target registered for ${targetWords(input)}`);
    }
    const all = await store.policies(tx, key, undefined, limits.policiesPerTargetMax);
    const known = all.find(({ name }) => name === input.PolicyName);
    // All policies of a target here track the one metric that its dimension has.
    if (!known && all.length > 0) {
      throw new ValidationException(
        'Only one TargetTrackingScaling policy for a given metric specification is allowed.',
      );
    }
    if (!known && all.length >= limits.policiesPerTargetMax) {
      throw new LimitExceededException('The maximum number of scaling policies has been reached');
    }
    const changed: Policy = known
      ? { ...known, configuration }
      : {
          ...key,
          name: input.PolicyName,
          arn: policyArn(ctx, input, uuid),
          configuration,
          createdAt: ctx.now,
        };
    store.putPolicy(tx, changed);
    return changed;
  });
  // AWS makes CloudWatch alarms; here the minutes are looked at directly.
  return { PolicyARN: policy.arn, Alarms: [] };
}

function policyArn({ account, region }: Context, input: PutScalingPolicyInput, uuid: string): string {
  const { ServiceNamespace, ResourceId, PolicyName } = input;
  return `arn:aws:autoscaling:${region}:${account}:scalingPolicy:${uuid}:resource/${ServiceNamespace}/${ResourceId}:policyName/${PolicyName}`;
}

/** @throws ValidationException */
function configurationOf(input: PutScalingPolicyInput): TargetTracking {
  const dimension = dimensionOf(input);
  const { PolicyType: type = input.TargetTrackingScalingPolicyConfiguration && 'TargetTrackingScaling' } =
    input;
  if (type !== 'TargetTrackingScaling') {
    throw new ValidationException(
      `Policy type ${type ?? 'StepScaling'} is not supported for service namespace dynamodb`,
    );
  }
  if (input.StepScalingPolicyConfiguration || input.PredictiveScalingPolicyConfiguration) {
    throw new ValidationException(
      'Only TargetTrackingScalingPolicyConfiguration can be specified for policy type TargetTrackingScaling',
    );
  }
  const configuration = input.TargetTrackingScalingPolicyConfiguration;
  if (!configuration) {
    throw new ValidationException(
      'TargetTrackingScalingPolicyConfiguration must be specified for policy type TargetTrackingScaling',
    );
  }
  const { PredefinedMetricSpecification: metric, CustomizedMetricSpecification: custom } = configuration;
  if (!metric === !custom) {
    throw new ValidationException(
      'Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified',
    );
  }
  if (custom) throw new NotImplemented('A customized metric, which needs CloudWatch,');
  if (metric?.PredefinedMetricType !== metricOf(dimension)) {
    throw new ValidationException(
      `Predefined metric type ${metric?.PredefinedMetricType} is not supported for scalable dimension ${input.ScalableDimension}`,
    );
  }
  if (metric.ResourceLabel !== undefined) {
    throw new ValidationException(
      `ResourceLabel cannot be specified for predefined metric type ${metric.PredefinedMetricType}`,
    );
  }
  const { TargetValue: target } = configuration;
  if (target < limits.targetMin || target > limits.targetMax) {
    throw new ValidationException(
      `Target utilization must be between ${limits.targetMin} and ${limits.targetMax} percent`,
    );
  }
  for (const cooldown of [configuration.ScaleInCooldown, configuration.ScaleOutCooldown]) {
    if (cooldown !== undefined && cooldown < 0) throw new ValidationException('Cooldown cannot be negative');
  }
  return configuration;
}

export async function DeleteScalingPolicy(
  ctx: Context,
  input: TargetInput & { PolicyName: string },
): Promise<object> {
  const { store } = ctx.room;
  await store.store.transact(async (tx) => {
    const policy = await store.policy(tx, keyOf(ctx, input), input.PolicyName);
    if (!policy) {
      throw new ObjectNotFoundException(
        `No scaling policy found for ${targetWords(input)}, policy name: ${input.PolicyName}`,
      );
    }
    store.deletePolicy(tx, policy);
  });
  return {};
}

export function DescribeScalingPolicies(
  ctx: Context,
  input: DescribeInput & { PolicyNames?: string[] },
): Promise<object> {
  const { store } = ctx.room;
  const { ServiceNamespace: namespace, ResourceId: resourceId, ScalableDimension: dimension } = input;
  const wanted = input.PolicyNames?.length ? new Set(input.PolicyNames) : undefined;
  const selection = { account: ctx.account, region: ctx.region, namespace, resourceId, dimension };
  return page(ctx, input, {
    member: 'ScalingPolicies',
    max: limits.policiesPageMax,
    read: (last, limit) => store.policies(store.store, selection, last, limit),
    keep: ({ name, arn }) => !wanted || wanted.has(name) || wanted.has(arn),
    place: (one) => [one.account, one.region, one.namespace, one.resourceId, one.dimension, one.name],
    describe: (policy) => ({
      PolicyARN: policy.arn,
      PolicyName: policy.name,
      ...named(policy),
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: policy.configuration,
      Alarms: [],
      CreationTime: new Date(policy.createdAt),
    }),
  });
}
