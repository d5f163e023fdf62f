/** What AWS integrations send to a service of this cloud, and what it answers: HTTP in the service's own protocol, without a socket. */
import { Readable } from 'node:stream';
import type { HttpRequest, HttpResponse } from '../../../kernel/index.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import type { MultiValues } from '../domain/parameters.ts';
import { queueUrlOf, type ServiceUri } from '../domain/serviceUri.ts';
import { payloadBytesMax } from '../limits.ts';

export interface ServiceRequestParts {
  method: string;
  /** Names in lower case, `content-type` among them. */
  fields: Record<string, string>;
  query: readonly (readonly [string, string])[];
  body: string | Uint8Array;
  remoteAddress: string;
  signal: AbortSignal;
}

export function serviceRequest(call: ServiceUri, parts: ServiceRequestParts): HttpRequest {
  const { method, query, body, remoteAddress, signal } = parts;
  const fields: Record<string, string> = {
    ...parts.fields,
    host: `${call.service}.${call.region}.amazonaws.com`,
  };
  const queue = queueUrlOf(call);
  const isForm = fields['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  const sent = Buffer.from(body);
  const form = queue && isForm ? Buffer.from(`${sent}&QueueUrl=${encodeURIComponent(queue)}`) : sent;
  // Signed as these services' clients do: an empty body has no type.
  if (form.length === 0) delete fields['content-type'];
  else fields['content-length'] = String(form.length);
  const added = [...query];
  if (queue && !isForm) added.push(['QueueUrl', queue]);
  return {
    method,
    path: call.path,
    query: withParameters(call.query, added),
    headers: fields,
    rawHeaders: Object.entries(fields).flat(),
    body: {
      length: form.length,
      bytes: async () => form,
      stream: () => Readable.from(form.length === 0 ? [] : [form], { objectMode: false }),
    },
    remoteAddress,
    secure: true,
    signal,
  };
}

function withParameters(query: string, added: readonly (readonly [string, string])[]): string {
  const pairs = added.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return [query, ...pairs].filter((part) => part !== '').join('&');
}

/** An answer whole. @throws Refusal when it is larger than a payload may be. */
export async function bytesOf(body: HttpResponse['body']): Promise<Uint8Array> {
  if (body === undefined) return new Uint8Array();
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > payloadBytesMax) {
      const why = `the answer is larger than ${payloadBytesMax} bytes`;
      throw new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', { why });
    }
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}

export function multiValues(headers: HttpResponse['headers']): MultiValues {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value : [value],
    ]),
  );
}
