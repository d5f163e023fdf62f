/** An HTTP exchange as every room sees it, whatever socket it came from. */
import type { Duplex, Readable } from 'node:stream';

export interface HttpRequest {
  readonly method: string;
  /** The path as it was sent, percent-encoding kept: SigV4 and S3 keys need it. Starts with `/`. */
  readonly path: string;
  /** The query string as it was sent, without `?`; empty when there is none. */
  readonly query: string;
  /** Names in lower case; several fields of one name are joined with `, ` (cookies with `; `). */
  readonly headers: Readonly<Record<string, string>>;
  /** Name, value, name, value … as they were sent, for what needs order or repetition. */
  readonly rawHeaders: readonly string[];
  readonly body: HttpBody;
  readonly remoteAddress: string;
  /** What tells this connection from all others; absent when the request came another way. */
  readonly connection?: HttpConnection | undefined;
  readonly secure: boolean;
  /** What the client asks to go over to; an answer with `takeOver` then gets the connection. */
  readonly upgrade?: 'websocket' | undefined;
  /** Aborted when the client goes away before the answer. */
  readonly signal: AbortSignal;
}

/** Addresses and ports from the server's end. */
export interface HttpConnection {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** A request body that is read once, as a whole or as a stream. Content and transfer codings (gzip, aws-chunked) are undone. */
export interface HttpBody {
  /** The declared size after decoding in bytes, when known. */
  readonly length: number | undefined;
  /** Trailing fields (checksums), names in lower case; filled once the body has been read to its end. */
  readonly trailers?: Readonly<Record<string, string>>;
  /** Reads the whole body. @throws AwsError 413 `RequestEntityTooLargeException` past `limit` bytes. */
  bytes(limit?: number): Promise<Uint8Array>;
  /** Reads the body as it arrives, with back pressure. */
  stream(): Readable;
}

export type ResponseBody = string | Uint8Array | Readable | AsyncIterable<Uint8Array>;

export interface HttpResponse {
  status: number;
  headers: Record<string, string | string[]>;
  body?: ResponseBody;
  /**
   * Instead of an answer, to requests with `upgrade` only: the connection is the callee's from here, the head of the
   * answer (101) included. @param head what the client sent after its request.
   */
  takeOver?(socket: Duplex, head: Buffer): TakenConnection;
}

/** A connection that isn't the server's any more. */
export interface TakenConnection {
  /** The server closes: says goodbye, and resolves when nothing is left to do. */
  goAway(): Promise<void>;
}

/** On a request to a control plane, that this process sends because somebody told it to: it isn't the owner who asks. */
export const onBehalfField = 'x-brume-on-behalf';

/**
 * For HTTP requests to addresses that users of the cloud chose (integrations, subscriptions). They come from the cloud's
 * own process: without the mark its control plane would take them for its owner's. Other servers never see it, and so
 * they may not lead there: redirects aren't followed.
 */
export function onBehalf(url: string | URL, init: RequestInit): RequestInit {
  const redirect = init.redirect === 'error' ? 'error' : 'manual';
  if (!new URL(url).pathname.startsWith('/_brume')) return { ...init, redirect };
  const headers = new Headers(init.headers);
  headers.set(onBehalfField, 'true');
  return { ...init, redirect, headers };
}

/** Of this machine itself, IPv4 within IPv6 included. */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}
