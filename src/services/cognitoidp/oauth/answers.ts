/** Answers that several endpoints give. */
import type { HttpResponse } from '../../../kernel/index.ts';
import type { AuthorizeRequest } from './request.ts';
import type { Visit } from './visit.ts';

/** @param cookies `Set-Cookie` fields. */
export function redirect(location: string, cookies: readonly string[] = []): HttpResponse {
  return {
    status: 302,
    headers: {
      // Registered addresses may have letters that header fields can't.
      location: location.replaceAll(/[^\x21-\x7e]/gu, encodeURIComponent),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      ...(cookies.length > 0 ? { 'set-cookie': [...cookies] } : {}),
    },
  };
}

/** The page for errors that mustn't be told to an address that nobody registered. @param error a code or one sentence. */
export function toErrorPage(visit: Visit, error: string): HttpResponse {
  const query = new URLSearchParams({ error });
  const client = visit.query.get('client_id');
  if (client !== null) query.set('client_id', client);
  return redirect(`${visit.basePath}/error?${query}`);
}

/** Back to the app with an error, https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1. The request was read by `readRequest`. */
export function toApp(
  request: Pick<AuthorizeRequest, 'redirectUri' | 'responseType' | 'state'>,
  values: Readonly<Record<string, string>>,
  cookies: readonly string[] = [],
): HttpResponse {
  const query = new URLSearchParams(values);
  if (request.state !== undefined) query.set('state', request.state);
  const { redirectUri } = request;
  const isFragment = request.responseType === 'token';
  const glue = isFragment ? '#' : redirectUri.includes('?') ? '&' : '?';
  return redirect(`${redirectUri}${glue}${query}`, cookies);
}

/** What clients of the token, userInfo and revocation endpoints are told: "`Access-Control-Allow-Origin: *`". */
export function json(
  status: number,
  document: object | undefined,
  headers: Record<string, string> = {},
): HttpResponse {
  return {
    status,
    headers: {
      'content-type': 'application/json;charset=UTF-8',
      'cache-control': 'no-cache, no-store, max-age=0, must-revalidate',
      pragma: 'no-cache',
      expires: '0',
      'x-frame-options': 'DENY',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body: document === undefined ? '' : JSON.stringify(document),
  };
}
