/**
 * The aws-chunked framing: `hex-size[;chunk-signature=…]\r\n data \r\n`, a chunk of size zero, trailers.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { type ChunkSignatures, equalInConstantTime, sha256Hex } from '../identity/index.ts';
import { AwsError, type Checksum, checksumOfHeader, createChecksum } from '../kernel/index.ts';
import { chunkBytesMax, chunkHeaderBytesMax, trailerBytesMax } from './limits.ts';

export interface ChunkedOptions {
  /** `x-amz-decoded-content-length`, in bytes. */
  readonly length: number | undefined;
  /** `x-amz-trailer`: names of the trailers that must come, in lower case. */
  readonly trailers: readonly string[];
  /** Present when chunks have to be signed by a known key. */
  readonly signatures?: ChunkSignatures;
  /** Filled with the trailers that came. */
  readonly received: Record<string, string>;
}

type State = 'header' | 'data' | 'dataEnd' | 'trailers' | 'done';

/** Unframes a body as it arrives; it ends in error unless everything promised has come and is true. */
export class AwsChunkedDecoder extends Transform {
  readonly #options: ChunkedOptions;
  readonly #checksums = new Map<string, Checksum>();
  #state: State = 'header';
  /** A partial line, carried over to the next piece. */
  #held: Buffer = Buffer.alloc(0);
  #remaining = 0;
  #decoded = 0;
  #signature: string | undefined;
  #hash: Hash | undefined;
  #trailerBytes = 0;
  #signedTrailers = '';
  #trailerSignature: string | undefined;

  constructor(options: ChunkedOptions) {
    super();
    this.#options = options;
    for (const name of options.trailers) {
      const algorithm = checksumOfHeader(name);
      if (algorithm) this.#checksums.set(name, createChecksum(algorithm));
    }
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#consume(this.#held.length > 0 ? Buffer.concat([this.#held, piece]) : piece);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      // Some clients leave out the very last line end.
      if (this.#state === 'trailers') this.#finish();
      if (this.#state !== 'done') throw incomplete();
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  #consume(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && this.#state !== 'done') {
      if (this.#state === 'data') {
        const end = Math.min(bytes.length, at + this.#remaining);
        this.#take(bytes.subarray(at, end));
        at = end;
        continue;
      }
      const end = bytes.indexOf('\r\n', at);
      const longest = this.#state === 'trailers' ? trailerBytesMax : chunkHeaderBytesMax;
      if ((end < 0 ? bytes.length : end) - at > longest) throw malformed('A chunk header is too long.');
      if (end < 0) break;
      this.#line(bytes.toString('latin1', at, end));
      at = end + 2;
    }
    // What is held is short (a partial line), so that copying it is cheap.
    this.#held = this.#state === 'done' ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
  }

  #line(line: string): void {
    if (this.#state === 'header') this.#openChunk(line);
    else if (this.#state === 'dataEnd') {
      if (line !== '') throw malformed('A chunk is longer than its header says.');
      this.#state = 'header';
    } else this.#trailer(line);
  }

  #openChunk(line: string): void {
    const [size = '', ...extensions] = line.split(';');
    if (!/^[0-9a-fA-F]{1,16}$/.test(size)) throw malformed('A chunk has no valid size.');
    this.#remaining = Number.parseInt(size, 16);
    if (this.#remaining > chunkBytesMax) throw malformed('A chunk is too large.');
    const signature = extensions.find((extension) => extension.trim().startsWith('chunk-signature='));
    this.#signature = signature?.slice(signature.indexOf('=') + 1).trim();
    if (this.#options.signatures) this.#hash = createHash('sha256');
    if (this.#remaining > 0) this.#state = 'data';
    else {
      this.#checkChunk();
      this.#state = 'trailers';
    }
  }

  #take(data: Buffer): void {
    this.#remaining -= data.length;
    this.#decoded += data.length;
    const { length } = this.#options;
    if (length !== undefined && this.#decoded > length) throw incomplete();
    this.#hash?.update(data);
    for (const checksum of this.#checksums.values()) checksum.update(data);
    this.push(data);
    if (this.#remaining > 0) return;
    this.#checkChunk();
    this.#state = 'dataEnd';
  }

  #checkChunk(): void {
    const { signatures } = this.#options;
    if (!signatures || !this.#hash) return;
    const expected = signatures.next(this.#hash.digest('hex'));
    if (!equalInConstantTime(expected, this.#signature ?? '')) throw wrongSignature();
  }

  #trailer(line: string): void {
    this.#trailerBytes += line.length + 2;
    if (this.#trailerBytes > trailerBytesMax) throw malformed('The trailers are too long.');
    if (line === '') {
      // The blank line after the last chunk when there are no trailers, or the one that ends them.
      this.#finish();
      return;
    }
    const colon = line.indexOf(':');
    if (colon < 1) throw malformed('A trailer is malformed.');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'x-amz-trailer-signature') this.#trailerSignature = value;
    else if (!this.#options.trailers.includes(name))
      throw malformed(`The trailer ${name} was not announced.`);
    else {
      this.#options.received[name] = value;
      this.#signedTrailers += `${name}:${value}\n`;
    }
  }

  #finish(): void {
    const { length, trailers, received, signatures } = this.#options;
    if (length !== undefined && this.#decoded !== length) throw incomplete();
    for (const name of trailers) {
      if (received[name] === undefined) throw malformed(`The trailer ${name} is missing.`);
    }
    if (signatures && trailers.length > 0) {
      const expected = signatures.trailer(sha256Hex(this.#signedTrailers));
      if (!equalInConstantTime(expected, this.#trailerSignature ?? '')) throw wrongSignature();
    }
    for (const [name, checksum] of this.#checksums) {
      if (checksum.base64() !== received[name]) throw badDigest(name);
    }
    this.#state = 'done';
  }
}

/** Passes a body through and fails at its end unless its SHA-256 is the one the client signed. */
export class HashCheck extends Transform {
  readonly #expected: string;
  readonly #hash = createHash('sha256');

  constructor(expected: string) {
    super();
    this.#expected = expected.toLowerCase();
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(piece);
    done(null, piece);
  }

  override _flush(done: TransformCallback): void {
    done(this.#hash.digest('hex') === this.#expected ? null : payloadMismatch());
  }
}

export function payloadMismatch(): AwsError {
  return new AwsError(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    { status: 400 },
  );
}

function incomplete(): AwsError {
  return new AwsError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
    { status: 400 },
  );
}

function malformed(message: string): AwsError {
  return new AwsError('InvalidRequest', message, { status: 400 });
}

function badDigest(name: string): AwsError {
  const algorithm = name.slice('x-amz-checksum-'.length).toUpperCase();
  return new AwsError('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`, {
    status: 400,
  });
}

function wrongSignature(): AwsError {
  return new AwsError(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    { status: 403 },
  );
}
