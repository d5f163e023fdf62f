/** Step: the quota "Total combined size of request line and header values". */
import type { HttpRequest } from '../../../kernel/index.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { headerBytesMax } from '../limits.ts';
import type { Exchange } from './exchange.ts';

/** @throws Refusal 431. */
export function checkHeaders({ headerBytes }: Exchange): void {
  if (headerBytes > headerBytesMax) {
    throw new Refusal('REQUEST_TOO_LARGE', 'Request Header Fields Too Large', { status: 431 });
  }
}

/** @param raw name, value, name, value … */
export function headerBytesOf({ method, path, query }: HttpRequest, raw: readonly string[]): number {
  let bytes = method.length + path.length + query.length + ' ? HTTP/1.1'.length;
  for (let at = 1; at < raw.length; at += 2) bytes += (raw[at] as string).length;
  return bytes;
}
