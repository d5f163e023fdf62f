/**
 * Content codings of payloads, where the API has a minimum compression size.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html
 */
import { promisify } from 'node:util';
import { deflate, gunzip, gzip, inflate } from 'node:zlib';
import { Refusal } from '../domain/gatewayResponses.ts';
import { headerOf } from '../domain/parameters.ts';
import { payloadBytesMax } from '../limits.ts';
import type { Exchange, IntegrationAnswer } from './exchange.ts';

const coders = { gzip: promisify(gzip), deflate: promisify(deflate) };
const decoders = { gzip: promisify(gunzip), deflate: promisify(inflate) };

/** Step: a payload that came compressed is what was compressed, for templates and integrations alike. */
export function decompress(exchange: Exchange): void | Promise<void> {
  if (exchange.served.api.api.minimumCompressionSize === undefined) return;
  const coding = headerOf(exchange.headers, 'content-encoding')?.trim().toLowerCase();
  if (coding === undefined || coding === 'identity' || exchange.body.length === 0) return;
  const decode = coding === 'gzip' || coding === 'deflate' ? decoders[coding] : undefined;
  // "If you include a Content-Encoding header with an unsupported value, API Gateway returns 415."
  if (!decode) throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'Unsupported Media Type');
  return undo(exchange, decode);
}

async function undo(exchange: Exchange, decode: (typeof decoders)['gzip']): Promise<void> {
  try {
    exchange.body = await decode(exchange.body, { maxOutputLength: payloadBytesMax });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new Refusal('REQUEST_TOO_LARGE', 'Request Too Long');
    }
    throw new Refusal('BAD_REQUEST_BODY', 'Invalid request body', { validationErrors: String(error) });
  }
  for (const name of Object.keys(exchange.headers)) {
    if (name.toLowerCase() === 'content-encoding') delete exchange.headers[name];
  }
}

/** Compresses an answer that is large enough, for a client that takes it so. */
export async function compress(exchange: Exchange, answer: IntegrationAnswer): Promise<void> {
  const least = exchange.served.api.api.minimumCompressionSize;
  const { body, headers } = answer;
  if (least === undefined || !(typeof body === 'string' || body instanceof Uint8Array)) return;
  if (headers['content-encoding'] !== undefined || body.length === 0 || Buffer.byteLength(body) < least)
    return;
  const coding = acceptedCoding(exchange.request.headers['accept-encoding']);
  if (!coding) return;
  answer.body = await coders[coding](body);
  headers['content-encoding'] = coding;
}

/** "API Gateway supports the deflate, gzip and identity codings": the one the client wants most. */
export function acceptedCoding(accept: string | undefined): 'gzip' | 'deflate' | undefined {
  let best: { coding: 'gzip' | 'deflate'; weight: number } | undefined;
  for (const part of accept?.toLowerCase().split(',') ?? []) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const weight = Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1);
    const coding = name === '*' ? 'gzip' : name;
    if ((coding !== 'gzip' && coding !== 'deflate') || !(weight > (best?.weight ?? 0))) continue;
    best = { coding, weight };
  }
  return best?.coding;
}
