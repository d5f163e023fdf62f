/** An HTTP exchange as every room sees it, whatever socket it came from. */
import type { Readable } from 'node:stream';

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
  readonly secure: boolean;
  /** Aborted when the client goes away before the answer. */
  readonly signal: AbortSignal;
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
}
