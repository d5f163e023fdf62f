/**
 * The event that a function gets from an HTTP API.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */

import type { CognitoCaller } from '../../../../platform/index.ts';
import { mediaTypeOf } from '../../domain/mediaTypes.ts';
import { emptyRecord, type MultiValues } from '../../domain/parameters.ts';
import { commonLogTime } from '../../domain/requestContext.ts';

export interface HttpApiRequest {
  accountId: string;
  apiId: string;
  requestId: string;
  now: number;
  stage: string;
  stageVariables: Record<string, string> | undefined;
  routeKey: string;
  method: string;
  /** With the stage, unless it is `$default`; decoded. */
  rawPath: string;
  /** Format 1.0 shows the path as a custom domain's client asked for it; 2.0 leaves the API mapping out. */
  pathThroughDomain?: string | undefined;
  rawQuery: string;
  query: MultiValues;
  headers: MultiValues;
  pathParameters: Record<string, string>;
  cookies: string[];
  domainName: string;
  domainPrefix: string;
  sourceIp: string;
  userAgent: string;
  body: Uint8Array;
  authorizer: Record<string, unknown> | undefined;
}

/** `authorizer.iam`. */
export interface HttpSigner {
  accessKey: string | null;
  accountId: string;
  callerId: string;
  cognitoIdentity: CognitoCaller | null;
  principalOrgId: null;
  userArn: string;
  userId: string;
}

export interface EventV2 {
  version: '2.0';
  routeKey: string;
  rawPath: string;
  rawQueryString: string;
  cookies?: string[];
  headers: Record<string, string>;
  queryStringParameters?: Record<string, string>;
  requestContext: Record<string, unknown>;
  body?: string;
  pathParameters?: Record<string, string>;
  isBase64Encoded: boolean;
  stageVariables?: Record<string, string>;
}

/** Format 2.0: what is empty is left out. */
export function eventV2(request: HttpApiRequest): EventV2 {
  const binary = !isText(request.headers['content-type']?.at(-1));
  const event: EventV2 = {
    version: '2.0',
    routeKey: request.routeKey,
    rawPath: request.rawPath,
    rawQueryString: request.rawQuery,
    headers: joined(request.headers),
    requestContext: requestContextV2(request),
    isBase64Encoded: false,
  };
  delete event.headers.cookie;
  if (request.cookies.length > 0) event.cookies = request.cookies;
  if (hasAny(request.query)) event.queryStringParameters = joined(request.query);
  if (hasAny(request.pathParameters)) event.pathParameters = request.pathParameters;
  if (request.stageVariables && hasAny(request.stageVariables)) event.stageVariables = request.stageVariables;
  if (request.body.length > 0) {
    event.body = bodyText(request.body, binary);
    event.isBase64Encoded = binary;
  }
  return event;
}

export function requestContextV2(request: HttpApiRequest): Record<string, unknown> {
  return {
    accountId: request.accountId,
    apiId: request.apiId,
    ...(request.authorizer ? { authorizer: request.authorizer } : {}),
    domainName: request.domainName,
    domainPrefix: request.domainPrefix,
    http: {
      method: request.method,
      path: request.rawPath,
      protocol: 'HTTP/1.1',
      sourceIp: request.sourceIp,
      userAgent: request.userAgent,
    },
    requestId: request.requestId,
    routeKey: request.routeKey,
    stage: request.stage,
    time: commonLogTime(request.now),
    timeEpoch: request.now,
  };
}

/** Format 1.0: as REST APIs send it, with a version. */
export function eventV1(request: HttpApiRequest): Record<string, unknown> {
  const binary = !isText(request.headers['content-type']?.at(-1));
  const resource = request.routeKey.split(' ')[1] ?? request.routeKey;
  const hasQuery = hasAny(request.query);
  const first = (values: MultiValues) =>
    Object.fromEntries(Object.entries(values).map(([name, list]) => [name, list.at(-1) ?? '']));
  return {
    version: '1.0',
    resource,
    path: request.pathThroughDomain ?? request.rawPath,
    httpMethod: request.method,
    headers: first(request.headers),
    multiValueHeaders: request.headers,
    queryStringParameters: hasQuery ? first(request.query) : null,
    multiValueQueryStringParameters: hasQuery ? request.query : null,
    requestContext: {
      accountId: request.accountId,
      apiId: request.apiId,
      ...(request.authorizer ? { authorizer: flatAuthorizer(request.authorizer) } : {}),
      domainName: request.domainName,
      domainPrefix: request.domainPrefix,
      extendedRequestId: request.requestId,
      httpMethod: request.method,
      identity: identityV1(request),
      path: request.pathThroughDomain ?? request.rawPath,
      protocol: 'HTTP/1.1',
      requestId: request.requestId,
      requestTime: commonLogTime(request.now),
      requestTimeEpoch: request.now,
      resourceId: request.routeKey,
      resourcePath: resource,
      stage: request.stage,
    },
    pathParameters: hasAny(request.pathParameters) ? request.pathParameters : null,
    stageVariables: request.stageVariables && hasAny(request.stageVariables) ? request.stageVariables : null,
    body: request.body.length > 0 ? bodyText(request.body, binary) : null,
    isBase64Encoded: request.body.length > 0 && binary,
  };
}

/** Who signed the request stands here, where 2.0 has `authorizer.iam`. */
function identityV1({ authorizer, sourceIp, userAgent }: HttpApiRequest): Record<string, unknown> {
  const signer = authorizer?.iam as HttpSigner | undefined;
  const cognito = signer?.cognitoIdentity;
  const [type, ...providers] = cognito?.amr ?? [];
  return {
    accessKey: signer?.accessKey ?? null,
    accountId: signer?.accountId ?? null,
    caller: signer?.callerId ?? null,
    cognitoAmr: cognito?.amr ?? null,
    cognitoAuthenticationProvider: providers.length > 0 ? providers.join(',') : null,
    cognitoAuthenticationType: type ?? null,
    cognitoIdentityId: cognito?.identityId ?? null,
    cognitoIdentityPoolId: cognito?.identityPoolId ?? null,
    principalOrgId: null,
    sourceIp,
    user: signer?.userId ?? null,
    userAgent,
    userArn: signer?.userArn ?? null,
  };
}

/**
 * What `$context.…` of parameter mappings may name: members of the HTTP request and of the authorizer stand flat there.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
export function mappingContext(request: HttpApiRequest): Record<string, unknown> {
  const context = requestContextV2(request);
  const { method, path, protocol, sourceIp, userAgent } = context.http as Record<string, unknown>;
  return {
    ...context,
    httpMethod: method,
    path,
    protocol,
    identity: { sourceIp, userAgent },
    ...(request.authorizer ? { authorizer: flatAuthorizer(request.authorizer) } : {}),
  };
}

/** Format 1.0 has claims and context without the `jwt` and `lambda` of 2.0. */
function flatAuthorizer(authorizer: Record<string, unknown>): unknown {
  return authorizer.jwt ?? authorizer.lambda ?? authorizer;
}

/** Other content goes as base64, whatever it holds. */
export function isText(contentType: string | undefined): boolean {
  const type = mediaTypeOf(contentType);
  return (
    type === '' ||
    type.startsWith('text/') ||
    type === 'application/json' ||
    type === 'application/xml' ||
    type === 'application/javascript' ||
    type.endsWith('+json') ||
    type.endsWith('+xml')
  );
}

/** "Duplicate headers are combined with commas and included in the headers field." */
export function joined(values: MultiValues): Record<string, string> {
  const out: Record<string, string> = emptyRecord();
  for (const name in values) out[name] = (values[name] as string[]).join(',');
  return out;
}

function bodyText(body: Uint8Array, binary: boolean): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString(binary ? 'base64' : 'utf8');
}

function hasAny(record: object): boolean {
  for (const _ in record) return true;
  return false;
}
