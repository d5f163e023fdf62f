/** Function URLs: an HTTP request becomes an event, the function's answer an HTTP response. */
import { AwsError, type HttpRequest, type HttpResponse } from '../../../kernel/index.ts';
import type { Endpoint, EndpointContext } from '../../../platform/index.ts';
import { corsHeaders } from '../domain/cors.ts';
import {
  preludeBytesMax,
  preludeType,
  readPrelude,
  type UrlCaller,
  urlEvent,
  urlResponse,
} from '../domain/urlEvent.ts';
import { syncPayloadBytesMax } from '../limits.ts';
import type { UrlRecord } from '../records.ts';
import { resolveVersion } from '../resolve.ts';
import type { LambdaRoom } from '../room.ts';
import type { Place } from '../store.ts';
import { type Streamed, stream } from '../streaming.ts';
import { authorizeUrl } from './urlAuthorization.ts';

type Context = EndpointContext<LambdaRoom>;

export const url: Endpoint<LambdaRoom> = async (ctx, request) => {
  const found = await ctx.room.store.findUrl(ctx.params.id ?? '');
  if (!found) return plain(403, '{"Message":"Forbidden"}');
  const { place, qualifier, record } = found;
  const preflight = request.method === 'OPTIONS' && record.cors !== undefined;
  const cors = record.cors ? corsHeaders(record.cors, request.headers.origin, preflight) : {};
  if (preflight) return { status: 200, headers: cors };
  const body = await request.body.bytes(syncPayloadBytesMax);
  const verdict = await authorizeUrl(ctx, found, request, body);
  const response = verdict.allowed
    ? await invoke(ctx, { request, body, place, qualifier, record, caller: verdict.caller })
    : plain(403, verdict.body);
  return { ...response, headers: { ...response.headers, 'x-amzn-requestid': ctx.requestId, ...cors } };
};

interface Call {
  readonly request: HttpRequest;
  readonly body: Uint8Array;
  readonly place: Place;
  readonly qualifier: string;
  readonly record: UrlRecord;
  /** Where credentials are asked for. */
  readonly caller: UrlCaller | undefined;
}

async function invoke(
  ctx: Context,
  { request, body, place, qualifier, record, caller }: Call,
): Promise<HttpResponse> {
  const { room, requestId, now } = ctx;
  const { host = '', 'x-forwarded-for': forwarded } = request.headers;
  const event = urlEvent({
    urlId: record.urlId,
    domainName: host.replace(/:\d+$/, ''),
    method: request.method,
    path: ctx.params.path ?? '/',
    query: request.query,
    headers: request.headers,
    body,
    caller,
    sourceIp: forwarded?.split(',')[0]?.trim() ?? request.remoteAddress,
    requestId,
    time: now,
  });
  const name = { ...place, qualifier: qualifier === '' ? undefined : qualifier };
  try {
    const resolved = await resolveVersion(room.store, name, room.platform.ids);
    const execution = {
      place,
      configuration: resolved.configuration,
      qualifier: name.qualifier,
      requestId,
      payload: Buffer.from(JSON.stringify(event)),
      reservedConcurrency: resolved.record.reservedConcurrency,
      recursiveLoop: resolved.record.recursiveLoop,
      traceId: request.headers['x-amzn-trace-id'],
    };
    if (record.invokeMode === 'RESPONSE_STREAM')
      return streamedResponse(await stream(room.executor, execution));
    const { result } = await room.durable.run(execution);
    return (result.ok ? urlResponse(result.payload) : undefined) ?? plain(502, 'Internal Server Error');
  } catch (error) {
    if (error instanceof AwsError && error.status === 429) return plain(429, '{"Message":"Rate Exceeded."}');
    throw error;
  }
}

/** The answer begins with its first part; with a prelude in it when the function wrote one. */
async function streamedResponse({ contentType, parts }: Streamed): Promise<HttpResponse> {
  let first = await parts.next();
  if (contentType === undefined || first.done) {
    const result = first.done ? first.value.result : undefined;
    return (result?.ok ? urlResponse(result.payload) : undefined) ?? plain(502, 'Internal Server Error');
  }
  if (contentType !== preludeType) {
    return { status: 200, headers: { 'content-type': contentType }, body: rest(first.value, parts) };
  }
  let bytes = Buffer.from(first.value);
  let prelude = readPrelude(bytes);
  while (!prelude && bytes.length <= preludeBytesMax) {
    first = await parts.next();
    if (first.done) break;
    bytes = Buffer.concat([bytes, first.value]);
    prelude = readPrelude(bytes);
  }
  if (!prelude) return plain(502, 'Internal Server Error');
  const { status, headers, body } = prelude;
  return { status, headers, body: rest(body, parts) };
}

async function* rest(
  first: Uint8Array,
  parts: AsyncGenerator<Uint8Array, unknown>,
): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  yield* parts;
}

function plain(status: number, body: string): HttpResponse {
  const type = body.startsWith('{') ? 'application/json' : 'text/plain';
  return { status, headers: { 'content-type': type }, body };
}
