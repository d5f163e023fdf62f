/**
 * The settings of a function: defaults, and the checks that the model can't say.
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
 */
import type {
  CreateFunctionCommandInput,
  UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import { NotImplemented, ValidationException } from '../../../kernel/index.ts';
import { InvalidParameterValueException } from '../errors.ts';
import {
  environmentBytesMax,
  ephemeralStorageMbMax,
  ephemeralStorageMbMin,
  layersMax,
  memoryMbMax,
  memoryMbMin,
  timeoutSecondsMax,
} from '../limits.ts';
import type { Configuration, VpcRecord } from '../records.ts';
import { checkDeadLetterTarget } from './destinationTargets.ts';
import { durableSettings } from './durable.ts';
import { imageConfigOf } from './image.ts';
import { checkSnapStart } from './snapStart.ts';

type Settings = Omit<
  Configuration,
  'functionName' | 'version' | 'code' | 'image' | 'layers' | 'lastModified' | 'revisionId'
>;
type SettingsInput = Partial<CreateFunctionCommandInput> & Partial<UpdateFunctionConfigurationCommandInput>;

/** What a new function has when its caller says nothing. */
export function defaultSettings(functionName: string): Settings {
  return {
    role: '',
    runtime: '',
    handler: '',
    description: '',
    timeout: 3,
    memoryMb: 128,
    ephemeralStorageMb: 512,
    environment: {},
    architectures: ['x86_64'],
    deadLetterArn: undefined,
    tracingMode: 'PassThrough',
    logging: { format: 'Text', group: `/aws/lambda/${functionName}` },
  };
}

/** The settings of `current` with what `input` says; what it doesn't mention stays. */
export function changeSettings<Current extends Settings>(
  current: Current,
  input: SettingsInput,
  functionName: string,
): Current {
  refuseUnbuilt(input);
  const changed = { ...current };
  if (input.Role !== undefined) changed.role = input.Role;
  if (input.Runtime !== undefined) changed.runtime = input.Runtime;
  if (input.Handler !== undefined) changed.handler = input.Handler;
  if (input.Description !== undefined) changed.description = input.Description;
  if (input.Timeout !== undefined) changed.timeout = within('timeout', input.Timeout, 1, timeoutSecondsMax);
  if (input.MemorySize !== undefined) {
    changed.memoryMb = within('memorySize', input.MemorySize, memoryMbMin, memoryMbMax);
  }
  if (input.EphemeralStorage?.Size !== undefined) {
    const { Size } = input.EphemeralStorage;
    changed.ephemeralStorageMb = within(
      'ephemeralStorage.size',
      Size,
      ephemeralStorageMbMin,
      ephemeralStorageMbMax,
    );
  }
  if (input.Environment !== undefined)
    changed.environment = checkedVariables(input.Environment.Variables ?? {});
  if (input.DeadLetterConfig !== undefined) {
    changed.deadLetterArn = input.DeadLetterConfig.TargetArn || undefined;
    if (changed.deadLetterArn !== undefined) checkDeadLetterTarget(changed.deadLetterArn);
  }
  if (input.TracingConfig?.Mode !== undefined) changed.tracingMode = input.TracingConfig.Mode;
  if (input.Architectures !== undefined) changed.architectures = [...input.Architectures];
  if (input.ImageConfig !== undefined) changed.imageConfig = imageConfigOf(input.ImageConfig);
  if (input.VpcConfig !== undefined) changed.vpc = vpcOf(input.VpcConfig, current.vpc);
  if (input.KMSKeyArn !== undefined) changed.kmsKeyArn = input.KMSKeyArn || undefined;
  if (input.DurableConfig !== undefined) changed.durable = durableSettings(input.DurableConfig);
  if (input.TenancyConfig?.TenantIsolationMode !== undefined)
    changed.tenancy = input.TenancyConfig.TenantIsolationMode;
  if (input.SnapStart?.ApplyOn !== undefined)
    changed.snapStart = input.SnapStart.ApplyOn === 'PublishedVersions' || undefined;
  if (input.LoggingConfig !== undefined)
    changed.logging = loggingOf(input.LoggingConfig, current.logging, functionName);
  if ((input.Layers?.length ?? 0) > layersMax) {
    throw new InvalidParameterValueException(`Cannot reference more than ${layersMax} layers.`);
  }
  checkSnapStart(changed);
  return changed;
}

/** What Brume doesn't build yet is refused by name, never dropped. */
function refuseUnbuilt(input: SettingsInput): void {
  if ((input.FileSystemConfigs?.length ?? 0) > 0) throw new NotImplemented('Lambda FileSystemConfigs');
  if (input.CapacityProviderConfig) throw new NotImplemented('Lambda CapacityProviderConfig');
}

/** @returns nothing when the function is to have no subnets. */
function vpcOf(
  input: NonNullable<SettingsInput['VpcConfig']>,
  current: VpcRecord | undefined,
): VpcRecord | undefined {
  const vpc = {
    subnetIds: [...(input.SubnetIds ?? current?.subnetIds ?? [])],
    securityGroupIds: [...(input.SecurityGroupIds ?? current?.securityGroupIds ?? [])],
    ipv6AllowedForDualStack: input.Ipv6AllowedForDualStack ?? current?.ipv6AllowedForDualStack ?? false,
  };
  if ((vpc.subnetIds.length === 0) !== (vpc.securityGroupIds.length === 0)) {
    throw new InvalidParameterValueException('SubnetIds and SecurityIds must coexist or be both empty list.');
  }
  return vpc.subnetIds.length === 0 ? undefined : vpc;
}

/** In the words of the model's own constraints, whose bounds are looser than the quotas. */
function within(member: string, value: number, min: number, max: number): number {
  if (value < min || value > max) {
    const bound = value < min ? `greater than or equal to ${min}` : `less than or equal to ${max}`;
    throw new ValidationException(
      `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must have value ${bound}`,
    );
  }
  return value;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, “Defined runtime environment variables”. */
const reservedVariables = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
]);

function checkedVariables(variables: Record<string, string>): Record<string, string> {
  const reserved = Object.keys(variables).filter((name) => reservedVariables.has(name));
  if (reserved.length > 0) {
    throw new InvalidParameterValueException(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  }
  const wrong = Object.keys(variables).find((name) => !/^[a-zA-Z]\w+$/.test(name));
  if (wrong !== undefined) {
    throw new InvalidParameterValueException(
      `1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]`,
    );
  }
  const measured = JSON.stringify(variables);
  if (Buffer.byteLength(measured) > environmentBytesMax) {
    throw new InvalidParameterValueException(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${measured}`,
    );
  }
  return variables;
}

function loggingOf(
  input: NonNullable<SettingsInput['LoggingConfig']>,
  current: Configuration['logging'],
  functionName: string,
): Configuration['logging'] {
  const format = input.LogFormat ?? current.format;
  const levels = input.ApplicationLogLevel ?? input.SystemLogLevel;
  if (format === 'Text' && levels !== undefined) {
    throw new InvalidParameterValueException(
      'To use ApplicationLogLevel or SystemLogLevel, you must set the LogFormat to JSON.',
    );
  }
  const group = input.LogGroup ?? current.group ?? `/aws/lambda/${functionName}`;
  if (format === 'Text') return { format, group };
  return {
    format,
    group,
    applicationLevel: input.ApplicationLogLevel ?? current.applicationLevel ?? 'INFO',
    systemLevel: input.SystemLogLevel ?? current.systemLevel ?? 'INFO',
  };
}
