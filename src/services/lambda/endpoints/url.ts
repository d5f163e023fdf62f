/** Function URLs: an HTTP request becomes an event, the function's answer an HTTP response. */
import { AwsError, type HttpRequest, type HttpResponse } from '../../../kernel/index.ts';
import type { Endpoint, EndpointContext } from '../../../platform/index.ts';
import { corsHeaders } from '../domain/cors.ts';
import { functionArn } from '../domain/names.ts';
import { allowsUrl } from '../domain/policy.ts';
import { urlEvent, urlResponse } from '../domain/urlEvent.ts';
import { syncPayloadBytesMax } from '../limits.ts';
import type { UrlRecord } from '../records.ts';
import { resolveVersion } from '../resolve.ts';
import type { LambdaRoom } from '../room.ts';
import type { Place } from '../store.ts';

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
    const { result } = await room.executor.run({
      place,
      configuration: resolved.configuration,
      qualifier: name.qualifier,
      requestId,
      payload: Buffer.from(JSON.stringify(event)),
      reservedConcurrency: resolved.record.reservedConcurrency,
      traceId: request.headers['x-amzn-trace-id'],
    });
    const response =
      result.ok && result.payload instanceof Uint8Array ? urlResponse(result.payload) : undefined;
    return response ?? plain(502, 'Internal Server Error');
  } catch (error) {
    if (error instanceof AwsError && error.status === 429) return plain(429, '{"Message":"Rate Exceeded."}');
    throw error;
  }
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
