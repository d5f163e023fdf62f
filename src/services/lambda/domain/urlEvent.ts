/** The event of a function URL and the answer to it: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads */

import type { CognitoCaller } from '../../../platform/index.ts';

/** Who signed a request, as the event says it. */
export interface UrlCaller {
  accessKey: string;
  accountId: string;
  callerId: string;
  cognitoIdentity: CognitoCaller | null;
  principalOrgId: null;
  userArn: string;
  userId: string;
}

export interface UrlRequest {
  urlId: string;
  domainName: string;
  method: string;
  /** As sent, percent-encoding kept. */
  path: string;
  query: string;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  sourceIp: string;
  requestId: string;
  /** With AuthType AWS_IAM. */
  caller?: UrlCaller | undefined;
  /** Milliseconds since the epoch. */
  time: number;
}

export function urlEvent(request: UrlRequest): object {
  const { cookie, ...headers } = request.headers;
  const parameters = joined(new URLSearchParams(request.query));
  const encoded = !isText(request.headers['content-type'], request.body);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: decoded(request.path),
    rawQueryString: request.query,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/;\s*/) }),
    headers: { ...headers, ...(cookie === undefined ? {} : { cookie }) },
    ...(Object.keys(parameters).length > 0 ? { queryStringParameters: parameters } : {}),
    requestContext: {
      accountId: request.caller?.accountId ?? 'anonymous',
      apiId: request.urlId,
      ...(request.caller ? { authorizer: { iam: request.caller } } : {}),
      domainName: request.domainName,
      domainPrefix: request.urlId,
      http: {
        method: request.method,
        path: decoded(request.path),
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: request.requestId,
      routeKey: '$default',
      stage: '$default',
      time: commonLogTime(request.time),
      timeEpoch: request.time,
    },
    ...(request.body.length > 0
      ? { body: Buffer.from(request.body).toString(encoded ? 'base64' : 'utf8') }
      : {}),
    isBase64Encoded: request.body.length > 0 && encoded,
  };
}

export interface UrlResponse {
  status: number;
  headers: Record<string, string | string[]>;
  body: Uint8Array;
}

/** What the function's JSON means as HTTP; undefined when it means nothing (502). */
export function urlResponse(payload: Uint8Array): UrlResponse | undefined {
  const text = Buffer.from(payload).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value.statusCode === undefined) {
    // “If your function returns valid JSON and doesn't return a statusCode”, that JSON is the body.
    const body = Buffer.from(typeof value === 'string' ? value : text);
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const status = Number(value.statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return undefined;
  const headers: Record<string, string | string[]> = { 'content-type': 'application/json' };
  if (isRecord(value.headers)) {
    for (const [name, content] of Object.entries(value.headers))
      headers[name.toLowerCase()] = String(content);
  }
  if (Array.isArray(value.cookies)) headers['set-cookie'] = value.cookies.map(String);
  const content =
    typeof value.body === 'string' ? value.body : value.body == null ? '' : JSON.stringify(value.body);
  return { status, headers, body: Buffer.from(content, value.isBase64Encoded === true ? 'base64' : 'utf8') };
}

/** Content type of a stream that begins with a prelude: JSON with status and headers, then eight zero bytes. */
export const preludeType = 'application/vnd.awslambda.http-integration-response';
/** Ours: a prelude that hasn't ended by then never will. Bytes. */
export const preludeBytesMax = 64 * 1024;

/** The response that a stream begins with, `body` being what follows the prelude; undefined while it is incomplete. */
export function readPrelude(bytes: Buffer): UrlResponse | undefined {
  const end = bytes.indexOf(Buffer.alloc(8));
  if (end < 0) return undefined;
  const head = urlResponse(
    Buffer.from(JSON.stringify({ statusCode: 200, ...parsed(bytes.toString('utf8', 0, end)) })),
  );
  return head && { ...head, body: bytes.subarray(end + 8) };
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Several parameters of one name are joined with commas. */
function joined(query: URLSearchParams): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const [name, value] of query) {
    const before = parameters[name];
    parameters[name] = before === undefined ? value : `${before},${value}`;
  }
  return parameters;
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

const textual =
  /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded|graphql)|[^;]*\+(json|xml))/i;

function isText(type: string | undefined, body: Uint8Array): boolean {
  if (type !== undefined) return textual.test(type);
  return Buffer.from(Buffer.from(body).toString('utf8')).equals(body);
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12/Mar/2020:19:03:58 +0000`. */
function commonLogTime(time: number): string {
  const date = new Date(time);
  const clock = date.toISOString().slice(11, 19);
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clock} +0000`;
}
