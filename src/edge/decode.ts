/** Content codings of operation bodies: gzip and deflate, aws-chunked, and S3's declared hash. */
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { AwsError, type HttpRequest } from '../kernel/index.ts';
import { tooLarge } from './body.ts';
import type { Core } from './core.ts';
import type { Exchange } from './pipeline.ts';

const ungzip = promisify(gunzip);
const undeflate = promisify(inflate);

/** @returns the request as its service sees it: the same one unless its body is framed or hashed. */
export function decodeRequest(_core: Core, _exchange: Exchange, request: HttpRequest): HttpRequest {
  return request;
}

/** @throws AwsError when the body isn't what its coding says, or grows past `limit`. */
export async function gunzipped(bytes: Uint8Array, coding: string, limit: number): Promise<Uint8Array> {
  let decoded = bytes;
  // Codings are listed in the order they were applied.
  for (const name of coding.split(',').reverse()) {
    decoded = await undo(name.trim().toLowerCase(), decoded, limit);
  }
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
