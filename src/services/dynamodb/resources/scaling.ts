/** Auto scaling of provisioned tables, as AWS::DynamoDB::GlobalTable sets it up. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html */
import { AwsError } from '../../../kernel/index.ts';
import { defined, isSame, type Place } from './calls.ts';

export interface ScalingSettings {
  MinCapacity: number;
  MaxCapacity: number;
  SeedCapacity?: number;
  TargetTrackingScalingPolicyConfiguration: {
    TargetValue: number;
    DisableScaleIn?: boolean;
    ScaleInCooldown?: number;
    ScaleOutCooldown?: number;
  };
}

export interface Scaled {
  /** `table/Orders` or `table/Orders/index/byDate`. */
  resource: string;
  kind: 'Read' | 'Write';
}

/** Brings the scalable target and its policy up to date. */
export async function followScaling(
  { aws }: Place,
  { resource, kind }: Scaled,
  after: ScalingSettings | undefined,
  before: ScalingSettings | undefined,
): Promise<void> {
  if (isSame(after, before)) return;
  const target = {
    ServiceNamespace: 'dynamodb',
    ResourceId: resource,
    ScalableDimension: `dynamodb:${resource.includes('/index/') ? 'index' : 'table'}:${kind}CapacityUnits`,
  };
  if (!after) {
    try {
      await aws.call('applicationautoscaling', 'DeregisterScalableTarget', target);
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ObjectNotFoundException') throw error;
    }
    return;
  }
  const { MinCapacity, MaxCapacity, TargetTrackingScalingPolicyConfiguration: policy } = after;
  await aws.call('applicationautoscaling', 'RegisterScalableTarget', { ...target, MinCapacity, MaxCapacity });
  await aws.call('applicationautoscaling', 'PutScalingPolicy', {
    ...target,
    PolicyName: `DynamoDB${kind}CapacityUtilization:${resource}`,
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: defined({
      ...policy,
      PredefinedMetricSpecification: { PredefinedMetricType: `DynamoDB${kind}CapacityUtilization` },
    }),
  });
}

/** The units that a scaled table starts with. */
export function startUnits(settings: ScalingSettings | undefined): number | undefined {
  return settings && (settings.SeedCapacity ?? settings.MinCapacity);
}
