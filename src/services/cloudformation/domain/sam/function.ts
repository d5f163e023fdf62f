import { conditionsOf, managedPolicyArn, type SamContext } from './context.ts';
import { InvalidResource } from './errors.ts';
import { eventInvokeConfig } from './eventInvokeConfig.ts';
import { linkEvents, transformEvents } from './events/eventSource.ts';
import { functionEvents } from './events/functionEvents.ts';
import {
  checkCombinations,
  checkDeadLetterQueue,
  checkTenancy,
  deadLetterActions,
} from './functionChecks.ts';
import { checkPackageType, functionCode } from './functionCode.ts';
import { functionUrl } from './functionUrl.ts';
import { publishVersion } from './functionVersion.ts';
import { allow, assumeRolePolicy, executionRole, type InlinePolicy, inlinePolicy } from './iam.ts';
import { resolveMappings, resolveParameters } from './intrinsics.ts';
import { CfnResource, inheritedAttributes } from './resource.ts';
import {
  anything,
  boolean,
  enumOf,
  listOf,
  literal,
  map,
  mapOf,
  oneOf,
  optional,
  passThrough,
  type ReadResource,
  type Schema,
  string,
  stringOrMap,
} from './schema.ts';
import { propagateTags, samTags } from './tags.ts';
import {
  asMap,
  conditional,
  type Dict,
  ifBranches,
  isEmpty,
  isIf,
  isIntrinsic,
  isNoValue,
  isPresent,
  text,
} from './values.ts';

/** AWS::Serverless::Function. Order is the order in which SAM checks. */
export const functionSchema: Schema = {
  FunctionName: optional(stringOrMap),
  Handler: passThrough,
  Runtime: passThrough,
  CodeUri: passThrough,
  ImageUri: passThrough,
  PackageType: passThrough,
  InlineCode: passThrough,
  DeadLetterQueue: optional(map),
  Description: passThrough,
  MemorySize: passThrough,
  Timeout: passThrough,
  VpcConfig: passThrough,
  Role: optional(string),
  AssumeRolePolicyDocument: optional(map),
  Policies: optional(oneOf(string, map, listOf(stringOrMap))),
  RolePath: passThrough,
  PermissionsBoundary: optional(string),
  Environment: optional(mapOf(map)),
  Events: optional(mapOf(map)),
  Tags: optional(map),
  PropagateTags: optional(boolean),
  Tracing: optional(stringOrMap),
  KmsKeyArn: passThrough,
  DeploymentPreference: optional(map),
  ReservedConcurrentExecutions: passThrough,
  Layers: optional(listOf(stringOrMap)),
  EventInvokeConfig: optional(map),
  EphemeralStorage: passThrough,
  AutoPublishAlias: optional(oneOf(string)),
  AutoPublishCodeSha256: optional(oneOf(string)),
  AutoPublishAliasAllProperties: literal(boolean),
  VersionDescription: passThrough,
  ProvisionedConcurrencyConfig: passThrough,
  FileSystemConfigs: passThrough,
  ImageConfig: passThrough,
  CodeSigningConfigArn: passThrough,
  Architectures: passThrough,
  SnapStart: optional(map),
  FunctionUrlConfig: optional(map),
  RuntimeManagementConfig: passThrough,
  LoggingConfig: passThrough,
  RecursiveLoop: passThrough,
  SourceKMSKeyArn: passThrough,
  CapacityProviderConfig: optional(map),
  FunctionScalingConfig: optional(anything),
  VersionDeletionPolicy: optional(enumOf('Delete', 'Retain')),
  PublishToLatestPublished: passThrough,
  TenancyConfig: passThrough,
  DurableConfig: optional(map),
};

/** Property names that other resources may refer to, as in `MyFunction.Alias`. */
export const functionReferences: Readonly<Record<string, string>> = {
  Alias: 'AWS::Lambda::Alias',
  Version: 'AWS::Lambda::Version',
  DestinationTopic: 'AWS::SNS::Topic',
  DestinationQueue: 'AWS::SQS::Queue',
};

export function transformFunction(resource: ReadResource, context: SamContext): CfnResource[] {
  const { logicalId, properties } = resource;
  const inherited = inheritedAttributes(resource.attributes);
  const events = linkEvents(resource, functionEvents, context);
  checkCombinations(logicalId, properties);
  if (isPresent(properties.DeadLetterQueue))
    checkDeadLetterQueue(logicalId, asMap(properties.DeadLetterQueue));
  if (isPresent(properties.TenancyConfig)) checkTenancy(logicalId, properties);
  const lambda = lambdaFunction(resource, context);
  const resources = [lambda];
  if (isPresent(properties.ProvisionedConcurrencyConfig) && isEmpty(properties.AutoPublishAlias)) {
    throw new InvalidResource(
      logicalId,
      'To set ProvisionedConcurrencyConfig AutoPublishALias must be defined on the function',
    );
  }
  let alias: CfnResource | undefined;
  if (isPresent(properties.AutoPublishAlias)) {
    const published = publishVersion(resource, lambda, context);
    alias = published.alias;
    resources.push(published.version, alias);
  }
  if (isPresent(properties.FunctionUrlConfig)) {
    resources.push(...functionUrl(lambda, alias, properties.FunctionUrlConfig as Dict, inherited));
  }
  if (isPresent(properties.DeploymentPreference)) addDeploymentPreference(resource, alias, context);
  const granted: InlinePolicy[] = [];
  if (isPresent(properties.EventInvokeConfig)) {
    const invoke = eventInvokeConfig(resource, alias, context);
    resources.push(...invoke.resources);
    granted.push(...invoke.policies);
  }
  const role = functionRole(resource, granted, context);
  resources.push(...attachRole(resource, lambda, role, context));
  resources.push(...transformEvents(events, { owner: logicalId, target: alias ?? lambda, role, context }));
  propagateTags(resources, properties.Tags, properties.PropagateTags);
  return resources;
}

/** Properties that AWS::Lambda::Function takes under the same name. */
const sameNames = [
  'FunctionName',
  'Handler',
  'Runtime',
  'Description',
  'MemorySize',
  'Timeout',
  'VpcConfig',
  'Role',
  'Environment',
  'KmsKeyArn',
  'ReservedConcurrentExecutions',
  'Layers',
  'FileSystemConfigs',
  'ImageConfig',
  'PackageType',
  'Architectures',
  'SnapStart',
  'EphemeralStorage',
  'CodeSigningConfigArn',
  'RuntimeManagementConfig',
  'LoggingConfig',
  'TenancyConfig',
  'RecursiveLoop',
  'DurableConfig',
  'PublishToLatestPublished',
] as const;

function lambdaFunction(resource: ReadResource, context: SamContext): CfnResource {
  const { logicalId, properties } = resource;
  const lambda: Dict = { Code: functionCode(logicalId, properties) };
  for (const name of sameNames) lambda[name] = properties[name];
  if (isEmpty(lambda.FunctionName)) lambda.FunctionName = undefined;
  lambda.Tags = samTags(logicalId, properties.Tags);
  if (isTraced(properties, context)) lambda.TracingConfig = { Mode: properties.Tracing };
  if (isPresent(properties.DeadLetterQueue)) {
    lambda.DeadLetterConfig = { TargetArn: asMap(properties.DeadLetterQueue).TargetArn };
  }
  if (isPresent(properties.CapacityProviderConfig)) {
    lambda.CapacityProviderConfig = capacityProvider(logicalId, asMap(properties.CapacityProviderConfig));
  }
  if (isPresent(properties.FunctionScalingConfig))
    lambda.FunctionScalingConfig = properties.FunctionScalingConfig;
  checkPackageType(logicalId, lambda);
  return new CfnResource(logicalId, 'AWS::Lambda::Function', lambda, resource);
}

function isTraced(properties: Dict, context: SamContext): boolean {
  return (
    isPresent(properties.Tracing) &&
    text(resolveParameters(properties.Tracing, context.parameters)) !== 'Disabled'
  );
}

function capacityProvider(logicalId: string, config: Dict): Dict {
  const known = ['Arn', 'PerExecutionEnvironmentMaxConcurrency', 'ExecutionEnvironmentMemoryGiBPerVCpu'];
  const unknown = Object.keys(config).find((name) => !known.includes(name));
  if (unknown !== undefined || config.Arn === undefined) {
    throw new InvalidResource(logicalId, `Invalid CapacityProviderConfig: ${unknown ?? 'Arn'}`);
  }
  const instances: Dict = { CapacityProviderArn: config.Arn };
  for (const name of known.slice(1)) if (config[name] !== undefined) instances[name] = config[name];
  return { LambdaManagedInstancesCapacityProviderConfig: instances };
}

function addDeploymentPreference(
  resource: ReadResource,
  alias: CfnResource | undefined,
  context: SamContext,
): void {
  const { logicalId, properties } = resource;
  const settings = properties.DeploymentPreference as Dict;
  const resolve = (value: unknown) =>
    resolveMappings(resolveParameters(value, context.parameters), context.mappings);
  for (const name of ['Enabled', 'Type']) if (name in settings) settings[name] = resolve(settings[name]);
  settings.PassthroughCondition =
    'PassthroughCondition' in settings
      ? knownBoolean(logicalId, resolve(settings.PassthroughCondition))
      : false;
  const { Condition } = inheritedAttributes(resource.attributes);
  const preferences = context.deploymentPreferences;
  if (!preferences.add(logicalId, settings, Condition, properties.Tags, properties.PropagateTags)) return;
  if (!alias) {
    throw new InvalidResource(
      logicalId,
      "'DeploymentPreference' requires AutoPublishAlias property to be specified.",
    );
  }
  alias.attributes.UpdatePolicy = preferences.updatePolicy(logicalId);
}

function knownBoolean(logicalId: string, value: unknown): boolean {
  const word = text(value).toLowerCase();
  if (word === 'true' || word === 'false') return word === 'true';
  throw new InvalidResource(
    logicalId,
    isIntrinsic(value)
      ? 'Unsupported intrinsic: the only intrinsic functions supported for property PassthroughCondition are FindInMap and parameter Refs.'
      : 'Invalid value for property PassthroughCondition.',
  );
}

function functionRole(resource: ReadResource, granted: InlinePolicy[], context: SamContext): CfnResource {
  const { logicalId, properties } = resource;
  const durable = isPresent(properties.DurableConfig);
  const managed = [
    `service-role/${durable ? 'AWSLambdaBasicDurableExecutionRolePolicy' : 'AWSLambdaBasicExecutionRole'}`,
  ];
  if (isTraced(properties, context)) {
    managed.push(context.partition === 'aws' ? 'AWSXrayWriteOnlyAccess' : 'AWSXRayDaemonWriteAccess');
  }
  if (isPresent(properties.VpcConfig)) managed.push('service-role/AWSLambdaVPCAccessExecutionRole');
  const inline: InlinePolicy[] = [];
  if (isPresent(properties.DeadLetterQueue)) {
    const { Type, TargetArn } = asMap(properties.DeadLetterQueue);
    const action = deadLetterActions[text(Type)] ?? '';
    inline.push(inlinePolicy('DeadLetterQueuePolicy', [allow(action, TargetArn)], '2012-10-17'));
  }
  return executionRole(
    logicalId,
    {
      attributes: inheritedAttributes(resource.attributes),
      trust: properties.AssumeRolePolicyDocument ?? assumeRolePolicy('lambda.amazonaws.com'),
      policies: properties.Policies,
      managedPolicies: managed.map((name) => managedPolicyArn(context, name)),
      inlinePolicies: [...inline, ...granted],
      path: properties.RolePath,
      permissionsBoundary: properties.PermissionsBoundary,
      tags: samTags(logicalId, properties.Tags),
    },
    context,
  );
}

/** The generated role, when the function doesn't bring its own, or brings one under a condition only. */
function attachRole(
  resource: ReadResource,
  lambda: CfnResource,
  role: CfnResource,
  context: SamContext,
): CfnResource[] {
  const given = lambda.properties.Role;
  if (given === undefined || given === null) {
    lambda.properties.Role = role.arn;
    return [role];
  }
  if (!isIf(given)) return [];
  const branches = ifBranches(resolveParameters(given, context.parameters));
  if (!branches) {
    throw new InvalidResource(resource.logicalId, "Malformed 'Role' property: Fn::If requires 3 arguments.");
  }
  const [condition, whenTrue, otherwise] = branches;
  if (isNoValue(whenTrue) && isNoValue(otherwise)) lambda.properties.Role = role.arn;
  else if (isNoValue(whenTrue)) {
    lambda.properties.Role = conditional(condition, role.arn, otherwise);
    role.attributes.Condition = condition;
  } else if (isNoValue(otherwise)) {
    const negated = `NOT${text(condition)}`;
    lambda.properties.Role = conditional(condition, whenTrue, role.arn);
    role.attributes.Condition = negated;
    conditionsOf(context)[negated] = { 'Fn::Not': [{ Condition: condition }] };
  } else return [];
  return [role];
}
