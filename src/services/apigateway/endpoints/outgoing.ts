/** The request that goes to a web server or a service: what is mapped, over what a proxy passes on. */
import { droppedFromRequests } from '../domain/headers.ts';
import { mappedValues } from '../domain/mapping/expressions.ts';
import type { Overrides } from '../domain/mapping/template.ts';
import { withStageVariables } from '../domain/stageVariables.ts';
import { type Exchange, mappingSource } from './exchange.ts';

export interface Outgoing {
  path: Record<string, string>;
  query: [string, string][];
  headers: [string, string][];
}

/** @param proxy passes on all that the client sent. @param overrides what the request template set. */
export function outgoingOf(exchange: Exchange, proxy: boolean, overrides: Overrides = {}): Outgoing {
  const outgoing: Outgoing = { path: { ...exchange.pathParameters }, query: [], headers: [] };
  if (proxy) {
    for (const name in exchange.query) {
      for (const value of exchange.query[name] as string[]) outgoing.query.push([name, value]);
    }
    for (const name in exchange.headers) {
      if (droppedFromRequests.has(name.toLowerCase())) continue;
      for (const value of exchange.headers[name] as string[]) outgoing.headers.push([name, value]);
    }
  }
  const { requestMappings } = exchange.target;
  if (requestMappings.length > 0) {
    const source = mappingSource(exchange);
    for (const { place, name, expression } of requestMappings) {
      set(outgoing, place, name, mappedValues(expression, source));
    }
  }
  const { requestOverride } = overrides;
  if (requestOverride) {
    for (const [name, value] of Object.entries(requestOverride.path ?? {})) {
      set(outgoing, 'path', name, [String(value)]);
    }
    for (const [name, value] of Object.entries(requestOverride.querystring ?? {})) {
      set(outgoing, 'querystring', name, [String(value)]);
    }
    for (const [name, value] of Object.entries(requestOverride.header ?? {})) {
      set(outgoing, 'header', name, [String(value)]);
    }
  }
  return outgoing;
}

/** Nothing to map leaves what is there. */
function set(
  outgoing: Outgoing,
  place: 'path' | 'querystring' | 'header',
  name: string,
  values: readonly string[],
): void {
  if (values.length === 0) return;
  if (place === 'path') {
    outgoing.path[name] = values.at(-1) as string;
    return;
  }
  const added = values.map((value): [string, string] => [name, value]);
  if (place === 'querystring') {
    outgoing.query = [...outgoing.query.filter(([known]) => known !== name), ...added];
  } else {
    const lower = name.toLowerCase();
    outgoing.headers = [...outgoing.headers.filter(([known]) => known.toLowerCase() !== lower), ...added];
  }
}

/** The integration's URI with stage variables, path parameters and query string. */
export function uriOf(exchange: Exchange, { path, query }: Outgoing): string {
  const uri = withStageVariables(exchange.target.integration.uri ?? '', exchange.served.stage.variables);
  const filled = uri.includes('{')
    ? uri.replaceAll(/\{([^}]+?)\+?\}/g, (whole, name: string) => path[name] ?? whole)
    : uri;
  if (query.length === 0) return filled;
  return `${filled}${filled.includes('?') ? '&' : '?'}${new URLSearchParams(query)}`;
}

/** A header that is going out, whatever its case. */
export function outgoingHeader({ headers }: Outgoing, name: string): string | undefined {
  return headers.findLast(([known]) => known.toLowerCase() === name)?.[1];
}
