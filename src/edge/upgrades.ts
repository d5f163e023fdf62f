/**
 * Connections that leave HTTP behind (WebSocket handshakes). A handshake is a request like any other until its answer
 * takes the connection over; an answer that doesn't is written and the connection closed.
 */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HttpRequest, HttpResponse, TakenConnection } from '../kernel/index.ts';
import { EdgeRequest } from './request.ts';
import { write } from './respond.ts';

export interface UpgradesOptions {
  answer(request: HttpRequest): Promise<HttpResponse>;
  onStart(): void;
  onEnd(): void;
  isClosing(): boolean;
  onError(error: unknown): void;
}

/**
 * Whether a request asks for a protocol that this server has. Others (`Upgrade: h2c`, which some clients send with every
 * request) are served as the plain requests that they also are.
 */
export function asksForWebSocket(request: IncomingMessage): boolean {
  return request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket';
}

export class Upgrades {
  readonly #options: UpgradesOptions;
  readonly #taken = new Map<Duplex, TakenConnection>();

  constructor(options: UpgradesOptions) {
    this.#options = options;
  }

  /** @param socket the server's parser has let go of it. @param head what the client sent after its handshake. */
  serve(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { answer, onStart, onEnd, onError } = this.#options;
    onStart();
    const onBroken = () => socket.destroy();
    socket.on('error', onBroken);
    const response = new ServerResponse(request);
    response.assignSocket(socket as Socket);
    const edgeRequest = new EdgeRequest(
      request,
      response,
      false,
      asksForWebSocket(request) ? 'websocket' : undefined,
    );
    const onFailure = (error: unknown) => {
      onError(error);
      socket.destroy();
      onEnd();
    };
    answer(edgeRequest)
      .then(async (given) => {
        const { takeOver } = given;
        if (takeOver && !socket.destroyed && !this.#options.isClosing()) {
          response.detachSocket(socket as Socket);
          socket.off('error', onBroken);
          this.#taken.set(socket, takeOver(socket, head));
          socket.once('close', () => this.#taken.delete(socket));
        } else {
          await refuse(edgeRequest, request, response, given);
        }
        onEnd();
      })
      .catch(onFailure);
  }

  /** Tells everybody who took a connection over that the server closes. Resolves when they are done with it. */
  async goAway(): Promise<void> {
    await Promise.all([...this.#taken.values()].map((taken) => taken.goAway()));
  }
}

async function refuse(
  edgeRequest: EdgeRequest,
  request: IncomingMessage,
  response: ServerResponse,
  { takeOver, ...answer }: HttpResponse,
): Promise<void> {
  const isLate = takeOver !== undefined;
  response.once('finish', () => request.socket.end());
  await write(
    edgeRequest,
    request,
    response,
    isLate ? { status: 503, headers: { 'content-length': '0' } } : answer,
    true,
  );
}
