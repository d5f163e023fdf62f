/** Routes of HTTP and WebSocket APIs. */
import type {
  CreateRouteRequest,
  DeleteRouteRequest,
  GetRouteRequest,
  GetRoutesRequest,
  UpdateRouteRequest,
} from '@aws-sdk/client-apigatewayv2';
import { BadRequestException, ConflictException } from '../../errors.ts';
import { routesPerApi } from '../../limits.ts';
import type { Context, Operations } from '../../room.ts';
import type { ApiReader } from '../../store.ts';
import type { HttpApi, HttpRoute } from '../domain/types.ts';
import { newWebSocketRoute } from '../websocket/routes.ts';
import { autoDeploy } from './deploy.ts';
import { changesOf, checkQuota, findHttpApi, findHttpPart, httpPage } from './find.ts';
import { routeResponsesOf } from './routeResponses.ts';

export function newRoute(ctx: Context, input: CreateRouteRequest): HttpRoute {
  if (
    input.ModelSelectionExpression ||
    input.RequestModels ||
    input.RequestParameters ||
    input.RouteResponseSelectionExpression
  ) {
    throw new BadRequestException('Models and route responses are supported for WebSocket APIs only');
  }
  const route: HttpRoute = {
    RouteId: ctx.room.platform.ids.token(7),
    RouteKey: input.RouteKey ?? '',
    Target: input.Target,
    AuthorizationType: input.AuthorizationType ?? 'NONE',
    AuthorizerId: input.AuthorizerId,
    AuthorizationScopes: input.AuthorizationScopes?.length ? input.AuthorizationScopes : undefined,
    OperationName: input.OperationName,
    ApiKeyRequired: input.ApiKeyRequired ?? false,
  };
  checkKey(route.RouteKey);
  if (route.ApiKeyRequired)
    throw new BadRequestException('ApiKeyRequired is supported for WebSocket APIs only');
  return route;
}

function checkKey(key: string): void {
  if (key === '$default') return;
  if (!/^(?:ANY|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) \/[^\s]*$/.test(key)) {
    throw new BadRequestException(
      'The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"',
    );
  }
}

async function checkReferences(
  reader: ApiReader,
  ctx: Context,
  apiId: string,
  route: HttpRoute,
): Promise<void> {
  if (route.Target !== undefined) {
    const id = /^integrations\/(.+)$/.exec(route.Target)?.[1];
    if (!id || !(await reader.get('httpIntegration', ctx, apiId, id))) {
      throw new BadRequestException(`Unable to find Integration with ID ${id ?? route.Target}`);
    }
  }
  if (route.AuthorizationType === 'JWT' || route.AuthorizationType === 'CUSTOM') {
    const id = route.AuthorizerId;
    const authorizer = id && (await reader.get('httpAuthorizer', ctx, apiId, id));
    if (!authorizer) throw new BadRequestException(`Unable to find Authorizer with ID ${id}`);
    const wanted = route.AuthorizationType === 'JWT' ? 'JWT' : 'REQUEST';
    if (authorizer.AuthorizerType !== wanted) {
      throw new BadRequestException(`Authorizer ${id} is no ${wanted} authorizer`);
    }
  }
  const others = await reader.list('httpRoute', ctx, apiId);
  if (others.some((other) => other.RouteId !== route.RouteId && other.RouteKey === route.RouteKey)) {
    throw new ConflictException(`Route with key ${route.RouteKey} already exists for this API`);
  }
}

/** Routes of the two kinds of APIs have little in common but their record. */
function madeFor(api: HttpApi): typeof newRoute {
  return api.ProtocolType === 'WEBSOCKET' ? newWebSocketRoute : newRoute;
}

async function CreateRoute(ctx: Context, input: CreateRouteRequest) {
  const apiId = input.ApiId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const api = await findHttpApi(tx, ctx, apiId);
    const route = madeFor(api)(ctx, input);
    await checkReferences(tx, ctx, apiId, route);
    await checkQuota(tx, 'httpRoute', ctx, apiId, routesPerApi, 'Routes for this API');
    tx.put('httpRoute', ctx, apiId, route.RouteId, route);
    await autoDeploy(ctx, tx, apiId);
    return route;
  });
}

async function GetRoute(ctx: Context, input: GetRouteRequest) {
  const { store } = ctx.room;
  return findHttpPart(store, 'httpRoute', ctx, input.ApiId ?? '', input.RouteId ?? '', 'Route');
}

async function GetRoutes(ctx: Context, input: GetRoutesRequest) {
  await findHttpApi(ctx.room.store, ctx, input.ApiId ?? '');
  return httpPage(ctx.room.store, 'httpRoute', ctx, input.ApiId ?? '', input);
}

async function UpdateRoute(ctx: Context, input: UpdateRouteRequest) {
  const apiId = input.ApiId ?? '';
  const id = input.RouteId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const known = await findHttpPart(tx, 'httpRoute', ctx, apiId, id, 'Route');
    const api = await findHttpApi(tx, ctx, apiId);
    const checked = madeFor(api)(ctx, { ...known, ...changesOf(input, ['RouteId']), ApiId: apiId });
    const updated: HttpRoute = { ...checked, RouteId: id, ApiGatewayManaged: known.ApiGatewayManaged };
    if (updated.AuthorizationType === 'NONE') updated.AuthorizerId = undefined;
    await checkReferences(tx, ctx, apiId, updated);
    tx.put('httpRoute', ctx, apiId, id, updated);
    await autoDeploy(ctx, tx, apiId);
    return updated;
  });
}

async function DeleteRoute(ctx: Context, input: DeleteRouteRequest) {
  const apiId = input.ApiId ?? '';
  const id = input.RouteId ?? '';
  await ctx.room.store.transact(async (tx) => {
    await findHttpPart(tx, 'httpRoute', ctx, apiId, id, 'Route');
    for (const response of await routeResponsesOf(tx, ctx, apiId, id)) {
      tx.delete('routeResponse', ctx, apiId, response.RouteResponseId);
    }
    tx.delete('httpRoute', ctx, apiId, id);
    await autoDeploy(ctx, tx, apiId);
  });
}

export const routeOperations: Operations = { CreateRoute, GetRoute, GetRoutes, UpdateRoute, DeleteRoute };
