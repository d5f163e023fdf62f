/** An HTTP request of Node as the rooms see it. What few requests need (signal, body) is made when asked for. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { HttpBody, HttpConnection, HttpRequest } from '../kernel/index.ts';
import { SocketBody } from './body.ts';
import { connectionOf } from './connection.ts';

export type NodeRequest = IncomingMessage | Http2ServerRequest;
export type NodeResponse = ServerResponse | Http2ServerResponse;

export class EdgeRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly upgrade: 'websocket' | undefined;
  readonly #source: NodeRequest;
  readonly #answer: NodeResponse;
  readonly #expectsContinue: boolean;
  #body: HttpBody | undefined;
  #abort: AbortController | undefined;

  constructor(
    source: NodeRequest,
    answer: NodeResponse,
    expectsContinue = false,
    upgrade: 'websocket' | undefined = undefined,
  ) {
    this.upgrade = upgrade;
    this.#source = source;
    this.#answer = answer;
    this.#expectsContinue = expectsContinue;
    this.method = source.method ?? 'GET';
    const url = originForm(source.url ?? '/');
    const mark = url.indexOf('?');
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.query = mark < 0 ? '' : url.slice(mark + 1);
    this.headers = plainHeaders(source);
  }

  get rawHeaders(): readonly string[] {
    return this.#source.rawHeaders;
  }

  get remoteAddress(): string {
    return this.#source.socket.remoteAddress ?? '';
  }

  get connection(): HttpConnection | undefined {
    return connectionOf(this.#source.socket);
  }

  get secure(): boolean {
    return 'encrypted' in this.#source.socket;
  }

  get body(): HttpBody {
    this.#body ??= new SocketBody(
      this.#source,
      this.#bodyLength(),
      this.#expectsContinue ? () => (this.#answer as ServerResponse).writeContinue() : undefined,
    );
    return this.#body;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = new AbortController();
      this.#abort = abort;
      const onClose = () => {
        if (!this.#answer.writableFinished) abort.abort(new Error('The client went away'));
      };
      if (this.#answer.destroyed) onClose();
      else this.#answer.once('close', onClose);
    }
    return this.#abort.signal;
  }

  #bodyLength(): number | undefined {
    const declared = this.headers['content-length'];
    if (declared !== undefined) return Number(declared);
    // HTTP/1.1 without either header has no body; HTTP/2 says so by ending the stream with its headers.
    if (this.#source.httpVersionMajor < 2) {
      return this.headers['transfer-encoding'] === undefined ? 0 : undefined;
    }
    return (this.#source as Http2ServerRequest).stream.endAfterHeaders ? 0 : undefined;
  }
}

/** Proxies send the absolute form, `GET http://host/path`; `OPTIONS *` names no path at all. */
function originForm(url: string): string {
  if (url.charCodeAt(0) === 47) return url;
  const scheme = url.indexOf('://');
  if (scheme < 0) return '/';
  const slash = url.indexOf('/', scheme + 3);
  return slash < 0 ? '/' : url.slice(slash);
}

/** Node has joined repeated fields already, but for Set-Cookie, which no request should carry. */
function plainHeaders(source: NodeRequest): Readonly<Record<string, string>> {
  const sent = source.headers;
  if (source.httpVersionMajor < 2 && sent['set-cookie'] === undefined) return sent as Record<string, string>;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(sent)) {
    if (value === undefined) continue;
    if (name === ':authority') headers.host ??= String(value);
    else if (!name.startsWith(':')) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
