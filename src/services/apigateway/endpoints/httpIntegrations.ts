/** Integrations of HTTP APIs: functions and other web servers. */
import { onBehalf } from '../../../kernel/index.ts';
import { readProxyAnswer } from '../domain/proxyResponse.ts';
import { functionArnOf, withStageVariables } from '../domain/stageVariables.ts';
import { eventV1, eventV2, joined, requestContextV2 } from '../v2/domain/event.ts';
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
    context: requestContextV2(event),
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
    context: requestContextV2(exchange.eventRequest(body, authorizer)),
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
    headers: joined(exchange.headers),
    query: Object.entries(exchange.query).flatMap(([name, list]) =>
      list.map((value): [string, string] => [name, value]),
    ),
    path: url.pathname,
  };
  delete message.headers.host;
  delete message.headers['content-length'];
  mapRequest(message, integration.RequestParameters, values);
  url.pathname = message.path;
  for (const [name, value] of message.query) url.searchParams.append(name, value);
  const method =
    integration.IntegrationMethod === 'ANY' ? request.method : (integration.IntegrationMethod ?? 'GET');
  const response = await send(exchange, integration, url, {
    method,
    headers: message.headers,
    redirect: 'manual',
    ...(method !== 'GET' && method !== 'HEAD' && body.length > 0 ? { body: Uint8Array.from(body) } : {}),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers) {
    if (!ofConnection.has(name)) headers[name] = value;
  }
  const status = mapResponse(response.status, headers, integration.ResponseParameters, {
    ...values,
    response: { headers: { ...headers }, body: () => Buffer.from(bytes).toString() },
  });
  return { status, headers, cookies: response.headers.getSetCookie(), body: bytes };
}

/** Not of the message: fetch has undone the coding, and cookies are kept apart. */
const ofConnection = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'content-encoding',
  'set-cookie',
]);

async function send(
  exchange: HttpExchange,
  integration: HttpIntegration,
  url: URL,
  init: RequestInit,
): Promise<Response> {
  const { clock } = exchange.ctx.room.platform;
  const abort = new AbortController();
  let late = false;
  const timer = clock.at(clock.now() + integration.TimeoutInMillis, () => {
    late = true;
    abort.abort();
  });
  try {
    return await fetch(url, onBehalf(url, { ...init, signal: abort.signal }));
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new HttpRefusal(
      late ? 503 : 500,
      late ? 'Service Unavailable' : 'Internal Server Error',
      `${url}: ${String(cause)}`,
    );
  } finally {
    timer.cancel();
  }
}
