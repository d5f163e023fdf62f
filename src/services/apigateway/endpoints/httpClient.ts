/** Requests to other web servers: connections kept open, bodies as they are on the wire, one deadline for all of it. */
import { Agent, type IncomingMessage, request as overHttp, type RequestOptions } from 'node:http';
import { request as overTls, Agent as TlsAgent } from 'node:https';
import { type Clock, onBehalfField } from '../../../kernel/index.ts';
import { type HttpCall, HttpTimeout, idleMs, sendPlain } from './plainHttp.ts';

export { type HttpCall, HttpTimeout } from './plainHttp.ts';

export interface HttpAnswer {
  status: number;
  /** Name, value, name, value … as they were sent. */
  rawHeaders: readonly string[];
  source: IncomingMessage;
}

const agent = new Agent({ keepAlive: true, timeout: idleMs });
const tlsAgent = new TlsAgent({ keepAlive: true, timeout: idleMs });
const carelessAgent = new TlsAgent({ keepAlive: true, timeout: idleMs, rejectUnauthorized: false });

export interface BufferedAnswer {
  status: number;
  /** Name, value, name, value … as they were sent. */
  rawHeaders: readonly string[];
  bytes: Buffer;
}

/** Sends a request and reads the answer whole. @param limit its bytes. @throws HttpTimeout, or the system's error. */
export function exchangeHttp(clock: Clock, url: URL, call: HttpCall, limit: number): Promise<BufferedAnswer> {
  if (url.protocol === 'http:') {
    return sendPlain(clock, url, { ...call, headers: [...call.headers, ...marksOf(url)] }, limit);
  }
  return sendHttp(clock, url, call, async ({ status, rawHeaders, source }) => ({
    status,
    rawHeaders,
    bytes: await readWhole(source, limit),
  }));
}

/** As kernel's `onBehalf` marks what users have the cloud send to its own control plane. */
function marksOf({ pathname }: URL): [string, string][] {
  return pathname.startsWith('/_brume') ? [[onBehalfField, 'true']] : [];
}

/**
 * Sends a request and waits for the head of the answer. @throws HttpTimeout, or the system's error.
 * @param whole reads the answer, still before the deadline.
 */
export function sendHttp<Result>(
  clock: Clock,
  url: URL,
  call: HttpCall,
  whole: (answer: HttpAnswer) => Result | Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const options: RequestOptions = {
      ...placeOf(url),
      method: call.method,
      agent: secure ? (call.insecure ? carelessAgent : tlsAgent) : agent,
      headers: headersFor(url, call),
    };
    const sent = (secure ? overTls : overHttp)(options);
    let late = false;
    const timer = clock.at(clock.now() + call.timeoutMs, () => {
      late = true;
      sent.destroy(new HttpTimeout(`${url} didn't answer within ${call.timeoutMs} ms`));
    });
    const fail = (error: unknown) => {
      timer.cancel();
      reject(late ? new HttpTimeout(`${url} didn't answer within ${call.timeoutMs} ms`) : error);
    };
    sent.on('error', fail);
    sent.on('response', (source) => {
      const answer = { status: source.statusCode ?? 0, rawHeaders: source.rawHeaders, source };
      Promise.resolve(whole(answer)).then((result) => {
        timer.cancel();
        resolve(result);
      }, fail);
    });
    sent.end(call.body.length > 0 ? call.body : undefined);
  });
}

const parsed = new Map<string, URL>();
const parsedMax = 1000;

/** The addresses of integrations are few and come again with every request. @returns undefined when it is none. */
export function addressOf(uri: string): URL | undefined {
  const known = parsed.get(uri);
  if (known) return known;
  if (!URL.canParse(uri)) return undefined;
  const url = new URL(uri);
  if (parsed.size >= parsedMax) parsed.clear();
  parsed.set(uri, url);
  return url;
}

const places = new WeakMap<URL, RequestOptions>();

/** What Node would read from the URL each time. */
function placeOf(url: URL): RequestOptions {
  const known = places.get(url);
  if (known) return known;
  const { hostname, port, pathname, search, username, password } = url;
  const place: RequestOptions = {
    // Node wants IPv6 addresses without the brackets that URLs have them in.
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    path: `${pathname}${search}`,
    ...(port === '' ? {} : { port: Number(port) }),
    ...(username === '' && password === ''
      ? {}
      : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
  };
  places.set(url, place);
  return place;
}

/** Fields of one name as a list; what the connection needs is Node's business. */
function headersFor(url: URL, { headers, body }: HttpCall): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    const known = fields[name];
    if (known === undefined) fields[name] = value;
    else if (typeof known === 'string') fields[name] = [known, value];
    else known.push(value);
  }
  if (body.length > 0) fields['Content-Length'] = String(body.length);
  for (const [name, value] of marksOf(url)) fields[name] = value;
  return fields;
}

/** Reads an answer to its end. @throws RangeError past `limit` bytes. */
function readWhole(source: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    source.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) source.destroy(new RangeError(`the answer is larger than ${limit} bytes`));
      else chunks.push(chunk);
    });
    source.on('end', () =>
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size)),
    );
    source.on('error', reject);
    source.on('close', () => {
      if (!source.complete) reject(new Error('the answer ended early'));
    });
  });
}
