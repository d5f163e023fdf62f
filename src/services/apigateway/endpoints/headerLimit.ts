/** Step: the quota "Total combined size of request line and header values". */
import { Refusal } from '../domain/gatewayResponses.ts';
import { headerBytesMax } from '../limits.ts';
import type { Exchange } from './exchange.ts';

/** @throws Refusal 431. */
export function checkHeaders({ request }: Exchange): void {
  const { rawHeaders } = request;
  let bytes = request.method.length + request.path.length + request.query.length + 'HTTP/1.1'.length + 3;
  for (let at = 1; at < rawHeaders.length; at += 2) bytes += (rawHeaders[at] as string).length;
  if (bytes > headerBytesMax) {
    throw new Refusal('REQUEST_TOO_LARGE', 'Request Header Fields Too Large', { status: 431 });
  }
}
