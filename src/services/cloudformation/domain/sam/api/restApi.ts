import { parseS3Uri } from '../codeLocation.ts';
import { arnTemplate, type SamContext } from '../context.ts';
import { InvalidResource, InvalidTemplate, refuseDocument } from '../errors.ts';
import { resolveParameters } from '../intrinsics.ts';
import { hashedId } from '../logicalIds.ts';
import { postprocessOpenApi } from '../openapi/postprocess.ts';
import { isValidSwagger, SwaggerDocument } from '../openapi/swagger.ts';
import { hasEdgeEndpoints } from '../partition.ts';
import { py, str } from '../python/py27.ts';
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
import {
  asMap,
  type Dict,
  isEmpty,
  isIntrinsic,
  isMap,
  isPresent,
  isText,
  ref,
  sub,
  tagList,
  text,
} from '../values.ts';
import { restAuthorizers } from './authorizer.ts';
import { apiDeployment } from './deployment.ts';
import { restApiDomain } from './domain.ts';
import { gatewayResponses } from './gatewayResponses.ts';
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

/** Everything that the resource's properties add to the definition, in SAM's order. */
function editDefinition(logicalId: string, properties: Dict, context: SamContext): unknown {
  let body: unknown = properties.DefinitionBody;
  if (isPresent(properties.Cors)) body = addCors(logicalId, properties.Cors, body);
  if (isPresent(properties.Auth)) body = addAuth(logicalId, properties, body, context);
  if (isPresent(properties.GatewayResponses)) {
    body = gatewayResponses(logicalId, properties.GatewayResponses as Dict, body);
  }
  if (isPresent(properties.BinaryMediaTypes) && isPresent(body)) {
    const document = new SwaggerDocument(body);
    document.addBinaryMediaTypes(properties.BinaryMediaTypes);
    body = document.swagger;
  }
  if (isPresent(properties.Models)) body = addModels(logicalId, properties, body);
  const disable = properties.DisableExecuteApiEndpoint;
  if (disable !== undefined && disable !== null) {
    if (isEmpty(body)) {
      throw new InvalidResource(
        logicalId,
        "DisableExecuteApiEndpoint works only within 'DefinitionBody' property.",
      );
    }
    const document = new SwaggerDocument(body);
    document.disableExecuteApiEndpoint(disable);
    body = document.swagger;
  }
  return body;
}

const corsProperties = ['AllowMethods', 'AllowHeaders', 'AllowOrigin', 'MaxAge', 'AllowCredentials'];

function addCors(logicalId: string, cors: unknown, body: unknown): unknown {
  const refuse = (message: string): never => {
    throw new InvalidResource(logicalId, message);
  };
  if (isEmpty(body)) refuse("Cors works only with inline Swagger specified in 'DefinitionBody' property.");
  let settings: Dict;
  if (isText(cors) || isIntrinsic(cors)) settings = { AllowOrigin: cors };
  else if (isMap(cors)) {
    const unknown = Object.keys(cors).find((key) => !corsProperties.includes(key));
    if (unknown !== undefined) refuse(`Invalid key '${unknown}' for 'Cors' property.`);
    settings = cors;
  } else return refuse("Invalid value for 'Cors' property");
  if (!isValidSwagger(body)) {
    refuse(
      "Unable to add Cors configuration because 'DefinitionBody' does not contain a valid Swagger definition.",
    );
  }
  const origin = 'AllowOrigin' in settings ? settings.AllowOrigin : str("'*'");
  if (settings.AllowCredentials === true && text(origin) === "'*'") {
    refuse(
      "Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is \"'*'\" or not set",
    );
  }
  const document = new SwaggerDocument(body);
  const done = new Set<string>();
  for (const path of document.pathNames()) {
    const normalized = path === '/' ? path : path.replace(/\/+$/, '');
    if (done.has(normalized)) continue;
    done.add(normalized);
    try {
      document.addCors(path, {
        origin,
        headers: settings.AllowHeaders,
        methods: settings.AllowMethods,
        maxAge: settings.MaxAge,
        credentials: settings.AllowCredentials,
      });
    } catch (error) {
      if (error instanceof InvalidTemplate) throw new InvalidResource(logicalId, error.message);
      throw error;
    }
  }
  return document.swagger;
}

const authProperties = [
  'Authorizers',
  'DefaultAuthorizer',
  'InvokeRole',
  'AddDefaultAuthorizerToCorsPreflight',
  'AddApiKeyRequiredToCorsPreflight',
  'ApiKeyRequired',
  'ResourcePolicy',
  'UsagePlan',
];

function addAuth(logicalId: string, properties: Dict, body: unknown, context: SamContext): Dict {
  const auth = asMap(properties.Auth);
  if (isEmpty(body)) {
    throw new InvalidResource(
      logicalId,
      "Auth works only with inline Swagger specified in 'DefinitionBody' property.",
    );
  }
  if (!Object.keys(auth).every((key) => authProperties.includes(key))) {
    throw new InvalidResource(logicalId, "Invalid value for 'Auth' property");
  }
  if (!isValidSwagger(body)) {
    throw new InvalidResource(
      logicalId,
      "Unable to add Auth configuration because 'DefinitionBody' does not contain a valid Swagger definition.",
    );
  }
  const document = new SwaggerDocument(body);
  const authorizers = restAuthorizers(logicalId, auth.Authorizers, auth.DefaultAuthorizer, context.partition);
  if (authorizers.size > 0) {
    document.addAuthorizers(authorizers);
    setDefaultAuthorizer(logicalId, document, auth, authorizers);
  }
  if (isPresent(auth.ApiKeyRequired)) {
    document.addApiKeyDefinition();
    const alsoPreflight = isPresent(auth.AddApiKeyRequiredToCorsPreflight ?? true);
    for (const path of document.pathNames()) document.setDefaultApiKey(path, alsoPreflight);
  }
  if (isPresent(auth.ResourcePolicy)) {
    if (!isMap(auth.ResourcePolicy)) {
      refuseResourcePolicy();
    }
    const policy = auth.ResourcePolicy as Dict;
    for (const path of document.pathNames()) document.addResourcePolicy(policy, path, properties.StageName);
    if (isPresent(policy.CustomStatements)) document.addCustomStatements(policy.CustomStatements);
  }
  return postprocessOpenApi(document.swagger, properties.OpenApiVersion);
}

function refuseResourcePolicy(): never {
  refuseDocument('ResourcePolicy must be a map (ResourcePolicyStatement).');
}

function setDefaultAuthorizer(
  logicalId: string,
  document: SwaggerDocument,
  auth: Dict,
  authorizers: ReturnType<typeof restAuthorizers>,
): void {
  const name = auth.DefaultAuthorizer;
  if (isEmpty(name)) return;
  if (!isText(name)) throw new InvalidResource(logicalId, 'DefaultAuthorizer is not a string.');
  if (!authorizers.has(text(name)) && text(name) !== 'AWS_IAM') {
    throw new InvalidResource(
      logicalId,
      `Unable to set DefaultAuthorizer because '${text(name)}' was not defined in 'Authorizers'.`,
    );
  }
  const alsoPreflight = isPresent(auth.AddDefaultAuthorizerToCorsPreflight ?? true);
  for (const path of document.pathNames())
    document.setDefaultAuthorizer(path, name, authorizers, alsoPreflight);
}

function addModels(logicalId: string, properties: Dict, body: unknown): Dict {
  if (isEmpty(body)) {
    throw new InvalidResource(
      logicalId,
      "Models works only with inline Swagger specified in 'DefinitionBody' property.",
    );
  }
  if (!isValidSwagger(body)) {
    throw new InvalidResource(
      logicalId,
      "Unable to add Models definitions because 'DefinitionBody' does not contain a valid Swagger definition.",
    );
  }
  const models = asMap(properties.Models);
  if (!Object.values(models).every(isMap)) {
    throw new InvalidResource(logicalId, "Invalid value for 'Models' property");
  }
  const document = new SwaggerDocument(body);
  document.addModels(models);
  return postprocessOpenApi(document.swagger, properties.OpenApiVersion);
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
