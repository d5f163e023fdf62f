/** The data plane of a user pool's domain: managed login and the OAuth endpoints. */
import { AwsError, type HttpRequest, type HttpResponse } from '../../../kernel/index.ts';
import type { Endpoint } from '../../../platform/index.ts';
import { errorPage } from '../hosted/error.ts';
import { appRoutes, browserRoutes } from '../oauth/routes.ts';
import { type Visit, visitOf } from '../oauth/visit.ts';
import type { CognitoRoom } from '../room.ts';
import { records } from '../store.ts';

export const hosted: Endpoint<CognitoRoom> = async (endpoint, request) => {
  const { region = '', domain: name = '' } = endpoint.params;
  const { store } = endpoint.room;
  const domain = await records.domains.get(store, region, name);
  const pool = domain && (await records.pools.get(store, domain.account, region, domain.poolId));
  if (!domain || !pool) return plain(404, `There is no user pool domain ${name} in ${region}.`);
  const visit = visitOf(endpoint, request, pool, domain);
  const routes = appRoutes[visit.path];
  if (!routes) return forBrowser(visit);
  if (request.method === 'OPTIONS') return preflight(request, Object.keys(routes));
  const route = routes[request.method];
  if (route) return identified(await route(visit), endpoint.requestId);
  return plain(405, 'Method Not Allowed', { allow: Object.keys(routes).join(', ') });
};

const identified = (answer: HttpResponse, requestId: string): HttpResponse => ({
  ...answer,
  headers: { ...answer.headers, 'x-amz-cognito-request-id': requestId },
});

async function forBrowser(visit: Visit): Promise<HttpResponse> {
  const routes = browserRoutes[visit.path];
  if (!routes) return errorPage(visit, 404, 'There is no such page.');
  const { method } = visit.request;
  const route = routes[method === 'HEAD' ? 'GET' : method];
  if (!route) return plain(405, 'Method Not Allowed', { allow: Object.keys(routes).join(', ') });
  try {
    return await route(visit);
  } catch (error) {
    if (!(error instanceof AwsError) || (error.status >= 500 && error.status !== 501)) throw error;
    return errorPage(visit, error.status, error.message);
  }
}

/** "The token endpoint returns `Access-Control-Allow-Origin: *`": apps in browsers redeem their codes themselves. */
function preflight(request: HttpRequest, methods: readonly string[]): HttpResponse {
  return {
    status: 200,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
      'access-control-max-age': '600',
    },
  };
}

function plain(status: number, body: string, headers: Record<string, string> = {}): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain;charset=UTF-8', 'x-content-type-options': 'nosniff', ...headers },
    body,
  };
}
