/**
 * Parameter mappings: `method.request.header.name`, `integration.response.body.$.id`, `context.requestId`,
 * `stageVariables.name` and `'a fixed value'`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
 */
import { headerOf, type MultiValues } from '../parameters.ts';
import { jsonPath } from './jsonPath.ts';

export interface MappingSource {
  request?: { path: Record<string, string>; query: MultiValues; headers: MultiValues; body: () => string };
  response?: { headers: MultiValues; body: () => string };
  context: object;
  stageVariables: Record<string, string> | undefined;
}

/** @returns the value, or undefined when its source isn't there (the parameter is then left out). */
export function mappedValue(expression: string, source: MappingSource): string | undefined {
  const text = expression.trim();
  if (text.startsWith("'") && text.endsWith("'") && text.length > 1) return text.slice(1, -1);
  const value = lookUp(text, source);
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value.map(String).join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Every value of a `multivalue…` source by itself; of any other the one there is. */
export function mappedValues(expression: string, source: MappingSource): readonly string[] {
  const text = expression.trim();
  if (text.includes('.multivalue')) {
    const values = lookUp(text, source);
    return Array.isArray(values) ? values.map(String) : [];
  }
  const value = mappedValue(text, source);
  return value === undefined ? [] : [value];
}

function lookUp(text: string, source: MappingSource): unknown {
  if (text.startsWith('context.')) return walk(source.context, text.slice(8));
  if (text.startsWith('stageVariables.')) return source.stageVariables?.[text.slice(15)];
  if (text.startsWith('method.request.')) return requestValue(text.slice(15), source.request);
  if (text.startsWith('integration.response.')) return responseValue(text.slice(21), source.response);
  return undefined;
}

function requestValue(text: string, request: MappingSource['request']): unknown {
  if (!request) return undefined;
  const [place, name] = cut(text);
  if (place === 'body') return bodyValue(request.body(), name);
  if (place === 'path') return request.path[name];
  if (place === 'querystring') return request.query[name]?.at(-1);
  if (place === 'multivaluequerystring') return request.query[name];
  if (place === 'header') return headerOf(request.headers, name);
  if (place === 'multivalueheader') return allOf(request.headers, name);
  return undefined;
}

function responseValue(text: string, response: MappingSource['response']): unknown {
  if (!response) return undefined;
  const [place, name] = cut(text);
  if (place === 'body') return bodyValue(response.body(), name);
  if (place === 'header') return headerOf(response.headers, name);
  if (place === 'multivalueheader') return allOf(response.headers, name);
  return undefined;
}

function allOf(headers: MultiValues, name: string): string[] | undefined {
  const lower = name.toLowerCase();
  const found = Object.keys(headers).find((header) => header.toLowerCase() === lower);
  return found === undefined ? undefined : headers[found];
}

/** `body` alone is the payload; `body.name` or `body.$.name` a part of it. */
function bodyValue(body: string, path: string): unknown {
  if (path === '') return body;
  try {
    return jsonPath(JSON.parse(body), path.startsWith('$') ? path : `$.${path}`);
  } catch {
    return undefined;
  }
}

function cut(text: string): [string, string] {
  const dot = text.indexOf('.');
  return dot < 0 ? [text, ''] : [text.slice(0, dot), text.slice(dot + 1)];
}

function walk(value: unknown, path: string): unknown {
  let current = value;
  for (const part of path.split('.')) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string, unknown>)[part];
  }
  return current;
}
