/** Route responses: a route of a WebSocket API that has one answers its messages. */
import type {
  CreateRouteResponseRequest,
  DeleteRouteRequestParameterRequest,
  DeleteRouteResponseRequest,
  GetRouteResponseRequest,
  GetRouteResponsesRequest,
  UpdateRouteResponseRequest,
} from '@aws-sdk/client-apigatewayv2';
import { BadRequestException, ConflictException, NotFoundException } from '../../errors.ts';
import { mapOf } from '../../operations/find.ts';
import type { Context, Operations } from '../../room.ts';
import type { ApiReader } from '../../store.ts';
import type { RouteResponse } from '../domain/types.ts';
import { autoDeploy } from './deploy.ts';
import { changesOf, findHttpPart, httpPage, requireWebSocket } from './find.ts';

const what = 'RouteResponse';

async function check(reader: ApiReader, ctx: Context, apiId: string, response: RouteResponse): Promise<void> {
  await requireWebSocket(reader, ctx, apiId);
  const route = await findHttpPart(reader, 'httpRoute', ctx, apiId, response.RouteId, 'Route');
  // "You can only define the $default route response for WebSocket APIs."
  if (response.RouteResponseKey !== '$default') {
    throw new BadRequestException('Currently, only the $default route response key is supported');
  }
  if (route.RouteKey === '$disconnect') {
    throw new BadRequestException('Route responses are not supported for the $disconnect route');
  }
  const others = await routeResponsesOf(reader, ctx, apiId, response.RouteId);
  if (others.some((other) => other.RouteResponseId !== response.RouteResponseId)) {
    throw new ConflictException(
      `Route response with key ${response.RouteResponseKey} already exists for this route`,
    );
  }
}

/** All of one route: one at most, today. */
export async function routeResponsesOf(
  reader: ApiReader,
  ctx: Context,
  apiId: string,
  routeId: string,
): Promise<RouteResponse[]> {
  const all = await reader.list('routeResponse', ctx, apiId);
  return all.filter((response) => response.RouteId === routeId);
}

async function find(
  reader: ApiReader,
  ctx: Context,
  input: { ApiId: string | undefined; RouteId: string | undefined; RouteResponseId: string | undefined },
): Promise<RouteResponse> {
  const id = input.RouteResponseId ?? '';
  const apiId = input.ApiId ?? '';
  await findHttpPart(reader, 'httpRoute', ctx, apiId, input.RouteId ?? '', 'Route');
  const found = await findHttpPart(reader, 'routeResponse', ctx, apiId, id, what);
  if (found.RouteId === input.RouteId) return found;
  throw new NotFoundException(`Invalid ${what} identifier specified ${id}`);
}

function output({ RouteId: _, ...response }: RouteResponse) {
  return response;
}

async function CreateRouteResponse(ctx: Context, input: CreateRouteResponseRequest) {
  const apiId = input.ApiId ?? '';
  const response: RouteResponse = {
    RouteResponseId: ctx.room.platform.ids.token(7),
    RouteId: input.RouteId ?? '',
    RouteResponseKey: input.RouteResponseKey ?? '',
    ModelSelectionExpression: input.ModelSelectionExpression,
    ResponseModels: mapOf(input.ResponseModels),
    ResponseParameters: mapOf(input.ResponseParameters),
  };
  return ctx.room.store.transact(async (tx) => {
    await check(tx, ctx, apiId, response);
    tx.put('routeResponse', ctx, apiId, response.RouteResponseId, response);
    await autoDeploy(ctx, tx, apiId);
    return output(response);
  });
}

async function GetRouteResponse(ctx: Context, input: GetRouteResponseRequest) {
  return output(await find(ctx.room.store, ctx, input));
}

async function GetRouteResponses(ctx: Context, input: GetRouteResponsesRequest) {
  const apiId = input.ApiId ?? '';
  const id = input.RouteId ?? '';
  await findHttpPart(ctx.room.store, 'httpRoute', ctx, apiId, id, 'Route');
  const page = await httpPage(ctx.room.store, 'routeResponse', ctx, apiId, input);
  const own = page.Items.filter((response) => response.RouteId === id);
  return { Items: own.map(output), NextToken: page.NextToken };
}

async function UpdateRouteResponse(ctx: Context, input: UpdateRouteResponseRequest) {
  const apiId = input.ApiId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const known = await find(tx, ctx, input);
    const updated = {
      ...known,
      ...changesOf(input, ['ApiId', 'RouteId', 'RouteResponseId']),
    } as RouteResponse;
    await check(tx, ctx, apiId, updated);
    tx.put('routeResponse', ctx, apiId, known.RouteResponseId, updated);
    await autoDeploy(ctx, tx, apiId);
    return output(updated);
  });
}

async function DeleteRouteResponse(ctx: Context, input: DeleteRouteResponseRequest) {
  const apiId = input.ApiId ?? '';
  await ctx.room.store.transact(async (tx) => {
    const { RouteResponseId } = await find(tx, ctx, input);
    tx.delete('routeResponse', ctx, apiId, RouteResponseId);
    await autoDeploy(ctx, tx, apiId);
  });
}

async function DeleteRouteRequestParameter(ctx: Context, input: DeleteRouteRequestParameterRequest) {
  const apiId = input.ApiId ?? '';
  const key = input.RequestParameterKey ?? '';
  await ctx.room.store.transact(async (tx) => {
    const route = await findHttpPart(tx, 'httpRoute', ctx, apiId, input.RouteId ?? '', 'Route');
    const { [key]: gone, ...left } = route.RequestParameters ?? {};
    if (!gone) throw new NotFoundException(`Invalid request parameter key specified ${key}`);
    tx.put('httpRoute', ctx, apiId, route.RouteId, { ...route, RequestParameters: mapOf(left) });
    await autoDeploy(ctx, tx, apiId);
  });
}

export const routeResponseOperations: Operations = {
  CreateRouteResponse,
  GetRouteResponse,
  GetRouteResponses,
  UpdateRouteResponse,
  DeleteRouteResponse,
  DeleteRouteRequestParameter,
};
