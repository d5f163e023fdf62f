/** A signer: what an SDK does, for tests and for what runs inside a sandbox without one. */
import {
  emptyHash,
  encodeOnce,
  type PathRules,
  pathRulesOf,
  type SignedRequest,
  sha256Hex,
} from './canonical.ts';
import type { HmacKey } from './hmac.ts';
import { formatCompactDate } from './signature.ts';
import { scopeText, signatureOf, signingKey } from './sigv4.ts';

export interface SigningOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly region: string;
  readonly service: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The hash to sign: of the body by default. `UNSIGNED-PAYLOAD` and the STREAMING-… words are hashes too. */
  readonly payloadHash?: string;
  readonly rules?: PathRules;
}

export interface RequestToSign {
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  /** Names in lower case, `host` among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** @returns the headers to send: those given, the date, the token and Authorization. */
export function signRequest(request: RequestToSign, options: SigningOptions): Record<string, string> {
  const timestamp = formatCompactDate(options.now);
  const payloadHash = options.payloadHash ?? sha256Hex(request.body ?? '');
  const headers: Record<string, string> = { ...request.headers, 'x-amz-date': timestamp };
  if (options.sessionToken !== undefined) headers['x-amz-security-token'] = options.sessionToken;
  if (options.service === 's3' || options.payloadHash !== undefined)
    headers['x-amz-content-sha256'] = payloadHash;
  const signedHeaders = Object.keys(headers).sort().join(';');
  const scope = { date: timestamp.slice(0, 8), region: options.region, service: options.service };
  const signature = signatureOf(
    asSigned(request, request.query ?? '', headers),
    {
      by: 'header',
      accessKeyId: options.accessKeyId,
      ...scope,
      signedHeaders,
      timestamp,
      signedAt: options.now,
    },
    {
      secretAccessKey: options.secretAccessKey,
      payloadHash,
      rules: options.rules ?? pathRulesOf(options.service),
    },
  );
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${options.accessKeyId}/${scopeText(scope)}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return headers;
}

/** @returns the query string of a presigned URL, without `?`. @param expiresSeconds at most 604,800. */
export function presignQuery(
  request: RequestToSign,
  options: SigningOptions & { readonly expiresSeconds: number },
): string {
  const timestamp = formatCompactDate(options.now);
  const scope = { date: timestamp.slice(0, 8), region: options.region, service: options.service };
  const signedHeaders = Object.keys(request.headers).sort().join(';');
  const parameters = [
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=${encodeOnce(`${options.accessKeyId}/${scopeText(scope)}`)}`,
    `X-Amz-Date=${timestamp}`,
    `X-Amz-Expires=${options.expiresSeconds}`,
    `X-Amz-SignedHeaders=${encodeOnce(signedHeaders)}`,
  ];
  if (options.sessionToken !== undefined) {
    parameters.push(`X-Amz-Security-Token=${encodeOnce(options.sessionToken)}`);
  }
  const query = [request.query ?? '', ...parameters].filter(Boolean).join('&');
  const payloadHash =
    options.payloadHash ?? (options.service === 's3' ? 'UNSIGNED-PAYLOAD' : sha256Hex(request.body ?? ''));
  const signature = signatureOf(
    asSigned(request, query, request.headers),
    {
      by: 'query',
      accessKeyId: options.accessKeyId,
      ...scope,
      signedHeaders,
      timestamp,
      signedAt: options.now,
    },
    {
      secretAccessKey: options.secretAccessKey,
      payloadHash,
      rules: options.rules ?? pathRulesOf(options.service),
    },
  );
  return `${query}&X-Amz-Signature=${signature}`;
}

/** Frames `chunks` as STREAMING-AWS4-HMAC-SHA256-PAYLOAD, signed one after the other from the request's signature. */
export function signChunks(
  chunks: readonly Uint8Array[],
  seed: { authorization: string; timestamp: string },
  options: SigningOptions,
  trailer?: string,
): Buffer {
  const scope = { date: seed.timestamp.slice(0, 8), region: options.region, service: options.service };
  const chain = new ChunkSignatures(
    signingKey(options.secretAccessKey, scope.date, scope.region, scope.service),
    seed.timestamp,
    scopeText(scope),
    seed.authorization.slice(seed.authorization.indexOf('Signature=') + 10),
  );
  const parts: Uint8Array[] = [];
  for (const chunk of [...chunks, new Uint8Array()]) {
    parts.push(
      Buffer.from(`${chunk.length.toString(16)};chunk-signature=${chain.next(sha256Hex(chunk))}\r\n`),
      chunk,
    );
    if (chunk.length > 0 || trailer === undefined) parts.push(Buffer.from('\r\n'));
  }
  if (trailer !== undefined) {
    const signature = chain.trailer(sha256Hex(`${trailer}\n`));
    parts.push(Buffer.from(`${trailer}\r\nx-amz-trailer-signature:${signature}\r\n\r\n`));
  }
  return Buffer.concat(parts);
}

/**
 * The chain of chunk signatures, each over the one before.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and …/sigv4-streaming-trailers.html
 */
export class ChunkSignatures {
  readonly #key: HmacKey;
  readonly #timestamp: string;
  readonly #scope: string;
  #previous: string;

  /** @param seed the signature of the request itself. */
  constructor(key: HmacKey, timestamp: string, scope: string, seed: string) {
    this.#key = key;
    this.#timestamp = timestamp;
    this.#scope = scope;
    this.#previous = seed;
  }

  /** The signature of the next chunk. @param hash SHA-256 of its data, in hex. */
  next(hash: string): string {
    return this.#sign(
      `AWS4-HMAC-SHA256-PAYLOAD\n${this.#timestamp}\n${this.#scope}\n${this.#previous}\n${emptyHash}\n${hash}`,
    );
  }

  /** @param hash SHA-256 of the trailers as `name:value\n` lines, in hex. */
  trailer(hash: string): string {
    return this.#sign(
      `AWS4-HMAC-SHA256-TRAILER\n${this.#timestamp}\n${this.#scope}\n${this.#previous}\n${hash}`,
    );
  }

  #sign(text: string): string {
    this.#previous = this.#key.hex(text);
    return this.#previous;
  }
}

function asSigned(
  request: RequestToSign,
  query: string,
  headers: Readonly<Record<string, string>>,
): SignedRequest {
  const rawHeaders = Object.entries(headers).flat();
  return { method: request.method, path: request.path, query, headers, rawHeaders };
}
