/** The two ends of a request's connection, for what must know who asks. */
import type { HttpConnection } from '../kernel/index.ts';

/** Of a socket; what isn't known once it is closed. */
export interface SocketEnds {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** @returns undefined when the connection is gone. */
export function connectionOf(socket: SocketEnds): HttpConnection | undefined {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (localAddress === undefined || localPort === undefined) return undefined;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return { localAddress, localPort, remoteAddress, remotePort };
}
