/**
 * The event that AWS_PROXY hands to a function, payload format 1.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
 */
import { lastOf, type MultiValues } from './parameters.ts';
import type { RequestContext } from './requestContext.ts';

export interface ProxyRequest {
  /** `/items/{id}`. */
  resource: string;
  /** The path after the stage, percent-encoding kept. */
  path: string;
  httpMethod: string;
  headers: MultiValues;
  query: MultiValues;
  pathParameters: Record<string, string>;
  stageVariables: Record<string, string> | undefined;
  requestContext: RequestContext;
  body: Uint8Array;
  /** The body goes as base64, by the API's binary media types. */
  binary: boolean;
}

export interface ProxyEvent {
  resource: string;
  path: string;
  httpMethod: string;
  headers: Record<string, string> | null;
  multiValueHeaders: MultiValues | null;
  queryStringParameters: Record<string, string> | null;
  multiValueQueryStringParameters: MultiValues | null;
  pathParameters: Record<string, string> | null;
  stageVariables: Record<string, string> | null;
  requestContext: RequestContext;
  body: string | null;
  isBase64Encoded: boolean;
}

/** What is empty is `null`, as on AWS. */
export function proxyEvent(request: ProxyRequest): ProxyEvent {
  const empty = request.body.length === 0;
  const hasQuery = hasAny(request.query);
  return {
    resource: request.resource,
    path: request.path,
    httpMethod: request.httpMethod,
    headers: hasAny(request.headers) ? lastOf(request.headers) : null,
    multiValueHeaders: hasAny(request.headers) ? request.headers : null,
    queryStringParameters: hasQuery ? lastOf(request.query) : null,
    multiValueQueryStringParameters: hasQuery ? request.query : null,
    pathParameters: hasAny(request.pathParameters) ? request.pathParameters : null,
    stageVariables: request.stageVariables && hasAny(request.stageVariables) ? request.stageVariables : null,
    requestContext: request.requestContext,
    body: empty ? null : textOf(request.body, request.binary),
    isBase64Encoded: !empty && request.binary,
  };
}

function textOf(body: Uint8Array, binary: boolean): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString(binary ? 'base64' : 'utf8');
}

function hasAny(record: object): boolean {
  for (const _ in record) return true;
  return false;
}
