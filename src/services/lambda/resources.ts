/** AWS::Lambda::Function, Version, Alias, Permission, EventInvokeConfig, LayerVersion: each is its operations, called. */

import { AwsError } from '../../kernel/index.ts';
import type { Properties, PropertyRule, ResourceContext, ResourceType } from '../../platform/index.ts';
import { zipped } from './code/zipped.ts';

interface Tag {
  Key: string;
  Value: string;
}

const call = <Output = Record<string, unknown>>(ctx: ResourceContext, operation: string, input: object) =>
  ctx.aws.call<Output>('lambda', operation, input);

/** Takes what is named and present from the properties. */
function pick(properties: Properties, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.filter((name) => properties[name] !== undefined).map((name) => [name, properties[name]]),
  );
}

function tagsOf(ctx: ResourceContext, properties: Properties): Record<string, string> {
  const own = (properties.Tags as Tag[] | undefined) ?? [];
  return { ...ctx.stackTags, ...Object.fromEntries(own.map(({ Key, Value }) => [Key, String(Value)])) };
}

/** What is gone already needn't be deleted. */
async function unlessMissing(deleting: Promise<unknown>): Promise<void> {
  try {
    await deleting;
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'ResourceNotFoundException')) throw error;
  }
}

/** Settings that CreateFunction and UpdateFunctionConfiguration share. */
const settingNames = [
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
] as const;

const functionProperties: Readonly<Record<string, PropertyRule>> = {
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
  VpcConfig: { type: 'object' },
  KmsKeyArn: { type: 'string' },
  FileSystemConfigs: { type: 'array' },
  ImageConfig: { type: 'object' },
  SnapStart: { type: 'object', members: { ApplyOn: { type: 'string', required: true } } },
  PackageType: { type: 'string', createOnly: true },
  ReservedConcurrentExecutions: { type: 'number' },
  Tags: { type: 'tags' },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html */
const lambdaFunction: ResourceType = {
  name: 'AWS::Lambda::Function',
  properties: functionProperties,
  attributes: ['Arn'],
  async create(ctx, properties) {
    const name = (properties.FunctionName as string | undefined) ?? ctx.generateName(64);
    await call(ctx, 'CreateFunction', {
      FunctionName: name,
      Code: await codeOf(properties),
      ...settingsOf(properties),
      ...pick(properties, ['PackageType', 'Architectures']),
      Tags: tagsOf(ctx, properties),
    });
    await setConcurrency(ctx, name, properties);
    return functionState(ctx, name);
  },
  async update(ctx, current, properties, previous) {
    const FunctionName = current.physicalId;
    const changed = (name: string) => JSON.stringify(properties[name]) !== JSON.stringify(previous[name]);
    if (settingNames.some(changed)) {
      // What the template no longer says goes back to its default.
      const removed = Object.fromEntries(
        settingNames
          .filter((name) => properties[name] === undefined && name in settingDefaults && changed(name))
          .map((name) => [name, settingDefaults[name]]),
      );
      await call(ctx, 'UpdateFunctionConfiguration', { FunctionName, ...removed, ...settingsOf(properties) });
    }
    if (changed('Code') || changed('Architectures')) {
      const code = await codeOf(properties);
      await call(ctx, 'UpdateFunctionCode', {
        FunctionName,
        ...code,
        ...pick(properties, ['Architectures']),
      });
    }
    if (changed('ReservedConcurrentExecutions')) await setConcurrency(ctx, FunctionName, properties);
    await setTags(ctx, functionState(ctx, FunctionName).attributes.Arn as string, properties, previous);
    return functionState(ctx, FunctionName);
  },
  async delete(ctx, current) {
    await unlessMissing(call(ctx, 'DeleteFunction', { FunctionName: current.physicalId }));
  },
};

const settingDefaults: Readonly<Record<string, unknown>> = {
  Description: '',
  Timeout: 3,
  MemorySize: 128,
  Environment: { Variables: {} },
  DeadLetterConfig: { TargetArn: '' },
  TracingConfig: { Mode: 'PassThrough' },
  Layers: [],
  EphemeralStorage: { Size: 512 },
  LoggingConfig: { LogFormat: 'Text' },
};

function settingsOf(properties: Properties): Record<string, unknown> {
  const { KmsKeyArn, ...settings } = pick(properties, settingNames);
  const environment = settings.Environment as { Variables?: Record<string, unknown> } | undefined;
  if (environment?.Variables) {
    // Templates hold numbers and booleans where the API takes strings.
    const entries = Object.entries(environment.Variables).map(([name, value]) => [name, String(value)]);
    settings.Environment = { Variables: Object.fromEntries(entries) };
  }
  return KmsKeyArn === undefined ? settings : { ...settings, KMSKeyArn: KmsKeyArn };
}

/** “If you include your function source inline with this parameter, CloudFormation places it in a file named index.” */
async function codeOf(properties: Properties): Promise<Record<string, unknown>> {
  const { ZipFile, ...code } = (properties.Code ?? {}) as Record<string, unknown>;
  if (typeof ZipFile !== 'string') return code;
  const extension = String(properties.Runtime ?? '').startsWith('python') ? 'py' : 'js';
  return { ...code, ZipFile: await zipped({ [`index.${extension}`]: ZipFile }) };
}

async function setConcurrency(
  ctx: ResourceContext,
  FunctionName: string,
  properties: Properties,
): Promise<void> {
  const ReservedConcurrentExecutions = properties.ReservedConcurrentExecutions;
  if (ReservedConcurrentExecutions === undefined) {
    await call(ctx, 'DeleteFunctionConcurrency', { FunctionName });
  } else await call(ctx, 'PutFunctionConcurrency', { FunctionName, ReservedConcurrentExecutions });
}

async function setTags(ctx: ResourceContext, Resource: string, properties: Properties, previous: Properties) {
  const [before, after] = [tagsOf(ctx, previous), tagsOf(ctx, properties)];
  const TagKeys = Object.keys(before).filter((key) => !(key in after));
  if (TagKeys.length > 0) await call(ctx, 'UntagResource', { Resource, TagKeys });
  if (Object.keys(after).length > 0) await call(ctx, 'TagResource', { Resource, Tags: after });
}

function functionState(ctx: ResourceContext, name: string) {
  const Arn = `arn:aws:lambda:${ctx.region}:${ctx.account}:function:${name}`;
  return { physicalId: name, attributes: { Arn } };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html */
const version: ResourceType = {
  name: 'AWS::Lambda::Version',
  properties: {
    FunctionName: { required: true, type: 'string', createOnly: true },
    CodeSha256: { type: 'string', createOnly: true },
    Description: { type: 'string', createOnly: true },
  },
  attributes: ['FunctionArn', 'Version'],
  async create(ctx, properties) {
    const names = ['FunctionName', 'CodeSha256', 'Description'];
    const { FunctionArn = '', Version = '' } = await call<{ FunctionArn?: string; Version?: string }>(
      ctx,
      'PublishVersion',
      pick(properties, names),
    );
    return { physicalId: FunctionArn, attributes: { FunctionArn, Version } };
  },
  async update(_ctx, current) {
    return current;
  },
  async delete(ctx, current) {
    await unlessMissing(call(ctx, 'DeleteFunction', { FunctionName: current.physicalId }));
  },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-alias.html */
const alias: ResourceType = {
  name: 'AWS::Lambda::Alias',
  properties: {
    FunctionName: { required: true, type: 'string', createOnly: true },
    FunctionVersion: { required: true, type: 'string' },
    Name: { required: true, type: 'string', createOnly: true },
    Description: { type: 'string' },
    RoutingConfig: {
      type: 'object',
      members: {
        AdditionalVersionWeights: {
          type: 'array',
          members: {
            FunctionVersion: { required: true, type: 'string' },
            FunctionWeight: { required: true, type: 'number' },
          },
        },
      },
    },
  },
  attributes: ['AliasArn'],
  create: (ctx, properties) => writeAlias(ctx, 'CreateAlias', properties),
  update: (ctx, _current, properties) => writeAlias(ctx, 'UpdateAlias', properties),
  async delete(ctx, _current, properties) {
    await unlessMissing(call(ctx, 'DeleteAlias', pick(properties, ['FunctionName', 'Name'])));
  },
};

async function writeAlias(ctx: ResourceContext, operation: string, properties: Properties) {
  const routing = properties.RoutingConfig as
    | { AdditionalVersionWeights?: { FunctionVersion: string; FunctionWeight: number }[] }
    | undefined;
  const weights = (routing?.AdditionalVersionWeights ?? []).map((one) => [
    one.FunctionVersion,
    one.FunctionWeight,
  ]);
  const { AliasArn = '' } = await call<{ AliasArn?: string }>(ctx, operation, {
    ...pick(properties, ['FunctionName', 'FunctionVersion', 'Name', 'Description']),
    RoutingConfig: { AdditionalVersionWeights: Object.fromEntries(weights) },
  });
  return { physicalId: AliasArn, attributes: { AliasArn } };
}

const permissionNames = [
  'FunctionName',
  'Action',
  'Principal',
  'SourceArn',
  'SourceAccount',
  'EventSourceToken',
  'FunctionUrlAuthType',
  'InvokedViaFunctionUrl',
  'PrincipalOrgID',
] as const;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html */
const permission: ResourceType = {
  name: 'AWS::Lambda::Permission',
  properties: Object.fromEntries(
    permissionNames.map((name) => [
      name,
      {
        createOnly: true,
        type: name === 'InvokedViaFunctionUrl' ? ('boolean' as const) : ('string' as const),
        ...(['FunctionName', 'Action', 'Principal'].includes(name) ? { required: true } : {}),
      },
    ]),
  ),
  attributes: ['Id'],
  async create(ctx, properties) {
    const StatementId = ctx.generateName(100);
    await call(ctx, 'AddPermission', { ...pick(properties, permissionNames), StatementId });
    return { physicalId: StatementId, attributes: { Id: StatementId } };
  },
  async update(_ctx, current) {
    return current;
  },
  async delete(ctx, current, properties) {
    const StatementId = current.physicalId;
    await unlessMissing(
      call(ctx, 'RemovePermission', { ...pick(properties, ['FunctionName']), StatementId }),
    );
  },
};

const destination: PropertyRule = {
  type: 'object',
  members: { Destination: { required: true, type: 'string' } },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventinvokeconfig.html */
const eventInvokeConfig: ResourceType = {
  name: 'AWS::Lambda::EventInvokeConfig',
  properties: {
    FunctionName: { required: true, type: 'string', createOnly: true },
    Qualifier: { required: true, type: 'string', createOnly: true },
    MaximumRetryAttempts: { type: 'number' },
    MaximumEventAgeInSeconds: { type: 'number' },
    DestinationConfig: { type: 'object', members: { OnSuccess: destination, OnFailure: destination } },
  },
  attributes: [],
  async create(ctx, properties) {
    await call(ctx, 'PutFunctionEventInvokeConfig', properties);
    return { physicalId: `${properties.FunctionName}:${properties.Qualifier}`, attributes: {} };
  },
  async update(ctx, current, properties) {
    await call(ctx, 'PutFunctionEventInvokeConfig', properties);
    return current;
  },
  async delete(ctx, _current, properties) {
    const input = pick(properties, ['FunctionName', 'Qualifier']);
    await unlessMissing(call(ctx, 'DeleteFunctionEventInvokeConfig', input));
  },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-layerversion.html */
const layerVersion: ResourceType = {
  name: 'AWS::Lambda::LayerVersion',
  properties: {
    LayerName: { type: 'string', createOnly: true },
    Content: {
      required: true,
      type: 'object',
      createOnly: true,
      members: {
        S3Bucket: { required: true, type: 'string' },
        S3Key: { required: true, type: 'string' },
        S3ObjectVersion: { type: 'string' },
      },
    },
    Description: { type: 'string', createOnly: true },
    CompatibleRuntimes: { type: 'array', createOnly: true },
    CompatibleArchitectures: { type: 'array', createOnly: true },
    LicenseInfo: { type: 'string', createOnly: true },
  },
  attributes: ['LayerVersionArn'],
  async create(ctx, properties) {
    const LayerName = (properties.LayerName as string | undefined) ?? ctx.generateName(64);
    const { LayerVersionArn = '' } = await call<{ LayerVersionArn?: string }>(ctx, 'PublishLayerVersion', {
      ...properties,
      LayerName,
    });
    return { physicalId: LayerVersionArn, attributes: { LayerVersionArn } };
  },
  async update(_ctx, current) {
    return current;
  },
  async delete(ctx, current) {
    const [, LayerName, VersionNumber] = /^(.*):(\d+)$/.exec(current.physicalId) ?? [];
    await call(ctx, 'DeleteLayerVersion', { LayerName, VersionNumber: Number(VersionNumber) });
  },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-url.html */
const url: ResourceType = {
  name: 'AWS::Lambda::Url',
  properties: {
    TargetFunctionArn: { required: true, type: 'string', createOnly: true },
    Qualifier: { type: 'string', createOnly: true },
    AuthType: { required: true, type: 'string' },
    InvokeMode: { type: 'string' },
    Cors: {
      type: 'object',
      members: {
        AllowCredentials: { type: 'boolean' },
        AllowHeaders: { type: 'array' },
        AllowMethods: { type: 'array' },
        AllowOrigins: { type: 'array' },
        ExposeHeaders: { type: 'array' },
        MaxAge: { type: 'number' },
      },
    },
  },
  attributes: ['FunctionArn', 'FunctionUrl'],
  create: (ctx, properties) => writeUrl(ctx, 'CreateFunctionUrlConfig', properties),
  update: (ctx, _current, properties) => writeUrl(ctx, 'UpdateFunctionUrlConfig', properties),
  async delete(ctx, _current, properties) {
    await unlessMissing(call(ctx, 'DeleteFunctionUrlConfig', urlTarget(properties)));
  },
};

function urlTarget(properties: Properties): Record<string, unknown> {
  return { FunctionName: properties.TargetFunctionArn, ...pick(properties, ['Qualifier']) };
}

async function writeUrl(ctx: ResourceContext, operation: string, properties: Properties) {
  const { FunctionArn = '', FunctionUrl = '' } = await call<{ FunctionArn?: string; FunctionUrl?: string }>(
    ctx,
    operation,
    { ...urlTarget(properties), ...pick(properties, ['AuthType', 'InvokeMode', 'Cors']) },
  );
  return { physicalId: FunctionArn, attributes: { FunctionArn, FunctionUrl } };
}

export const resources: readonly ResourceType[] = [
  lambdaFunction,
  version,
  alias,
  permission,
  eventInvokeConfig,
  layerVersion,
  url,
];
