/**
 * Reads a request that came whole in one packet and has nothing unusual about it, which is what SDKs send all day. Whatever
 * is unusual (framing other than a length, upgrades, repeated or malformed fields, anything incomplete) is not judged here:
 * `readPlainRequest` answers undefined and Node's own parser decides.
 */
import type { HttpBody, HttpConnection, HttpRequest } from '../kernel/index.ts';
import { BytesBody } from './body.ts';
import { connectionOf, type SocketEnds } from './connection.ts';

const methods = new Set(['GET', 'POST', 'PUT', 'DELETE', 'PATCH']);
/**
 * Fields that change framing, ask for another protocol, or for an answer before the answer. `Connection: keep-alive`, which
 * Node's clients (the SDK for JavaScript) send always, asks for what is so anyway.
 */
const unusual = new Set([
  'transfer-encoding',
  'upgrade',
  'expect',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'http2-settings',
  'proxy-connection',
]);
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Control characters, and line ends that aren't CR LF: nothing of these may reach a parser that reads them differently. */
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|[^\r]\n|\r(?!\n)/;
/** A path, and nothing that would have had to be percent-encoded. */
const originForm = /^\/[\x21-\x7e]*$/;
const decimal = /^\d{1,9}$/;

/** Field names as they are written by clients, checked and in lower case. Bounded, since clients choose them. */
const knownNames = new Map<string, string>();
const knownNamesMax = 500;

export interface PlainRequest {
  readonly request: SocketRequest;
  /** Bytes of the packet that belong to this request. */
  readonly size: number;
}

/** What a request needs to know of its socket. */
export interface RequestSocket extends SocketEnds {
  readonly destroyed: boolean;
  once(event: 'close', listener: () => void): unknown;
}

export function readPlainRequest(
  packet: Buffer,
  socket: RequestSocket,
  headBytesMax: number,
): PlainRequest | undefined {
  const headEnd = packet.indexOf('\r\n\r\n');
  if (headEnd < 0 || headEnd > headBytesMax) return undefined;
  const head = packet.toString('latin1', 0, headEnd);
  if (forbidden.test(head)) return undefined;
  const lineEnd = head.indexOf('\r\n');
  const target = readTarget(lineEnd < 0 ? head : head.slice(0, lineEnd));
  if (!target || lineEnd < 0) return undefined;
  const headers = readFields(head, lineEnd + 2);
  if (headers?.host === undefined) return undefined;
  const declared = headers['content-length'] ?? '0';
  if (!decimal.test(declared)) return undefined;
  const size = headEnd + 4 + Number(declared);
  if (packet.length < size) return undefined;
  const body = packet.subarray(headEnd + 4, size);
  return { request: new SocketRequest(target.method, target.url, headers, head, body, socket), size };
}

function readTarget(line: string): { method: string; url: string } | undefined {
  const space = line.indexOf(' ');
  const method = line.slice(0, space);
  if (!methods.has(method) || !line.endsWith(' HTTP/1.1')) return undefined;
  const url = line.slice(space + 1, -9);
  return originForm.test(url) ? { method, url } : undefined;
}

function readFields(head: string, from: number): Record<string, string> | undefined {
  const headers: Record<string, string> = Object.create(null);
  for (let at = from; at < head.length; ) {
    const found = head.indexOf('\r\n', at);
    const end = found < 0 ? head.length : found;
    const colon = head.indexOf(':', at);
    if (colon < 0 || colon >= end) return undefined;
    const name = nameOf(head.slice(at, colon));
    if (name === undefined || headers[name] !== undefined) return undefined;
    const value = withoutBlanks(head, colon + 1, end);
    if (unusual.has(name) && !(name === 'connection' && value === 'keep-alive')) return undefined;
    headers[name] = value;
    at = end + 2;
  }
  return headers;
}

/** Spaces and tabs around a value don't belong to it; other white space does (`trim` would take it too). */
function withoutBlanks(head: string, from: number, to: number): string {
  let [start, end] = [from, to];
  while (start < end && isBlank(head.charCodeAt(start))) start++;
  while (end > start && isBlank(head.charCodeAt(end - 1))) end--;
  return head.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

function nameOf(written: string): string | undefined {
  const known = knownNames.get(written);
  if (known !== undefined) return known;
  if (!token.test(written)) return undefined;
  const name = written.toLowerCase();
  if (knownNames.size < knownNamesMax) knownNames.set(written, name);
  return name;
}

export class SocketRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: HttpBody;
  readonly secure = false;
  readonly #head: string;
  readonly #socket: RequestSocket;
  #abort: AbortController | undefined;
  /** Set when the answer is written: a connection that closes afterwards aborts nothing. */
  isAnswered = false;

  constructor(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
    head: string,
    body: Buffer,
    socket: RequestSocket,
  ) {
    const mark = url.indexOf('?');
    this.method = method;
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.query = mark < 0 ? '' : url.slice(mark + 1);
    this.headers = headers;
    this.body = new BytesBody(body);
    this.#head = head;
    this.#socket = socket;
  }

  get rawHeaders(): readonly string[] {
    const lines = this.#head.split('\r\n');
    const raw: string[] = [];
    for (let at = 1; at < lines.length; at++) {
      const line = lines[at] as string;
      const colon = line.indexOf(':');
      raw.push(line.slice(0, colon), withoutBlanks(line, colon + 1, line.length));
    }
    return raw;
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? '';
  }

  get connection(): HttpConnection | undefined {
    return connectionOf(this.#socket);
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = new AbortController();
      this.#abort = abort;
      const onClose = () => {
        if (!this.isAnswered) abort.abort(new Error('The client went away'));
      };
      if (this.#socket.destroyed) onClose();
      else this.#socket.once('close', onClose);
    }
    return this.#abort.signal;
  }
}
