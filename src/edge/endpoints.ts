/** Data planes: requests to execute-api, function URLs and the like, handed over as they came. */
import { AwsError, type HttpResponse, NotImplemented } from '../kernel/index.ts';
import { type EndpointContext, servicePrincipal } from '../platform/index.ts';
import { toAwsError } from './call.ts';
import type { Core } from './core.ts';
import { authorizeEndpoint } from './endpointAuthorization.ts';
import type { Exchange } from './pipeline.ts';
import { jsonError } from './plainError.ts';
import type { Route } from './route.ts';

export async function serveEndpoint(
  core: Core,
  exchange: Exchange,
  route: Extract<Route, { kind: 'endpoint' }>,
): Promise<HttpResponse> {
  exchange.operationName = route.endpoint;
  try {
    const hosted = await core.options.service(route.entry.name);
    exchange.hosted = hosted;
    const serve = hosted.definition.endpoints?.[route.endpoint];
    if (!serve) throw new NotImplemented(`The data plane ${route.endpoint} of ${route.entry.name}`);
    const context: EndpointContext<never> = {
      room: hosted.room,
      requestId: exchange.requestId,
      now: exchange.now,
      params: route.params,
      aws: ({ account, region, principal }) =>
        core.aws({
          account,
          region,
          principal: principal ?? servicePrincipal(`${hosted.definition.name}.amazonaws.com`, account),
        }),
      authorize: (request, question) => authorizeEndpoint(core, exchange, request, question),
    };
    return await serve(context, exchange.sent);
  } catch (thrown) {
    const error = toAwsError(core, exchange, thrown);
    // A data plane's clients are browsers and programs without an SDK: plain JSON with a message.
    const isOurs = error instanceof AwsError && error.status >= 500 && error.status !== 501;
    return isOurs
      ? {
          status: 500,
          headers: { 'content-type': 'application/json', 'x-amzn-requestid': exchange.requestId },
          body: '{"message":"Internal server error"}',
        }
      : jsonError(error, exchange.requestId);
  }
}
