/**
 * Headers that don't pass an API unchanged.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html#api-gateway-known-issues-rest-apis
 */

import { emptyRecord, type MultiValues } from './parameters.ts';

/** Dropped on the way to a web server, besides those of the connection, which no integration sees. */
export const droppedFromRequests: ReadonlySet<string> = new Set([
  'content-md5',
  'host',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'via',
  'www-authenticate',
]);

/** Dropped on the way to a function behind a proxy; its event keeps the API's own host. */
const droppedFromEvents: ReadonlySet<string> = new Set([
  'content-md5',
  'max-forwards',
  'server',
  'www-authenticate',
]);

/** The headers of an event: those of the request, nearly always. */
export function eventHeaders(headers: MultiValues): MultiValues {
  let kept: MultiValues | undefined;
  for (const name in headers) {
    if (!droppedFromEvents.has(name.toLowerCase())) continue;
    kept ??= Object.assign(emptyRecord<string[]>(), headers);
    delete kept[name];
  }
  return kept ?? headers;
}

/** Arrive as `x-amzn-Remapped-*`. */
const remapped: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-md5',
  'date',
  'host',
  'max-forwards',
  'server',
  'user-agent',
  'www-authenticate',
]);

const droppedFromResponses: ReadonlySet<string> = new Set([
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** @param name lower case. @returns the name under which a response header leaves; undefined when it doesn't. */
export function responseHeader(name: string): string | undefined {
  if (droppedFromResponses.has(name)) return undefined;
  return remapped.has(name) ? `x-amzn-remapped-${name}` : name;
}
