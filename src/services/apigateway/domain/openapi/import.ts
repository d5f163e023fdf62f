/**
 * An OpenAPI document with the `x-amazon-apigateway-*` extensions as the parts of a REST API.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html
 */
import { BadRequestException } from '../../errors.ts';
import type {
  Authorizer,
  GatewayResponse,
  Method,
  MethodResponse,
  Model,
  RequestValidator,
  RestApi,
} from '../types.ts';
import {
  httpMethods,
  isObject,
  type Json,
  listOf,
  type OpenApiDocument,
  objectOf,
  resolve,
  textList,
  textOf,
  textsOf,
} from './document.ts';
import { type ImportedPart, readDocumentation } from './documentation.ts';
import { readIntegration } from './integration.ts';
import { modelName, modelSchema, schemasOf } from './schemas.ts';
import { readSchemes, type Schemes, securityOf } from './security.ts';

/** A method whose authorizer and validator are still names. */
export interface ImportedMethod extends Omit<Method, 'authorizerId' | 'requestValidatorId'> {
  authorizerName?: string | undefined;
  validatorName?: string | undefined;
}

export interface ImportedApi {
  api: Partial<
    Pick<
      RestApi,
      | 'name'
      | 'description'
      | 'version'
      | 'binaryMediaTypes'
      | 'minimumCompressionSize'
      | 'apiKeySource'
      | 'policy'
      | 'disableExecuteApiEndpoint'
      | 'securityPolicy'
      | 'tags'
    >
  > & { vpcEndpointIds?: string[] | undefined };
  /** Full path → method (`GET`, `ANY`) → what it does. */
  paths: Record<string, Record<string, ImportedMethod>>;
  models: Omit<Model, 'id'>[];
  validators: Omit<RequestValidator, 'id'>[];
  authorizers: Omit<Authorizer, 'id'>[];
  gatewayResponses: GatewayResponse[];
  documentation: ImportedPart[];
  warnings: string[];
}

export type BasePathMode = 'ignore' | 'prepend' | 'split';

export function importOpenApi(
  document: OpenApiDocument,
  apiId: string,
  basePath: BasePathMode = 'ignore',
): ImportedApi {
  const { root, version } = document;
  const algorithm = textOf(root['x-amazon-apigateway-importexport-version']);
  if (algorithm !== undefined && !/^1(?:\.0)?$/.test(algorithm)) {
    throw new BadRequestException(`Unsupported x-amazon-apigateway-importexport-version: ${algorithm}`);
  }
  const schemes = readSchemes(root, version);
  const prefix = prefixOf(root, version, basePath);
  const models: ImportedApi['models'] = [];
  for (const [name, schema] of Object.entries(schemasOf(root, version))) {
    models.push({
      name: modelName(name),
      description: textOf(objectOf(schema).description),
      contentType: 'application/json',
      schema: modelSchema(schema, apiId),
    });
  }
  const imported: ImportedApi = {
    api: readApi(root),
    paths: {},
    models,
    validators: readValidators(root),
    authorizers: [...schemes.values()].flatMap((scheme) =>
      scheme.kind === 'authorizer' ? [scheme.authorizer] : [],
    ),
    gatewayResponses: readGatewayResponses(root),
    documentation: readDocumentation(root, (path) => joinPath(prefix, path)),
    warnings: [...schemes].flatMap(([name, { kind }]) =>
      kind === 'unknown' ? [`Unable to import security scheme '${name}': its type is not supported`] : [],
    ),
  };
  for (const [path, item] of Object.entries(objectOf(root.paths))) {
    const resolved = resolve(root, item);
    const full = joinPath(prefix, path);
    imported.paths[full] = readPath(document, full, resolved, schemes, imported, apiId);
  }
  return imported;
}

function readApi(root: Json): ImportedApi['api'] {
  const info = objectOf(root.info);
  const endpoint = endpointExtension(root);
  const policy = root['x-amazon-apigateway-policy'];
  const compression = textOf(root['x-amazon-apigateway-minimum-compression-size']);
  return {
    name: textOf(info.title),
    description: textOf(info.description),
    version: textOf(info.version),
    binaryMediaTypes: textList(root['x-amazon-apigateway-binary-media-types']),
    minimumCompressionSize: compression === undefined ? undefined : Number(compression),
    apiKeySource: textOf(root['x-amazon-apigateway-api-key-source'])?.toUpperCase() as
      | RestApi['apiKeySource']
      | undefined,
    policy: policy === undefined ? undefined : typeof policy === 'string' ? policy : JSON.stringify(policy),
    disableExecuteApiEndpoint:
      endpoint.disableExecuteApiEndpoint === undefined
        ? undefined
        : textOf(endpoint.disableExecuteApiEndpoint) === 'true',
    vpcEndpointIds: textList(endpoint.vpcEndpointIds),
    securityPolicy: textOf(root['x-amazon-apigateway-security-policy']),
    tags: tagsOf(root),
  } as ImportedApi['api'];
}

/** At the root in 2.0, on the first server in 3.x. */
function endpointExtension(root: Json): Json {
  const name = 'x-amazon-apigateway-endpoint-configuration';
  const server = listOf(root.servers).find((entry) => isObject(entry) && isObject(entry[name]));
  return objectOf(root[name] ?? objectOf(server)[name]);
}

/** Tags of the document with `x-amazon-apigateway-tag-value` are tags of the API. */
function tagsOf(root: Json): Record<string, string> | undefined {
  const tags: Record<string, string> = {};
  for (const tag of listOf(root.tags)) {
    const { name, 'x-amazon-apigateway-tag-value': value } = objectOf(tag);
    if (typeof name === 'string' && value !== undefined) tags[name] = textOf(value) ?? '';
  }
  return Object.keys(tags).length > 0 ? tags : undefined;
}

function readValidators(root: Json): ImportedApi['validators'] {
  const defined = objectOf(root['x-amazon-apigateway-request-validators']);
  return Object.entries(defined).map(([name, value]) => ({
    name,
    validateRequestBody: objectOf(value).validateRequestBody === true,
    validateRequestParameters: objectOf(value).validateRequestParameters === true,
  }));
}

function readGatewayResponses(root: Json): GatewayResponse[] {
  const defined = objectOf(root['x-amazon-apigateway-gateway-responses']);
  return Object.entries(defined).map(([responseType, value]) => ({
    responseType: responseType.toUpperCase(),
    statusCode: textOf(objectOf(value).statusCode),
    responseParameters: textsOf(objectOf(value).responseParameters),
    responseTemplates: textsOf(objectOf(value).responseTemplates),
  }));
}

function prefixOf(root: Json, version: 2 | 3, mode: BasePathMode): string {
  if (mode === 'ignore') return '';
  let basePath = '';
  if (version === 2) basePath = textOf(root.basePath) ?? '';
  else {
    const server = objectOf(listOf(root.servers)[0]);
    const named = textOf(objectOf(objectOf(server.variables).basePath).default);
    basePath = named ?? /^[a-z]+:\/\/[^/]+(\/.*)?$/.exec(textOf(server.url) ?? '')?.[1] ?? '';
  }
  const parts = basePath.split('/').filter((part) => part !== '');
  // "split": the first part is taken for the stage and dropped.
  return `/${(mode === 'split' ? parts.slice(1) : parts).join('/')}`;
}

function joinPath(prefix: string, path: string): string {
  const joined = `/${[...prefix.split('/'), ...path.split('/')].filter((part) => part !== '').join('/')}`;
  return joined;
}

function readPath(
  document: OpenApiDocument,
  path: string,
  item: Json,
  schemes: Schemes,
  imported: ImportedApi,
  apiId: string,
): Record<string, ImportedMethod> {
  const methods: Record<string, ImportedMethod> = {};
  const shared = listOf(item.parameters);
  for (const name of [...httpMethods, 'x-amazon-apigateway-any-method']) {
    const operation = item[name];
    if (!isObject(operation)) continue;
    const httpMethod = name.startsWith('x-') ? 'ANY' : name.toUpperCase();
    const where = `${httpMethod} for path ${path}`;
    methods[httpMethod] = readMethod(
      document,
      httpMethod,
      operation,
      shared,
      schemes,
      imported,
      apiId,
      where,
    );
  }
  return methods;
}

function readMethod(
  document: OpenApiDocument,
  httpMethod: string,
  operation: Json,
  shared: unknown[],
  schemes: Schemes,
  imported: ImportedApi,
  apiId: string,
  where: string,
): ImportedMethod {
  const { root } = document;
  const validator = textOf(
    operation['x-amazon-apigateway-request-validator'] ?? root['x-amazon-apigateway-request-validator'],
  );
  if (validator && !imported.validators.some((known) => known.name === validator)) {
    throw new BadRequestException(
      `Unable to find request validator '${validator}' of method '${where}' in the API definition.`,
    );
  }
  const method: ImportedMethod = {
    httpMethod,
    ...securityOf(root, operation, schemes),
    validatorName: validator,
    operationName: textOf(operation.operationId),
    requestParameters: readParameters(root, [...shared, ...listOf(operation.parameters)]),
    requestModels: readRequestModels(document, operation, shared, imported, apiId),
    methodResponses: readMethodResponses(document, operation, imported, apiId, where),
  };
  const integration = operation['x-amazon-apigateway-integration'];
  if (isObject(integration)) method.methodIntegration = readIntegration(resolve(root, integration), where);
  return method;
}

const parameterPlaces: Record<string, string> = { query: 'querystring', path: 'path', header: 'header' };

function readParameters(root: Json, parameters: unknown[]): Record<string, boolean> | undefined {
  const read: Record<string, boolean> = {};
  for (const entry of parameters) {
    const parameter = resolve(root, entry);
    const place = parameterPlaces[textOf(parameter.in) ?? ''];
    if (place) {
      read[`method.request.${place}.${textOf(parameter.name)}`] = parameter.required === true;
    }
  }
  return Object.keys(read).length > 0 ? read : undefined;
}

function readRequestModels(
  document: OpenApiDocument,
  operation: Json,
  shared: unknown[],
  imported: ImportedApi,
  apiId: string,
): Record<string, string> | undefined {
  const { root, version } = document;
  const models: Record<string, string> = {};
  if (version === 3) {
    const content = objectOf(resolve(root, operation.requestBody).content);
    for (const [type, media] of Object.entries(content)) {
      const schema = objectOf(media).schema;
      if (isObject(schema)) models[type] = nameOfSchema(schema, imported, apiId);
    }
  } else {
    for (const entry of [...shared, ...listOf(operation.parameters)]) {
      const parameter = resolve(root, entry);
      if (parameter.in !== 'body' || !isObject(parameter.schema)) continue;
      const consumes = textList(operation.consumes ?? root.consumes) ?? ['application/json'];
      for (const type of consumes) models[type] = nameOfSchema(parameter.schema, imported, apiId);
    }
  }
  return Object.keys(models).length > 0 ? models : undefined;
}

/** A schema written in place becomes a model of its own. */
function nameOfSchema(schema: Json, imported: ImportedApi, apiId: string): string {
  if (typeof schema.$ref === 'string')
    return modelName(decodeURIComponent(schema.$ref.split('/').at(-1) ?? ''));
  const text = modelSchema(schema, apiId);
  const known = imported.models.find((model) => model.schema === text);
  if (known) return known.name;
  const name = `MODEL${String(imported.models.length + 1).padStart(4, '0')}`;
  imported.models.push({ name, contentType: 'application/json', schema: text });
  return name;
}

function readMethodResponses(
  document: OpenApiDocument,
  operation: Json,
  imported: ImportedApi,
  apiId: string,
  where: string,
): Record<string, MethodResponse> | undefined {
  const { root, version } = document;
  const responses: Record<string, MethodResponse> = {};
  for (const [status, entry] of Object.entries(objectOf(operation.responses))) {
    // API Gateway has no default response of a method: each carries its status.
    if (!/^\d{3}$/.test(status)) {
      imported.warnings.push(`Ignoring response '${status}' of ${where}: only status codes are supported`);
      continue;
    }
    const response = resolve(root, entry);
    const parameters: Record<string, boolean> = {};
    for (const [name, header] of Object.entries(objectOf(response.headers))) {
      parameters[`method.response.header.${name}`] = resolve(root, header).required === true;
    }
    const models: Record<string, string> = {};
    const schemas =
      version === 2
        ? (textList(operation.produces ?? root.produces) ?? ['application/json']).map(
            (type) => [type, response.schema] as const,
          )
        : Object.entries(objectOf(response.content)).map(
            ([type, media]) => [type, objectOf(media).schema] as const,
          );
    for (const [type, schema] of schemas) {
      if (isObject(schema)) models[type] = nameOfSchema(schema, imported, apiId);
    }
    responses[status] = {
      statusCode: status,
      responseParameters: Object.keys(parameters).length > 0 ? parameters : undefined,
      responseModels: Object.keys(models).length > 0 ? models : undefined,
    };
  }
  return Object.keys(responses).length > 0 ? responses : undefined;
}
