/** One event of a connection (a handshake, a message, its end) on its way through a WebSocket API. */
import type { AwsCaller, Principal } from '../../../platform/index.ts';
import { servicePrincipal } from '../../../platform/index.ts';
import type { MultiValues } from '../domain/parameters.ts';
import { commonLogTime } from '../domain/requestContext.ts';
import type { Room } from '../room.ts';
import type { Scope } from '../store.ts';
import type { SocketRoute } from './compiled.ts';
import type { Connection } from './connections.ts';
import type { ServedSocketStage } from './served.ts';

export interface SocketExchange {
  room: Room;
  connection: Connection;
  served: ServedSocketStage;
  /** Set as soon as it is known; nothing reads it before. */
  route: SocketRoute;
  now: number;
  context: SocketContext;
  /** Of the handshake; empty in messages. */
  headers: MultiValues;
  query: MultiValues;
  body: string;
  /** What the integration did, once it was asked. */
  seen?: { status: number; latency: number; error?: string };
}

/** What stands behind an integration said. */
export interface BackendAnswer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string[]>;
  body: string | Uint8Array;
  /** What a function that failed said of it. */
  errorMessage?: string | undefined;
}

export interface SocketAnswer {
  /** Of the handshake, when it is one. */
  status: number;
  headers: Record<string, string[]>;
  /** Text, or bytes for a binary frame; empty when there is nothing to send. */
  body: string | Uint8Array;
}

/**
 * `requestContext` of events and `$context` of templates and access logs.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
 */
export interface SocketContext {
  routeKey: string;
  authorizer?: Record<string, unknown>;
  messageId?: string;
  disconnectStatusCode?: number;
  eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT';
  extendedRequestId: string;
  requestTime: string;
  messageDirection: 'IN';
  disconnectReason?: string;
  stage: string;
  connectedAt: number;
  requestTimeEpoch: number;
  identity: Connection['identity'];
  requestId: string;
  domainName: string;
  connectionId: string;
  apiId: string;
}

/** "`$context.requestId`: same as `$context.extendedRequestId`." */
export function contextOf(
  connection: Connection,
  event: {
    type: SocketContext['eventType'];
    routeKey: string;
    requestId: string;
    now: number;
    messageId?: string;
    end?: { code: number; reason: string };
  },
): SocketContext {
  const { messageId, end, requestId, now } = event;
  return {
    routeKey: event.routeKey,
    ...(connection.authorizer ? { authorizer: connection.authorizer } : {}),
    ...(messageId === undefined ? {} : { messageId }),
    ...(end ? { disconnectStatusCode: end.code } : {}),
    eventType: event.type,
    extendedRequestId: requestId,
    requestTime: commonLogTime(now),
    messageDirection: 'IN',
    ...(end ? { disconnectReason: end.reason } : {}),
    stage: connection.stage,
    connectedAt: connection.connectedAt,
    requestTimeEpoch: now,
    identity: connection.identity,
    requestId,
    domainName: connection.domainName,
    connectionId: connection.id,
    apiId: connection.apiId,
  };
}

/** An id as AWS writes them: 11 bytes in the base 64 of URLs, padded: `L0SM9cOFvHcCIhw=`. */
export function socketId(room: Room): string {
  // Of a UUID: random bytes by themselves are what a message would otherwise wait for longest.
  const hex = room.platform.ids.uuid().replaceAll('-', '').slice(0, 22);
  return Buffer.from(hex, 'hex').toString('base64url').padEnd(16, '=');
}

/** `arn:aws:execute-api:region:account:api/stage/$connect`. */
export function routeArn({ connection, route }: Pick<SocketExchange, 'connection' | 'route'>): string {
  const { address, apiId, stage } = connection;
  const partition = address.region.startsWith('cn-') ? 'aws-cn' : 'aws';
  return `arn:${partition}:execute-api:${address.region}:${address.account}:${apiId}/${stage}/${route.route.RouteKey}`;
}

/** The in-process client of messages, which no request carries. */
export function callerFor(room: Room): (as: Scope & { principal?: Principal }) => AwsCaller {
  return ({ account, region, principal }) =>
    room.platform.aws({
      account,
      region,
      principal: principal ?? servicePrincipal('apigateway.amazonaws.com', account),
    });
}
