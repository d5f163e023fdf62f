/**
 * HTTP/1.1 for connections that carry nothing unusual: whole requests in one packet, answers that are in memory. Such a
 * request costs a third of what Node's general server takes. At the first thing that is out of the ordinary the
 * connection is handed to that server, bytes and all, and stays there: this file decides nothing that is hard to decide.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type HttpRequest, type HttpResponse, SystemClock } from '../kernel/index.ts';
import { readPlainRequest, type SocketRequest } from './plainRequest.ts';
import { carriable } from './respond.ts';

export interface FastLaneOptions {
  answer(request: HttpRequest): Promise<HttpResponse>;
  /** Takes the connection over; the bytes that were read have been put back. */
  handOver(socket: Socket): void;
  onStart(): void;
  onEnd(): void;
  isClosing(): boolean;
  onError(error: unknown): void;
  readonly headBytesMax: number;
  readonly keepAliveTimeoutMs: number;
}

/** Packets that arrive while a request is being answered; past that the socket waits. */
const pendingBytesMax = 256 * 1024;

/** Copying a body this small behind its head costs less than sending both. */
const joinedBytesMax = 4096;

export class FastLane {
  readonly #socket: Socket;
  readonly #options: FastLaneOptions;
  readonly #staying: string;
  #pending: Buffer | undefined;
  #isBusy = false;
  #isOver = false;

  /** @param first what was read of the connection so far. */
  constructor(socket: Socket, first: Buffer, options: FastLaneOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#staying = `keep-alive\r\nkeep-alive: timeout=${Math.floor(options.keepAliveTimeoutMs / 1000)}`;
    socket.on('data', this.#onData);
    socket.on('error', this.#onGone);
    socket.on('end', this.#onHalfClosed);
    socket.setTimeout(options.keepAliveTimeoutMs, this.#onIdle);
    this.#onData(first);
  }

  /** For a server that closes: a connection that waits for nothing is closed at once. */
  endIfIdle(): void {
    if (!this.#isBusy && !this.#isOver) this.#socket.end();
  }

  readonly #onGone = () => void this.#socket.destroy();

  readonly #onIdle = () => {
    if (!this.#isBusy) this.#socket.destroy();
  };

  /** The client has no more requests; what is being answered is answered first. */
  readonly #onHalfClosed = () => {
    if (!this.#isBusy) this.#socket.end();
  };

  readonly #onData = (packet: Buffer) => {
    const bytes = this.#pending ? Buffer.concat([this.#pending, packet]) : packet;
    this.#pending = undefined;
    if (this.#isBusy) {
      this.#pending = bytes;
      if (bytes.length > pendingBytesMax) this.#socket.pause();
      return;
    }
    const plain = readPlainRequest(bytes, this.#socket, this.#options.headBytesMax);
    if (!plain) return this.#handOver(bytes);
    if (plain.size < bytes.length) this.#pending = bytes.subarray(plain.size);
    this.#isBusy = true;
    this.#options.onStart();
    this.#options.answer(plain.request).then(
      (answer) => this.#write(plain.request, answer),
      (error: unknown) => this.#fail(error),
    );
  };

  #handOver(bytes: Buffer): void {
    const socket = this.#socket;
    this.#isOver = true;
    socket.off('data', this.#onData);
    socket.off('error', this.#onGone);
    socket.off('end', this.#onHalfClosed);
    socket.off('timeout', this.#onIdle);
    socket.setTimeout(0);
    socket.pause();
    socket.unshift(bytes);
    this.#options.handOver(socket);
    socket.resume();
  }

  #fail(error: unknown): void {
    this.#options.onError(error);
    this.#socket.destroy();
    this.#options.onEnd();
  }

  #write(request: SocketRequest, answer: HttpResponse): void {
    const { body } = answer;
    const closes = this.#options.isClosing();
    if (this.#socket.destroyed) {
      this.#options.onEnd();
      return;
    }
    if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)) {
      this.#stream(request, answer).then(
        () => this.#next(request, closes),
        (error: unknown) => this.#fail(error),
      );
      return;
    }
    outbox.push(() => {
      this.#send(answer, this.#connection(request, closes));
      this.#next(request, closes);
    });
    if (outbox.length === 1) setImmediate(flush);
  }

  /** Node's clients, which ask for what is so anyway, are told how long: they don't take up a connection about to end. */
  #connection(request: SocketRequest, closes: boolean): string {
    if (closes) return 'close';
    if (request.headers.connection === undefined) return 'keep-alive';
    return this.#staying;
  }

  #send(answer: HttpResponse, connection: string): void {
    const body = answer.body as string | Uint8Array | undefined;
    const head = headOf(answer, body === undefined ? 0 : Buffer.byteLength(body), connection);
    if (answer.status === 204 || answer.status === 304 || body === undefined) {
      this.#socket.write(head, 'latin1');
    } else if (typeof body === 'string' && isAscii(body)) this.#socket.write(head + body, 'latin1');
    else if (typeof body !== 'string' && body.length < joinedBytesMax) {
      const bytes = Buffer.allocUnsafe(head.length + body.length);
      bytes.write(head, 'latin1');
      bytes.set(body, head.length);
      this.#socket.write(bytes);
    } else {
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
    }
  }

  async #stream(request: SocketRequest, answer: HttpResponse): Promise<void> {
    const source =
      answer.body instanceof Readable
        ? answer.body
        : Readable.from(answer.body as AsyncIterable<Uint8Array>, { objectMode: false });
    const isSized = answer.headers['content-length'] !== undefined;
    const connection = this.#connection(request, this.#options.isClosing());
    this.#socket.write(headOf(answer, undefined, connection), 'latin1');
    await pipeline(source, isSized ? asTheyAre : chunked, this.#socket, { end: false });
  }

  /** Answers what came meanwhile, or waits for more. */
  #next(request: SocketRequest, closes: boolean): void {
    request.isAnswered = true;
    this.#isBusy = false;
    this.#options.onEnd();
    if (closes || this.#socket.readableEnded) {
      this.#socket.end();
      return;
    }
    const pending = this.#pending;
    if (!pending || this.#isOver) return;
    this.#pending = undefined;
    this.#socket.resume();
    this.#onData(pending);
  }
}

/**
 * Answers of one turn of the event loop leave together at its end: a client that wakes up for the first finds the others
 * there, and the processor isn't handed to and fro for each.
 */
let outbox: (() => void)[] = [];

function flush(): void {
  const ready = outbox;
  outbox = [];
  for (const send of ready) send();
}

async function* asTheyAre(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* source;
}

/** https://www.rfc-editor.org/rfc/rfc9112#section-7.1 */
async function* chunked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    if (piece.length === 0) continue;
    yield Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
  }
  yield Buffer.from('0\r\n\r\n');
}

/** Characters that a field's value can't carry, as Node checks them. */
const unsafe = /[^\t\x20-\x7e\x80-\xff]/;

/** @param length of the body; undefined for a stream, whose length its headers tell or nobody knows. */
function headOf(answer: HttpResponse, length: number | undefined, connection: string): string {
  const { status, headers } = answer;
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`;
  let hasLength = false;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || name === 'connection' || name === 'transfer-encoding') continue;
    if (name === 'content-length') {
      if (length !== undefined) continue;
      hasLength = true;
    }
    if (unsafe.test(name) || name.includes(':')) continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      head += `${name}: ${unsafe.test(one) ? carriable(one) : one}\r\n`;
    }
  }
  if (status !== 204 && status !== 304) {
    if (length !== undefined) head += `content-length: ${length}\r\n`;
    else if (!hasLength) head += 'transfer-encoding: chunked\r\n';
  }
  return `${head}date: ${httpDate()}\r\nconnection: ${connection}\r\n\r\n`;
}

/** What isn't ASCII takes more than a byte a character. */
const beyondAscii = /[\u0080-\uffff]/;

function isAscii(text: string): boolean {
  return !beyondAscii.test(text);
}

const clock = new SystemClock();
let dateSecond = 0;
let dateText = '';

/** The machine's time, whatever a test does to the cloud's: clients correct their clocks by it. */
function httpDate(): string {
  const second = Math.floor(clock.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}
