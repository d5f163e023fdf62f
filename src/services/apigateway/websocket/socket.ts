/** WebSockets on the wire. The one file that knows the `ws` package. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import type { HttpRequest } from '../../../kernel/index.ts';
import { frameBytesMax, hangUpMs, messageBytesMax } from './limits.ts';

/** What happens to a socket. One object serves all sockets: they are many. */
export interface SocketEvents<Owner> {
  /** A text message; `bytes` of it. */
  onMessage(owner: Owner, message: string, bytes: number): void;
  /** Something else came that shows that the client is there. */
  onSign(owner: Owner): void;
  /** @param code as RFC 6455 numbers them: 1005 without one, 1006 when the connection broke. */
  onClose(owner: Owner, code: number, reason: string): void;
}

/** Refuses before anybody is asked. @returns why a handshake is none; undefined when it is one. */
export function handshakeFault({ method, headers }: HttpRequest): string | undefined {
  if (method !== 'GET') return 'Invalid HTTP method';
  const version = headers['sec-websocket-version'];
  if (version !== '13' && version !== '8') return 'Missing or invalid Sec-WebSocket-Version header';
  if (!/^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')) {
    return 'Missing or invalid Sec-WebSocket-Key header';
  }
  return undefined;
}

interface Handshake {
  method: 'GET';
  headers: Readonly<Record<string, string>>;
  protocol: string | undefined;
}

export class Sockets<Owner> {
  readonly #server: WebSocketServer;
  readonly #events: SocketEvents<Owner>;

  constructor(events: SocketEvents<Owner>) {
    this.#events = events;
    const options: ServerOptions<typeof OwnedSocket> & { closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      // API Gateway negotiates no extension.
      perMessageDeflate: false,
      maxPayload: messageBytesMax,
      closeTimeout: hangUpMs,
      WebSocket: OwnedSocket,
      handleProtocols: (_, request) => (request as unknown as Handshake).protocol ?? false,
    };
    this.#server = new WebSocketServer(options);
  }

  /** Answers 101 and reads what comes. @param protocol the subprotocol that was chosen of those the client offered. */
  accept(
    request: HttpRequest,
    socket: Duplex,
    head: Buffer,
    protocol: string | undefined,
    owner: (socket: Socket) => Owner,
  ): void {
    const handshake: Handshake = { method: 'GET', headers: request.headers, protocol };
    this.#server.handleUpgrade(handshake as unknown as IncomingMessage, socket, head, (accepted) => {
      const owned = accepted as OwnedSocket;
      owned.owner = owner(new Socket(owned));
      owned.events = this.#events as SocketEvents<unknown>;
      owned.listen();
    });
  }
}

/** The end of a connection that the cloud holds. */
export class Socket {
  readonly #socket: OwnedSocket;

  constructor(socket: OwnedSocket) {
    this.#socket = socket;
  }

  /** Bytes that wait for the client. */
  get unsent(): number {
    return this.#socket.bufferedAmount;
  }

  /** Sends a message; a large one in frames of the size that API Gateway sends. Text when it is a string. */
  send(data: string | Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const binary = typeof data !== 'string';
    const bytes = binary ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
    if (bytes.length <= frameBytesMax) {
      this.#socket.send(bytes, { binary });
      return;
    }
    for (let at = 0; at < bytes.length; at += frameBytesMax) {
      const fin = at + frameBytesMax >= bytes.length;
      this.#socket.send(bytes.subarray(at, at + frameBytesMax), { binary, fin });
    }
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** Reads no more until `resume`: the client feels it. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}

/** A socket that knows whose it is, so that its listeners are functions that all sockets share. */
class OwnedSocket extends WebSocket {
  owner: unknown;
  events: SocketEvents<unknown> | undefined;
  /** Why we close it, when its frames are the reason. */
  fault: number | undefined;

  listen(): void {
    limitFrames(this);
    this.on('message', onMessage);
    this.on('ping', onSign);
    this.on('pong', onSign);
    this.on('error', onError);
    this.on('close', onClose);
  }
}

function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  const socket = this as OwnedSocket;
  const bytes = data as Buffer;
  if (isBinary) {
    // "If a client app sends a binary frame, API Gateway rejects it and disconnects the client with code 1003."
    socket.fault = 1003;
    socket.close(1003, 'Binary frames are not supported');
    socket.events?.onClose(socket.owner, 1003, '');
    return;
  }
  socket.events?.onMessage(socket.owner, bytes.toString(), bytes.length);
}

function onSign(this: WebSocket): void {
  const socket = this as OwnedSocket;
  socket.events?.onSign(socket.owner);
}

/** A frame that is none, or too large. The package has sent the close frame. */
function onError(this: WebSocket, error: Error & { code?: string }): void {
  const socket = this as OwnedSocket;
  const code = error.code ?? '';
  if (!code.startsWith('WS_ERR')) return;
  if (code.endsWith('LENGTH')) socket.fault = 1009;
  else socket.fault = code === 'WS_ERR_INVALID_UTF8' ? 1007 : 1002;
  socket.events?.onClose(socket.owner, socket.fault, '');
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  const socket = this as OwnedSocket;
  socket.events?.onClose(socket.owner, socket.fault ?? code, reason.toString());
}

/** The part of the package's receiver that knows how long a frame is before it is read. */
interface FrameReceiver {
  _payloadLength: number;
  _opcode: number;
  haveLength(callback: (error: Error) => void): void;
  createError(
    kind: RangeErrorConstructor,
    message: string,
    prefix: boolean,
    status: number,
    code: string,
  ): Error;
}

/** The package's own check, which ours comes before. */
let haveLength: FrameReceiver['haveLength'] | undefined;

/** The package bounds messages; API Gateway bounds frames as well. */
function limitFrames(socket: OwnedSocket): void {
  const receiver = (socket as unknown as { _receiver: FrameReceiver })._receiver;
  haveLength ??= receiver.haveLength;
  receiver.haveLength = haveBoundedLength;
}

function haveBoundedLength(this: FrameReceiver, callback: (error: Error) => void): void {
  if (this._payloadLength > frameBytesMax && this._opcode < 8) {
    const code = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
    callback(this.createError(RangeError, 'Max frame size exceeded', false, 1009, code));
    return;
  }
  haveLength?.call(this, callback);
}
