/** The way of a request to a WebSocket API: a handshake through `$connect`, or the connections API. */
import type { HttpRequest, HttpResponse } from '../../../kernel/index.ts';
import type { EndpointContext } from '../../../platform/index.ts';
import { gatewayResponseTypes } from '../domain/gatewayResponses.ts';
import { headerOf, headersOf, type MultiValues, queryOf } from '../domain/parameters.ts';
import type { Via } from '../endpoints/customDomains.ts';
import { requestIds } from '../endpoints/requestIds.ts';
import { forbidden } from '../endpoints/rest.ts';
import type { Room } from '../room.ts';
import type { Address } from '../store.ts';
import { requireParameters } from './admission.ts';
import { authorizeConnect } from './authorize.ts';
import type { Connection } from './connections.ts';
import { contextOf, type SocketExchange, socketId } from './exchange.ts';
import { manageConnection } from './management.ts';
import { observe } from './observe.ts';
import { errorText, statusOf } from './refusals.ts';
import { type Passed, pass } from './route.ts';
import type { ServedSocketStage } from './served.ts';
import { handshakeFault } from './socket.ts';
import { webSocketsOf } from './webSockets.ts';

/** @param path all after the API's address: `/prod`, or `/prod/@connections/{id}`. */
export async function serveWebSocketApi(
  ctx: EndpointContext<Room>,
  request: HttpRequest,
  address: Address,
  apiId: string,
  path: string,
  via?: Via,
): Promise<HttpResponse> {
  const whole = via?.stage === undefined ? path : `/${via.stage}${path}`;
  const [, stage = '', rest = ''] = /^\/([^/]+)(\/.*)?$/.exec(whole) ?? [];
  const served = await webSocketsOf(ctx.room).served.get(address, apiId, stage);
  if (!served || (served.api.api.DisableExecuteApiEndpoint && !via)) return forbidden(ctx);
  const [, connectionId] = /^\/(?:@|%40)connections\/([^/]+)$/i.exec(rest) ?? [];
  if (connectionId !== undefined) {
    return manageConnection(ctx, request, { address, apiId, stage, connectionId: decoded(connectionId) });
  }
  if (rest !== '' && rest !== '/') return forbidden(ctx);
  if (request.upgrade !== 'websocket') return plain(426, 'Upgrade Required', { upgrade: 'websocket' });
  const fault = handshakeFault(request);
  if (fault !== undefined) return plain(400, fault);
  return connect(ctx, request, served, { address, apiId, stage, domainName: via?.domainName });
}

async function connect(
  ctx: EndpointContext<Room>,
  request: HttpRequest,
  served: ServedSocketStage,
  at: { address: Address; apiId: string; stage: string; domainName: string | undefined },
): Promise<HttpResponse> {
  const { room, now } = ctx;
  const userAgent = request.headers['user-agent'];
  const sourceIp = request.remoteAddress.replace(/^::ffff:/, '');
  const connection: Connection = {
    id: socketId(room),
    address: at.address,
    apiId: at.apiId,
    stage: at.stage,
    connectedAt: now,
    lastActiveAt: now,
    domainName: at.domainName ?? request.headers.host ?? '',
    identity: userAgent === undefined ? { sourceIp } : { userAgent, sourceIp },
    underWay: 0,
    slot: 0,
  };
  const route = served.api.connect;
  if (!route) return accept(ctx, request, connection, undefined);
  const context = contextOf(connection, {
    type: 'CONNECT',
    routeKey: '$connect',
    requestId: socketId(room),
    now,
  });
  const headers = handshakeHeaders(ctx, request, sourceIp);
  const query = queryOf(request.query);
  const exchange: SocketExchange = {
    room,
    connection,
    served,
    route,
    now,
    context,
    headers,
    query,
    body: '',
  };
  const passed = await pass(exchange, async () => {
    requireParameters(exchange);
    await authorizeConnect(ctx, request, exchange);
  });
  const answer = answerOf(exchange, passed);
  observe(exchange, passed, 0);
  return answer ?? accept(ctx, request, connection, protocolOf(request, passed));
}

/** @returns undefined when the client may connect. */
function answerOf(exchange: SocketExchange, passed: Passed): HttpResponse | undefined {
  const { context } = exchange;
  const headers = { 'content-type': 'application/json', 'x-amzn-requestid': context.requestId };
  if ('refusal' in passed) {
    const { refusal } = passed;
    return {
      status: statusOf(refusal),
      headers: { ...headers, 'x-amzn-errortype': gatewayResponseTypes[refusal.type].error },
      body: errorText(refusal, context),
    };
  }
  const { status, body } = passed.answer;
  if (status >= 200 && status < 300) return undefined;
  const told = exchange.route.answers ? body : '';
  return { status: status < 200 ? 502 : status, headers, body: told };
}

/** The subprotocol that the integration chose. https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html */
function protocolOf(request: HttpRequest, passed: Passed): string | undefined {
  if ('refusal' in passed) return undefined;
  const chosen = headerOf(passed.answer.headers, 'sec-websocket-protocol')?.trim();
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  return chosen !== undefined && offered.includes(chosen) ? chosen : undefined;
}

function accept(
  ctx: EndpointContext<Room>,
  request: HttpRequest,
  connection: Connection,
  protocol: string | undefined,
): HttpResponse {
  const webSockets = webSocketsOf(ctx.room);
  return {
    status: 101,
    headers: {},
    takeOver(duplex, head) {
      const closed = new Promise<void>((resolve) => duplex.once('close', () => resolve()));
      webSockets.sockets.accept(request, duplex, head, protocol, (socket) => {
        connection.socket = socket;
        webSockets.connections.add(connection);
        return connection;
      });
      return { goAway: () => webSockets.goAway(connection, closed) };
    },
  };
}

/** As a function sees them: what the load balancer adds, too. */
function handshakeHeaders(ctx: EndpointContext<Room>, request: HttpRequest, sourceIp: string): MultiValues {
  const headers = headersOf(request.rawHeaders);
  const { ids, config } = ctx.room.platform;
  const traceId = request.headers['x-amzn-trace-id'] ?? requestIds(ids, ctx.now).trace;
  const forwarded = request.headers['x-forwarded-for'];
  for (const name of Object.keys(headers)) {
    if (/^(?:x-amzn-trace-id|x-forwarded-(?:for|port|proto))$/i.test(name)) delete headers[name];
  }
  headers['X-Amzn-Trace-Id'] = [traceId];
  headers['X-Forwarded-For'] = [forwarded ? `${forwarded}, ${sourceIp}` : sourceIp];
  headers['X-Forwarded-Port'] = [String(config.port)];
  headers['X-Forwarded-Proto'] = [request.secure ? 'https' : 'http'];
  return headers;
}

function plain(status: number, message: string, headers: Record<string, string> = {}): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ message }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
