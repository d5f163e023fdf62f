/** Auto scaling of replicas, kept by Application Auto Scaling in each replica's region. */
import { AwsError } from '../../../kernel/index.ts';
import type { Context } from '../room.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AutoScalingSettingsUpdate.html */
export interface AutoScalingUpdate {
  MinimumUnits?: number;
  MaximumUnits?: number;
  AutoScalingDisabled?: boolean;
  AutoScalingRoleArn?: string;
  ScalingPolicyUpdate?: { PolicyName?: string; TargetTrackingScalingPolicyConfiguration: TargetTracking };
}

interface TargetTracking {
  DisableScaleIn?: boolean;
  ScaleInCooldown?: number;
  ScaleOutCooldown?: number;
  TargetValue: number;
}

/** The reads or writes of a table or an index of one replica. */
export interface Scaled {
  region: string;
  table: string;
  index?: string | undefined;
  kind: 'Read' | 'Write';
}

function targetOf({ table, index, kind }: Scaled) {
  return {
    ServiceNamespace: 'dynamodb',
    ResourceId: index === undefined ? `table/${table}` : `table/${table}/index/${index}`,
    ScalableDimension: `dynamodb:${index === undefined ? 'table' : 'index'}:${kind}CapacityUnits`,
  };
}

export async function updateScaling(
  ctx: Context,
  scaled: Scaled,
  update: AutoScalingUpdate | undefined,
): Promise<void> {
  if (!update) return;
  const aws = ctx.aws.as({ region: scaled.region });
  const target = targetOf(scaled);
  if (update.AutoScalingDisabled) {
    try {
      await aws.call('applicationautoscaling', 'DeregisterScalableTarget', target);
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ObjectNotFoundException') throw error;
    }
    return;
  }
  await aws.call('applicationautoscaling', 'RegisterScalableTarget', {
    ...target,
    ...(update.MinimumUnits === undefined ? {} : { MinCapacity: update.MinimumUnits }),
    ...(update.MaximumUnits === undefined ? {} : { MaxCapacity: update.MaximumUnits }),
    ...(update.AutoScalingRoleArn === undefined ? {} : { RoleARN: update.AutoScalingRoleArn }),
  });
  const policy = update.ScalingPolicyUpdate;
  if (!policy) return;
  const metric = `DynamoDB${scaled.kind}CapacityUtilization`;
  await aws.call('applicationautoscaling', 'PutScalingPolicy', {
    ...target,
    PolicyName: policy.PolicyName ?? `${metric}:${target.ResourceId}`,
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      ...policy.TargetTrackingScalingPolicyConfiguration,
      PredefinedMetricSpecification: { PredefinedMetricType: metric },
    },
  });
}

interface Target {
  MinCapacity: number;
  MaxCapacity: number;
  RoleARN?: string;
}

interface Policy {
  PolicyName: string;
  TargetTrackingScalingPolicyConfiguration?: TargetTracking;
}

interface ScalingDescription {
  AutoScalingDisabled: boolean;
  MinimumUnits?: number;
  MaximumUnits?: number;
  AutoScalingRoleArn?: string;
  ScalingPolicies?: Policy[];
}

/** What makes the same of another table; undefined when nothing is scaled. Policies are named after their table. */
export function scalingUpdateOf(described: ScalingDescription): AutoScalingUpdate | undefined {
  const { ScalingPolicies: policies = [], AutoScalingRoleArn: _, ...settings } = described;
  if (settings.AutoScalingDisabled) return undefined;
  const tracking = policies.find((policy) => policy.TargetTrackingScalingPolicyConfiguration);
  const configuration = tracking?.TargetTrackingScalingPolicyConfiguration;
  return {
    ...settings,
    ...(tracking && configuration
      ? {
          ScalingPolicyUpdate: {
            PolicyName: tracking.PolicyName,
            TargetTrackingScalingPolicyConfiguration: configuration,
          },
        }
      : {}),
  };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AutoScalingSettingsDescription.html */
export async function describeScaling(ctx: Context, scaled: Scaled): Promise<ScalingDescription> {
  const aws = ctx.aws.as({ region: scaled.region });
  const { ServiceNamespace, ResourceId, ScalableDimension } = targetOf(scaled);
  const { ScalableTargets: targets } = await aws.call<{ ScalableTargets: Target[] }>(
    'applicationautoscaling',
    'DescribeScalableTargets',
    { ServiceNamespace, ResourceIds: [ResourceId], ScalableDimension },
  );
  const [target] = targets;
  if (!target) return { AutoScalingDisabled: true };
  const { ScalingPolicies: policies } = await aws.call<{ ScalingPolicies: Policy[] }>(
    'applicationautoscaling',
    'DescribeScalingPolicies',
    { ServiceNamespace, ResourceId, ScalableDimension },
  );
  return {
    MinimumUnits: target.MinCapacity,
    MaximumUnits: target.MaxCapacity,
    AutoScalingDisabled: false,
    ...(target.RoleARN === undefined ? {} : { AutoScalingRoleArn: target.RoleARN }),
    ScalingPolicies: policies.map(({ PolicyName, TargetTrackingScalingPolicyConfiguration: tracking }) => ({
      PolicyName,
      ...(tracking ? { TargetTrackingScalingPolicyConfiguration: trackingOf(tracking) } : {}),
    })),
  };
}

function trackingOf({
  DisableScaleIn,
  ScaleInCooldown,
  ScaleOutCooldown,
  TargetValue,
}: TargetTracking): TargetTracking {
  return {
    ...(DisableScaleIn === undefined ? {} : { DisableScaleIn }),
    ...(ScaleInCooldown === undefined ? {} : { ScaleInCooldown }),
    ...(ScaleOutCooldown === undefined ? {} : { ScaleOutCooldown }),
    TargetValue,
  };
}
