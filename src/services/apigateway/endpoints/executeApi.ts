/** The data plane of all kinds of APIs: which API is meant, and on to its way. */
import type { HttpRequest, HttpResponse } from '../../../kernel/index.ts';
import type { EndpointContext } from '../../../platform/index.ts';
import type { Room } from '../room.ts';
import { domainTarget } from './customDomains.ts';
import { serveHttpApi } from './httpApi.ts';
import { forbidden, serveRest } from './rest.ts';

const ways = {
  rest: serveRest,
  http: serveHttpApi,
  // Loaded with the first WebSocket: others don't need what it takes.
  websocket: async (...call: Parameters<typeof serveHttpApi>) =>
    (await import('../websocket/connect.ts')).serveWebSocketApi(...call),
};

export async function executeApi(ctx: EndpointContext<Room>, request: HttpRequest): Promise<HttpResponse> {
  if (ctx.params.domain !== undefined) {
    const target = await domainTarget(ctx, request);
    if (!target) return forbidden(ctx);
    const { address, apiId, via } = target;
    return ways[address.kind](ctx, request, address, apiId, via.path, via);
  }
  const { api: apiId = '', path = '/', region } = ctx.params;
  const address = await ctx.room.served.address(apiId);
  // An API answers under its own region's name only.
  if (!address || (region !== undefined && region !== address.region)) return forbidden(ctx);
  return ways[address.kind](ctx, request, address, apiId, path);
}
