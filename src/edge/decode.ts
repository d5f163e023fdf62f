/** Content codings of operation bodies: gzip and deflate, aws-chunked, and S3's declared hash. */
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { ChunkSignatures, scopeText, signingKey } from '../identity/index.ts';
import { AwsError, type HttpBody, type HttpRequest } from '../kernel/index.ts';
import { AwsChunkedDecoder, HashCheck } from './awsChunked.ts';
import { BytesBody, DecodedBody, tooLarge } from './body.ts';
import type { Core } from './core.ts';
import type { Exchange } from './pipeline.ts';

const ungzip = promisify(gunzip);
const undeflate = promisify(inflate);
const hashPattern = /^[0-9a-fA-F]{64}$/;

/** @returns the request as its service sees it: the same one unless its body is framed or its hash was declared. */
export function decodeRequest(core: Core, exchange: Exchange, request: HttpRequest): HttpRequest {
  const { headers } = request;
  const declared = headers['x-amz-content-sha256'];
  const coding = headers['content-encoding'];
  const isChunked = declared?.startsWith('STREAMING-') === true || coding?.includes('aws-chunked') === true;
  if (isChunked) return chunkedRequest(core, exchange, request, declared ?? '');
  if (exchange.family !== 's3' || declared === undefined || !hashPattern.test(declared)) return request;
  if (exchange.sentBody !== undefined) return request;
  const sent = request.body;
  if (sent.length === 0) return request;
  return withBody(
    request,
    new DecodedBody(() => through(sent.stream(), new HashCheck(declared)), sent.length),
  );
}

function chunkedRequest(core: Core, exchange: Exchange, request: HttpRequest, declared: string): HttpRequest {
  const { headers } = request;
  const decodedLength = headers['x-amz-decoded-content-length'];
  if (decodedLength !== undefined && !/^\d{1,15}$/.test(decodedLength)) {
    throw new AwsError('InvalidArgument', 'x-amz-decoded-content-length must be a number of bytes.', {
      status: 400,
    });
  }
  if (decodedLength === undefined && exchange.family === 's3') {
    throw new AwsError('MissingContentLength', 'You must provide the Content-Length HTTP header.', {
      status: 411,
    });
  }
  const trailers = (headers['x-amz-trailer'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const length = decodedLength === undefined ? undefined : Number(decodedLength);
  const received: Record<string, string> = Object.create(null);
  const signatures = chunkSignatures(core, exchange, declared);
  // A form was read already, to find its operation.
  const sent = exchange.sentBody === undefined ? request.body : new BytesBody(exchange.sentBody);
  const open = () =>
    through(
      sent.stream(),
      new AwsChunkedDecoder({ length, trailers, received, ...(signatures && { signatures }) }),
    );
  return withBody(request, new DecodedBody(open, length, received), withoutChunked(headers));
}

/** In `enforce`, chunks signed by a known key are verified one by one; `audit` verifies the request's own signature only. */
function chunkSignatures(core: Core, exchange: Exchange, declared: string): ChunkSignatures | undefined {
  const claim = exchange.caller?.claim;
  if (
    !claim ||
    core.authorizer.modes.of(exchange.account) !== 'enforce' ||
    !declared.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')
  ) {
    return undefined;
  }
  const { signature, secretAccessKey } = claim;
  const key = signingKey(secretAccessKey, signature.date, signature.region, signature.service);
  return new ChunkSignatures(key, signature.timestamp, scopeText(signature), signature.signature);
}

function through(source: Readable, decoder: Transform): Readable {
  // Errors of either side end the other; the reader sees the decoder's.
  pipeline(source, decoder, () => {});
  return decoder;
}

function withBody(request: HttpRequest, body: HttpBody, headers = request.headers): HttpRequest {
  return {
    method: request.method,
    path: request.path,
    query: request.query,
    headers,
    rawHeaders: request.rawHeaders,
    remoteAddress: request.remoteAddress,
    secure: request.secure,
    body,
    get signal() {
      return request.signal;
    },
  };
}

/** `aws-chunked` is of the transfer: S3 stores the other codings as the object's own. */
function withoutChunked(headers: HttpRequest['headers']): HttpRequest['headers'] {
  const coding = headers['content-encoding'];
  if (coding === undefined) return headers;
  const kept = coding
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== 'aws-chunked' && name !== '');
  const { 'content-encoding': _gone, ...rest } = headers;
  return kept.length > 0 ? { ...rest, 'content-encoding': kept.join(',') } : rest;
}

/** @throws AwsError when the body isn't what its coding says, or grows past `limit` bytes. */
export async function decompressed(bytes: Uint8Array, coding: string, limit: number): Promise<Uint8Array> {
  let decoded = bytes;
  // Codings are listed in the order they were applied; more than a few are an attack.
  const codings = coding.split(',', 4);
  for (const name of codings.reverse()) decoded = await undo(name.trim().toLowerCase(), decoded, limit);
  return decoded;
}

async function undo(name: string, bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  if (name === '' || name === 'identity' || name === 'aws-chunked') return bytes;
  const decode = name === 'gzip' || name === 'x-gzip' ? ungzip : name === 'deflate' ? undeflate : undefined;
  if (!decode) {
    throw new AwsError('UnsupportedMediaTypeException', `Content-Encoding ${name} is not supported.`, {
      status: 415,
    });
  }
  try {
    return await decode(bytes, { maxOutputLength: limit });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(limit);
    throw new AwsError('SerializationException', `The request body is not valid ${name} data.`);
  }
}
