/** A version as the API shows it: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html */
import { createHash } from 'node:crypto';
import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { partitionOf } from '../../../kernel/index.ts';
import type { Configuration, VpcRecord } from '../records.ts';
import { describeDurable } from './durable.ts';
import { describePackage } from './image.ts';
import { functionArn } from './names.ts';
import { statesOf } from './states.ts';

/**
 * @param qualified the version stands in the ARN: always for published versions, for `$LATEST` only when asked by it.
 * An alias stands there when the caller named it.
 * @param now milliseconds since the epoch: states end by the clock.
 */
export function describeConfiguration(
  place: { account: string; region: string },
  configuration: Configuration,
  qualified: boolean | string,
  now: number,
): FunctionConfiguration {
  const { functionName, version, environment, logging, layers } = configuration;
  const target = { ...place, name: functionName };
  const named = typeof qualified === 'string' ? qualified : version;
  return {
    FunctionName: functionName,
    FunctionArn: functionArn(target, qualified || version !== '$LATEST' ? named : undefined),
    ...describePackage(configuration),
    Role: configuration.role,
    CodeSize: configuration.code.size,
    Description: configuration.description,
    Timeout: configuration.timeout,
    MemorySize: configuration.memoryMb,
    LastModified: lambdaTime(configuration.lastModified),
    Version: version,
    ...(Object.keys(environment).length > 0 ? { Environment: { Variables: environment } } : {}),
    ...(configuration.deadLetterArn ? { DeadLetterConfig: { TargetArn: configuration.deadLetterArn } } : {}),
    ...(configuration.kmsKeyArn ? { KMSKeyArn: configuration.kmsKeyArn } : {}),
    ...(configuration.vpc ? { VpcConfig: describeVpc(configuration.vpc) } : {}),
    ...(configuration.tenancy ? { TenancyConfig: { TenantIsolationMode: configuration.tenancy } } : {}),
    ...(configuration.durable ? { DurableConfig: describeDurable(configuration.durable) } : {}),
    TracingConfig: { Mode: configuration.tracingMode },
    RevisionId: configuration.revisionId,
    ...(layers.length > 0 ? { Layers: layers.map(({ arn, size }) => ({ Arn: arn, CodeSize: size })) } : {}),
    ...statesOf(configuration, now),
    ...(configuration.image
      ? {}
      : {
          RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionArn(place.region, configuration.runtime) },
        }),
    Architectures: configuration.architectures as NonNullable<FunctionConfiguration['Architectures']>,
    EphemeralStorage: { Size: configuration.ephemeralStorageMb },
    SnapStart: {
      ApplyOn: configuration.snapStart ? 'PublishedVersions' : 'None',
      OptimizationStatus: configuration.snapshot?.status === 'Active' ? 'On' : 'Off',
    },
    LoggingConfig: {
      LogFormat: logging.format,
      LogGroup: logging.group,
      ...(logging.applicationLevel
        ? {
            ApplicationLogLevel: logging.applicationLevel as 'INFO',
            SystemLogLevel: (logging.systemLevel ?? 'INFO') as 'INFO',
          }
        : {}),
    },
  };
}

/**
 * A version as lists show it: “To get the additional fields (State, StateReasonCode, StateReason, LastUpdateStatus,
 * LastUpdateStatusReason, LastUpdateStatusReasonCode, RuntimeVersionConfig) for a function or version, use GetFunction.”
 */
export function listedConfiguration(
  place: { account: string; region: string },
  configuration: Configuration,
  qualified: boolean,
): FunctionConfiguration {
  const described = describeConfiguration(place, configuration, qualified, 0);
  delete described.State;
  delete described.StateReason;
  delete described.StateReasonCode;
  delete described.LastUpdateStatus;
  delete described.LastUpdateStatusReason;
  delete described.LastUpdateStatusReasonCode;
  delete described.RuntimeVersionConfig;
  return described;
}

/** Which network the subnets are of is known to nobody here. */
function describeVpc(vpc: VpcRecord): NonNullable<FunctionConfiguration['VpcConfig']> {
  return {
    SubnetIds: vpc.subnetIds,
    SecurityGroupIds: vpc.securityGroupIds,
    VpcId: '',
    Ipv6AllowedForDualStack: vpc.ipv6AllowedForDualStack,
  };
}

/** A machine has one version of each runtime; its id has the shape of AWS's. */
function runtimeVersionArn(region: string, runtime: string): string {
  const id = createHash('sha256').update(runtime).digest('hex');
  return `arn:${partitionOf(region)}:lambda:${region}::runtime:${id}`;
}

/** Provisioned concurrency's times have no milliseconds: `2024-01-31T12:00:00+0000`. */
export function secondsTime(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, '+0000');
}

/** Lambda writes times as `2024-01-31T12:00:00.000+0000`. */
export function lambdaTime(time: number): string {
  return new Date(time).toISOString().replace('Z', '+0000');
}
