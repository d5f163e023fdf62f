/** What AWS::Lambda::Function takes, and which of it are settings with defaults. */
import type { PropertyRule } from '../../../platform/index.ts';

/** Settings that CreateFunction and UpdateFunctionConfiguration share. */
export const settingNames = [
  'Role',
  'Runtime',
  'Handler',
  'Description',
  'Timeout',
  'MemorySize',
  'Environment',
  'DeadLetterConfig',
  'TracingConfig',
  'Layers',
  'EphemeralStorage',
  'LoggingConfig',
  'VpcConfig',
  'KmsKeyArn',
  'FileSystemConfigs',
  'ImageConfig',
  'SnapStart',
  'DurableConfig',
] as const;

export const settingDefaults: Readonly<Record<string, unknown>> = {
  Description: '',
  Timeout: 3,
  MemorySize: 128,
  Environment: { Variables: {} },
  DeadLetterConfig: { TargetArn: '' },
  TracingConfig: { Mode: 'PassThrough' },
  Layers: [],
  EphemeralStorage: { Size: 512 },
  ImageConfig: {},
  LoggingConfig: { LogFormat: 'Text' },
  SnapStart: { ApplyOn: 'None' },
  VpcConfig: { SubnetIds: [], SecurityGroupIds: [], Ipv6AllowedForDualStack: false },
  KmsKeyArn: '',
};

export const functionProperties: Readonly<Record<string, PropertyRule>> = {
  FunctionName: { type: 'string', createOnly: true },
  Code: {
    required: true,
    type: 'object',
    members: {
      ZipFile: { type: 'string' },
      S3Bucket: { type: 'string' },
      S3Key: { type: 'string' },
      S3ObjectVersion: { type: 'string' },
      ImageUri: { type: 'string' },
      SourceKMSKeyArn: { type: 'string' },
    },
  },
  Role: { required: true, type: 'string' },
  Runtime: { type: 'string' },
  Handler: { type: 'string' },
  Description: { type: 'string' },
  Timeout: { type: 'number' },
  MemorySize: { type: 'number' },
  Environment: { type: 'object', members: { Variables: { type: 'object' } } },
  DeadLetterConfig: { type: 'object', members: { TargetArn: { type: 'string' } } },
  TracingConfig: { type: 'object', members: { Mode: { type: 'string' } } },
  Layers: { type: 'array' },
  Architectures: { type: 'array' },
  EphemeralStorage: { type: 'object', members: { Size: { type: 'number', required: true } } },
  LoggingConfig: {
    type: 'object',
    members: {
      LogFormat: { type: 'string' },
      LogGroup: { type: 'string' },
      ApplicationLogLevel: { type: 'string' },
      SystemLogLevel: { type: 'string' },
    },
  },
  VpcConfig: {
    type: 'object',
    members: {
      SubnetIds: { type: 'array' },
      SecurityGroupIds: { type: 'array' },
      Ipv6AllowedForDualStack: { type: 'boolean' },
    },
  },
  KmsKeyArn: { type: 'string' },
  FileSystemConfigs: { type: 'array' },
  ImageConfig: { type: 'object' },
  SnapStart: { type: 'object', members: { ApplyOn: { type: 'string', required: true } } },
  DurableConfig: {
    type: 'object',
    members: { ExecutionTimeout: { type: 'number' }, RetentionPeriodInDays: { type: 'number' } },
  },
  TenancyConfig: {
    type: 'object',
    createOnly: true,
    members: { TenantIsolationMode: { required: true, type: 'string' } },
  },
  PackageType: { type: 'string', createOnly: true },
  ReservedConcurrentExecutions: { type: 'number' },
  CodeSigningConfigArn: { type: 'string' },
  RecursiveLoop: { type: 'string' },
  RuntimeManagementConfig: {
    type: 'object',
    members: { UpdateRuntimeOn: { required: true, type: 'string' }, RuntimeVersionArn: { type: 'string' } },
  },
  Tags: { type: 'tags' },
};
