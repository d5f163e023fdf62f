/** Routes of WebSocket APIs. https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html */
import type { CreateRouteRequest } from '@aws-sdk/client-apigatewayv2';
import { BadRequestException } from '../../errors.ts';
import { mapOf } from '../../operations/find.ts';
import type { Context } from '../../room.ts';
import type { HttpRoute } from '../domain/types.ts';

/** @throws BadRequestException what a WebSocket API's route can't be. */
export function newWebSocketRoute(ctx: Context, input: CreateRouteRequest): HttpRoute {
  const route: HttpRoute = {
    RouteId: ctx.room.platform.ids.token(7),
    RouteKey: input.RouteKey ?? '',
    Target: input.Target,
    AuthorizationType: input.AuthorizationType ?? 'NONE',
    AuthorizerId: input.AuthorizerId,
    OperationName: input.OperationName,
    ApiKeyRequired: input.ApiKeyRequired ?? false,
    ModelSelectionExpression: input.ModelSelectionExpression,
    RequestModels: mapOf(input.RequestModels),
    RequestParameters: mapOf(input.RequestParameters),
    RouteResponseSelectionExpression: input.RouteResponseSelectionExpression,
  };
  check(route, input);
  return route;
}

function check(route: HttpRoute, input: CreateRouteRequest): void {
  const { RouteKey, AuthorizationType } = route;
  const isConnect = RouteKey === '$connect';
  if (RouteKey === '') throw new BadRequestException('RouteKey is required');
  if (RouteKey.startsWith('$') && !['$connect', '$disconnect', '$default'].includes(RouteKey)) {
    throw new BadRequestException(
      `Invalid route key ${RouteKey}: only $connect, $disconnect and $default may begin with $`,
    );
  }
  if (AuthorizationType === 'JWT') {
    throw new BadRequestException('JWT authorizers are supported for protocol type HTTP only');
  }
  if (input.AuthorizationScopes?.length) {
    throw new BadRequestException('Authorization scopes are supported for protocol type HTTP only');
  }
  if (AuthorizationType !== 'NONE' && !isConnect) {
    throw new BadRequestException('Currently, authorization is restricted to the $connect route only');
  }
  for (const name of Object.keys(route.RequestParameters ?? {})) {
    if (
      !/^route\.request\.(?:querystring|header|multivaluequerystring|multivalueheader)\.[\w.$-]+$/.test(name)
    ) {
      throw new BadRequestException(`Invalid mapping expression specified: ${name}`);
    }
    if (!isConnect) {
      throw new BadRequestException('Request parameters are supported for the $connect route only');
    }
  }
  const selection = route.RouteResponseSelectionExpression;
  // "Currently only the $default key is supported."
  if (selection !== undefined && selection !== '$default' && selection !== '\\$default') {
    throw new BadRequestException('RouteResponseSelectionExpression only supports [$default]');
  }
}
