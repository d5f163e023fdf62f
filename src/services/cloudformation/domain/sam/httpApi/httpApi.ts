import { parseS3Uri } from '../codeLocation.ts';
import { arnTemplate, partitionReference, type SamContext } from '../context.ts';
import { InvalidResource } from '../errors.ts';
import { expectString, property } from '../expect.ts';
import { resolveParameters } from '../intrinsics.ts';
import { hashedId } from '../logicalIds.ts';
import { notAMap } from '../openapi/document.ts';
import { defaultRoute, HttpApiDocument, hasDefaultTitle, isValidOpenApi } from '../openapi/httpOpenApi.ts';
import { CfnResource, inheritedAttributes } from '../resource.ts';
import {
  boolean,
  map,
  oneOf,
  optional,
  passThrough,
  type ReadResource,
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
  isNoValue,
  isPresent,
  isText,
  ref,
  sub,
  text,
} from '../values.ts';
import { httpAuthorizers } from './authorizer.ts';
import { httpApiDomain } from './domain.ts';

/** AWS::Serverless::HttpApi. Order is the order in which SAM checks. */
export const httpApiSchema: Schema = {
  __MANAGE_SWAGGER: optional(boolean),
  Name: passThrough,
  StageName: optional(stringOrMap),
  Tags: optional(map),
  PropagateTags: optional(boolean),
  DefinitionBody: optional(map),
  DefinitionUri: optional(stringOrMap),
  StageVariables: optional(map),
  CorsConfiguration: optional(oneOf(boolean, map)),
  AccessLogSettings: optional(map),
  DefaultRouteSettings: optional(map),
  Auth: optional(map),
  RouteSettings: optional(map),
  Domain: optional(map),
  FailOnWarnings: optional(boolean),
  Description: optional(string),
  DisableExecuteApiEndpoint: optional(boolean),
};

export const httpApiReferences: Readonly<Record<string, string>> = {
  Stage: 'AWS::ApiGatewayV2::Stage',
  DomainName: 'AWS::ApiGatewayV2::DomainName',
};

const createdBy = { 'httpapi:createdBy': 'SAM' };

export function transformHttpApi(resource: ReadResource, context: SamContext): CfnResource[] {
  const { logicalId, properties } = resource;
  for (const name of ['CorsConfiguration', 'Domain']) {
    properties[name] = resolveParameters(properties[name], context.parameters);
  }
  const attributes = inheritedAttributes(resource.attributes);
  const { api, tags } = httpApi(resource, context);
  const domain = httpApiDomain(logicalId, properties.Domain, { ...createdBy }, attributes, context);
  const resources = [
    api,
    ...authorizerPermissions(logicalId, asMap(properties.Auth), attributes, context),
    ...domain,
    apiStage(resource, tags, attributes),
  ];
  propagateTags(resources, tags, isPresent(properties.DefinitionBody));
  return resources;
}

interface Definition {
  body: unknown;
  tags: unknown;
}

function httpApi(resource: ReadResource, context: SamContext): { api: CfnResource; tags: unknown } {
  const { logicalId, properties } = resource;
  if (isPresent(properties.DefinitionUri) && isPresent(properties.DefinitionBody)) {
    throw new InvalidResource(
      logicalId,
      "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.",
    );
  }
  const definition: Definition = { body: properties.DefinitionBody, tags: properties.Tags };
  if (isPresent(properties.CorsConfiguration)) addCors(logicalId, definition, properties.CorsConfiguration);
  if (isPresent(properties.Auth)) addAuth(logicalId, definition, asMap(properties.Auth), context);
  addTags(logicalId, definition);
  const api: Dict = {};
  if (isPresent(properties.FailOnWarnings)) api.FailOnWarnings = properties.FailOnWarnings;
  disableEndpoint(logicalId, definition, properties.DisableExecuteApiEndpoint);
  addInfo(logicalId, definition, 'title', 'Name', properties.Name);
  addInfo(logicalId, definition, 'description', 'Description', properties.Description);
  if (isPresent(properties.FailOnWarnings) && isMap(definition.body)) slashDefaultRoute(definition.body);
  if (isPresent(properties.DefinitionUri))
    api.BodyS3Location = bodyLocation(logicalId, properties.DefinitionUri);
  else if (isPresent(definition.body)) api.Body = definition.body;
  else {
    throw new InvalidResource(
      logicalId,
      "'DefinitionUri' or 'DefinitionBody' are required properties of an 'AWS::Serverless::HttpApi'. Add a value for one of these properties or add a 'HttpApi' event to an 'AWS::Serverless::Function'.",
    );
  }
  return { api: new CfnResource(logicalId, 'AWS::ApiGatewayV2::Api', api, resource), tags: definition.tags };
}

function edit(definition: Definition, change: (document: HttpApiDocument) => void): void {
  const document = new HttpApiDocument(definition.body);
  change(document);
  definition.body = document.openapi;
}

const corsProperties = [
  'AllowMethods',
  'AllowHeaders',
  'AllowOrigins',
  'MaxAge',
  'ExposeHeaders',
  'AllowCredentials',
];

function addCors(apiId: string, definition: Definition, cors: unknown): void {
  const refuse: (message: string) => never = (message) => {
    throw new InvalidResource(apiId, message);
  };
  if (isEmpty(definition.body)) {
    refuse("Cors works only with inline OpenApi specified in 'DefinitionBody' property.");
  }
  let settings: Dict;
  if (typeof cors === 'boolean') settings = { AllowOrigins: ['*'] };
  else if (isIntrinsic(cors)) settings = { AllowOrigins: cors };
  else if (isMap(cors)) {
    const unknown = Object.keys(cors as Dict).find((key) => !corsProperties.includes(key));
    if (unknown !== undefined) refuse(`Invalid key '${unknown}' for 'Cors' property.`);
    settings = cors;
  } else refuse("Invalid value for 'Cors' property.");
  if (!isValidOpenApi(definition.body)) {
    refuse(
      "Unable to add Cors configuration because 'DefinitionBody' does not contain a valid OpenApi definition.",
    );
  }
  const origins = settings.AllowOrigins;
  const anyOrigin = Array.isArray(origins) && origins.length === 1 && text(origins[0]) === '*';
  if (settings.AllowCredentials === true && anyOrigin) {
    refuse(
      "Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is \"'*'\" or not set.",
    );
  }
  edit(definition, (document) => document.addCors(settings));
}

function addAuth(apiId: string, definition: Definition, auth: Dict, context: SamContext): void {
  const refuse: (message: string) => never = (message) => {
    throw new InvalidResource(apiId, message);
  };
  if (isEmpty(definition.body)) {
    refuse("Auth works only with inline OpenApi specified in the 'DefinitionBody' property.");
  }
  const known = ['Authorizers', 'DefaultAuthorizer', 'EnableIamAuthorizer'];
  if (!Object.keys(auth).every((key) => known.includes(key))) refuse("Invalid value for 'Auth' property");
  if (!isValidOpenApi(definition.body)) {
    refuse(
      "Unable to add Auth configuration because 'DefinitionBody' does not contain a valid OpenApi definition.",
    );
  }
  const authorizers = httpAuthorizers(apiId, auth, context.partition);
  edit(definition, (document) => {
    document.addSecuritySchemes(new Map([...authorizers].map(([name, { scheme }]) => [name, scheme])));
    const name = auth.DefaultAuthorizer;
    if (isEmpty(name) || isNoValue(name)) return;
    const authorizer = text(expectString(name, property(apiId, 'Auth.DefaultAuthorizer')));
    const found = authorizers.get(authorizer);
    if (!found) {
      return refuse(
        `Unable to set DefaultAuthorizer because '${authorizer}' was not defined in 'Authorizers'.`,
      );
    }
    for (const path of document.pathNames()) document.setDefaultAuthorizer(path, authorizer, found.scopes);
  });
}

function addTags(apiId: string, definition: Definition): void {
  if (isPresent(definition.tags) && isEmpty(definition.body)) {
    throw new InvalidResource(
      apiId,
      "Tags works only with inline OpenApi specified in the 'DefinitionBody' property.",
    );
  }
  if (isEmpty(definition.body)) return;
  if (!isValidOpenApi(definition.body)) {
    if (isEmpty(definition.tags)) return;
    throw new InvalidResource(
      apiId,
      "Unable to add `Tags` because 'DefinitionBody' does not contain a valid OpenApi definition.",
    );
  }
  const tags = { ...asMap(definition.tags), ...createdBy };
  definition.tags = tags;
  edit(definition, (document) => document.addTags(tags));
}

function disableEndpoint(apiId: string, definition: Definition, disable: unknown): void {
  if (disable === undefined || disable === null) return;
  if (isEmpty(definition.body)) {
    throw new InvalidResource(
      apiId,
      "DisableExecuteApiEndpoint works only within 'DefinitionBody' property.",
    );
  }
  edit(definition, (document) => document.addEndpointConfiguration(disable));
}

function addInfo(
  apiId: string,
  definition: Definition,
  member: 'title' | 'description',
  name: 'Name' | 'Description',
  value: unknown,
): void {
  if (isEmpty(value)) return;
  if (isEmpty(definition.body)) {
    throw new InvalidResource(
      apiId,
      `${name} works only with inline OpenApi specified in the 'DefinitionBody' property.`,
    );
  }
  const body = definition.body as Dict;
  const info = body.info ?? undefined;
  if (info !== undefined && !isMap(info)) {
    const end = member === 'description' ? "'." : '.';
    throw new InvalidResource(apiId, `Invalid 'DefinitionBody': ${notAMap('info')}${end}`);
  }
  const isSet = member === 'title' ? !hasDefaultTitle(body) : isPresent(info?.description);
  if (isSet) {
    throw new InvalidResource(
      apiId,
      `Unable to set ${name} because it is already defined within inline OpenAPI specified in the 'DefinitionBody' property.`,
    );
  }
  edit(definition, (document) => document.setInfo(member, value));
}

/** API Gateway warns of a route named $default without a slash; with FailOnWarnings that would be an error. */
function slashDefaultRoute(body: Dict): void {
  const paths = body.paths;
  if (!isMap(paths) || !(defaultRoute in paths)) return;
  paths[`/${defaultRoute}`] = paths[defaultRoute];
  delete paths[defaultRoute];
}

function bodyLocation(apiId: string, uri: unknown): Dict {
  if (isMap(uri) && (isEmpty(uri.Bucket) || isEmpty(uri.Key))) {
    throw new InvalidResource(apiId, "'DefinitionUri' requires Bucket and Key properties to be specified.");
  }
  const pointer = isMap(uri) ? uri : (parseS3Uri(uri) as Dict | undefined);
  if (!pointer) {
    throw new InvalidResource(
      apiId,
      "'DefinitionUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.",
    );
  }
  const { Bucket, Key, Version } = pointer;
  return Version === undefined ? { Bucket, Key } : { Bucket, Key, Version };
}

/** The stage of an HTTP or WebSocket API, named `$default` for the former unless the author names it. */
function apiStage(resource: ReadResource, tags: unknown, attributes: Dict): CfnResource {
  const { logicalId, properties } = resource;
  const given = isEmpty(properties.StageName) ? defaultRoute : properties.StageName;
  return new CfnResource(
    stageId(logicalId, given),
    'AWS::ApiGatewayV2::Stage',
    {
      ApiId: ref(logicalId),
      StageName: given,
      StageVariables: properties.StageVariables,
      AccessLogSettings: properties.AccessLogSettings,
      DefaultRouteSettings: properties.DefaultRouteSettings,
      Tags: tags,
      AutoDeploy: true,
      RouteSettings: properties.RouteSettings,
    },
    { attributes },
  );
}

export function stageId(apiId: string, stageName: unknown): string {
  const name = isText(stageName) ? text(stageName) : '';
  if (name === defaultRoute) return `${apiId}ApiGatewayDefaultStage`;
  return /^[\p{L}\p{N}]+$/u.test(name) ? `${apiId}${name}Stage` : hashedId(`${apiId}Stage`, name);
}

function authorizerPermissions(
  apiId: string,
  auth: Dict,
  attributes: Dict,
  context: SamContext,
): CfnResource[] {
  if (isEmpty(auth)) return [];
  return [...httpAuthorizers(apiId, auth, context.partition)].flatMap(([name, { functionToPermit }]) =>
    functionToPermit === undefined
      ? []
      : [authorizerPermission(`${apiId}${name}AuthorizerPermission`, functionToPermit, apiId, attributes)],
  );
}

/** Lets API Gateway invoke an authorizer's function. */
export function authorizerPermission(
  id: string,
  functionArn: unknown,
  apiId: string,
  attributes: Dict,
): CfnResource {
  const arn = arnTemplate(partitionReference, 'execute-api', '${__ApiId__}/authorizers/*');
  return new CfnResource(
    id,
    'AWS::Lambda::Permission',
    {
      Action: 'lambda:InvokeFunction',
      FunctionName: functionArn,
      Principal: 'apigateway.amazonaws.com',
      SourceArn: sub(arn, { __ApiId__: ref(apiId) }),
    },
    { attributes },
  );
}
