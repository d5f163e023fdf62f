/** The way of a request through a REST API: the list of steps, in AWS's order. */
import { AwsError, type HttpRequest, type HttpResponse, NotImplemented } from '../../../kernel/index.ts';
import type { EndpointContext } from '../../../platform/index.ts';
import { gatewayAnswer, Refusal } from '../domain/gatewayResponses.ts';
import { headersOf, queryOf } from '../domain/parameters.ts';
import { anonymousIdentity, commonLogTime, type RequestContext } from '../domain/requestContext.ts';
import type { Room } from '../room.ts';
import type { Address } from '../store.ts';
import { accessContext } from './accessContext.ts';
import { checkApiKey } from './apiKeys.ts';
import { authorize } from './authorizers.ts';
import { awsProxy } from './awsProxy.ts';
import { awsService } from './awsService.ts';
import { throughCache } from './caching.ts';
import { compress, decompress } from './compression.ts';
import { pathThrough, type Via } from './customDomains.ts';
import { type Exchange, type IntegrationAnswer, mappingSource } from './exchange.ts';
import { closeLog, logRefusal, logRequest, openLog } from './executionLogs.ts';
import { checkHeaders, headerBytesOf } from './headerLimit.ts';
import { http } from './http.ts';
import { mock } from './mock.ts';
import { observe } from './observe.ts';
import { readBody, unread } from './readBody.ts';
import { releaseOf } from './release.ts';
import { requestIds } from './requestIds.ts';
import { checkResourcePolicy } from './resourcePolicy.ts';
import type { ServedStage } from './served.ts';
import { throttle } from './throttle.ts';
import { validateRequest } from './validateRequest.ts';

const steps: readonly ((exchange: Exchange) => void | Promise<void>)[] = [
  checkHeaders,
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
  checkResourcePolicy,
  authorize,
  checkApiKey,
  throttle,
  readBody,
  decompress,
  validateRequest,
];

const integrations: Record<string, (exchange: Exchange) => Promise<IntegrationAnswer>> = {
  AWS_PROXY: awsProxy,
  AWS: awsService,
  MOCK: mock,
  HTTP: http,
  HTTP_PROXY: http,
};

/** @param path all after the API's address: `/prod/items/1`; `/items/1` where the custom domain names the stage. */
export async function serveRest(
  ctx: EndpointContext<Room>,
  request: HttpRequest,
  address: Address,
  apiId: string,
  path: string,
  via?: Via,
): Promise<HttpResponse> {
  const { stageName, rest } = placeOf(path, via);
  const stage = await ctx.room.served.rest(address, apiId, stageName);
  if (!stage || (stage.api.api.disableExecuteApiEndpoint && !via)) return forbidden(ctx);
  const served = releaseOf(stage, ctx.room.platform.ids);
  const exchange = open(ctx, request, address, apiId, served, rest, via);
  let answer: IntegrationAnswer;
  let failed: Refusal | undefined;
  try {
    answer = await pass(exchange);
  } catch (error) {
    // What isn't built says so: an API must never look open, or broken, because of it.
    if (error instanceof NotImplemented) return notBuilt(ctx, error);
    failed = refusalOf(error);
    if (!failed) throw error;
    if (failed.why) {
      ctx.room.platform.telemetry.log('warn', `API ${apiId}: ${failed.message}`, {
        requestId: ctx.requestId,
        method: request.method,
        path,
        why: failed.why,
      });
    }
    answer = gatewayAnswer(
      failed,
      served.api.gatewayResponses,
      mappingSource(exchange),
      request.headers.accept,
    );
    if (exchange.log) logRefusal(exchange.log, failed, answer);
  }
  answer.headers['x-amzn-requestid'] = ctx.requestId;
  answer.headers['x-amz-apigw-id'] = exchange.context.extendedRequestId;
  answer.headers['x-amzn-trace-id'] = exchange.traceId;
  if (exchange.log) closeLog(exchange, exchange.log, answer);
  if (served.api.api.minimumCompressionSize !== undefined) await compress(exchange, answer);
  tell(exchange, answer, failed);
  return answer;
}

/** The stage, and the path after it. A custom domain may name the stage itself. */
function placeOf(path: string, via: Via | undefined): { stageName: string; rest: string } {
  if (via?.stage !== undefined) return { stageName: via.stage, rest: path };
  const slash = path.indexOf('/', 1);
  if (slash < 0) return { stageName: path.slice(1), rest: '/' };
  return { stageName: path.slice(1, slash), rest: path.slice(slash) };
}

function tell(exchange: Exchange, answer: IntegrationAnswer, failed: Refusal | undefined): void {
  const { ctx, served, address, target } = exchange;
  const setting = target && served.setting(target);
  observe(ctx, {
    address,
    api: { ApiName: served.api.api.name },
    stage: served.stage.stageName,
    status: answer.status,
    accessLog: served.stage.accessLogSettings,
    context: () => accessContext(exchange, answer, failed),
    integrationLatency: exchange.integrationSeen?.latency,
    cache: exchange.cache,
    isCanary: served.isCanary,
    detail: setting?.metricsEnabled
      ? { Resource: target.resourcePath, Method: exchange.request.method }
      : undefined,
  });
}

async function pass(exchange: Exchange): Promise<IntegrationAnswer> {
  const { served, request, path, context } = exchange;
  const match = served.api.routes.match(request.method, path);
  if (!match) throw new Refusal('MISSING_AUTHENTICATION_TOKEN', 'Missing Authentication Token');
  exchange.target = match.target;
  exchange.pathParameters = match.pathParameters;
  context.resourceId = match.target.resourceId;
  context.resourcePath = match.target.resourcePath;
  const setting = served.setting(match.target);
  if (setting && setting.loggingLevel !== 'OFF') exchange.log = openLog(exchange, setting);
  for (const step of steps) {
    const work = step(exchange);
    if (work) await work;
  }
  if (exchange.log) logRequest(exchange, exchange.log);
  return setting?.cached ? throughCache(exchange, integrate) : integrate(exchange);
}

/** Hands the request to its integration. */
export function integrate(exchange: Exchange): Promise<IntegrationAnswer> {
  const run = integrations[exchange.target.integration.type];
  if (!run) throw new Refusal('API_CONFIGURATION_ERROR', 'Internal server error');
  return run(exchange);
}

function open(
  ctx: EndpointContext<Room>,
  request: HttpRequest,
  address: Address,
  apiId: string,
  served: ServedStage,
  path: string,
  via: Via | undefined,
): Exchange {
  const { ids, config } = ctx.room.platform;
  // Read once: it is made anew each time.
  const raw = request.rawHeaders;
  const headers = headersOf(raw, replacedHeaders);
  const sourceIp = plainAddress(request.remoteAddress);
  const made = requestIds(ids, ctx.now);
  const traceId = sampled(request.headers['x-amzn-trace-id'] ?? made.trace, served.stage.tracingEnabled);
  const forwarded = request.headers['x-forwarded-for'];
  headers['X-Amzn-Trace-Id'] = [traceId];
  headers['X-Forwarded-For'] = [forwarded ? `${forwarded}, ${sourceIp}` : sourceIp];
  headers['X-Forwarded-Port'] = [String(config.port)];
  headers['X-Forwarded-Proto'] = [request.secure ? 'https' : 'http'];
  const domainName = request.headers.host ?? '';
  const context: RequestContext = {
    resourceId: '',
    resourcePath: '',
    httpMethod: request.method,
    extendedRequestId: made.extended,
    requestTime: commonLogTime(ctx.now),
    path: via ? pathThrough(via) : `/${served.stage.stageName}${path}`,
    accountId: address.account,
    protocol: 'HTTP/1.1',
    stage: served.stage.stageName,
    domainPrefix:
      via || domainName.includes('.execute-api.') ? domainName.slice(0, domainName.indexOf('.')) : apiId,
    requestTimeEpoch: ctx.now,
    requestId: ctx.requestId,
    identity: anonymousIdentity(sourceIp, request.headers['user-agent'] ?? null),
    domainName,
    deploymentId: served.stage.deploymentId,
    apiId,
  };
  if (served.isCanary !== undefined) context.isCanaryRequest = served.isCanary;
  return {
    ctx,
    request,
    address,
    apiId,
    served,
    path,
    via,
    headers,
    headerBytes: headerBytesOf(request, raw),
    query: queryOf(request.query),
    pathParameters: {},
    body: unread,
    context,
    traceId,
    // Set as soon as the route is known; nothing reads it before.
    target: undefined as never,
  };
}

/** An IPv4 address that came over IPv6, as IPv4 writes it. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}

/** A stage with tracing samples what nobody decided about yet. */
function sampled(traceId: string, isTraced: boolean): string {
  return isTraced && !traceId.includes('Sampled=') ? `${traceId};Sampled=1` : traceId;
}

/** Sent by clients under any spelling, told to integrations under ours. */
const replacedHeaders = new Set([
  'x-amzn-trace-id',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
]);

/** @returns undefined for what is no refusal but a bug. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof AwsError) {
    return new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', {
      why: `${error.code}: ${error.message}`,
    });
  }
  return undefined;
}

function notBuilt(ctx: EndpointContext<Room>, error: NotImplemented): HttpResponse {
  return {
    status: error.status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': ctx.requestId },
    body: JSON.stringify({ message: error.message }),
  };
}

/** No such API, no such stage, or its own address is switched off. */
export function forbidden(ctx: EndpointContext<Room>): HttpResponse {
  return {
    status: 403,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': ctx.requestId,
      'x-amzn-errortype': 'ForbiddenException',
    },
    body: '{"message":"Forbidden"}',
  };
}
