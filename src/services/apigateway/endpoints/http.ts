/** HTTP and HTTP_PROXY: another web server, with mappings or as it is. */
import { onBehalf } from '../../../kernel/index.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { mappedValue } from '../domain/mapping/expressions.ts';
import type { MultiValues } from '../domain/parameters.ts';
import { withStageVariables } from '../domain/stageVariables.ts';
import { type Exchange, type IntegrationAnswer, mappingSource } from './exchange.ts';
import { requestBody, respond, selectResponse } from './templates.ts';

interface Outgoing {
  path: Record<string, string>;
  query: [string, string][];
  headers: [string, string][];
}

export async function http(exchange: Exchange): Promise<IntegrationAnswer> {
  const { integration } = exchange.target;
  const proxy = integration.type === 'HTTP_PROXY';
  const method = integration.httpMethod === 'ANY' ? exchange.request.method : integration.httpMethod;
  const body = proxy ? exchange.body : Buffer.from(requestBody(exchange).text);
  const outgoing = parametersOf(exchange, proxy);
  const url = urlOf(exchange, outgoing);
  const hasBody = method !== 'GET' && method !== 'HEAD' && body.length > 0;
  const response = await send(exchange, url, {
    method: method ?? 'GET',
    headers: outgoing.headers,
    redirect: 'manual',
    ...(hasBody ? { body: Uint8Array.from(body) } : {}),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (proxy) return { status: response.status, headers: headersFrom(response), body: bytes };
  const headers: MultiValues = {};
  for (const [name, value] of response.headers) headers[name] = [value];
  return respond(exchange, selectResponse(integration, String(response.status)), {
    headers,
    body: Buffer.from(bytes).toString(),
  });
}

/** Headers of the connection to the backend, not of the message: fetch has already undone the coding. */
const ofConnection = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'content-encoding',
]);

function headersFrom(response: Response): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of response.headers) {
    if (!ofConnection.has(name) && name !== 'set-cookie') headers[name] = value;
  }
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  return headers;
}

/** What `requestParameters` map, over everything the client sent when it is a proxy. */
function parametersOf(exchange: Exchange, proxy: boolean): Outgoing {
  const source = mappingSource(exchange);
  const outgoing: Outgoing = { path: { ...exchange.pathParameters }, query: [], headers: [] };
  const mapped = Object.entries(exchange.target.integration.requestParameters ?? {}).map(
    ([name, expression]) => {
      const [, place = '', key = ''] =
        /^integration\.request\.(path|querystring|header)\.(.+)$/.exec(name) ?? [];
      return { place, key, value: mappedValue(expression, source) };
    },
  );
  const overridden = (place: string, key: string) =>
    mapped.some((entry) => entry.place === place && entry.key.toLowerCase() === key.toLowerCase());
  if (proxy) {
    for (const [name, values] of Object.entries(exchange.query)) {
      if (!overridden('querystring', name)) for (const value of values) outgoing.query.push([name, value]);
    }
    for (const [name, values] of Object.entries(exchange.headers)) {
      if (name.toLowerCase() === 'host' || overridden('header', name)) continue;
      for (const value of values) outgoing.headers.push([name, value]);
    }
  } else {
    const type = exchange.request.headers['content-type'] ?? 'application/json';
    if (!overridden('header', 'content-type')) outgoing.headers.push(['Content-Type', type]);
    outgoing.headers.push(['User-Agent', `AmazonAPIGateway_${exchange.apiId}`]);
  }
  for (const { place, key, value } of mapped) {
    if (value === undefined) continue;
    if (place === 'path') outgoing.path[key] = value;
    else if (place === 'querystring') outgoing.query.push([key, value]);
    else if (place === 'header') outgoing.headers.push([key, value]);
  }
  return outgoing;
}

function urlOf(exchange: Exchange, { path, query }: Outgoing): string {
  const uri = withStageVariables(exchange.target.integration.uri ?? '', exchange.served.stage.variables);
  const filled = uri.replaceAll(/\{([^}]+?)\+?\}/g, (whole, name: string) => path[name] ?? whole);
  if (query.length === 0) return filled;
  return `${filled}${filled.includes('?') ? '&' : '?'}${new URLSearchParams(query)}`;
}

async function send(exchange: Exchange, url: string, init: RequestInit): Promise<Response> {
  const { clock } = exchange.ctx.room.platform;
  const abort = new AbortController();
  let late = false;
  const timer = clock.at(clock.now() + exchange.target.integration.timeoutInMillis, () => {
    late = true;
    abort.abort();
  });
  try {
    return await fetch(url, onBehalf(url, { ...init, signal: abort.signal }));
  } catch (error) {
    if (late) throw new Refusal('INTEGRATION_TIMEOUT', 'Endpoint request timed out');
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', {
      why: `${url}: ${String(cause)}`,
    });
  } finally {
    timer.cancel();
  }
}
