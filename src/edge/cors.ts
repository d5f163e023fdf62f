/**
 * Browsers and the AWS API: which pages may call it. Pages of this machine may; a page of any other site may
 * not, even with a request that needs no preflight, since the key of an `audit` cloud is no secret.
 * Data planes are left alone: API Gateway, function URLs and Cognito have CORS settings of their own.
 */
import type { HttpRequest, HttpResponse } from '../kernel/index.ts';
import { isLoopbackHost } from './hosts.ts';

export interface CorsOptions {
  /** Origins besides those of this machine, `https://console.example.com`; `*` for any. */
  readonly allowedOrigins?: readonly string[];
}

/** Response headers that the SDKs read in a browser. */
const exposed =
  'x-amzn-requestid,x-amzn-errortype,x-amzn-errormessage,x-amz-request-id,x-amz-id-2,x-amz-crc32,x-amzn-query-error,x-amz-function-error,x-amz-log-result,x-amz-executed-version,x-amz-version-id,etag,date';
const preflightAgeSeconds = 172_800;

export function isOriginAllowed(origin: string, options: CorsOptions): boolean {
  if (options.allowedOrigins?.some((allowed) => allowed === '*' || allowed === origin)) return true;
  const host = /^https?:\/\/([^/]+)$/.exec(origin)?.[1];
  return host !== undefined && isLoopbackHost(host);
}

/** @returns the answer to a preflight; undefined when the request isn't one. */
export function answerPreflight(request: HttpRequest, options: CorsOptions): HttpResponse | undefined {
  const { headers } = request;
  if (request.method !== 'OPTIONS' || headers['access-control-request-method'] === undefined)
    return undefined;
  const origin = headers.origin;
  if (origin === undefined || !isOriginAllowed(origin, options))
    return { status: 403, headers: { vary: 'Origin' } };
  return {
    status: 200,
    headers: {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET,POST,PUT,DELETE,HEAD,PATCH',
      'access-control-allow-headers': headers['access-control-request-headers'] ?? '*',
      'access-control-expose-headers': exposed,
      'access-control-max-age': String(preflightAgeSeconds),
      // Chrome asks before a public page reaches a private address.
      ...(headers['access-control-request-private-network'] === 'true' && {
        'access-control-allow-private-network': 'true',
      }),
      vary: 'Origin',
    },
  };
}

export function allowOrigin(response: HttpResponse, origin: string): void {
  // S3 buckets answer with the headers of their own CORS configuration.
  if (response.headers['access-control-allow-origin'] !== undefined) return;
  response.headers['access-control-allow-origin'] = origin;
  response.headers['access-control-expose-headers'] = exposed;
  response.headers.vary = 'Origin';
}
