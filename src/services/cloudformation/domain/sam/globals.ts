import { InvalidGlobals, InvalidResource, SamTransformError } from './errors.ts';
import { pythonText } from './intrinsics.ts';
import { isOpenApi3 } from './openapi/document.ts';
import { entriesOf, put, shallowCopy, str } from './python/py27.ts';
import { floatText } from './python/repr.ts';
import { samResources } from './samTypes.ts';
import { asMap, type Dict, isIntrinsic, isMap, isNumber, isPresent, isText, text } from './values.ts';

/** The properties each section of Globals may set, as the SAM specification lists them. */
const sections: Readonly<Record<string, readonly string[]>> = {
  Function:
    words(`Handler Runtime CodeUri DeadLetterQueue Description MemorySize Timeout VpcConfig Environment Tags
    PropagateTags Tracing KmsKeyArn AutoPublishAlias AutoPublishAliasAllProperties Layers DeploymentPreference RolePath
    PermissionsBoundary ReservedConcurrentExecutions ProvisionedConcurrencyConfig AssumeRolePolicyDocument
    EventInvokeConfig FileSystemConfigs CodeSigningConfigArn Architectures SnapStart EphemeralStorage FunctionUrlConfig
    RuntimeManagementConfig LoggingConfig RecursiveLoop SourceKMSKeyArn TenancyConfig DurableConfig
    CapacityProviderConfig FunctionScalingConfig PublishToLatestPublished VersionDeletionPolicy`),
  Api: words(`Auth Name DefinitionUri CacheClusterEnabled CacheClusterSize MergeDefinitions Variables
    EndpointConfiguration MethodSettings BinaryMediaTypes MinimumCompressionSize Cors GatewayResponses AccessLogSetting
    CanarySetting TracingEnabled OpenApiVersion Domain AlwaysDeploy PropagateTags SecurityPolicy EndpointAccessMode`),
  HttpApi:
    words(`Auth AccessLogSettings StageVariables Tags CorsConfiguration DefaultRouteSettings Domain RouteSettings
    FailOnWarnings PropagateTags`),
  SimpleTable: ['SSESpecification'],
  StateMachine: ['PropagateTags'],
  LayerVersion: ['PublishLambdaVersion'],
  CapacityProvider:
    words(`VpcConfig OperatorRole Tags InstanceRequirements ScalingConfig KmsKeyArn PropagateTags
    LoggingConfig ManagedResourceTags`),
  MicrovmImage:
    words(`BuildRoleArn BaseImageArn BaseImageVersion Logging EgressNetworkConnectors CpuConfigurations
    Resources AdditionalOsCapabilities Hooks EnvironmentVariables Tags PropagateTags`),
  NetworkConnector: ['OperatorRole', 'Tags', 'PropagateTags'],
  WebSocketApi:
    words(`AccessLogSettings ApiKeySelectionExpression DefaultRouteSettings DisableExecuteApiEndpoint
    DisableSchemaValidation Domain FailOnWarnings IpAddressType PropagateTags RouteSelectionExpression RouteSettings
    StageVariables Tags`),
};

/** Where the local value doesn't just join the global one. */
const replaced = new Set(['Function.Architectures', 'CapacityProvider.InstanceRequirements.Architectures']);
const pruned = new Set(['CapacityProvider.ManagedResourceTags']);

function words(list: string): string[] {
  return list.trim().split(/\s+/);
}

/** Merges the Globals section into every resource it concerns, and takes it out of the template. */
export function applyGlobals(template: Dict): void {
  const globals = 'Globals' in template ? checkGlobals(template.Globals) : {};
  for (const [logicalId, resource] of samResources(template)) {
    const section = text(resource.Type).replace('AWS::Serverless::', '');
    const all = globals[section];
    if (all === undefined) continue;
    const applied = withoutIgnored(logicalId, all, resource.IgnoreGlobals);
    resource.Properties = merge(applied, resource.Properties ?? {}, section);
  }
  delete template.Globals;
  applyOpenApiVersion(template);
}

function checkGlobals(globals: unknown): Record<string, Dict> {
  const refuse = (detail: string): never => {
    throw new SamTransformError([new InvalidGlobals(detail)]);
  };
  if (!isMap(globals)) return refuse('It must be a non-empty dictionary');
  for (const [name, properties] of entriesOf(globals)) {
    const supported = sections[name];
    if (!supported) {
      const names = pythonText(Object.keys(sections).sort());
      return refuse(`'${name}' is not supported. Must be one of the following values - ${names}`);
    }
    if (!isMap(properties)) return refuse('Value of ${section} must be a dictionary');
    for (const key of Object.keys(properties)) {
      if (!supported.includes(key)) {
        refuse(
          `'${key}' is not a supported property of '${name}'. Must be one of the following values - ${pythonText(supported)}`,
        );
      }
    }
  }
  return globals as Record<string, Dict>;
}

function withoutIgnored(logicalId: string, globals: Dict, ignored: unknown): Dict {
  if (!isPresent(ignored)) return globals;
  if (isText(ignored) && text(ignored) === '*') return {};
  const refuse = (item: string): never => {
    throw new SamTransformError([
      new InvalidResource(
        logicalId,
        `Resource ${logicalId} has invalid resource attribute 'IgnoreGlobals'${item}.`,
      ),
    ]);
  };
  if (!Array.isArray(ignored)) return refuse('');
  const rest = shallowCopy(globals);
  for (const key of ignored) {
    if (!(text(key) in rest)) refuse(` on item '${text(key)}'`);
    delete rest[text(key)];
  }
  return rest;
}

/** Maps are merged, lists joined, anything else is the resource's own. Intrinsic functions count as one value. */
function merge(global: unknown, local: unknown, path: string): unknown {
  if (isMap(global) && isMap(local) && !isIntrinsic(global) && !isIntrinsic(local)) {
    if (replaced.has(path)) return local;
    if (pruned.has(path) && isPresent(local)) return mergeMaps({}, local, global, path);
    return mergeMaps(shallowCopy(global), local, global, path);
  }
  if (Array.isArray(global) && Array.isArray(local))
    return replaced.has(path) ? local : [...global, ...local];
  return local;
}

function mergeMaps(result: Dict, local: Dict, global: Dict, path: string): Dict {
  for (const [key, value] of entriesOf(local)) {
    result[key] = key in global ? merge(global[key], value, `${path}.${key}`) : value;
  }
  return result;
}

/** An OpenApiVersion of 3 turns the definition that SAM made itself into OpenAPI. */
function applyOpenApiVersion(template: Dict): void {
  for (const resource of Object.values(asMap(template.Resources))) {
    const { Type, Properties: properties } = asMap(resource);
    if (text(Type) !== 'AWS::Serverless::Api' || !isMap(properties)) continue;
    if (!('OpenApiVersion' in properties) || !('__MANAGE_SWAGGER' in properties)) continue;
    if (!isOpenApi3(properties.OpenApiVersion)) continue;
    const version = properties.OpenApiVersion;
    if (isNumber(version)) properties.OpenApiVersion = str(floatText(version));
    const body = properties.DefinitionBody;
    if (!isMap(body)) continue;
    put(body, 'openapi', properties.OpenApiVersion);
    if (isPresent(body.swagger)) delete body.swagger;
  }
}
