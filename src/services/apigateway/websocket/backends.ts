/** What integrations call: functions, other web servers, operations of other services, nobody. */
import { NotImplemented, onBehalf } from '../../../kernel/index.ts';
import { servicePrincipal } from '../../../platform/index.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { lastOf } from '../domain/parameters.ts';
import { readProxyAnswer } from '../domain/proxyResponse.ts';
import { readServiceUri } from '../domain/serviceUri.ts';
import { functionArnOf, withStageVariables } from '../domain/stageVariables.ts';
import { actingFor, type InvokeResult, invokeFunction } from '../endpoints/invoke.ts';
import { bytesOf, multiValues, serviceRequest } from '../endpoints/serviceRequest.ts';
import type { HttpIntegration } from '../v2/domain/types.ts';
import { proxyEvent } from './events.ts';
import { type BackendAnswer, callerFor, routeArn, type SocketExchange } from './exchange.ts';
import { broken } from './refusals.ts';
import { mappedParameters, requestBody, textOf } from './templates.ts';

/** AWS_PROXY: the function gets the event and answers with a status and a body. */
export async function callFunction(
  exchange: SocketExchange,
  integration: HttpIntegration,
): Promise<BackendAnswer> {
  const functionArn = functionArnOf(uriOf(exchange, integration));
  if (!functionArn) throw unusable(integration);
  const asynchronous = invokesLater(exchange, integration);
  const result = await invoke(
    exchange,
    integration,
    functionArn,
    JSON.stringify(proxyEvent(exchange)),
    asynchronous,
  );
  // Nobody waits for what the function says; that it was taken on is all there is to know.
  if (asynchronous) return { status: 200, headers: {}, body: '' };
  if (result.functionError !== undefined) {
    throw broken(`the function failed: ${result.payload.slice(0, 500)}`, 502);
  }
  const answer = readProxyAnswer(result.payload, true);
  if (!answer) throw broken('Malformed Lambda proxy response', 502);
  return answer;
}

/** AWS: a function by its own event, or an operation of another service. */
export async function callService(
  exchange: SocketExchange,
  integration: HttpIntegration,
): Promise<BackendAnswer> {
  const uri = uriOf(exchange, integration);
  const functionArn = functionArnOf(uri);
  const body = requestBody(exchange, integration);
  if (!functionArn) return askService(exchange, integration, uri, body);
  const payload = typeof body === 'string' ? body : JSON.stringify(Buffer.from(body).toString('base64'));
  const asynchronous = invokesLater(exchange, integration);
  const result = await invoke(
    exchange,
    integration,
    functionArn,
    payload === '' ? '{}' : payload,
    asynchronous,
  );
  if (result.functionError === undefined) return { status: 200, headers: {}, body: result.payload };
  return { status: 502, headers: {}, body: result.payload, errorMessage: errorMessageOf(result.payload) };
}

async function invoke(
  exchange: SocketExchange,
  integration: HttpIntegration,
  functionArn: string,
  payload: string,
  asynchronous: boolean,
): Promise<Extract<InvokeResult, { kind: 'answer' }>> {
  const { room, connection } = exchange;
  const result = await invokeFunction(room, callerFor(room), connection.address, {
    functionArn,
    payload,
    invocationType: asynchronous ? 'Event' : 'RequestResponse',
    credentials: credentialsOf(exchange, integration),
    sourceArn: routeArn(exchange),
    timeoutMs: integration.TimeoutInMillis,
  });
  if (result.kind === 'timeout') throw late();
  if (result.kind === 'failure') throw broken(result.why);
  return result;
}

/** `X-Amz-Invocation-Type: Event`, which the integration's request parameters may set. */
function invokesLater(exchange: SocketExchange, integration: HttpIntegration): boolean {
  const { headers } = mappedParameters(exchange, integration);
  const name = Object.keys(headers).find((key) => key.toLowerCase() === 'x-amz-invocation-type');
  return name !== undefined && headers[name] === 'Event';
}

/** The service gets a request of its own protocol, as the integration's role. What it refuses is an answer too. */
async function askService(
  exchange: SocketExchange,
  integration: HttpIntegration,
  uri: string,
  body: string | Uint8Array,
): Promise<BackendAnswer> {
  const { room, connection } = exchange;
  const call = readServiceUri(uri);
  if (!call) throw unusable(integration);
  const credentials = credentialsOf(exchange, integration);
  if (!credentials) throw broken('an AWS integration needs credentials: the ARN of a role');
  const { account } = connection.address;
  const principal = servicePrincipal('apigateway.amazonaws.com', account, routeArn(exchange));
  const service = callerFor(room)({ account, region: call.region, principal });
  const caller = await actingFor(service, { credentials, principal: undefined });
  if (!caller.http) throw new NotImplemented('An AWS integration here');
  const { headers, query } = mappedParameters(exchange, integration);
  const { signal, stop, isLate } = deadline(exchange, integration);
  const request = serviceRequest(call, {
    method: integration.IntegrationMethod ?? 'POST',
    fields: {
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': `AmazonAPIGateway_${connection.apiId}`,
      ...lowered(headers),
    },
    query,
    body,
    remoteAddress: connection.identity.sourceIp,
    signal,
  });
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(late()), { once: true });
  });
  try {
    const answer = await Promise.race([caller.http(call.service, request, call.operation), aborted]);
    const answered = multiValues(answer.headers);
    return { status: answer.status, headers: answered, body: asText(await bytesOf(answer.body), answered) };
  } catch (error) {
    throw isLate() ? late() : error;
  } finally {
    stop();
  }
}

/** HTTP and HTTP_PROXY: another web server gets the message as the body of a request. */
export async function callServer(
  exchange: SocketExchange,
  integration: HttpIntegration,
): Promise<BackendAnswer> {
  const { context, headers: sent, query: asked } = exchange;
  const proxy = integration.IntegrationType === 'HTTP_PROXY';
  const { headers, query, path } = mappedParameters(exchange, integration);
  const uri = uriOf(exchange, integration).replaceAll(
    /\{([^}]+)\}/g,
    (whole, name: string) => path[name] ?? whole,
  );
  if (!URL.canParse(uri)) throw unusable(integration);
  const url = new URL(uri);
  const isHandshake = context.eventType === 'CONNECT';
  if (proxy && isHandshake) {
    for (const [name, values] of Object.entries(asked)) {
      for (const value of values) url.searchParams.append(name, value);
    }
  }
  for (const [name, value] of query) url.searchParams.append(name, value);
  const body = proxy ? exchange.body : requestBody(exchange, integration);
  const method = integration.IntegrationMethod === 'ANY' ? 'POST' : (integration.IntegrationMethod ?? 'POST');
  const hasBody = method !== 'GET' && method !== 'HEAD' && body.length > 0;
  return send(exchange, integration, url, {
    method,
    headers: { ...(proxy && isHandshake ? passedOn(lastOf(sent)) : {}), ...headers },
    redirect: 'manual',
    ...(hasBody ? { body: typeof body === 'string' ? body : Uint8Array.from(body) } : {}),
  });
}

/** Headers of the client's connection, not of its request. */
function passedOn(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(?:host|sec-websocket-.*|upgrade|connection)$/i.test(name)),
  );
}

async function send(
  exchange: SocketExchange,
  integration: HttpIntegration,
  url: URL,
  init: RequestInit,
): Promise<BackendAnswer> {
  const { signal, stop, isLate } = deadline(exchange, integration);
  try {
    const response = await fetch(url, onBehalf(url, { ...init, signal }));
    const bytes = new Uint8Array(await response.arrayBuffer());
    const headers: Record<string, string[]> = {};
    for (const [name, value] of response.headers) headers[name] = [value];
    return { status: response.status, headers, body: asText(bytes, headers) };
  } catch (error) {
    if (isLate()) throw late();
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw broken(`${url}: ${String(cause)}`, 502);
  } finally {
    stop();
  }
}

/** The integration's timeout, on the cloud's clock. */
function deadline(exchange: SocketExchange, { TimeoutInMillis }: HttpIntegration) {
  const { clock } = exchange.room.platform;
  const abort = new AbortController();
  const timer = clock.at(clock.now() + TimeoutInMillis, () => abort.abort());
  return { signal: abort.signal, isLate: () => abort.signal.aborted, stop: () => timer.cancel() };
}

/** Bytes stay bytes where their type says that they are no text. */
function asText(bytes: Uint8Array, headers: Record<string, string[]>): string | Uint8Array {
  const type = headers['content-type']?.[0] ?? '';
  const isText = /^(?:text\/|application\/(?:.*[+-])?(?:json|xml|javascript)|$)/i.test(type);
  return isText ? textOf(bytes) : bytes;
}

/** MOCK: the request template says the status. */
export async function mock(exchange: SocketExchange, integration: HttpIntegration): Promise<BackendAnswer> {
  const text = textOf(requestBody(exchange, integration));
  const status = /["']?statusCode["']?\s*:\s*["']?(\d{3})/.exec(text)?.[1];
  if (!status) throw broken('the request template of a MOCK integration must give a statusCode');
  return { status: Number(status), headers: {}, body: '' };
}

/** The integration's URI names nothing that could be asked. */
function unusable({ IntegrationType, IntegrationUri }: HttpIntegration): Refusal {
  return broken(`the integration's URI is no ${IntegrationType} target: ${IntegrationUri}`);
}

function late(): Refusal {
  return new Refusal('INTEGRATION_TIMEOUT', 'Endpoint request timed out');
}

function uriOf(exchange: SocketExchange, integration: HttpIntegration): string {
  return withStageVariables(integration.IntegrationUri ?? '', exchange.served.stage.StageVariables);
}

function credentialsOf(exchange: SocketExchange, integration: HttpIntegration): string | undefined {
  const { CredentialsArn } = integration;
  return CredentialsArn && withStageVariables(CredentialsArn, exchange.served.stage.StageVariables);
}

function lowered(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function errorMessageOf(payload: string): string {
  try {
    return String((JSON.parse(payload) as { errorMessage?: unknown }).errorMessage ?? '');
  } catch {
    return '';
  }
}
