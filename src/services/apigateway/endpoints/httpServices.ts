/** Integrations of HTTP APIs with operations of other services. */
import { Readable } from 'node:stream';
import { AwsError, type HttpRequest, type HttpResponse, NotImplemented } from '../../../kernel/index.ts';
import { servicePrincipal } from '../../../platform/index.ts';
import { joined, mappingContext } from '../v2/domain/event.ts';
import { evaluate, type MappingValues, mapResponse } from '../v2/domain/parameterMapping.ts';
import { type SubtypeCall, subtypeCall } from '../v2/domain/subtypes.ts';
import type { HttpIntegration } from '../v2/domain/types.ts';
import type { HttpAnswer, HttpExchange } from './httpApi.ts';
import { HttpRefusal } from './httpAuthorizers.ts';
import { actingFor } from './invoke.ts';

export async function callService(
  exchange: HttpExchange,
  integration: HttpIntegration,
  subtype: string,
  body: Uint8Array,
  authorizer: Record<string, unknown> | undefined,
): Promise<HttpAnswer> {
  const { ctx, address, apiId, served, request } = exchange;
  const event = exchange.eventRequest(body, authorizer);
  const values: MappingValues = {
    request: {
      headers: request.headers,
      query: joined(exchange.query),
      pathParameters: exchange.pathParameters,
      path: exchange.path,
      body: () => Buffer.from(body).toString(),
    },
    context: mappingContext(event),
    stageVariables: served.stage.StageVariables,
  };
  const parameters = Object.fromEntries(
    Object.entries(integration.RequestParameters ?? {}).map(([name, text]) => [name, evaluate(text, values)]),
  );
  const call = subtypeCall(subtype, parameters);
  if (!call) throw new HttpRefusal(400, 'Bad Request', `no valid parameters for ${subtype}`);
  const region = call.region ?? address.region;
  const sourceArn = `arn:aws:execute-api:${address.region}:${address.account}:${apiId}/${served.stage.StageName}/${exchange.target.route.RouteKey.replace(' ', '')}`;
  const principal = servicePrincipal('apigateway.amazonaws.com', address.account, sourceArn);
  const own = ctx.aws({ account: address.account, region, principal });
  const caller = await actingFor(own, { credentials: integration.CredentialsArn, principal: undefined });
  if (!caller.http) throw new NotImplemented('An integration with a service here');
  const sent = requestTo(exchange, call, region);
  const answer = await withDeadline(exchange, integration, caller.http(call.service, sent, call.operation));
  return mapped(integration, values, answer);
}

function requestTo({ request }: HttpExchange, call: SubtypeCall, region: string): HttpRequest {
  const body = Buffer.from(call.body);
  const headers: Record<string, string> = {
    'content-type': call.contentType,
    'content-length': String(body.length),
    host: `${call.service}.${region}.amazonaws.com`,
  };
  return {
    method: 'POST',
    path: '/',
    query: '',
    headers,
    rawHeaders: Object.entries(headers).flat(),
    body: {
      length: body.length,
      bytes: async () => body,
      stream: () => Readable.from([body], { objectMode: false }),
    },
    remoteAddress: request.remoteAddress,
    secure: true,
    signal: request.signal,
  };
}

function withDeadline(
  { ctx }: HttpExchange,
  { TimeoutInMillis }: HttpIntegration,
  work: Promise<HttpResponse>,
): Promise<HttpResponse> {
  const { clock } = ctx.room.platform;
  return new Promise((resolve, reject) => {
    const timer = clock.at(clock.now() + TimeoutInMillis, () =>
      reject(new HttpRefusal(503, 'Service Unavailable', 'the service took too long')),
    );
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** The service's own answer, refusals included; its headers but for the content type stay behind. */
function mapped(integration: HttpIntegration, values: MappingValues, answer: HttpResponse): HttpAnswer {
  const { body = '' } = answer;
  if (!(typeof body === 'string' || body instanceof Uint8Array)) {
    throw new AwsError('InternalFailure', 'a service streamed its answer', { status: 500 });
  }
  const headers: Record<string, string> = {};
  const type = answer.headers['content-type'];
  if (typeof type === 'string') headers['content-type'] = type;
  const status = mapResponse(answer.status, headers, integration.ResponseParameters, {
    ...values,
    response: { headers: { ...headers }, body: () => Buffer.from(body).toString() },
  });
  return { status, headers, cookies: [], body };
}
