/** The WebSocket connections of a cloud: they are opened, get and send messages, and end. */
import { Refusal } from '../domain/gatewayResponses.ts';
import type { Room } from '../room.ts';
import type { SocketRoute } from './compiled.ts';
import { type Connection, Connections } from './connections.ts';
import { contextOf, type SocketExchange, socketId } from './exchange.ts';
import { goodbyeMs, messagesUnderWayMax, unsentAnswerBytesMax } from './limits.ts';
import { observe, observeSent } from './observe.ts';
import { errorText } from './refusals.ts';
import { type Passed, pass } from './route.ts';
import { type ServedSocketStage, ServedSocketStages } from './served.ts';
import { Sockets } from './socket.ts';

/** Rooms have them from their first WebSocket on: others never load what it takes. */
const known = new WeakMap<Room, WebSockets>();

export function webSocketsOf(room: Room): WebSockets {
  let found = known.get(room);
  if (!found) {
    found = new WebSockets(room);
    known.set(room, found);
  }
  return found;
}

class WebSockets {
  readonly connections: Connections;
  readonly served: ServedSocketStages;
  readonly sockets: Sockets<Connection>;
  readonly #room: Room;
  /** `$disconnect` routes that are being run, by connection id. */
  readonly #endings = new Map<string, Promise<void>>();

  constructor(room: Room) {
    this.#room = room;
    this.served = new ServedSocketStages(room.store);
    this.connections = new Connections(room.platform.clock, (connection) =>
      this.close(connection, 1001, 'Going away'),
    );
    this.sockets = new Sockets({
      onMessage: (connection, message, bytes) => this.#receive(connection, message, bytes),
      onSign: (connection) => this.#touch(connection),
      onClose: (connection, code, reason) => this.#end(connection, code, reason || reasonOf(code)),
    });
  }

  /** Closes a connection from our side. @param reason of the close frame, and of the `$disconnect` event. */
  close(connection: Connection, code: number, reason: string): void {
    connection.socket?.close(code, reason);
    this.#end(connection, code, reason);
  }

  /** Sends a message to a client. */
  send(connection: Connection, data: string | Uint8Array): void {
    this.#touch(connection);
    connection.socket?.send(data);
    observeSent(this.#room, connection, data.length);
  }

  /** Says goodbye to a connection whose server closes; resolves when its `$disconnect` route has run. */
  async goAway(connection: Connection, closed: Promise<void>): Promise<void> {
    this.close(connection, 1001, 'Going away');
    const { clock } = this.#room.platform;
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      const timer = clock.at(clock.now() + goodbyeMs, resolve);
      cancel = () => timer.cancel();
    });
    await Promise.race([closed, late]);
    cancel();
    await this.#endings.get(connection.id);
  }

  #touch(connection: Connection): void {
    connection.lastActiveAt = this.#room.platform.clock.now();
  }

  #receive(connection: Connection, message: string, bytes: number): void {
    if (!this.connections.get(connection.id)) return;
    this.#touch(connection);
    connection.underWay++;
    if (connection.underWay === messagesUnderWayMax) connection.socket?.pause();
    this.#answer(connection, message)
      .catch((error: unknown) => {
        const { telemetry } = this.#room.platform;
        telemetry.log('error', 'A WebSocket message failed', { error, connectionId: connection.id, bytes });
      })
      .finally(() => {
        connection.underWay--;
        if (connection.underWay === messagesUnderWayMax - 1) connection.socket?.resume();
      });
  }

  async #answer(connection: Connection, message: string): Promise<void> {
    const served = await this.served.get(connection.address, connection.apiId, connection.stage);
    // The stage is gone, and its connections with it.
    if (!served) return this.close(connection, 1001, 'Going away');
    const route = served.api.routeOf(message);
    const exchange = this.#exchange(connection, served, route, 'MESSAGE', message);
    if (!route)
      return this.#refuse(exchange, new Refusal('RESOURCE_NOT_FOUND', 'Forbidden', { status: 403 }));
    let passed: Passed;
    try {
      passed = await pass(exchange);
    } catch (error) {
      this.#refuse(exchange, new Refusal('API_CONFIGURATION_ERROR', 'Internal server error'));
      throw error;
    }
    if ('refusal' in passed) return this.#refuse(exchange, passed.refusal);
    const { body } = passed.answer;
    const answers = route.answers && body.length > 0;
    if (answers) this.send(connection, body);
    // A client that asks and doesn't listen would have the cloud keep all that it doesn't hear.
    if ((connection.socket?.unsent ?? 0) > unsentAnswerBytesMax)
      this.close(connection, 1008, 'Policy violation');
    observe(exchange, passed, answers ? body.length : 0);
  }

  #refuse(exchange: SocketExchange, refusal: Refusal): void {
    const text = errorText(refusal, exchange.context);
    exchange.connection.socket?.send(text);
    observe(exchange, { refusal }, text.length);
  }

  #exchange(
    connection: Connection,
    served: ServedSocketStage,
    route: SocketRoute | undefined,
    type: 'MESSAGE' | 'DISCONNECT',
    body: string,
    end?: { code: number; reason: string },
  ): SocketExchange {
    const room = this.#room;
    const now = room.platform.clock.now();
    const context = contextOf(connection, {
      type,
      routeKey: route?.route.RouteKey ?? '$default',
      requestId: socketId(room),
      now,
      ...(type === 'MESSAGE' ? { messageId: socketId(room) } : {}),
      ...(end ? { end } : {}),
    });
    const none = route ?? noRoute;
    return { room, connection, served, route: none, now, context, headers: {}, query: {}, body };
  }

  /** However often and from whichever side a connection is closed, it ends once. */
  #end(connection: Connection, code: number, reason: string): void {
    if (!this.connections.remove(connection)) return;
    const ending = this.#disconnect(connection, code, reason)
      .catch((error: unknown) => {
        const { telemetry } = this.#room.platform;
        telemetry.log('error', 'A $disconnect route failed', { error, connectionId: connection.id });
      })
      .finally(() => this.#endings.delete(connection.id));
    this.#endings.set(connection.id, ending);
  }

  /** "$disconnect is a best-effort event." */
  async #disconnect(connection: Connection, code: number, reason: string): Promise<void> {
    const served = await this.served.get(connection.address, connection.apiId, connection.stage);
    const route = served?.api.disconnect;
    if (!served || !route) return;
    const exchange = this.#exchange(connection, served, route, 'DISCONNECT', '', { code, reason });
    const sourceIp = connection.identity.sourceIp;
    exchange.headers = {
      Host: [connection.domainName],
      'x-api-key': [''],
      'X-Forwarded-For': [sourceIp],
      'x-restapi': [''],
    };
    const passed = await pass(exchange);
    observe(exchange, passed, 0);
  }
}

const noRoute: SocketRoute = {
  route: { RouteId: '', RouteKey: '$default', AuthorizationType: 'NONE', ApiKeyRequired: false },
  integration: undefined,
  responses: [],
  authorizer: undefined,
  answers: false,
};

/** What `disconnectReason` says where the close frame doesn't. */
function reasonOf(code: number): string {
  return reasons[code] ?? '';
}

const reasons: Readonly<Record<number, string>> = {
  1000: 'Connection Closed Normally',
  1001: 'Going away',
  1002: 'Protocol error',
  1003: 'Binary frames are not supported',
  1005: 'Client-side close frame status not set',
  1006: 'Connection Closed Abnormally',
  1007: 'Invalid frame payload data',
  1009: 'Message too big',
};
