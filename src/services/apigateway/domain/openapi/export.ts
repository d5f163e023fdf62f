/**
 * A deployed REST API as an OpenAPI document, such that importing it gives the same API again.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html
 */
import type { DocumentationVersion } from '../recorded.ts';
import type { ApiSnapshot, Method, MethodResponse, Resource } from '../types.ts';
import type { Json } from './document.ts';
import { Documents, documentationExtension } from './documentation.ts';
import { exportIntegration } from './exportIntegration.ts';
import { exportSchema } from './schemas.ts';
import { apiKeyScheme, exportScheme, iamScheme, sigv4Scheme } from './security.ts';

export interface ExportOptions {
  /** 2: `swagger`, 3: `oas30`. */
  version: 2 | 3;
  integrations: boolean;
  authorizers: boolean;
  documentation: boolean;
}

export interface ExportedStage {
  snapshot: ApiSnapshot;
  stageName: string;
  /** Of the deployment: what an API that says no version is exported under. */
  deployedAt: number;
  documentation: DocumentationVersion | undefined;
  /** `https://a1b2c3.execute-api.eu-west-1.amazonaws.com`. */
  endpoint: string;
}

export function exportOpenApi(stage: ExportedStage, options: ExportOptions): Json {
  const { snapshot, stageName, endpoint } = stage;
  const { api } = snapshot;
  const documents = new Documents(stage.documentation?.parts ?? []);
  const info = without({
    title: api.name,
    description: api.description,
    version: api.version ?? isoSeconds(stage.deployedAt),
    ...documents.info(),
  });
  const paths: Json = {};
  for (const resource of [...snapshot.resources].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const item = exportResource(resource, snapshot, options, documents);
    if (item) paths[resource.path] = item;
  }
  const schemas = Object.fromEntries(
    snapshot.models.map((model) => [model.name, exportSchema(model.schema ?? '{}', options.version)]),
  );
  const schemes = exportSchemes(snapshot, options);
  const own = extensionsOf(stage, options);
  if (options.version === 2) {
    return without({
      swagger: '2.0',
      info,
      host: endpoint.replace(/^https?:\/\//, ''),
      basePath: `/${stageName}`,
      schemes: [endpoint.startsWith('https') ? 'https' : 'http'],
      tags: tagsOf(stage),
      paths,
      securityDefinitions: ifAny(schemes),
      definitions: ifAny(schemas),
      ...own.endpoint,
      ...own.root,
    });
  }
  return without({
    openapi: '3.0.1',
    info,
    servers: [
      { url: `${endpoint}/{basePath}`, variables: { basePath: { default: stageName } }, ...own.endpoint },
    ],
    tags: tagsOf(stage),
    paths,
    components: without({ schemas: ifAny(schemas), securitySchemes: ifAny(schemes) }),
    ...own.root,
  });
}

function tagsOf({ snapshot }: ExportedStage) {
  // A stack's own tags belong to the stack.
  const tags = Object.entries(snapshot.api.tags ?? {}).filter(([name]) => !name.startsWith('aws:'));
  if (tags.length === 0) return undefined;
  return tags.map(([name, value]) => ({ name, 'x-amazon-apigateway-tag-value': value }));
}

/** What belongs to the API as a whole, and what to its endpoint (a server, in 3.0). */
function extensionsOf(stage: ExportedStage, options: ExportOptions): { root: Json; endpoint: Json } {
  const { snapshot } = stage;
  const documentation = options.documentation ? documentationExtension(stage.documentation) : {};
  if (!options.integrations) return { root: documentation, endpoint: {} };
  const { api, validators, gatewayResponses } = snapshot;
  const { vpcEndpointIds } = api.endpointConfiguration;
  const endpoint = without({
    disableExecuteApiEndpoint: api.disableExecuteApiEndpoint || undefined,
    vpcEndpointIds: vpcEndpointIds?.length ? vpcEndpointIds : undefined,
  });
  const root = without({
    'x-amazon-apigateway-api-key-source': api.apiKeySource === 'HEADER' ? undefined : api.apiKeySource,
    'x-amazon-apigateway-binary-media-types': api.binaryMediaTypes?.length ? api.binaryMediaTypes : undefined,
    'x-amazon-apigateway-minimum-compression-size': api.minimumCompressionSize ?? undefined,
    'x-amazon-apigateway-policy': api.policy ? JSON.parse(api.policy) : undefined,
    'x-amazon-apigateway-security-policy': api.securityPolicy,
    'x-amazon-apigateway-request-validators': ifAny(
      Object.fromEntries(
        [...validators]
          .sort(byName)
          .map(({ id, name, validateRequestBody, validateRequestParameters }) => [
            name ?? id,
            { validateRequestParameters, validateRequestBody },
          ]),
      ),
    ),
    'x-amazon-apigateway-gateway-responses': ifAny(
      Object.fromEntries(
        gatewayResponses.map(({ responseType, statusCode, responseParameters, responseTemplates }) => [
          responseType,
          without({
            statusCode: statusCode === undefined ? undefined : Number(statusCode),
            responseParameters,
            responseTemplates,
          }),
        ]),
      ),
    ),
  });
  return {
    root: { ...root, ...documentation },
    endpoint: ifAny(endpoint) ? { 'x-amazon-apigateway-endpoint-configuration': endpoint } : {},
  };
}

function exportSchemes({ resources, authorizers }: ApiSnapshot, options: ExportOptions): Json {
  const methods = resources.flatMap((resource) => Object.values(resource.resourceMethods));
  const schemes: Json = {};
  if (methods.some((method) => method.apiKeyRequired)) schemes[apiKeyScheme] = apiKey;
  if (options.authorizers) {
    if (methods.some((method) => method.authorizationType === 'AWS_IAM')) schemes[iamScheme] = sigv4Scheme;
    for (const authorizer of [...authorizers].sort(byName))
      schemes[authorizer.name] = exportScheme(authorizer);
  }
  return schemes;
}

const apiKey = { type: 'apiKey', name: 'x-api-key', in: 'header' };

function exportResource(
  resource: Resource,
  snapshot: ApiSnapshot,
  options: ExportOptions,
  documents: Documents,
): Json | undefined {
  const methods = Object.values(resource.resourceMethods);
  // Parents that answer nothing themselves grow again from the paths below them; a leaf must be named.
  const isParent = snapshot.resources.some((other) => other.parentId === resource.id);
  if (methods.length === 0 && (isParent || resource.parentId === undefined)) return undefined;
  const item: Json = documents.fields('RESOURCE', { path: resource.path });
  for (const method of methods) {
    const name =
      method.httpMethod === 'ANY' ? 'x-amazon-apigateway-any-method' : method.httpMethod.toLowerCase();
    item[name] = exportMethod(method, resource, snapshot, options, documents);
  }
  return item;
}

function exportMethod(
  method: Method,
  resource: Resource,
  snapshot: ApiSnapshot,
  options: ExportOptions,
  documents: Documents,
): Json {
  const place = { path: resource.path, method: method.httpMethod };
  const validator = snapshot.validators.find(({ id }) => id === method.requestValidatorId);
  const body = exportRequestBody(method, options, documents, place);
  const parameters = [...exportParameters(method, options, documents, place), ...body.parameters];
  const produces = new Set(
    Object.values(method.methodResponses ?? {}).flatMap((response) =>
      Object.keys(response.responseModels ?? {}),
    ),
  );
  const { methodIntegration } = method;
  return without({
    ...documents.fields('METHOD', place),
    operationId: method.operationName,
    consumes: body.consumes,
    produces: options.version === 2 && produces.size > 0 ? [...produces] : undefined,
    parameters: parameters.length > 0 ? parameters : undefined,
    requestBody: body.requestBody,
    responses: ifAny(
      Object.fromEntries(
        Object.values(method.methodResponses ?? {}).map((response) => [
          response.statusCode,
          exportResponse(response, options, documents, place),
        ]),
      ),
    ),
    security: exportSecurity(method, snapshot, options),
    'x-amazon-apigateway-request-validator':
      options.integrations && validator ? (validator.name ?? validator.id) : undefined,
    'x-amazon-apigateway-integration':
      options.integrations && methodIntegration
        ? exportIntegration(methodIntegration, resource.id)
        : undefined,
  });
}

const places: Record<string, { in: string; documented: string }> = {
  path: { in: 'path', documented: 'PATH_PARAMETER' },
  querystring: { in: 'query', documented: 'QUERY_PARAMETER' },
  header: { in: 'header', documented: 'REQUEST_HEADER' },
};

type Place = { path: string; method: string };

function exportParameters(
  method: Method,
  options: ExportOptions,
  documents: Documents,
  place: Place,
): Json[] {
  const parameters: Json[] = [];
  for (const [key, required] of Object.entries(method.requestParameters ?? {})) {
    const [, kind = '', name = ''] = /^method\.request\.(path|querystring|header)\.(.+)$/.exec(key) ?? [];
    const known = places[kind];
    if (!known) continue;
    parameters.push({
      name,
      in: known.in,
      ...documents.fields(known.documented, { ...place, name }),
      // A parameter of the path is always there, and OpenAPI wants it said.
      required: kind === 'path' || required,
      ...(options.version === 3 ? { schema: { type: 'string' } } : { type: 'string' }),
    });
  }
  return parameters;
}

function exportRequestBody(method: Method, options: ExportOptions, documents: Documents, place: Place) {
  const models = Object.entries(method.requestModels ?? {});
  const none: { parameters: Json[]; consumes?: string[]; requestBody?: Json } = { parameters: [] };
  const [first] = models;
  if (!first) return none;
  const documented = documents.fields('REQUEST_BODY', place);
  if (options.version === 3) {
    const content = models.map(([type, model]) => [type, { schema: reference(model, 3) }]);
    return { ...none, requestBody: { ...documented, content: Object.fromEntries(content), required: true } };
  }
  const name = first[1];
  return {
    // 2.0 knows one body, whatever its types.
    consumes: models.map(([type]) => type),
    parameters: [{ in: 'body', name, ...documented, required: true, schema: reference(name, 2) }],
  };
}

function reference(model: string, version: 2 | 3): Json {
  return { $ref: `${version === 3 ? '#/components/schemas/' : '#/definitions/'}${model}` };
}

function exportResponse(
  response: MethodResponse,
  options: ExportOptions,
  documents: Documents,
  place: Place,
): Json {
  const { statusCode } = response;
  const headers: Json = {};
  for (const [key, required] of Object.entries(response.responseParameters ?? {})) {
    const name = key.replace(/^method\.response\.header\./, '');
    const documented = documents.fields('RESPONSE_HEADER', { ...place, statusCode, name });
    headers[name] =
      options.version === 3
        ? { ...documented, ...(required ? { required } : {}), schema: { type: 'string' } }
        : { ...documented, type: 'string' };
  }
  const models = Object.entries(response.responseModels ?? {});
  const [first] = models;
  return without({
    description: `${statusCode} response`,
    ...documents.fields('RESPONSE', { ...place, statusCode }),
    headers: ifAny(headers),
    content:
      options.version === 3
        ? ifAny(Object.fromEntries(models.map(([type, model]) => [type, { schema: reference(model, 3) }])))
        : undefined,
    schema: options.version === 2 && first ? reference(first[1], 2) : undefined,
  });
}

function exportSecurity(method: Method, { authorizers }: ApiSnapshot, options: ExportOptions) {
  const security: Json[] = [];
  const authorizer = authorizers.find(({ id }) => id === method.authorizerId);
  if (options.authorizers) {
    if (method.authorizationType === 'AWS_IAM') security.push({ [iamScheme]: [] });
    else if (authorizer) security.push({ [authorizer.name]: method.authorizationScopes ?? [] });
  }
  if (method.apiKeyRequired) security.push({ [apiKeyScheme]: [] });
  return security.length > 0 ? security : undefined;
}

/** Ids are made by chance: the order of a document must not be. */
function byName(a: { name?: string | undefined }, b: { name?: string | undefined }): number {
  return (a.name ?? '') < (b.name ?? '') ? -1 : 1;
}

/** `2016-12-22T20:02:15Z`. */
export function isoSeconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

function ifAny(record: Json): Json | undefined {
  return Object.keys(record).length > 0 ? record : undefined;
}

/** Members without those that are undefined: what a document doesn't say is left out. */
export function without(record: Json): Json {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
