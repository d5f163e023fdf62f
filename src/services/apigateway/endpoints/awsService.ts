/** AWS: a function or another service of this cloud, with mapping templates on both ways. */
import { AwsError, type HttpRequest, type HttpResponse, NotImplemented } from '../../../kernel/index.ts';
import { type AwsCaller, servicePrincipal } from '../../../platform/index.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { readServiceUri, type ServiceUri } from '../domain/serviceUri.ts';
import { functionArnOf, withStageVariables } from '../domain/stageVariables.ts';
import { type Exchange, executeApiArn, type IntegrationAnswer } from './exchange.ts';
import { actingFor } from './invoke.ts';
import { callFunction } from './lambdaCall.ts';
import { type Outgoing, outgoingHeader, outgoingOf, uriOf } from './outgoing.ts';
import { bytesOf, multiValues, serviceRequest } from './serviceRequest.ts';
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
  const result = await callFunction(exchange, functionArn, payload === '' ? '{}' : payload, {
    asEvent: event,
  });
  // "For Lambda integrations the selection pattern is matched against the function's errorMessage."
  const selector = result.functionError ? errorMessageOf(result.payload) : '';
  return respond(exchange, selectResponse(exchange.target, selector), { headers: {}, body: result.payload });
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
    const response = selectResponse(exchange.target, String(answer.status));
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
  const { remoteAddress, signal } = exchange.request;
  const fields: Record<string, string> = {
    accept: 'application/json',
    'content-type': exchange.request.headers['content-type'] ?? 'application/json',
    'user-agent': `AmazonAPIGateway_${exchange.apiId}`,
    'x-amzn-trace-id': exchange.traceId,
  };
  for (const [name, value] of outgoing.headers) fields[name.toLowerCase()] = value;
  const method = exchange.target.integration.httpMethod ?? 'POST';
  return serviceRequest(call, { method, fields, query: outgoing.query, body, remoteAddress, signal });
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

function broken(why: string): Refusal {
  return new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', { why });
}
