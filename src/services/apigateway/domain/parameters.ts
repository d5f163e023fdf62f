/** The names and values of a request, read once and shared by events, mappings and validation. */

/** Name → all values, in the order they came. */
export type MultiValues = Record<string, string[]>;

/** Clients choose the names: a record of theirs inherits nothing, so that `constructor` is a name like any other. */
export function emptyRecord<Value>(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>;
}

/** An entry of a record that has a prototype, under a name that a client chose. */
export function ownEntry<Value>(
  record: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}

/**
 * Headers that API Gateway doesn't hand on.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
const connectionHeaders = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'content-length',
]);

const colon = ':'.charCodeAt(0);

/** @param raw name, value, name, value … as they were sent. @param dropped names in lower case. Names keep the case of their first appearance. */
export function headersOf(raw: readonly string[], dropped?: ReadonlySet<string>): MultiValues {
  const headers: MultiValues = emptyRecord();
  const spelling = new Map<string, string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    const lower = name.toLowerCase();
    if (connectionHeaders.has(lower) || lower.charCodeAt(0) === colon || dropped?.has(lower)) continue;
    const known = spelling.get(lower);
    if (known === undefined) {
      spelling.set(lower, name);
      headers[name] = [raw[i + 1] as string];
    } else {
      headers[known]?.push(raw[i + 1] as string);
    }
  }
  return headers;
}

/** @param query without `?`. Names and values decoded, `+` read as a space. */
export function queryOf(query: string): MultiValues {
  const values: MultiValues = emptyRecord();
  if (query === '') return values;
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
    const known = values[name];
    if (known) known.push(value);
    else values[name] = [value];
  }
  return values;
}

/** The value that stands for all of a name: the last one. */
export function lastOf(values: MultiValues): Record<string, string> {
  const single: Record<string, string> = emptyRecord();
  for (const name in values) single[name] = values[name]?.at(-1) as string;
  return single;
}

/** A header whatever its case. */
export function headerOf(headers: MultiValues, name: string): string | undefined {
  const exact = headers[name];
  if (exact) return exact.at(-1);
  const lower = name.toLowerCase();
  for (const key in headers) if (key.toLowerCase() === lower) return headers[key]?.at(-1);
  return undefined;
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
