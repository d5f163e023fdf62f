/** AWS: a function or another service of this cloud, with mapping templates on both ways. */
import { Readable } from 'node:stream';
import { AwsError, type HttpRequest, type HttpResponse, NotImplemented } from '../../../kernel/index.ts';
import { type AwsCaller, servicePrincipal } from '../../../platform/index.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import type { MultiValues } from '../domain/parameters.ts';
import { queueUrlOf, readServiceUri, type ServiceUri } from '../domain/serviceUri.ts';
import { functionArnOf, withStageVariables } from '../domain/stageVariables.ts';
import { payloadBytesMax } from '../limits.ts';
import { type Exchange, executeApiArn, type IntegrationAnswer } from './exchange.ts';
import { actingFor } from './invoke.ts';
import { callFunction } from './lambdaCall.ts';
import { type Outgoing, outgoingHeader, outgoingOf, uriOf } from './outgoing.ts';
import { requestBody, respond, selectResponse } from './templates.ts';
import { noteAnswer, noteCall, noteFailure } from './tracing.ts';

export async function awsService(exchange: Exchange): Promise<IntegrationAnswer> {
  const { body, overrides } = requestBody(exchange);
  const outgoing = outgoingOf(exchange, false, overrides);
  const uri = uriOf(exchange, { ...outgoing, query: [] });
  const functionArn = functionArnOf(uri);
  if (functionArn) return mapFunction(exchange, functionArn, outgoing, body);
  return mapService(exchange, uri, outgoing, body);
}

async function mapFunction(
  exchange: Exchange,
  functionArn: string,
  outgoing: Outgoing,
  body: string | Uint8Array,
): Promise<IntegrationAnswer> {
  const payload = typeof body === 'string' ? body : Buffer.from(body).toString();
  const event = outgoingHeader(outgoing, 'x-amz-invocation-type') === 'Event';
  const result = await callFunction(exchange, functionArn, payload === '' ? '{}' : payload, event);
  const { integration } = exchange.target;
  // "For Lambda integrations the selection pattern is matched against the function's errorMessage."
  const selector = result.functionError ? errorMessageOf(result.payload) : '';
  return respond(exchange, selectResponse(integration, selector), { headers: {}, body: result.payload });
}

function errorMessageOf(payload: string): string {
  try {
    return String((JSON.parse(payload) as { errorMessage?: unknown }).errorMessage ?? '');
  } catch {
    return '';
  }
}

/**
 * Sends the service a request of its own protocol, as the integration's role. What it answers and what it refuses is
 * on the wire as its clients see it; integration responses are selected by status.
 */
async function mapService(
  exchange: Exchange,
  uri: string,
  outgoing: Outgoing,
  body: string | Uint8Array,
): Promise<IntegrationAnswer> {
  const call = readServiceUri(uri);
  if (!call) throw broken(`the integration's URI is no call of a service: ${uri}`);
  const caller = await callerOf(exchange, call.region);
  if (!caller.http) throw new NotImplemented('An AWS integration here');
  const request = requestTo(exchange, call, outgoing, body);
  const address = `https://${call.service}.${call.region}.amazonaws.com${request.path}${request.query ? `?${request.query}` : ''}`;
  const startedAt = noteCall(exchange, { uri: address, headers: request.headers, body });
  try {
    const answer = await withDeadline(exchange, caller.http(call.service, request, call.operation));
    const bytes = await bytesOf(answer.body);
    const headers = multiValues(answer.headers);
    noteAnswer(exchange, startedAt, {
      status: answer.status,
      headers,
      body: bytes,
      requestId: headers['x-amzn-requestid']?.[0] ?? headers['x-amz-request-id']?.[0],
    });
    const response = selectResponse(exchange.target.integration, String(answer.status));
    return respond(exchange, response, { headers, body: bytes });
  } catch (error) {
    if (error instanceof AwsError && !(error instanceof NotImplemented)) {
      noteFailure(exchange, startedAt, error.message);
    }
    throw error;
  }
}

/** The integration's role, or who signed the request where the credentials are `arn:aws:iam::*:user/*`. */
async function callerOf(exchange: Exchange, region: string): Promise<AwsCaller> {
  const { ctx, address, target, served } = exchange;
  const { integration } = target;
  const credentials =
    integration.credentials && withStageVariables(integration.credentials, served.stage.variables);
  if (!credentials) throw broken('an AWS integration needs credentials: the ARN of a role');
  const principal = servicePrincipal(
    'apigateway.amazonaws.com',
    address.account,
    executeApiArn(exchange, target.resourcePath),
  );
  const caller = ctx.aws({ account: address.account, region, principal });
  return actingFor(caller, { credentials, principal: exchange.principal });
}

function requestTo(
  exchange: Exchange,
  call: ServiceUri,
  outgoing: Outgoing,
  body: string | Uint8Array,
): HttpRequest {
  const { integration } = exchange.target;
  const { remoteAddress, signal } = exchange.request;
  const fields: Record<string, string> = {
    accept: 'application/json',
    'content-type': exchange.request.headers['content-type'] ?? 'application/json',
    host: `${call.service}.${call.region}.amazonaws.com`,
    'user-agent': `AmazonAPIGateway_${exchange.apiId}`,
    'x-amzn-trace-id': exchange.traceId,
  };
  for (const [name, value] of outgoing.headers) fields[name.toLowerCase()] = value;
  const queue = queueUrlOf(call);
  const isForm = fields['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  const sent = Buffer.from(body);
  const form = queue && isForm ? Buffer.from(`${sent}&QueueUrl=${encodeURIComponent(queue)}`) : sent;
  // Signed as these services' clients do: an empty body has no type.
  if (form.length === 0) delete fields['content-type'];
  else fields['content-length'] = String(form.length);
  const added = outgoing.query.map(([name, value]) => [name, value] as const);
  if (queue && !isForm) added.push(['QueueUrl', queue]);
  return {
    method: integration.httpMethod ?? 'POST',
    path: call.path,
    query: withParameters(call.query, added),
    headers: fields,
    rawHeaders: Object.entries(fields).flat(),
    body: {
      length: form.length,
      bytes: async () => form,
      stream: () => Readable.from(form.length === 0 ? [] : [form], { objectMode: false }),
    },
    remoteAddress,
    secure: true,
    signal,
  };
}

function withParameters(query: string, added: readonly (readonly [string, string])[]): string {
  const pairs = added.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return [query, ...pairs].filter((part) => part !== '').join('&');
}

function withDeadline(exchange: Exchange, work: Promise<HttpResponse>): Promise<HttpResponse> {
  const { clock } = exchange.ctx.room.platform;
  return new Promise((resolve, reject) => {
    const timer = clock.at(clock.now() + exchange.target.integration.timeoutInMillis, () =>
      reject(new Refusal('INTEGRATION_TIMEOUT', 'Endpoint request timed out')),
    );
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}

async function bytesOf(body: HttpResponse['body']): Promise<Uint8Array> {
  if (body === undefined) return new Uint8Array();
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > payloadBytesMax) throw broken(`the answer is larger than ${payloadBytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}

function multiValues(headers: HttpResponse['headers']): MultiValues {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value : [value],
    ]),
  );
}

function broken(why: string): Refusal {
  return new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', { why });
}
