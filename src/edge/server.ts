/** The port: one listener for HTTP/1.1, HTTP/2 with prior knowledge, and TLS, told apart by their first bytes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { HttpRequest, HttpResponse } from '../kernel/index.ts';
import { FastLane, type FastLaneOptions } from './fastLane.ts';
import {
  headerBytesMax,
  headersTimeoutMs,
  keepAliveTimeoutMs,
  requestTimeoutMs,
  shutdownGraceMs,
  slowClientCheckMs,
} from './limits.ts';
import { EdgeRequest, type NodeRequest, type NodeResponse } from './request.ts';
import { refuse, write } from './respond.ts';
import { asksForWebSocket, Upgrades } from './upgrades.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  answer(request: HttpRequest): Promise<HttpResponse>;
  /** Calls `run` after `ms`; returns its cancellation. The clock's, so that tests can hurry it. */
  after(ms: number, run: () => void): () => void;
  /** PEM texts, asked at the first TLS connection; absent: TLS is refused. */
  certificate?(): Promise<{ cert: string; key: string }>;
  onError(error: unknown): void;
  readonly limits?: Partial<ServerLimits>;
}

export interface ServerLimits {
  headerBytesMax: number;
  headersTimeoutMs: number;
  requestTimeoutMs: number;
  keepAliveTimeoutMs: number;
  slowClientCheckMs: number;
  shutdownGraceMs: number;
}

const usualLimits: ServerLimits = {
  headerBytesMax,
  headersTimeoutMs,
  requestTimeoutMs,
  keepAliveTimeoutMs,
  slowClientCheckMs,
  shutdownGraceMs,
};

export class EdgeServer {
  readonly #options: ServerOptions;
  readonly #limits: ServerLimits;
  readonly #http: Server;
  readonly #sockets = new Set<Socket>();
  readonly #lanes = new Set<FastLane>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #accept: (socket: Socket) => void;
  readonly #lane: FastLaneOptions;
  readonly #upgrades: Upgrades;
  #http2: Http2Server | undefined;
  #tls: Promise<(socket: Socket) => void> | undefined;
  #inFlight = 0;
  #isClosing = false;
  #onIdle: (() => void) | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#limits = { ...usualLimits, ...options.limits };
    this.#http = createServer({
      maxHeaderSize: this.#limits.headerBytesMax,
      headersTimeout: this.#limits.headersTimeoutMs,
      requestTimeout: this.#limits.requestTimeoutMs,
      keepAliveTimeout: this.#limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: this.#limits.slowClientCheckMs,
      noDelay: true,
      shouldUpgradeCallback: asksForWebSocket,
    });
    // Node's own connection listener, which speaks HTTP/1.1, comes after ours has seen the first bytes.
    const [speakHttp] = this.#http.listeners('connection') as [(socket: Socket) => void];
    this.#accept = (socket) => speakHttp.call(this.#http, socket);
    this.#lane = {
      answer: options.answer,
      handOver: this.#accept,
      onStart: () => {
        this.#inFlight++;
      },
      onEnd: () => this.#leave(),
      isClosing: () => this.#isClosing,
      onError: options.onError,
      headBytesMax: this.#limits.headerBytesMax,
      keepAliveTimeoutMs: this.#limits.keepAliveTimeoutMs,
    };
    this.#upgrades = new Upgrades(this.#lane);
    this.#http.removeAllListeners('connection');
    this.#http.on('connection', (socket: Socket) => this.#sniff(socket));
    this.#http.on('request', (request, response) => this.#serve(request, response, false));
    this.#http.on('upgrade', (request, socket, head) => this.#upgrades.serve(request, socket, head));
    this.#http.on('checkContinue', (request, response) => this.#serve(request, response, true));
    this.#http.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(417, { 'content-length': 0 }).end();
    });
    this.#http.on('clientError', refuse);
  }

  /** @returns the port really bound. @throws the system's error, e.g. EADDRINUSE. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen({ host: this.#options.host, port: this.#options.port, backlog: 1024 }, () => {
        this.#http.off('error', reject);
        this.#http.on('error', (error) => this.#options.onError(error));
        resolve((this.#http.address() as AddressInfo).port);
      });
    });
  }

  /** Stops listening, lets what is in flight finish (for a while), then closes every connection. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeIdleConnections();
    for (const lane of this.#lanes) lane.endIfIdle();
    for (const session of this.#sessions) session.close();
    this.#inFlight++;
    void this.goAway().finally(() => this.#leave());
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.after(this.#limits.shutdownGraceMs, resolve);
        this.#onIdle = () => {
          cancel();
          resolve();
        };
      });
    }
    for (const socket of this.#sockets) {
      // What was answered last may still be on its way out.
      if (socket.writableLength > 0) socket.destroySoon();
      else socket.destroy();
    }
    await closed;
  }

  /** Closes the connections that services took over; resolves when they have said goodbye. */
  goAway(): Promise<void> {
    return this.#upgrades.goAway();
  }

  #sniff(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#isClosing) return void socket.destroy();
    const onEarlyError = () => socket.destroy();
    socket.on('error', onEarlyError);
    socket.setTimeout(this.#limits.headersTimeoutMs, onEarlyError);
    let bytes: Buffer = Buffer.alloc(0);
    const onBytes = (piece: Buffer) => {
      bytes = bytes.length === 0 ? piece : Buffer.concat([bytes, piece]);
      // `P` may begin POST, PUT, PATCH or HTTP/2's preface: three bytes tell.
      if (bytes.length < 3 && http2Preface.subarray(0, bytes.length).equals(bytes)) return;
      socket.off('data', onBytes);
      socket.pause();
      socket.off('error', onEarlyError);
      socket.setTimeout(0);
      socket.removeListener('timeout', onEarlyError);
      if (bytes[0] !== 0x16 && !isHttp2Preface(bytes)) {
        const lane = new FastLane(socket, bytes, this.#lane);
        this.#lanes.add(lane);
        socket.once('close', () => this.#lanes.delete(lane));
        socket.resume();
        return;
      }
      socket.unshift(bytes);
      if (bytes[0] === 0x16) this.#speakTls(socket);
      else this.#speakHttp2(socket);
    };
    socket.on('data', onBytes);
  }

  #speakHttp2(socket: Socket): void {
    this.#http2 ??= this.#createHttp2();
    this.#http2.emit('connection', socket);
  }

  #createHttp2(): Http2Server {
    const server = createHttp2Server({
      maxHeaderListPairs: 256,
      settings: { maxConcurrentStreams: 256, maxHeaderListSize: this.#limits.headerBytesMax },
    });
    server.on('request', (request, response) => this.#serve(request, response, false));
    server.on('session', (session) => {
      this.#sessions.add(session);
      session.setTimeout(this.#limits.keepAliveTimeoutMs, () => session.close());
      session.once('close', () => this.#sessions.delete(session));
      session.on('error', () => session.destroy());
    });
    server.on('sessionError', () => {});
    return server;
  }

  #speakTls(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    this.#tls ??= this.#createTls();
    this.#tls.then(
      (accept) => accept(socket),
      (error: unknown) => {
        this.#tls = undefined;
        this.#options.onError(error);
        socket.destroy();
      },
    );
  }

  async #createTls(): Promise<(socket: Socket) => void> {
    if (!this.#options.certificate) throw new Error('No certificate is configured for TLS');
    const [{ createServer: createTlsServer }, certificate] = await Promise.all([
      import('node:tls'),
      this.#options.certificate(),
    ]);
    const server = createTlsServer({
      ...certificate,
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: this.#limits.headersTimeoutMs,
    });
    server.on('secureConnection', (secure) => {
      secure.on('error', () => secure.destroy());
      if (secure.alpnProtocol === 'h2') this.#speakHttp2(secure);
      else this.#accept(secure);
    });
    server.on('tlsClientError', (_error, secure) => secure.destroy());
    return (socket) => void server.emit('connection', socket);
  }

  #serve(request: NodeRequest, response: NodeResponse, expectsContinue: boolean): void {
    this.#inFlight++;
    const edgeRequest = new EdgeRequest(request, response, expectsContinue);
    const onFailure = (error: unknown) => {
      this.#options.onError(error);
      response.destroy();
      this.#leave();
    };
    this.#options
      .answer(edgeRequest)
      .then((answer) => {
        const streaming = write(edgeRequest, request, response, answer, this.#isClosing);
        if (streaming) streaming.then(() => this.#leave(), onFailure);
        else this.#leave();
      }, onFailure)
      .catch(onFailure);
  }

  #leave(): void {
    this.#inFlight--;
    if (this.#isClosing && this.#inFlight === 0) this.#onIdle?.();
  }
}

const http2Preface = Buffer.from('PRI * HTTP/2.0\r\n');

/** The first packet of a prior-knowledge client carries the whole preface; a shorter prefix is enough to tell. */
function isHttp2Preface(bytes: Buffer): boolean {
  return (
    bytes.length >= 3 && http2Preface.subarray(0, bytes.length).equals(bytes.subarray(0, http2Preface.length))
  );
}
