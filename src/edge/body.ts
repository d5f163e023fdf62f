/** Request bodies: read once, as a whole in few allocations, or as a stream. */
import { Readable } from 'node:stream';
import { AwsError, type HttpBody } from '../kernel/index.ts';

const empty = new Uint8Array(0);

export function tooLarge(limit: number): AwsError {
  return new AwsError(
    'RequestEntityTooLargeException',
    `Request body is too large: at most ${limit} bytes are accepted.`,
    { status: 413 },
  );
}

export function truncated(): AwsError {
  return new AwsError('IncompleteBody', 'The request body ended before all of it had arrived.', {
    status: 400,
  });
}

/** A body that is already in memory, for in-process requests and tests. */
export class BytesBody implements HttpBody {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array = empty) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  async bytes(limit = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    if (this.#bytes.length > limit) throw tooLarge(limit);
    return this.#bytes;
  }

  stream(): Readable {
    return Readable.from(this.#bytes.length === 0 ? [] : [this.#bytes], { objectMode: false });
  }
}

/** The body of a request on a socket. */
export class SocketBody implements HttpBody {
  readonly length: number | undefined;
  readonly #source: Readable;
  readonly #onFirstRead: (() => void) | undefined;
  #isTaken = false;

  /** @param onFirstRead answers `Expect: 100-continue`. */
  constructor(source: Readable, length: number | undefined, onFirstRead?: () => void) {
    this.#source = source;
    this.length = length;
    this.#onFirstRead = onFirstRead;
  }

  bytes(limit = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    if (this.length === 0) return Promise.resolve(empty);
    if (this.length !== undefined && this.length > limit) return Promise.reject(tooLarge(limit));
    return collect(this.#take(), limit, this.length);
  }

  /** With `Expect: 100-continue`, the client is told to go on when the stream is first read, not when it is made. */
  stream(): Readable {
    return lazily(() => this.#take());
  }

  #take(): Readable {
    if (this.#isTaken) throw new Error('A request body can be read once');
    this.#isTaken = true;
    this.#onFirstRead?.();
    return this.#source;
  }
}

/** A body behind decoders (aws-chunked, gzip, hash checks). */
export class DecodedBody implements HttpBody {
  readonly length: number | undefined;
  readonly trailers: Readonly<Record<string, string>>;
  readonly #open: () => Readable;

  constructor(
    open: () => Readable,
    length: number | undefined,
    trailers: Readonly<Record<string, string>> = {},
  ) {
    this.#open = open;
    this.length = length;
    this.trailers = trailers;
  }

  async bytes(limit = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    if (this.length !== undefined && this.length > limit) throw tooLarge(limit);
    return collect(this.#open(), limit, undefined);
  }

  stream(): Readable {
    return lazily(this.#open);
  }
}

/**
 * A stream that touches its source only when it is read, and whose early end leaves the source alone: a socket has
 * an answer to carry yet.
 */
function lazily(open: () => Readable): Readable {
  const pieces = async function* () {
    try {
      yield* open().iterator({ destroyOnReturn: false });
    } catch (error) {
      throw error instanceof AwsError ? error : truncated();
    }
  };
  return Readable.from(pieces(), { objectMode: false });
}

/**
 * Reads a stream to its end. A body that arrived in one piece is handed on as it is; one of known length is
 * copied once. @throws AwsError 413 past `limit`, `IncompleteBody` when it ends early.
 */
export function collect(source: Readable, limit: number, length: number | undefined): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let first: Uint8Array | undefined;
    let rest: Uint8Array[] | undefined;
    let size = 0;
    let isSettled = false;
    source.on('data', (chunk: Uint8Array) => {
      size += chunk.length;
      if (size > limit) {
        if (isSettled) return;
        isSettled = true;
        source.pause();
        reject(tooLarge(limit));
      } else if (!first) first = chunk;
      else if (rest) rest.push(chunk);
      else rest = [first, chunk];
    });
    source.on('end', () => {
      isSettled = true;
      if (length !== undefined && size !== length) reject(truncated());
      else resolve(rest ? Buffer.concat(rest, size) : (first ?? empty));
    });
    // Errors are dear to make, and every socket closes at last: only a body that didn't end is truncated.
    const fail = (error?: unknown) => {
      if (isSettled) return;
      isSettled = true;
      reject(error instanceof AwsError ? error : truncated());
    };
    source.on('error', fail);
    source.on('close', fail);
  });
}
