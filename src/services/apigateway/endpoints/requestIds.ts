/** The ids that a request gets besides its request id. */
import type { Ids } from '../../../kernel/index.ts';

export interface RequestIds {
  /** As AWS writes extended request ids: 11 bytes in the base 64 of URLs, padded, `ISJRgF4gvHcFUxQ=`. */
  extended: string;
  /** A new trace: `Root=1-5e6b4f2a-0123456789abcdef01234567`. */
  trace: string;
}

/** Both from one UUID: random bytes are what a request would otherwise wait for longest. */
export function requestIds(ids: Ids, now: number): RequestIds {
  const hex = ids.uuid().replaceAll('-', '');
  return {
    extended: Buffer.from(hex.slice(0, 22), 'hex').toString('base64url').padEnd(16, '='),
    trace: `Root=1-${Math.floor(now / 1000).toString(16)}-${hex.slice(8)}`,
  };
}
