/** The way of a request through an HTTP API. */
import { AwsError, type HttpRequest, type HttpResponse, NotImplemented } from '../../../kernel/index.ts';
import type { EndpointContext } from '../../../platform/index.ts';
import { headersOf, type MultiValues, queryOf } from '../domain/parameters.ts';
import { commonLogTime } from '../domain/requestContext.ts';
import { payloadBytesMax } from '../limits.ts';
import type { Room } from '../room.ts';
import type { Address } from '../store.ts';
import type { CompiledRoute } from '../v2/domain/compiled.ts';
import { isPreflight, preflightHeaders, responseHeaders } from '../v2/domain/cors.ts';
import type { HttpApiRequest } from '../v2/domain/event.ts';
import type { HttpStage } from '../v2/domain/types.ts';
import { pathThrough, type Via } from './customDomains.ts';
import { type HttpProgress, httpAccessContext } from './httpAccessContext.ts';
import { authorizeRoute, HttpRefusal } from './httpAuthorizers.ts';
import { integrateRoute } from './httpIntegrations.ts';
import { observe } from './observe.ts';
import { type RequestIds, requestIds } from './requestIds.ts';
import type { ServedHttpStage } from './served.ts';
import { withinAccount } from './throttle.ts';

export interface HttpExchange {
  ctx: EndpointContext<Room>;
  request: HttpRequest;
  address: Address;
  apiId: string;
  served: ServedHttpStage;
  target: CompiledRoute;
  pathParameters: Record<string, string>;
  /** After the stage; decoded. */
  path: string;
  /** With the stage, as events and URLs carry it. */
  rawPath: string;
  headers: MultiValues;
  query: MultiValues;
  sourceIp: string;
  requestId: string;
  /** Read once, however often it is asked for. */
  body(): Promise<Uint8Array>;
  /** `arn:aws:execute-api:region:account:api/stage/METHOD/path` of this request. */
  routeArn(): string;
  eventRequest(body: Uint8Array, authorizer: Record<string, unknown> | undefined): HttpApiRequest;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  cookies: string[];
  body: string | Uint8Array;
}

/** @param path all after the API's address: `/prod/items/1`, or `/items/1` of the `$default` stage. */
export async function serveHttpApi(
  ctx: EndpointContext<Room>,
  request: HttpRequest,
  address: Address,
  apiId: string,
  path: string,
  via?: Via,
): Promise<HttpResponse> {
  const found = await findStage(ctx, address, apiId, path, via);
  const ids = requestIds(ctx.room.platform.ids, ctx.now);
  const requestId = ids.extended;
  if (!found || (found.served.api.api.DisableExecuteApiEndpoint && !via))
    return plain(requestId, 404, 'Not Found');
  const { served, rest } = found;
  const cors = served.api.api.CorsConfiguration;
  if (cors && isPreflight(request.method, request.headers)) {
    return {
      status: 204,
      headers: { ...preflightHeaders(cors, request.headers), 'apigw-requestid': requestId },
    };
  }
  const progress: HttpProgress = {};
  const answer = await answerOf(ctx, request, address, apiId, served, rest, ids, via, progress);
  if (cors) {
    // "API Gateway … ignores CORS headers returned from your backend integration."
    for (const name of Object.keys(answer.headers)) {
      if (name.startsWith('access-control-')) delete answer.headers[name];
    }
    Object.assign(answer.headers, responseHeaders(cors, request.headers.origin));
  }
  observe(ctx, {
    address,
    api: { ApiId: apiId },
    stage: served.stage.StageName,
    status: answer.status,
    accessLog: {
      format: served.stage.AccessLogSettings?.Format,
      destinationArn: served.stage.AccessLogSettings?.DestinationArn,
    },
    context: () => ({
      ...httpAccessContext(progress, request, answer),
      accountId: address.account,
      apiId,
      stage: served.stage.StageName,
      requestId,
      extendedRequestId: requestId,
      httpMethod: request.method,
      path: rest,
      protocol: 'HTTP/1.1',
      requestTime: commonLogTime(ctx.now),
      requestTimeEpoch: ctx.now,
      ...(via ? { customDomain: { basePathMatched: via.basePath } } : {}),
    }),
    integrationLatency: progress.integration?.latency,
    detail: detailOf(served.stage, progress.routeKey),
  });
  const headers: HttpResponse['headers'] = { ...answer.headers, 'apigw-requestid': requestId };
  if (answer.cookies.length > 0) headers['set-cookie'] = answer.cookies;
  return { status: answer.status, headers, body: answer.body };
}

/** A stage that the first part of the path names, else `$default`. */
async function findStage(
  ctx: EndpointContext<Room>,
  address: Address,
  apiId: string,
  path: string,
  via: Via | undefined,
) {
  if (via?.stage !== undefined) {
    const served = await ctx.room.served.http(address, apiId, via.stage);
    return served && { served, rest: path };
  }
  const slash = path.indexOf('/', 1);
  const first = slash < 0 ? path.slice(1) : path.slice(1, slash);
  if (first !== '') {
    const served = await ctx.room.served.http(address, apiId, decode(first));
    if (served) return { served, rest: slash < 0 ? '/' : path.slice(slash) };
  }
  const served = await ctx.room.served.http(address, apiId, '$default');
  return served && { served, rest: path };
}

async function answerOf(
  ctx: EndpointContext<Room>,
  request: HttpRequest,
  address: Address,
  apiId: string,
  served: ServedHttpStage,
  rest: string,
  ids: RequestIds,
  via: Via | undefined,
  progress: HttpProgress,
): Promise<HttpAnswer> {
  try {
    const exchange = open(ctx, request, address, apiId, served, rest, ids, via);
    progress.routeKey = exchange.target.route.RouteKey;
    const authorizer = await authorizeRoute(exchange);
    progress.authorizer = authorizer;
    const body = await exchange.body();
    throttleRoute(exchange);
    return await timed(ctx, progress, integrateRoute(exchange, body, authorizer));
  } catch (error) {
    const refusal = refusalOf(error);
    if (!refusal) throw error;
    progress.refusal = refusal;
    if (refusal.why) {
      ctx.room.platform.telemetry.log('warn', `API ${apiId}: ${refusal.message}`, {
        requestId: ids.extended,
        method: request.method,
        path: rest,
        why: refusal.why,
      });
    }
    return {
      status: refusal.status,
      headers: { ...refusal.headers, 'content-type': 'application/json' },
      cookies: [],
      body: JSON.stringify({ message: refusal.message }),
    };
  }
}

/** Notes how long an integration takes, and how it ends. */
async function timed(
  ctx: EndpointContext<Room>,
  progress: HttpProgress,
  work: Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const { clock } = ctx.room.platform;
  const startedAt = clock.now();
  try {
    const answer = await work;
    progress.integration = { status: answer.status, latency: clock.now() - startedAt };
    return answer;
  } catch (error) {
    const why = error instanceof HttpRefusal ? (error.why ?? error.message) : String(error);
    progress.integration = { latency: clock.now() - startedAt, error: why };
    throw error;
  }
}

/** "Detailed metrics": of the route by itself, where it or the stage asks for them. */
function detailOf(stage: HttpStage, routeKey: string | undefined): Record<string, string> | undefined {
  if (routeKey === undefined) return undefined;
  const own = stage.RouteSettings[routeKey]?.DetailedMetricsEnabled;
  if (!(own ?? stage.DefaultRouteSettings.DetailedMetricsEnabled)) return undefined;
  const [Method = '', Resource = Method] = routeKey.split(' ');
  return { Method, Resource };
}

/** Settings of the route, else the stage's default ones. */
function throttleRoute({ ctx, address, apiId, served, target }: HttpExchange): void {
  const { RouteSettings, DefaultRouteSettings, StageName } = served.stage;
  const { RouteKey } = target.route;
  const own = RouteSettings[RouteKey];
  const rate = own?.ThrottlingRateLimit ?? DefaultRouteSettings.ThrottlingRateLimit;
  const burst = own?.ThrottlingBurstLimit ?? DefaultRouteSettings.ThrottlingBurstLimit;
  if (!withinAccount(ctx.room, address, ctx.now)) throw new HttpRefusal(429, 'Too Many Requests');
  if (rate === undefined && burst === undefined) return;
  const bucket = `stage/${apiId}/${StageName}/${own ? RouteKey : '*'}`;
  if (!ctx.room.buckets.take(bucket, rate ?? Number.MAX_SAFE_INTEGER, burst ?? rate ?? 0, ctx.now)) {
    throw new HttpRefusal(429, 'Too Many Requests');
  }
}

function refusalOf(error: unknown): HttpRefusal | undefined {
  if (error instanceof HttpRefusal) return error;
  if (error instanceof NotImplemented) return new HttpRefusal(501, error.message);
  if (error instanceof AwsError) {
    if (error.status === 413) return new HttpRefusal(413, 'Request Entity Too Large');
    return new HttpRefusal(500, 'Internal Server Error', `${error.code}: ${error.message}`);
  }
  return undefined;
}

/** @throws HttpRefusal 404 without a route. */
function open(
  ctx: EndpointContext<Room>,
  request: HttpRequest,
  address: Address,
  apiId: string,
  served: ServedHttpStage,
  rest: string,
  ids: RequestIds,
  via: Via | undefined,
): HttpExchange {
  const match = served.api.routes.match(request.method, rest);
  const target = match?.target ?? served.api.fallback;
  if (!target) throw new HttpRefusal(404, 'Not Found');
  const { config } = ctx.room.platform;
  const stage = served.stage.StageName;
  const path = decode(rest);
  const rawPath = stage === '$default' ? path : `/${stage}${path}`;
  const sourceIp = request.remoteAddress.replace(/^::ffff:/, '');
  const domainName = request.headers.host ?? '';
  const headers = lowerCased(headersOf(request.rawHeaders));
  headers['content-length'] = [String(request.body.length ?? 0)];
  headers['x-amzn-trace-id'] ??= [ids.trace];
  const forwarded = request.headers['x-forwarded-for'];
  headers['x-forwarded-for'] = [forwarded ? `${forwarded}, ${sourceIp}` : sourceIp];
  headers['x-forwarded-port'] = [String(config.port)];
  headers['x-forwarded-proto'] = [request.secure ? 'https' : 'http'];
  const pathParameters: Record<string, string> = {};
  for (const [name, value] of Object.entries(match?.pathParameters ?? {}))
    pathParameters[name] = decode(value);
  const query = queryOf(request.query);
  let body: Promise<Uint8Array> | undefined;
  return {
    ctx,
    request,
    address,
    apiId,
    served,
    target,
    pathParameters,
    path,
    rawPath,
    headers,
    query,
    sourceIp,
    requestId: ids.extended,
    body: () => {
      body ??= request.body.bytes(payloadBytesMax);
      return body;
    },
    routeArn: () =>
      `arn:aws:execute-api:${address.region}:${address.account}:${apiId}/${stage}/${request.method}${rest}`,
    eventRequest: (body, authorizer) => ({
      accountId: address.account,
      apiId,
      requestId: ids.extended,
      now: ctx.now,
      stage,
      stageVariables: served.stage.StageVariables,
      routeKey: target.route.RouteKey,
      method: request.method,
      rawPath,
      pathThroughDomain: via && pathThrough(via),
      rawQuery: request.query,
      query,
      headers,
      pathParameters,
      cookies: cookiesOf(request.headers.cookie),
      domainName,
      domainPrefix:
        via || domainName.includes('.execute-api.') ? domainName.slice(0, domainName.indexOf('.')) : apiId,
      sourceIp,
      userAgent: request.headers['user-agent'] ?? '',
      body,
      authorizer,
    }),
  };
}

function lowerCased(headers: MultiValues): MultiValues {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name.toLowerCase(), values]));
}

function cookiesOf(header: string | undefined): string[] {
  return header ? header.split(/;\s*/).filter((cookie) => cookie !== '') : [];
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function plain(requestId: string, status: number, message: string): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'apigw-requestid': requestId },
    body: JSON.stringify({ message }),
  };
}
