import { parseS3Uri } from '../codeLocation.ts';
import { arnTemplate, type SamContext } from '../context.ts';
import { InvalidResource } from '../errors.ts';
import { resolveParameters } from '../intrinsics.ts';
import { hashedId } from '../logicalIds.ts';
import { postprocessOpenApi } from '../openapi/postprocess.ts';
import { hasEdgeEndpoints } from '../partition.ts';
import { py } from '../python/py27.ts';
import { CfnResource, inheritedAttributes } from '../resource.ts';
import {
  boolean,
  integer,
  list,
  literal,
  map,
  oneOf,
  optional,
  type ReadResource,
  required,
  type Schema,
  string,
  stringOrMap,
} from '../schema.ts';
import { propagateTags } from '../tags.ts';
import { asMap, type Dict, isEmpty, isMap, isPresent, isText, ref, sub, tagList, text } from '../values.ts';
import { restAuthorizers } from './authorizer.ts';
import { editDefinition } from './definition.ts';
import { apiDeployment } from './deployment.ts';
import { restApiDomain } from './domain.ts';
import { usagePlan } from './usagePlan.ts';

/** AWS::Serverless::Api. Order is the order in which SAM checks. */
export const apiSchema: Schema = {
  __MANAGE_SWAGGER: optional(boolean),
  Name: optional(stringOrMap),
  StageName: required(stringOrMap),
  Tags: optional(map),
  PropagateTags: optional(boolean),
  DefinitionBody: optional(map),
  DefinitionUri: optional(stringOrMap),
  MergeDefinitions: literal(boolean),
  CacheClusterEnabled: optional(boolean),
  CacheClusterSize: optional(string),
  Variables: optional(map),
  EndpointConfiguration: optional(stringOrMap),
  MethodSettings: optional(list),
  BinaryMediaTypes: optional(list),
  MinimumCompressionSize: optional(integer),
  Cors: optional(oneOf(string, map)),
  Auth: optional(map),
  GatewayResponses: optional(map),
  AccessLogSetting: optional(map),
  CanarySetting: optional(map),
  TracingEnabled: optional(boolean),
  OpenApiVersion: optional(string),
  Models: optional(map),
  Domain: optional(map),
  FailOnWarnings: optional(boolean),
  Description: optional(string),
  Mode: optional(string),
  DisableExecuteApiEndpoint: optional(boolean),
  ApiKeySourceType: optional(string),
  AlwaysDeploy: literal(boolean),
  Policy: optional(stringOrMap),
  SecurityPolicy: optional(string),
  EndpointAccessMode: optional(string),
};

export const apiReferences: Readonly<Record<string, string>> = {
  Stage: 'AWS::ApiGateway::Stage',
  Deployment: 'AWS::ApiGateway::Deployment',
  DomainName: 'AWS::ApiGateway::DomainName',
  DomainNameV2: 'AWS::ApiGateway::DomainNameV2',
  UsagePlan: 'AWS::ApiGateway::UsagePlan',
  UsagePlanKey: 'AWS::ApiGateway::UsagePlanKey',
  ApiKey: 'AWS::ApiGateway::ApiKey',
};

export function transformApi(resource: ReadResource, context: SamContext): CfnResource[] {
  const { logicalId, properties } = resource;
  for (const name of ['BinaryMediaTypes', 'Domain', 'Auth']) {
    properties[name] = resolveParameters(properties[name], context.parameters);
  }
  const attributes = inheritedAttributes(resource.attributes);
  const auth = asMap(properties.Auth);
  const api = restApi(resource, context);
  const domain = restApiDomain(logicalId, properties.Domain, attributes, context);
  const deployment = apiDeployment(
    {
      apiId: logicalId,
      definition: api.properties.Body ?? api.properties.BodyS3Location,
      openApiVersion: properties.OpenApiVersion,
      domain: properties.Domain,
      alwaysDeploy: properties.AlwaysDeploy,
      attributes,
    },
    context,
  );
  const stage = apiStage(resource, deployment, attributes);
  const resources = [
    api,
    deployment,
    stage,
    ...authorizerPermissions(logicalId, auth, attributes, context),
    ...domain,
    ...(isPresent(auth) ? usagePlan(logicalId, stage.logicalId, auth.UsagePlan, attributes, context) : []),
  ];
  propagateTags(resources, properties.Tags, properties.PropagateTags);
  return resources;
}

function restApi(resource: ReadResource, context: SamContext): CfnResource {
  const { logicalId, properties } = resource;
  checkDefinition(logicalId, properties);
  const api: Dict = {
    BinaryMediaTypes: properties.BinaryMediaTypes,
    MinimumCompressionSize: properties.MinimumCompressionSize,
  };
  setEndpoint(logicalId, api, properties.EndpointConfiguration, context);
  const body = editDefinition(logicalId, properties, context);
  if (isPresent(properties.FailOnWarnings)) api.FailOnWarnings = properties.FailOnWarnings;
  if (isPresent(properties.DefinitionUri))
    api.BodyS3Location = bodyLocation(logicalId, properties.DefinitionUri);
  else if (isPresent(body)) api.Body = postprocessOpenApi(body as Dict, properties.OpenApiVersion);
  for (const name of [
    'Name',
    'Description',
    'Mode',
    'ApiKeySourceType',
    'Policy',
    'SecurityPolicy',
    'EndpointAccessMode',
  ]) {
    if (isPresent(properties[name])) api[name] = properties[name];
  }
  return new CfnResource(logicalId, 'AWS::ApiGateway::RestApi', api, resource);
}

function checkDefinition(logicalId: string, properties: Dict): void {
  const { DefinitionUri, DefinitionBody, MergeDefinitions, OpenApiVersion } = properties;
  if (isPresent(DefinitionUri) && isPresent(DefinitionBody)) {
    throw new InvalidResource(
      logicalId,
      "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.",
    );
  }
  if (isPresent(DefinitionUri) && isPresent(MergeDefinitions)) {
    throw new InvalidResource(logicalId, "Cannot set 'MergeDefinitions' to True when using `DefinitionUri`.");
  }
  if (isPresent(OpenApiVersion) && !/^[2-3](\.\d)(\.\d)?$/.test(text(OpenApiVersion))) {
    throw new InvalidResource(logicalId, "The OpenApiVersion value must be of the format '3.0.0'.");
  }
}

function setEndpoint(logicalId: string, api: Dict, given: unknown, context: SamContext): void {
  const value = isPresent(given) ? given : hasEdgeEndpoints(context.partition) ? undefined : 'REGIONAL';
  if (value === undefined) return;
  if (!isMap(value) || isEmpty(value.Type)) {
    api.EndpointConfiguration = { Types: [value] };
    api.Parameters = { endpointConfigurationTypes: value };
    return;
  }
  const configuration: Dict = { Types: [value.Type] };
  api.Parameters = { endpointConfigurationTypes: value.Type };
  if ('VPCEndpointIds' in value && 'VpcEndpointIds' in value) {
    throw new InvalidResource(
      logicalId,
      "'VPCEndpointIds' and 'VpcEndpointIds' cannot be used together in EndpointConfiguration.",
    );
  }
  if ('VPCEndpointIds' in value || 'VpcEndpointIds' in value) {
    configuration.VpcEndpointIds = isPresent(value.VPCEndpointIds)
      ? value.VPCEndpointIds
      : value.VpcEndpointIds;
  }
  if ('IpAddressType' in value) configuration.IpAddressType = value.IpAddressType;
  api.EndpointConfiguration = configuration;
}

function bodyLocation(logicalId: string, uri: unknown): Dict {
  const pointer = isMap(uri) ? uri : (parseS3Uri(uri) as Dict | undefined);
  if (isMap(uri) && (isEmpty(uri.Bucket) || isEmpty(uri.Key))) {
    throw new InvalidResource(
      logicalId,
      "'DefinitionUri' requires Bucket and Key properties to be specified.",
    );
  }
  if (!pointer) {
    throw new InvalidResource(
      logicalId,
      "'DefinitionUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.",
    );
  }
  const location = { Bucket: pointer.Bucket, Key: pointer.Key };
  return py('Version' in pointer ? { ...location, Version: pointer.Version } : location);
}

function apiStage(resource: ReadResource, deployment: CfnResource, attributes: Dict): CfnResource {
  const { logicalId, properties } = resource;
  const name = isText(properties.StageName) ? text(properties.StageName) : '';
  const stage: Dict = {
    RestApiId: ref(logicalId),
    DeploymentId: deployment.ref,
    StageName: properties.StageName,
  };
  for (const property of [
    'CacheClusterEnabled',
    'CacheClusterSize',
    'Variables',
    'MethodSettings',
    'AccessLogSetting',
    'CanarySetting',
    'TracingEnabled',
  ]) {
    stage[property] = properties[property];
  }
  if (properties.Tags !== undefined) stage.Tags = tagList(properties.Tags);
  const stageId = /^[\p{L}\p{N}]+$/u.test(name)
    ? `${logicalId}${name}Stage`
    : hashedId(`${logicalId}Stage`, name);
  return new CfnResource(stageId, 'AWS::ApiGateway::Stage', stage, { attributes });
}

function authorizerPermissions(
  apiId: string,
  auth: Dict,
  attributes: Dict,
  context: SamContext,
): CfnResource[] {
  const authorizers = restAuthorizers(apiId, auth.Authorizers, undefined, context.partition);
  return [...authorizers].flatMap(([name, authorizer]) => {
    const functionArn = authorizer.functionToPermit;
    if (functionArn === undefined) return [];
    const arn = arnTemplate(context.partition, 'execute-api', '${__ApiId__}/authorizers/*');
    return [
      new CfnResource(
        `${apiId}${name}AuthorizerPermission`,
        'AWS::Lambda::Permission',
        {
          Action: 'lambda:InvokeFunction',
          FunctionName: functionArn,
          Principal: 'apigateway.amazonaws.com',
          SourceArn: sub(arn, { __ApiId__: ref(apiId) }),
        },
        { attributes },
      ),
    ];
  });
}
