/** A deployment of a WebSocket API, prepared once for all its messages. */
import { jsonPath } from '../domain/mapping/jsonPath.ts';
import type { Model } from '../domain/types.ts';
import type {
  HttpApi,
  HttpApiSnapshot,
  HttpAuthorizer,
  HttpIntegration,
  HttpIntegrationResponse,
  HttpRoute,
} from '../v2/domain/types.ts';
import { compileSelection, type Selection } from './expressions.ts';

export interface SocketRoute {
  route: HttpRoute;
  integration: HttpIntegration | undefined;
  /** Of the integration, when it is no proxy. */
  responses: readonly HttpIntegrationResponse[];
  authorizer: HttpAuthorizer | undefined;
  /** Whether clients get an answer: the route has a route response. */
  answers: boolean;
}

export interface CompiledSocketApi {
  api: HttpApi;
  routes: ReadonlyMap<string, SocketRoute>;
  connect: SocketRoute | undefined;
  disconnect: SocketRoute | undefined;
  models: ReadonlyMap<string, Model>;
  /** The route of a message: by its key, else `$default`, else none. */
  routeOf(message: string): SocketRoute | undefined;
}

export function compileSocketApi(snapshot: HttpApiSnapshot): CompiledSocketApi {
  const { integrations, authorizers, routeResponses = [], integrationResponses = [] } = snapshot;
  const routes = new Map<string, SocketRoute>();
  for (const route of snapshot.routes) {
    const integrationId = /^integrations\/(.+)$/.exec(route.Target ?? '')?.[1];
    routes.set(route.RouteKey, {
      route,
      integration: integrations.find((found) => found.IntegrationId === integrationId),
      responses: integrationResponses.filter((found) => found.IntegrationId === integrationId),
      authorizer: authorizers.find((found) => found.AuthorizerId === route.AuthorizerId),
      answers: routeResponses.some((found) => found.RouteId === route.RouteId),
    });
  }
  const selection = compileSelection(snapshot.api.RouteSelectionExpression);
  const fallback = routes.get('$default');
  return {
    api: snapshot.api,
    routes,
    connect: routes.get('$connect'),
    disconnect: routes.get('$disconnect'),
    models: new Map((snapshot.models ?? []).map((model) => [model.Name, modelOf(model)])),
    routeOf(message) {
      const key = keyOf(selection, message);
      // Clients connect and disconnect by connecting and disconnecting.
      if (key === '' || key === '$connect' || key === '$disconnect') return fallback;
      return routes.get(key) ?? fallback;
    },
  };
}

/** "Non-JSON messages are directed to a $default route." */
function keyOf(selection: Selection, message: string): string {
  const document = parseJson(message);
  if (document === undefined) return '';
  return selection((variable) => bodyVariable(variable, document));
}

/** The value of `request.body` or `request.body.path`; undefined for other variables. */
export function bodyVariable(variable: string, document: unknown): unknown {
  if (variable === 'request.body') return typeof document === 'object' ? JSON.stringify(document) : document;
  if (!variable.startsWith('request.body')) return undefined;
  const path = variable.slice('request.body'.length);
  try {
    return jsonPath(document, `$${path}`);
  } catch {
    return undefined;
  }
}

/** @returns undefined for what isn't JSON. */
export function parseJson(text: string): unknown {
  // Most of what isn't JSON says so with its first letter: an exception costs more than all the rest of a message.
  if (!/^\s*[[{"\d\-tfn]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function modelOf(model: {
  ModelId: string;
  Name: string;
  ContentType: string;
  Schema?: string | undefined;
}): Model {
  return { id: model.ModelId, name: model.Name, contentType: model.ContentType, schema: model.Schema };
}
