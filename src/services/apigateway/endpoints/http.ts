/** HTTP and HTTP_PROXY: another web server, with mappings or as it is. */
import { isUtf8 } from 'node:buffer';
import { NotBase64, requestPayload, responsePayload } from '../domain/contentHandling.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { responseHeader } from '../domain/headers.ts';
import { type MultiValues, ownEntry } from '../domain/parameters.ts';
import { payloadBytesMax, streamingTimeoutMs } from '../limits.ts';
import type { Exchange, IntegrationAnswer } from './exchange.ts';
import {
  addressOf,
  type BufferedAnswer,
  exchangeHttp,
  type HttpAnswer,
  type HttpCall,
  HttpTimeout,
  sendHttp,
} from './httpClient.ts';
import { type Outgoing, outgoingHeader, outgoingOf, uriOf } from './outgoing.ts';
import { requestBody, respond, selectResponse } from './templates.ts';
import { noteAnswer, noteCall, noteFailure } from './tracing.ts';

export async function http(exchange: Exchange): Promise<IntegrationAnswer> {
  const { integration } = exchange.target;
  const proxy = integration.type === 'HTTP_PROXY';
  const method =
    integration.httpMethod === 'ANY' ? exchange.request.method : (integration.httpMethod ?? 'GET');
  const { body, overrides } = proxy ? { body: proxyBody(exchange), overrides: {} } : requestBody(exchange);
  const outgoing = outgoingOf(exchange, proxy, overrides);
  if (!proxy) addUsual(exchange, outgoing);
  const uri = uriOf(exchange, outgoing);
  const url = addressOf(uri);
  if (!url) throw broken(`Invalid endpoint address: ${uri}`);
  const noted = exchange.log ? Object.fromEntries(outgoing.headers) : {};
  const startedAt = noteCall(exchange, { uri, headers: noted, body });
  const streams = integration.responseTransferMode === 'STREAM';
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const { clock } = exchange.ctx.room.platform;
  const call: HttpCall = {
    method,
    headers: outgoing.headers,
    body: hasBody ? bytesOf(body) : new Uint8Array(),
    timeoutMs: streams ? streamingTimeoutMs : integration.timeoutInMillis,
    insecure: integration.tlsConfig?.insecureSkipVerification === true,
  };
  try {
    if (streams) return await sendHttp(clock, url, call, (answer) => streamed(exchange, startedAt, answer));
    return buffered(exchange, startedAt, await exchangeHttp(clock, url, call, payloadBytesMax));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    noteFailure(exchange, startedAt, String(error));
    if (error instanceof HttpTimeout)
      throw new Refusal('INTEGRATION_TIMEOUT', 'Endpoint request timed out', { why: error.message });
    throw unreachable(uri, error);
  }
}

/** What a proxy passes on: text as text, bytes as bytes, by the API's binary media types. */
function proxyBody(exchange: Exchange): Uint8Array | string {
  const type = exchange.request.headers['content-type'];
  const { integration } = exchange.target;
  const { binaryMediaTypes } = exchange.served.api.api;
  return requestPayload(exchange.body, type, binaryMediaTypes, integration.contentHandling).payload;
}

function addUsual(exchange: Exchange, outgoing: Outgoing): void {
  const type = exchange.request.headers['content-type'] ?? 'application/json';
  if (outgoingHeader(outgoing, 'content-type') === undefined) outgoing.headers.push(['Content-Type', type]);
  if (outgoingHeader(outgoing, 'user-agent') === undefined) {
    outgoing.headers.push(['User-Agent', `AmazonAPIGateway_${exchange.apiId}`]);
  }
}

function buffered(exchange: Exchange, startedAt: number, answer: BufferedAnswer): IntegrationAnswer {
  const { bytes } = answer;
  const headers = headersOf(answer);
  const { status } = answer;
  noteAnswer(exchange, startedAt, {
    status,
    headers,
    body: bytes,
    requestId: headers['x-amzn-requestid']?.[0],
  });
  const { integration } = exchange.target;
  if (integration.type === 'HTTP') {
    return respond(exchange, selectResponse(exchange.target, String(status)), { headers, body: bytes });
  }
  return { status, headers: proxied(headers), body: proxiedBody(exchange, headers, bytes) };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html */
function streamed(exchange: Exchange, startedAt: number, answer: HttpAnswer): IntegrationAnswer {
  const headers = headersOf(answer);
  noteAnswer(exchange, startedAt, { status: answer.status, headers, body: '' });
  exchange.request.signal.addEventListener('abort', () => answer.source.destroy(), { once: true });
  return { status: answer.status, headers: proxied(headers), body: answer.source };
}

/** Content that is coded is bytes whatever its type says. */
function proxiedBody(exchange: Exchange, headers: MultiValues, bytes: Uint8Array): Uint8Array | string {
  const { binaryMediaTypes } = exchange.served.api.api;
  if (headers['content-encoding']) return bytes;
  // Without binary media types everything is UTF-8 text, and what isn't is spoilt, as it is on AWS.
  if (!binaryMediaTypes?.length) return isUtf8(bytes) ? bytes : Buffer.from(bytes).toString();
  const accept = exchange.request.headers.accept;
  try {
    return responsePayload(bytes, headers['content-type']?.[0], accept, binaryMediaTypes, undefined);
  } catch (error) {
    if (error instanceof NotBase64) throw broken(error.message);
    throw error;
  }
}

const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

/** Lower-case name → values. */
function headersOf({ rawHeaders }: { rawHeaders: readonly string[] }): MultiValues {
  const headers: MultiValues = {};
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    if (ofConnection.has(name)) continue;
    const known = ownEntry(headers, name);
    if (known) known.push(rawHeaders[at + 1] as string);
    else headers[name] = [rawHeaders[at + 1] as string];
  }
  return headers;
}

/** The server's headers as the client gets them. */
function proxied(headers: MultiValues): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  for (const [name, values] of Object.entries(headers)) {
    const leaving = responseHeader(name);
    if (leaving !== undefined) out[leaving] = values.length === 1 ? (values[0] as string) : values;
  }
  return out;
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}

/** A name that nobody knows is a mistake in the API; a server that doesn't answer is a failure of the network. */
function unreachable(uri: string, error: unknown): Refusal {
  const why = `${uri}: ${String(error)}`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || error instanceof TypeError) {
    const note = 'Execution failed due to configuration error: Invalid endpoint address';
    return new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', { why, note });
  }
  return new Refusal('INTEGRATION_FAILURE', 'Network error communicating with endpoint', {
    why,
    note: 'Execution failed due to a network error communicating with endpoint',
  });
}

function broken(why: string): Refusal {
  return new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', { why });
}
