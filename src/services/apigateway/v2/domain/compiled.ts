/** A deployment of an HTTP API, prepared once for all its requests. */
import { Routes } from '../../domain/routes.ts';
import type { HttpApi, HttpApiSnapshot, HttpAuthorizer, HttpIntegration, HttpRoute } from './types.ts';

export interface CompiledRoute {
  route: HttpRoute;
  integration: HttpIntegration | undefined;
  authorizer: HttpAuthorizer | undefined;
}

export interface CompiledHttpApi {
  api: HttpApi;
  routes: Routes<CompiledRoute>;
  /** `$default`: what no other route takes. */
  fallback: CompiledRoute | undefined;
}

export function compileHttpApi(snapshot: HttpApiSnapshot): CompiledHttpApi {
  const routes = new Routes<CompiledRoute>();
  let fallback: CompiledRoute | undefined;
  for (const route of snapshot.routes) {
    const integrationId = /^integrations\/(.+)$/.exec(route.Target ?? '')?.[1];
    const compiled: CompiledRoute = {
      route,
      integration: snapshot.integrations.find((found) => found.IntegrationId === integrationId),
      authorizer: snapshot.authorizers.find((found) => found.AuthorizerId === route.AuthorizerId),
    };
    const [method, path] = route.RouteKey.split(' ');
    if (path === undefined) fallback = compiled;
    else routes.add(method as string, path, compiled);
  }
  return { api: snapshot.api, routes, fallback };
}
