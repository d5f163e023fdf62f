/** Automatic CORS. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html */
import type { Cors } from './types.ts';

export function isPreflight(method: string, headers: Readonly<Record<string, string>>): boolean {
  return method === 'OPTIONS' && !!headers.origin && !!headers['access-control-request-method'];
}

/** The answer's headers to a preflight; none when the origin or the method isn't allowed. */
export function preflightHeaders(
  cors: Cors,
  request: Readonly<Record<string, string>>,
): Record<string, string> {
  const headers = responseHeaders(cors, request.origin);
  const wanted = request['access-control-request-method'] ?? '';
  const { AllowMethods, AllowHeaders, MaxAge } = cors;
  if (!headers['access-control-allow-origin']) return {};
  if (AllowMethods?.length && !AllowMethods.includes('*') && !AllowMethods.includes(wanted)) return {};
  if (AllowMethods?.length) headers['access-control-allow-methods'] = AllowMethods.join(',');
  if (AllowHeaders?.length) headers['access-control-allow-headers'] = AllowHeaders.join(',');
  if (MaxAge !== undefined) headers['access-control-max-age'] = String(MaxAge);
  delete headers['access-control-expose-headers'];
  return headers;
}

/** What every answer to an allowed origin carries. */
export function responseHeaders(cors: Cors, origin: string | undefined): Record<string, string> {
  const allowed = origin === undefined ? undefined : allowedOrigin(cors.AllowOrigins ?? [], origin);
  if (allowed === undefined) return {};
  const headers: Record<string, string> = { 'access-control-allow-origin': allowed };
  if (allowed !== '*') headers.vary = 'origin';
  if (cors.AllowCredentials) headers['access-control-allow-credentials'] = 'true';
  if (cors.ExposeHeaders?.length) headers['access-control-expose-headers'] = cors.ExposeHeaders.join(',');
  return headers;
}

/** `*`, an origin, or a scheme with any host: `https://*`. */
function allowedOrigin(listed: readonly string[], origin: string): string | undefined {
  if (listed.includes('*')) return '*';
  const lower = origin.toLowerCase();
  const found = listed.some((entry) => {
    const pattern = entry.toLowerCase();
    const star = pattern.indexOf('*');
    if (star < 0) return pattern === lower;
    return lower.startsWith(pattern.slice(0, star)) && lower.endsWith(pattern.slice(star + 1));
  });
  return found ? origin : undefined;
}
