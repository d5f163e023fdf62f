/** What the tests of this room share: a request out of nothing. */
import { Readable } from 'node:stream';
import type { HttpRequest } from '../kernel/index.ts';

export function requestFor(
  method: string,
  target: string,
  headers: Record<string, string> = {},
  body: string | Uint8Array = '',
): { request: HttpRequest; body: Uint8Array } {
  const bytes = Buffer.from(body);
  const [path = '/', query = ''] = target.split('?');
  return {
    body: bytes,
    request: {
      method,
      path,
      query,
      headers,
      rawHeaders: Object.entries(headers).flat(),
      body: { length: bytes.length, bytes: async () => bytes, stream: () => Readable.from([bytes]) },
      remoteAddress: '127.0.0.1',
      secure: false,
      signal: new AbortController().signal,
    },
  };
}
