/**
 * An OpenAPI 3.0 document as the parts of an HTTP API.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
 */
import type { CreateIntegrationRequest, CreateRouteRequest } from '@aws-sdk/client-apigatewayv2';
import {
  httpMethods,
  isObject,
  type Json,
  listOf,
  objectOf,
  resolve,
  textList,
  textOf,
  textsOf,
} from '../../domain/openapi/document.ts';
import type { Cors, HttpApi, HttpAuthorizer } from './types.ts';

export type ImportedIntegration = Omit<CreateIntegrationRequest, 'ApiId'>;

export interface ImportedRoute extends Omit<CreateRouteRequest, 'ApiId' | 'Target' | 'AuthorizerId'> {
  authorizerName?: string | undefined;
  integration?: ImportedIntegration | undefined;
  /** Name of the integration in `components`, which several routes share. */
  sharedAs?: string | undefined;
}

export interface ImportedHttpApi {
  api: Partial<Pick<HttpApi, 'Name' | 'Description' | 'Version' | 'Tags' | 'DisableExecuteApiEndpoint'>>;
  cors: Cors | undefined;
  routes: ImportedRoute[];
  authorizers: Omit<HttpAuthorizer, 'AuthorizerId'>[];
  warnings: string[];
}

export function importHttpApi(root: Json, basepath: 'ignore' | 'prepend' | 'split'): ImportedHttpApi {
  const info = objectOf(root.info);
  const server = objectOf(listOf(root.servers)[0]);
  const endpoint = objectOf(
    root['x-amazon-apigateway-endpoint-configuration'] ??
      server['x-amazon-apigateway-endpoint-configuration'],
  );
  const authorizers = readAuthorizers(root);
  const routes: ImportedRoute[] = [];
  const prefix = prefixOf(server, basepath);
  for (const [path, item] of Object.entries(objectOf(root.paths))) {
    const operations = resolve(root, item);
    for (const name of [...httpMethods, 'x-amazon-apigateway-any-method']) {
      const operation = operations[name];
      if (!isObject(operation)) continue;
      const method = name.startsWith('x-') ? 'ANY' : name.toUpperCase();
      // SAM writes `$default`, API Gateway's own export `/$default`.
      const key = /^\/?\$default$/.test(path) ? '$default' : `${method} ${prefix}${path}`;
      routes.push(readRoute(root, key, operation, authorizers));
    }
  }
  const disabled = endpoint.disableExecuteApiEndpoint;
  return {
    api: {
      Name: textOf(info.title),
      Description: textOf(info.description),
      Version: textOf(info.version),
      Tags: tagsOf(root),
      ...(disabled === undefined ? {} : { DisableExecuteApiEndpoint: textOf(disabled) === 'true' }),
    } as ImportedHttpApi['api'],
    cors: readCors(root['x-amazon-apigateway-cors']),
    routes,
    authorizers: [...authorizers.values()],
    warnings: routes
      .filter((route) => !route.integration)
      .map((route) => `Route ${route.RouteKey} has no integration`),
  };
}

function prefixOf(server: Json, mode: 'ignore' | 'prepend' | 'split'): string {
  if (mode === 'ignore') return '';
  const url = textOf(server.url) ?? '';
  const base =
    textOf(objectOf(objectOf(server.variables).basePath).default) ?? url.replace(/^[a-z]+:\/\/[^/]+/, '');
  const parts = base.split('/').filter((part) => part !== '');
  const kept = mode === 'split' ? parts.slice(1) : parts;
  return kept.length > 0 ? `/${kept.join('/')}` : '';
}

function tagsOf(root: Json): Record<string, string> | undefined {
  const tags: Record<string, string> = {};
  for (const tag of listOf(root.tags)) {
    const { name, 'x-amazon-apigateway-tag-value': value } = objectOf(tag);
    if (typeof name === 'string' && value !== undefined) tags[name] = textOf(value) ?? '';
  }
  return Object.keys(tags).length > 0 ? tags : undefined;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-cors-configuration.html */
function readCors(value: unknown): Cors | undefined {
  if (value === true) return { AllowOrigins: ['*'] };
  if (!isObject(value)) return undefined;
  const maxAge = textOf(value.maxAge);
  const cors: Cors = {
    AllowOrigins: textList(value.allowOrigins),
    AllowHeaders: textList(value.allowHeaders),
    AllowMethods: textList(value.allowMethods),
    ExposeHeaders: textList(value.exposeHeaders),
    MaxAge: maxAge === undefined ? undefined : Number(maxAge),
  };
  if (value.allowCredentials !== undefined) cors.AllowCredentials = textOf(value.allowCredentials) === 'true';
  return cors;
}

function readAuthorizers(root: Json): Map<string, Omit<HttpAuthorizer, 'AuthorizerId'>> {
  const authorizers = new Map<string, Omit<HttpAuthorizer, 'AuthorizerId'>>();
  for (const [name, scheme] of Object.entries(objectOf(objectOf(root.components).securitySchemes))) {
    const value = resolve(root, scheme)['x-amazon-apigateway-authorizer'];
    if (!isObject(value)) continue;
    const jwt = textOf(value.type)?.toLowerCase() === 'jwt';
    const source = value.identitySource;
    const ttl = textOf(value.authorizerResultTtlInSeconds);
    const configuration = objectOf(value.jwtConfiguration);
    authorizers.set(name, {
      Name: name,
      AuthorizerType: jwt ? 'JWT' : 'REQUEST',
      IdentitySource:
        textList(source) ??
        textOf(source)
          ?.split(',')
          .map((entry) => entry.trim()),
      AuthorizerUri: textOf(value.authorizerUri),
      AuthorizerCredentialsArn: textOf(value.authorizerCredentials),
      AuthorizerPayloadFormatVersion: textOf(value.authorizerPayloadFormatVersion),
      AuthorizerResultTtlInSeconds: ttl === undefined ? undefined : Number(ttl),
      EnableSimpleResponses:
        value.enableSimpleResponses === undefined
          ? undefined
          : textOf(value.enableSimpleResponses) === 'true',
      JwtConfiguration: jwt
        ? {
            Audience:
              textList(configuration.audience) ??
              (textOf(configuration.audience) ? [String(configuration.audience)] : undefined),
            Issuer: textOf(configuration.issuer),
          }
        : undefined,
    });
  }
  return authorizers;
}

function readRoute(
  root: Json,
  key: string,
  operation: Json,
  authorizers: ReadonlyMap<string, Omit<HttpAuthorizer, 'AuthorizerId'>>,
): ImportedRoute {
  const route: ImportedRoute = {
    RouteKey: key,
    AuthorizationType: 'NONE',
    OperationName: textOf(operation.operationId),
  };
  for (const requirement of listOf(operation.security ?? root.security)) {
    for (const [name, scopes] of Object.entries(objectOf(requirement))) {
      const authorizer = authorizers.get(name);
      if (!authorizer) continue;
      route.AuthorizationType = authorizer.AuthorizerType === 'JWT' ? 'JWT' : 'CUSTOM';
      route.authorizerName = name;
      const listed = textList(scopes);
      if (listed?.length) route.AuthorizationScopes = listed;
    }
  }
  if (textOf(objectOf(operation['x-amazon-apigateway-auth']).type)?.toUpperCase() === 'AWS_IAM') {
    route.AuthorizationType = 'AWS_IAM';
    route.authorizerName = undefined;
  }
  const extension = operation['x-amazon-apigateway-integration'];
  if (isObject(extension)) {
    route.sharedAs = typeof extension.$ref === 'string' ? extension.$ref : undefined;
    route.integration = readIntegration(resolve(root, extension));
  }
  return route;
}

function readIntegration(value: Json): ImportedIntegration {
  const timeout = textOf(value.timeoutInMillis);
  const responses = Object.entries(objectOf(value.responseParameters)).map(
    ([status, parameters]) => [status, textsOf(parameters) ?? {}] as const,
  );
  return {
    IntegrationType: (textOf(value.type)?.toUpperCase() ?? 'AWS_PROXY') as 'AWS_PROXY',
    IntegrationSubtype: textOf(value.integrationSubtype),
    IntegrationMethod: textOf(value.httpMethod)?.toUpperCase(),
    IntegrationUri: textOf(value.uri),
    ConnectionType: textOf(value.connectionType)?.toUpperCase() as 'INTERNET' | undefined,
    ConnectionId: textOf(value.connectionId),
    CredentialsArn: textOf(value.credentials),
    Description: textOf(value.description),
    PayloadFormatVersion: textOf(value.payloadFormatVersion),
    RequestParameters: textsOf(value.requestParameters),
    ResponseParameters: responses.length > 0 ? Object.fromEntries(responses) : undefined,
    TimeoutInMillis: timeout === undefined ? undefined : Number(timeout),
    TlsConfig: isObject(value.tlsConfig)
      ? { ServerNameToVerify: textOf(value.tlsConfig.serverNameToVerify) }
      : undefined,
  };
}
