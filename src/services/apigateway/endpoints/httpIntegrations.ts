/** Integrations of HTTP APIs: functions and other web servers. */
import { readProxyAnswer } from '../domain/proxyResponse.ts';
import { functionArnOf, withStageVariables } from '../domain/stageVariables.ts';
import { payloadBytesMax } from '../limits.ts';
import { eventV1, eventV2, joined, mappingContext } from '../v2/domain/event.ts';
import {
  type MappedMessage,
  type MappingValues,
  mapRequest,
  mapResponse,
} from '../v2/domain/parameterMapping.ts';
import { readFunctionAnswer } from '../v2/domain/response.ts';
import type { HttpIntegration } from '../v2/domain/types.ts';
import type { HttpAnswer, HttpExchange } from './httpApi.ts';
import { HttpRefusal } from './httpAuthorizers.ts';
import { type BufferedAnswer, exchangeHttp, type HttpCall } from './httpClient.ts';
import { callService } from './httpServices.ts';
import { invokeFunction } from './invoke.ts';

export async function integrateRoute(
  exchange: HttpExchange,
  body: Uint8Array,
  authorizer: Record<string, unknown> | undefined,
): Promise<HttpAnswer> {
  const { integration } = exchange.target;
  if (!integration) throw new HttpRefusal(500, 'Internal Server Error', 'the route has no integration');
  if (integration.IntegrationSubtype) {
    return callService(exchange, integration, integration.IntegrationSubtype, body, authorizer);
  }
  return integration.IntegrationType === 'AWS_PROXY'
    ? callFunction(exchange, integration, body, authorizer)
    : callServer(exchange, integration, body, authorizer);
}

async function callFunction(
  exchange: HttpExchange,
  integration: HttpIntegration,
  body: Uint8Array,
  authorizer: Record<string, unknown> | undefined,
): Promise<HttpAnswer> {
  const { ctx, served, address, apiId, request } = exchange;
  const variables = served.stage.StageVariables;
  const uri = withStageVariables(integration.IntegrationUri ?? '', variables);
  const event = exchange.eventRequest(body, authorizer);
  const old = integration.PayloadFormatVersion === '1.0';
  const resource = exchange.target.route.RouteKey.split(' ')[1] ?? '/$default';
  const result = await invokeFunction(ctx.room, (as) => ctx.aws(as), address, {
    functionArn: functionArnOf(uri) ?? uri,
    payload: JSON.stringify(old ? eventV1(event) : eventV2(event)),
    isJson: true,
    invocationType: 'RequestResponse',
    credentials: integration.CredentialsArn,
    sourceArn: `arn:aws:execute-api:${address.region}:${address.account}:${apiId}/${served.stage.StageName}/${request.method}${resource}`,
    timeoutMs: integration.TimeoutInMillis,
  });
  if (result.kind === 'timeout')
    throw new HttpRefusal(503, 'Service Unavailable', 'the function took too long');
  if (result.kind === 'failure') throw new HttpRefusal(500, 'Internal Server Error', result.why);
  if (result.functionError) {
    throw new HttpRefusal(
      500,
      'Internal Server Error',
      `the function failed: ${result.payload.slice(0, 500)}`,
    );
  }
  const answer = old ? oldAnswer(result.payload) : readFunctionAnswer(result.payload);
  if (!answer) {
    const why = `the function's answer is malformed: ${result.payload.slice(0, 500)}`;
    throw new HttpRefusal(500, 'Internal Server Error', why);
  }
  const { headers } = answer;
  headers['content-type'] ??= 'text/plain; charset=utf-8';
  delete headers['content-length'];
  const status = mapResponse(answer.status, headers, integration.ResponseParameters, {
    response: { headers: { ...headers }, body: () => String(answer.body) },
    context: mappingContext(event),
    stageVariables: variables,
  });
  return { status, headers, cookies: answer.cookies, body: answer.body };
}

/** Format 1.0 of the answer; base64 bodies are always decoded, HTTP APIs have no binary media types. */
function oldAnswer(payload: string): HttpAnswer | undefined {
  const answer = readProxyAnswer(payload, true);
  if (!answer) return undefined;
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(answer.headers)) {
    if (name !== 'set-cookie') headers[name] = values.join(',');
  }
  return { status: answer.status, headers, cookies: answer.headers['set-cookie'] ?? [], body: answer.body };
}

async function callServer(
  exchange: HttpExchange,
  integration: HttpIntegration,
  body: Uint8Array,
  authorizer: Record<string, unknown> | undefined,
): Promise<HttpAnswer> {
  const { request, served, pathParameters } = exchange;
  const variables = served.stage.StageVariables;
  const values: MappingValues = {
    request: {
      headers: request.headers,
      query: joined(exchange.query),
      pathParameters,
      path: exchange.path,
      body: () => Buffer.from(body).toString(),
    },
    context: mappingContext(exchange.eventRequest(body, authorizer)),
    stageVariables: variables,
  };
  const uri = withStageVariables(integration.IntegrationUri ?? '', variables).replaceAll(
    /\{([^}]+?)\+?\}/g,
    (whole, name: string) => pathParameters[name] ?? whole,
  );
  if (integration.ConnectionType === 'VPC_LINK' && !/^https?:/.test(uri)) {
    // A listener or a Cloud Map service of a VPC: an address that resolves here would be called as it is.
    throw new HttpRefusal(503, 'Service Unavailable', `there is no VPC here that leads to ${uri}`);
  }
  if (!URL.canParse(uri)) throw new HttpRefusal(500, 'Internal Server Error', `no URL: ${uri}`);
  const url = new URL(uri);
  const message: MappedMessage = {
    headers: forwarded(exchange),
    query: Object.entries(exchange.query).flatMap(([name, list]) =>
      list.map((value): [string, string] => [name, value]),
    ),
    path: url.pathname,
  };
  mapRequest(message, integration.RequestParameters, values);
  url.pathname = message.path;
  for (const [name, value] of message.query) url.searchParams.append(name, value);
  const method =
    integration.IntegrationMethod === 'ANY' ? request.method : (integration.IntegrationMethod ?? 'GET');
  const call: HttpCall = {
    method,
    headers: Object.entries(message.headers),
    body: method === 'GET' || method === 'HEAD' ? new Uint8Array() : body,
    timeoutMs: integration.TimeoutInMillis,
  };
  const { bytes, ...response } = await send(exchange, url, call);
  const { headers, cookies } = headersOf(response.rawHeaders);
  const status = mapResponse(response.status, headers, integration.ResponseParameters, {
    ...values,
    response: { headers: { ...headers }, body: () => bytes.toString() },
  });
  return { status, headers, cookies, body: bytes };
}

/**
 * "HTTP APIs translate incoming X-Forwarded-* headers into a standard Forwarded header and will append the egress
 * IP, Host, and protocol." https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
function forwarded(exchange: HttpExchange): Record<string, string> {
  const { request, sourceIp } = exchange;
  const headers = joined(exchange.headers);
  const host = headers.host ?? '';
  for (const name of Object.keys(headers)) {
    if (name === 'host' || name === 'content-length' || name.startsWith('x-forwarded-')) delete headers[name];
  }
  const hop = `by=${egressIp};for=${sourceIp};host=${host};proto=${request.secure ? 'https' : 'http'}`;
  headers.forwarded = headers.forwarded === undefined ? hop : `${headers.forwarded},${hop}`;
  headers.via = 'HTTP/1.1 AmazonAPIGateway';
  return headers;
}

/** Where this cloud's requests come from, as far as its neighbours on the machine see. */
const egressIp = '127.0.0.1';

/** Not of the message; cookies are kept apart. */
const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

function headersOf(raw: readonly string[]): { headers: Record<string, string>; cookies: string[] } {
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase();
    const value = raw[at + 1] as string;
    if (name === 'set-cookie') cookies.push(value);
    else if (!ofConnection.has(name))
      headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  return { headers, cookies };
}

async function send(exchange: HttpExchange, url: URL, call: HttpCall): Promise<BufferedAnswer> {
  try {
    return await exchangeHttp(exchange.ctx.room.platform.clock, url, call, payloadBytesMax);
  } catch (error) {
    throw new HttpRefusal(503, 'Service Unavailable', `${url}: ${String(error)}`);
  }
}
