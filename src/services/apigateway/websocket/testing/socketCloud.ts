/** A toy cloud whose data plane listens, so that a real WebSocket client can speak with it. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ClientOptions, WebSocket } from 'ws';
import type { HttpRequest, HttpResponse, TakenConnection } from '../../../../kernel/index.ts';
import type { EndpointContext } from '../../../../platform/index.ts';
import type { Store } from '../../../../store/port.ts';
import { matchExecuteApi } from '../../addresses.ts';
import { apigateway } from '../../index.ts';
import type { Room } from '../../room.ts';
import { openToyCloud, type ToyCloud } from '../../testing/toyCloud.ts';
import { apigatewayv2 } from '../../v2/index.ts';
import { apigatewaymanagementapi } from '../index.ts';

export interface SocketCloud extends ToyCloud {
  port: number;
  /** Who may be told apart by signature; everybody may do everything when absent. */
  authorize?: EndpointContext<Room>['authorize'];
  /** Opens a connection. @throws the handshake's status and body, as `Refused`. */
  connect(path: string, options?: ClientOptions & { protocols?: string[] }): Promise<Client>;
  /** An HTTP request to the data plane. */
  fetch(path: string, init?: RequestInit): Promise<{ status: number; text: string }>;
  /** What a server that closes does. */
  goAway(): Promise<void>;
  close(): Promise<void>;
}

export class Refused extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`refused with ${status}: ${body}`);
    this.status = status;
    this.body = body;
  }
}

/** A client that keeps what it gets until somebody asks for it. */
export class Client {
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #messages: (string | Buffer)[] = [];
  readonly #waiting: ((message: string | Buffer) => void)[] = [];

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data, isBinary) => {
      const message = isBinary ? (data as Buffer) : String(data);
      const waiting = this.#waiting.shift();
      if (waiting) waiting(message);
      else this.#messages.push(message);
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
    socket.on('error', () => {});
  }

  next(): Promise<string | Buffer> {
    const kept = this.#messages.shift();
    if (kept !== undefined) return Promise.resolve(kept);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Sends, and waits for the next message that comes. */
  async ask(message: object | string): Promise<string> {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    return String(await this.next());
  }

  /** Messages that nobody has asked for yet. */
  get unread(): number {
    return this.#messages.length;
  }
}

export async function openSocketCloud(store: Store): Promise<SocketCloud> {
  const toy = openToyCloud(store, [apigatewayv2, apigateway, apigatewaymanagementapi]);
  const taken = new Set<TakenConnection>();
  const server = createServer((request, response) => {
    void answer(request).then(async ({ status, headers, body }) => {
      response.writeHead(status, headers).end(body as string);
    });
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    void answer(request, 'websocket').then((given) => {
      if (given.takeOver) taken.add(given.takeOver(socket, head));
      else socket.end(plainAnswer(given));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  async function answer(message: IncomingMessage, upgrade?: 'websocket'): Promise<HttpResponse> {
    const request = requestOf(message, upgrade);
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const endpoint = apigateway.endpoints?.['execute-api'];
    const params = matchExecuteApi(host, request.path);
    if (!endpoint || !params) return { status: 404, headers: {} };
    const { platform } = toy.room;
    const context: EndpointContext<Room> = {
      room: toy.room,
      requestId: platform.ids.uuid(),
      now: toy.clock.now(),
      params,
      aws: (as) => platform.aws(as as Parameters<typeof platform.aws>[0]),
      ...(cloud.authorize ? { authorize: cloud.authorize } : {}),
    };
    try {
      return await endpoint(context, request);
    } catch (error) {
      const {
        status = 500,
        code,
        message: text,
      } = error as { status?: number; code?: string; message: string };
      return { status, headers: { 'x-amzn-errortype': code ?? '' }, body: JSON.stringify({ message: text }) };
    }
  }

  const clients = new Set<WebSocket>();
  const cloud: SocketCloud = {
    ...toy,
    port,
    connect: (path, { protocols = [], ...options } = {}) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, options);
        clients.add(socket);
        const client = new Client(socket);
        socket.once('open', () => resolve(client));
        socket.once('unexpected-response', (_, response) => {
          let body = '';
          response.on('data', (piece: Buffer) => {
            body += String(piece);
          });
          response.on('end', () => reject(new Refused(response.statusCode ?? 0, body)));
        });
      }),
    fetch: async (path, init) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
      return { status: response.status, text: await response.text() };
    },
    goAway: async () => {
      await Promise.all([...taken].map((connection) => connection.goAway()));
    },
    close: async () => {
      for (const client of clients) client.terminate();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return cloud;
}

function requestOf(message: IncomingMessage, upgrade: 'websocket' | undefined): HttpRequest {
  const [path = '/', query = ''] = (message.url ?? '/').split('?');
  return {
    method: message.method ?? 'GET',
    path,
    query,
    headers: message.headers as Record<string, string>,
    rawHeaders: message.rawHeaders,
    upgrade,
    body: {
      length: undefined,
      bytes: async () => {
        const pieces: Buffer[] = [];
        for await (const piece of message) pieces.push(piece as Buffer);
        return Buffer.concat(pieces);
      },
      stream: () => message,
    },
    remoteAddress: '127.0.0.1',
    secure: false,
    signal: new AbortController().signal,
  };
}

function plainAnswer({ status, headers, body }: HttpResponse): string {
  const text = String(body ?? '');
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
  return `HTTP/1.1 ${status} Refused\r\n${lines.join('')}content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`;
}
