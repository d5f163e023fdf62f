/** Function URLs: an HTTP request becomes an event, the function's answer an HTTP response. */
import { AwsError, type HttpRequest, type HttpResponse } from '../../../kernel/index.ts';
import type { Endpoint, EndpointContext } from '../../../platform/index.ts';
import { corsHeaders } from '../domain/cors.ts';
import { functionArn } from '../domain/names.ts';
import { allowsUrl } from '../domain/policy.ts';
import { preludeBytesMax, preludeType, readPrelude, urlEvent, urlResponse } from '../domain/urlEvent.ts';
import { syncPayloadBytesMax } from '../limits.ts';
import type { UrlRecord } from '../records.ts';
import { resolveVersion } from '../resolve.ts';
import type { LambdaRoom } from '../room.ts';
import type { Place } from '../store.ts';
import { type Streamed, stream } from '../streaming.ts';

type Context = EndpointContext<LambdaRoom>;

export const url: Endpoint<LambdaRoom> = async (ctx, request) => {
  const found = await ctx.room.store.findUrl(ctx.params.id ?? '');
  if (!found) return plain(403, '{"Message":"Forbidden"}');
  const { place, qualifier, record } = found;
  const preflight = request.method === 'OPTIONS' && record.cors !== undefined;
  const cors = record.cors ? corsHeaders(record.cors, request.headers.origin, preflight) : {};
  if (preflight) return { status: 200, headers: cors };
  if (!(await isAllowed(ctx, place, qualifier, request))) return plain(403, '{"Message":"Forbidden"}');
  const response = await invoke(ctx, request, place, qualifier, record);
  return { ...response, headers: { ...response.headers, 'x-amzn-requestid': ctx.requestId, ...cors } };
};

async function invoke(
  ctx: Context,
  request: HttpRequest,
  place: Place,
  qualifier: string,
  record: UrlRecord,
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
    body: await request.body.bytes(syncPayloadBytesMax),
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
      traceId: request.headers['x-amzn-trace-id'],
    };
    if (record.invokeMode === 'RESPONSE_STREAM')
      return streamedResponse(await stream(room.executor, execution));
    const { result } = await room.executor.run(execution);
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

/** Anonymous callers need a statement for everyone: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html */
async function isAllowed(
  ctx: Context,
  place: Place,
  qualifier: string,
  request: HttpRequest,
): Promise<boolean> {
  const { store, platform } = ctx.room;
  const mode = platform.config.iam;
  if (mode === 'off') return true;
  const policy = await store.policies.get(place, qualifier);
  const allowed = allowsUrl(policy?.statements ?? []);
  platform.telemetry.audit({
    time: ctx.now,
    requestId: ctx.requestId,
    account: place.account,
    region: place.region,
    principal: `anonymous ${request.remoteAddress}`,
    action: 'lambda:InvokeFunctionUrl',
    resources: [functionArn(place, qualifier === '' ? undefined : qualifier)],
    decision: allowed ? 'allow' : 'implicit-deny',
    overridden: !allowed && mode === 'audit',
    durationMs: 0,
  });
  return allowed || mode === 'audit';
}

function plain(status: number, body: string): HttpResponse {
  const type = body.startsWith('{') ? 'application/json' : 'text/plain';
  return { status, headers: { 'content-type': type }, body };
}
