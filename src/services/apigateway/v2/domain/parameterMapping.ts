/**
 * Parameter mapping of HTTP APIs: `overwrite:header.x` → `$request.querystring.y`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
 */
import { jsonPath } from '../../domain/mapping/jsonPath.ts';
import { BadRequestException } from '../../errors.ts';

export interface MappedMessage {
  /** Lower-case name → value. */
  headers: Record<string, string>;
  query: [string, string][];
  path: string;
}

export interface MappingValues {
  request?: {
    headers: Readonly<Record<string, string>>;
    query: Readonly<Record<string, string>>;
    pathParameters: Readonly<Record<string, string>>;
    path: string;
    body: () => string;
  };
  response?: { headers: Readonly<Record<string, string>>; body: () => string };
  context: object;
  stageVariables: Readonly<Record<string, string>> | undefined;
}

const requestKey = /^(?:(append|overwrite|remove):(header|querystring)\.(.+)|overwrite:path)$/;
const responseKey = /^(?:(append|overwrite|remove):header\.(.+)|overwrite:statuscode)$/;

export function checkRequestParameters(parameters: Record<string, string> | undefined): void {
  for (const key of Object.keys(parameters ?? {})) {
    if (!requestKey.test(key)) throw new BadRequestException(`Invalid mapping expression specified: ${key}`);
  }
}

export function checkResponseParameters(
  parameters: Record<string, Record<string, string>> | undefined,
): void {
  for (const [status, mappings] of Object.entries(parameters ?? {})) {
    if (!/^[1-5]\d\d$/.test(status)) throw new BadRequestException(`Invalid status code: ${status}`);
    for (const key of Object.keys(mappings)) {
      if (!responseKey.test(key))
        throw new BadRequestException(`Invalid mapping expression specified: ${key}`);
    }
  }
}

/** Changes `message` as the integration's `RequestParameters` say. */
export function mapRequest(
  message: MappedMessage,
  parameters: Record<string, string> | undefined,
  values: MappingValues,
): void {
  for (const [key, expression] of Object.entries(parameters ?? {})) {
    const [, action, place, name = ''] = requestKey.exec(key) ?? [];
    const value = evaluate(expression, values);
    if (place === undefined) message.path = value;
    else if (place === 'header') change(message.headers, action as string, name.toLowerCase(), value);
    else {
      if (action !== 'append') message.query = message.query.filter(([known]) => known !== name);
      if (action !== 'remove') message.query.push([name, value]);
    }
  }
}

/** Changes the headers in place. @returns the status to answer. */
export function mapResponse(
  status: number,
  headers: Record<string, string>,
  parameters: Record<string, Record<string, string>> | undefined,
  values: MappingValues,
): number {
  let answered = status;
  for (const [key, expression] of Object.entries(parameters?.[String(status)] ?? {})) {
    const [, action, name = ''] = responseKey.exec(key) ?? [];
    const value = evaluate(expression, values);
    if (action === undefined) answered = Number(value) || status;
    else change(headers, action, name.toLowerCase(), value);
  }
  return answered;
}

function change(headers: Record<string, string>, action: string, name: string, value: string): void {
  if (action === 'remove') delete headers[name];
  else if (action === 'append' && headers[name] !== undefined) headers[name] = `${headers[name]},${value}`;
  else headers[name] = value;
}

/** A mapping may join several references with text: `$context.requestId-$stageVariables.name`, `${request.path}/x`. */
export function evaluate(expression: string, values: MappingValues): string {
  return expression.replaceAll(
    /\$\{([\w.$[\]'"-]+)\}|\$((?:request|response|context|stageVariables)\.[\w.$[\]-]+)/g,
    (_, wrapped?: string, bare?: string) => lookUp((wrapped ?? bare) as string, values),
  );
}

function lookUp(reference: string, { request, response, context, stageVariables }: MappingValues): string {
  const [root, place = '', ...rest] = reference.split('.');
  const name = rest.join('.');
  if (root === 'stageVariables') return stageVariables?.[[place, ...rest].join('.')] ?? '';
  if (root === 'context') return text(walk(context, [place, ...rest]));
  if (root === 'request' && request) {
    if (place === 'header') return request.headers[name.toLowerCase()] ?? '';
    if (place === 'querystring') return request.query[name] ?? '';
    if (place === 'path') return name === '' ? request.path : (request.pathParameters[name] ?? '');
    if (place === 'body') return bodyValue(request.body(), name);
  }
  if (root === 'response' && response) {
    if (place === 'header') return response.headers[name.toLowerCase()] ?? '';
    if (place === 'body') return bodyValue(response.body(), name);
  }
  return '';
}

function bodyValue(body: string, path: string): string {
  try {
    return text(path === '' ? body : jsonPath(JSON.parse(body), `$.${path}`));
  } catch {
    return '';
  }
}

function walk(value: unknown, names: readonly string[]): unknown {
  let current = value;
  for (const name of names) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}

function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
