/**
 * An HTTP API as an OpenAPI 3.0 document, such that importing it gives the same API again.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-export.html
 */
import type { Json } from '../../domain/openapi/document.ts';
import type { HttpApiSnapshot, HttpAuthorizer, HttpIntegration, HttpRoute } from './types.ts';

export interface HttpExport {
  snapshot: Pick<HttpApiSnapshot, 'api' | 'routes' | 'integrations' | 'authorizers'>;
  /** Absent: what is configured, deployed or not. */
  stageName: string | undefined;
  endpoint: string;
  extensions: boolean;
}

/** Where integrations stand that several routes share. */
const shared = 'x-amazon-apigateway-integrations';

export function exportHttpApi({ snapshot, stageName, endpoint, extensions }: HttpExport): Json {
  const { api, routes, integrations, authorizers } = snapshot;
  const users = (integration: HttpIntegration) =>
    routes.filter((route) => targetOf(route) === integration.IntegrationId);
  const sharedOnes = integrations.filter((integration) => users(integration).length > 1);
  const paths: Record<string, Json> = {};
  for (const route of [...routes].sort((a, b) => (a.RouteKey < b.RouteKey ? -1 : 1))) {
    const [method = '', path = '/$default'] = route.RouteKey.split(' ');
    const name =
      method === 'ANY' || route.RouteKey === '$default'
        ? 'x-amazon-apigateway-any-method'
        : method.toLowerCase();
    const item = paths[path] ?? parametersOf(path);
    paths[path] = item;
    const integration = integrations.find(({ IntegrationId }) => IntegrationId === targetOf(route));
    item[name] = without({
      operationId: route.OperationName,
      responses: { default: { description: `Default response for ${route.RouteKey}` } },
      security: securityOf(route, authorizers),
      isDefaultRoute: route.RouteKey === '$default' ? true : undefined,
      ...(extensions
        ? {
            'x-amazon-apigateway-auth':
              route.AuthorizationType === 'AWS_IAM' ? { type: 'AWS_IAM' } : undefined,
            'x-amazon-apigateway-integration':
              integration &&
              (sharedOnes.includes(integration)
                ? { $ref: `#/components/${shared}/${integration.IntegrationId}` }
                : exportIntegration(integration)),
          }
        : {}),
    });
  }
  const stage = stageName === undefined || stageName === '$default' ? '' : stageName;
  const tags = Object.entries(api.Tags ?? {}).filter(([name]) => !name.startsWith('aws:'));
  return without({
    openapi: '3.0.1',
    info: without({
      title: api.Name,
      description: api.Description,
      version: api.Version ?? isoTime(api.CreatedDate),
    }),
    servers: [
      without({
        url: `${endpoint}/{basePath}`,
        variables: { basePath: { default: stage } },
        'x-amazon-apigateway-endpoint-configuration':
          extensions && api.DisableExecuteApiEndpoint ? { disableExecuteApiEndpoint: true } : undefined,
      }),
    ],
    tags:
      tags.length > 0
        ? tags.map(([name, value]) =>
            without({ name, 'x-amazon-apigateway-tag-value': extensions ? value : undefined }),
          )
        : undefined,
    paths,
    components: componentsOf(authorizers, extensions ? sharedOnes : [], extensions),
    ...(extensions
      ? {
          'x-amazon-apigateway-cors': api.CorsConfiguration && exportCors(api.CorsConfiguration),
          'x-amazon-apigateway-importexport-version': '1.0',
        }
      : {}),
  });
}

function targetOf(route: HttpRoute): string | undefined {
  return /^integrations\/(.+)$/.exec(route.Target ?? '')?.[1];
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}

/** Every variable of a path must be a parameter of it. */
function parametersOf(path: string): Json {
  const names = [...path.matchAll(/\{([^}+]+)\+?\}/g)].map(([, name]) => name as string);
  if (names.length === 0) return {};
  return {
    parameters: names.map((name) => ({
      name,
      in: 'path',
      description: `Generated path parameter for {${name}}`,
      required: true,
      schema: { type: 'string' },
    })),
  };
}

function securityOf(route: HttpRoute, authorizers: readonly HttpAuthorizer[]): Json[] | undefined {
  if (route.AuthorizationType !== 'JWT' && route.AuthorizationType !== 'CUSTOM') return undefined;
  const authorizer = authorizers.find(({ AuthorizerId }) => AuthorizerId === route.AuthorizerId);
  return authorizer && [{ [authorizer.Name]: route.AuthorizationScopes ?? [] }];
}

function componentsOf(
  authorizers: readonly HttpAuthorizer[],
  integrations: readonly HttpIntegration[],
  extensions: boolean,
): Json | undefined {
  const components: Json = {};
  if (authorizers.length > 0) {
    components.securitySchemes = Object.fromEntries(
      [...authorizers]
        .sort((a, b) => (a.Name < b.Name ? -1 : 1))
        .map((authorizer) => [authorizer.Name, exportScheme(authorizer, extensions)]),
    );
  }
  if (integrations.length > 0) {
    components[shared] = Object.fromEntries(
      integrations.map((integration) => [integration.IntegrationId, exportIntegration(integration)]),
    );
  }
  return Object.keys(components).length > 0 ? components : undefined;
}

function exportScheme(authorizer: HttpAuthorizer, extensions: boolean): Json {
  const { JwtConfiguration, IdentitySource } = authorizer;
  const jwt = authorizer.AuthorizerType === 'JWT';
  // The one source of a JWT is written as a text, those of a function as one text with commas between them.
  const value = without({
    type: jwt ? 'jwt' : 'request',
    identitySource: IdentitySource?.join(', '),
    jwtConfiguration: jwt
      ? without({ audience: JwtConfiguration?.Audience, issuer: JwtConfiguration?.Issuer })
      : undefined,
    authorizerUri: authorizer.AuthorizerUri,
    authorizerCredentials: authorizer.AuthorizerCredentialsArn,
    authorizerPayloadFormatVersion: authorizer.AuthorizerPayloadFormatVersion,
    authorizerResultTtlInSeconds: authorizer.AuthorizerResultTtlInSeconds,
    enableSimpleResponses: authorizer.EnableSimpleResponses,
  });
  const scheme: Json = jwt
    ? { type: 'oauth2', flows: {} }
    : { type: 'apiKey', name: 'Authorization', in: 'header' };
  return extensions ? { ...scheme, 'x-amazon-apigateway-authorizer': value } : scheme;
}

function exportIntegration(integration: HttpIntegration): Json {
  const responses = Object.entries(integration.ResponseParameters ?? {});
  return without({
    type: integration.IntegrationType.toLowerCase(),
    integrationSubtype: integration.IntegrationSubtype,
    httpMethod: integration.IntegrationMethod,
    uri: integration.IntegrationUri,
    connectionType: integration.ConnectionType,
    connectionId: integration.ConnectionId,
    credentials: integration.CredentialsArn,
    description: integration.Description,
    payloadFormatVersion: integration.PayloadFormatVersion,
    requestParameters: integration.RequestParameters,
    responseParameters: responses.length > 0 ? Object.fromEntries(responses) : undefined,
    timeoutInMillis: integration.TimeoutInMillis,
    tlsConfig:
      integration.TlsConfig && without({ serverNameToVerify: integration.TlsConfig.ServerNameToVerify }),
  });
}

function exportCors(cors: NonNullable<HttpApiSnapshot['api']['CorsConfiguration']>): Json {
  return without({
    allowMethods: cors.AllowMethods,
    allowHeaders: cors.AllowHeaders,
    exposeHeaders: cors.ExposeHeaders,
    maxAge: cors.MaxAge,
    allowCredentials: cors.AllowCredentials,
    allowOrigins: cors.AllowOrigins,
  });
}

function without(record: Json): Json {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
