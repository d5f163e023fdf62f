/** The data plane of both kinds of APIs: which API is meant, and on to its way. */
import type { HttpRequest, HttpResponse } from '../../../kernel/index.ts';
import type { EndpointContext } from '../../../platform/index.ts';
import type { Room } from '../room.ts';
import { domainTarget } from './customDomains.ts';
import { serveHttpApi } from './httpApi.ts';
import { forbidden, serveRest } from './rest.ts';

export async function executeApi(ctx: EndpointContext<Room>, request: HttpRequest): Promise<HttpResponse> {
  if (ctx.params.domain !== undefined) {
    const target = await domainTarget(ctx, request);
    if (!target) return forbidden(ctx);
    const { address, apiId, via } = target;
    return address.kind === 'rest'
      ? serveRest(ctx, request, address, apiId, via.path, via)
      : serveHttpApi(ctx, request, address, apiId, via.path, via);
  }
  const { api: apiId = '', path = '/', region } = ctx.params;
  const address = await ctx.room.served.address(apiId);
  // An API answers under its own region's name only.
  if (!address || (region !== undefined && region !== address.region)) return forbidden(ctx);
  return address.kind === 'rest'
    ? serveRest(ctx, request, address, apiId, path)
    : serveHttpApi(ctx, request, address, apiId, path);
}
