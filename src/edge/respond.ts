/** Writing answers to sockets. */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { HttpResponse, ResponseBody } from '../kernel/index.ts';
import { drainBytesMax } from './limits.ts';
import type { EdgeRequest, NodeRequest, NodeResponse } from './request.ts';

/** Resolves when the answer has been handed to the socket, whether or not the client took it. */
export function write(
  request: EdgeRequest,
  source: NodeRequest,
  response: NodeResponse,
  answer: HttpResponse,
  isClosing: boolean,
): Promise<void> | void {
  if (response.destroyed || response.headersSent) return;
  const { headers, body } = answer;
  const isHttp1 = source.httpVersionMajor < 2;
  if (isHttp1 && (isClosing || leavesMuchUnread(request, source))) headers.connection = 'close';
  if (!isHttp1) dropConnectionHeaders(headers);
  if (!source.complete) discardUnread(source, response);
  const isBodyless = answer.status === 204 || answer.status === 304;
  if (typeof body === 'string') {
    if (!isBodyless) headers['content-length'] = String(Buffer.byteLength(body));
    writeHead(response, answer.status, headers);
    (response as ServerResponse).end(body);
    return;
  }
  if (body === undefined || body instanceof Uint8Array) {
    if (!isBodyless && (body !== undefined || headers['content-length'] === undefined)) {
      headers['content-length'] = String(body?.length ?? 0);
    }
    writeHead(response, answer.status, headers);
    (response as ServerResponse).end(body);
    return;
  }
  writeHead(response, answer.status, headers);
  return stream(source, response, body);
}

async function stream(source: NodeRequest, response: NodeResponse, body: ResponseBody): Promise<void> {
  const readable =
    body instanceof Readable ? body : Readable.from(body as AsyncIterable<Uint8Array>, { objectMode: false });
  if (source.method === 'HEAD') {
    readable.destroy();
    response.end();
    return;
  }
  try {
    await pipeline(readable, response as ServerResponse);
  } catch {
    // The client went away, or the source broke after the head was sent: only a cut connection can tell.
    response.destroy();
  }
}

/** A value that HTTP can't carry (metadata in another script, say) goes out as its UTF-8 bytes, as S3 sends them. */
function writeHead(response: NodeResponse, status: number, headers: HttpResponse['headers']): void {
  const writer = response as ServerResponse;
  try {
    writer.writeHead(status, headers);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_INVALID_CHAR') throw error;
    const carried = Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(carriable) : carriable(value),
    ]);
    writer.writeHead(status, Object.fromEntries(carried));
  }
}

/** A value that HTTP can't carry as it is, made of bytes it can. */
export function carriable(value: string): string {
  return Buffer.from(value)
    .toString('latin1')
    .replace(/[^\P{Cc}\t]/gu, ' ');
}

/** What nobody read of a body is read and dropped after the answer, or the next request on the connection would wait for it. */
function discardUnread(source: NodeRequest, response: NodeResponse): void {
  (response as ServerResponse).once('finish', () => {
    if (source.complete || source.destroyed) return;
    source.unpipe();
    source.removeAllListeners('data');
    // As long as somebody listens to `readable`, a stream doesn't flow.
    source.removeAllListeners('readable');
    source.resume();
  });
}

/** A refused upload: reading it to its end only to keep the connection would cost more than a new one. */
function leavesMuchUnread(request: EdgeRequest, source: NodeRequest): boolean {
  if (source.complete) return false;
  const declared = request.headers['content-length'];
  if (declared === undefined) return request.headers['transfer-encoding'] !== undefined;
  return Number(declared) > drainBytesMax;
}

function dropConnectionHeaders(headers: HttpResponse['headers']): void {
  for (const name of ['connection', 'keep-alive', 'transfer-encoding', 'upgrade']) delete headers[name];
}

const reasons: Readonly<
  Record<string, readonly [status: number, reason: string, code: string, message: string]>
> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'Request Header Fields Too Large',
    'RequestHeaderSectionTooLarge',
    'Your request header section exceeds the maximum allowed size.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    408,
    'Request Timeout',
    'RequestTimeout',
    'Your socket connection to the server was not read from or written to within the timeout period.',
  ],
};

/** Answers what isn't HTTP, or came too slowly, and closes the connection. */
export function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, reason, code, message] = reasons[error.code ?? ''] ?? [
    400,
    'Bad Request',
    'BadRequest',
    'An error occurred when parsing the HTTP request.',
  ];
  const body = JSON.stringify({ __type: code, message });
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
