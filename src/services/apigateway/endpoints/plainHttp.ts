/**
 * Requests to plain web servers whose answers are wanted whole: the way of nearly every HTTP integration, at a quarter
 * of what Node's general client costs. TLS and streams go by that client (`httpClient.ts`).
 */
import { connect, type Socket } from 'node:net';
import type { Clock } from '../../../kernel/index.ts';
import { AnswerReader, type WholeAnswer } from './answerReader.ts';

export interface HttpCall {
  method: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: Uint8Array;
  timeoutMs: number;
  /** TLS with whoever answers: `insecureSkipVerification`. */
  insecure?: boolean;
}

/** The server didn't answer in time. */
export class HttpTimeout extends Error {}

/** Many servers close a connection that lies idle for five seconds; ours goes a little earlier. */
export const idleMs = 4_000;
/** Connections kept idle per server. */
const idleMax = 256;

const pools = new Map<string, Connection[]>();

/** @param limit bytes of the answer's body. @throws HttpTimeout, RangeError past the limit, or the system's error. */
export async function sendPlain(clock: Clock, url: URL, call: HttpCall, limit: number): Promise<WholeAnswer> {
  const head = headOf(url, call);
  const pool = poolOf(url);
  const until = clock.now() + call.timeoutMs;
  const kept = pool.pop();
  if (kept) {
    try {
      return await kept.exchange(clock, until, call, head, limit);
    } catch (error) {
      // The server may have closed it while it lay idle; what may be done twice is tried on a new one.
      if (!kept.isSilent || error instanceof HttpTimeout || !repeatable.has(call.method)) throw error;
    }
  }
  return new Connection(url, pool).exchange(clock, until, call, head, limit);
}

const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

function poolOf({ host }: URL): Connection[] {
  let pool = pools.get(host);
  if (!pool) {
    pool = [];
    pools.set(host, pool);
  }
  return pool;
}

class Connection {
  readonly #socket: Socket;
  readonly #pool: Connection[];
  #reader: AnswerReader | undefined;
  #settle: { resolve(answer: WholeAnswer): void; reject(cause: unknown): void } | undefined;
  /** Nothing has come back for the request that is under way. */
  isSilent = true;

  constructor(url: URL, pool: Connection[]) {
    this.#pool = pool;
    const { hostname, port } = url;
    this.#socket = connect({
      host: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
      port: port === '' ? 80 : Number(port),
      noDelay: true,
    });
    this.#socket.unref();
    this.#socket.setTimeout(idleMs, () => {
      if (!this.#settle) this.#socket.destroy();
    });
    this.#socket.on('data', (packet: Buffer) => this.#read(packet));
    this.#socket.on('end', () => this.#end());
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => {
      const at = this.#pool.indexOf(this);
      if (at >= 0) this.#pool.splice(at, 1);
      this.#fail(new Error('the connection was closed'));
    });
  }

  exchange(clock: Clock, until: number, call: HttpCall, head: string, limit: number): Promise<WholeAnswer> {
    return new Promise((resolve, reject) => {
      const timer = clock.at(until, () =>
        this.#fail(new HttpTimeout(`no answer within ${call.timeoutMs} ms`)),
      );
      this.#settle = {
        resolve: (answer) => {
          timer.cancel();
          resolve(answer);
        },
        reject: (cause) => {
          timer.cancel();
          reject(cause);
        },
      };
      this.isSilent = true;
      this.#reader = new AnswerReader(call.method, limit);
      outbox.push(() => this.#write(head, call.body));
      if (outbox.length === 1) setImmediate(flush);
    });
  }

  #write(head: string, body: Uint8Array): void {
    if (body.length === 0) {
      this.#socket.write(head, 'latin1');
      return;
    }
    this.#socket.cork();
    this.#socket.write(head, 'latin1');
    this.#socket.write(body);
    this.#socket.uncork();
  }

  #read(packet: Buffer): void {
    // Words that nobody asked for: the connection is of no use any more.
    if (!this.#settle || !this.#reader) return void this.#socket.destroy();
    this.isSilent = false;
    try {
      const answer = this.#reader.push(packet);
      if (answer) this.#done(answer);
    } catch (error) {
      this.#fail(error);
    }
  }

  #end(): void {
    if (!this.#settle || !this.#reader) return void this.#socket.destroy();
    try {
      this.#done(this.#reader.end());
    } catch (error) {
      this.#fail(error);
    }
  }

  #done(answer: WholeAnswer): void {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#reader = undefined;
    if (answer.reusable && this.#pool.length < idleMax && !this.#socket.destroyed) this.#pool.push(this);
    else this.#socket.destroy();
    settle?.resolve(answer);
  }

  #fail(cause: unknown): void {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#reader = undefined;
    this.#socket.destroy();
    settle?.reject(cause);
  }
}

/**
 * Requests of one turn of the event loop leave together at its end, as the edge's answers do: a server that wakes up
 * for the first finds the others there.
 */
let outbox: (() => void)[] = [];

function flush(): void {
  const ready = outbox;
  outbox = [];
  for (const write of ready) write();
}

const tokenPattern = /^[!#$%&'*+\-.^_`|~\w]+$/;
/** Of the connection, which is ours: mappings can't set them. */
const ofConnection: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** @throws TypeError for a name or a value that would be more than one header. */
function headOf(url: URL, { method, headers, body }: HttpCall): string {
  if (!tokenPattern.test(method)) throw new TypeError(`no HTTP method: ${method}`);
  let lines = '';
  let host = url.host;
  for (const [name, value] of headers) {
    if (!tokenPattern.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw new TypeError(`no HTTP header: ${name}`);
    }
    const lower = name.toLowerCase();
    if (lower === 'host') host = value;
    else if (!ofConnection.has(lower)) lines += `${name}: ${value}\r\n`;
  }
  if (body.length > 0 || method === 'POST' || method === 'PUT' || method === 'PATCH') {
    lines += `Content-Length: ${body.length}\r\n`;
  }
  return `${method} ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${host}\r\n${lines}\r\n`;
}
