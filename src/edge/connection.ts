/** The two ends of a request's connection, for what must know who asks. */
import type { HttpConnection } from '../kernel/index.ts';

/** Of a socket; what isn't known once it is closed. */
export interface SocketEnds {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

const known = new WeakMap<SocketEnds, HttpConnection>();

/** @returns the same object for all requests of a connection; undefined when it is gone. */
export function connectionOf(socket: SocketEnds): HttpConnection | undefined {
  const found = known.get(socket);
  if (found) return found;
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (localAddress === undefined || localPort === undefined) return undefined;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  const connection = { localAddress, localPort, remoteAddress, remotePort };
  known.set(socket, connection);
  return connection;
}
