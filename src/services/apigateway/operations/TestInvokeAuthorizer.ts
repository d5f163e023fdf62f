/** TestInvokeAuthorizer: what an authorizer says of a caller, without a method to call. */
import type { TestInvokeAuthorizerRequest } from '@aws-sdk/client-api-gateway';
import { servicePrincipal } from '../../../platform/index.ts';
import { compileApi } from '../domain/compiled.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { headersOf } from '../domain/parameters.ts';
import type { Method, Resource } from '../domain/types.ts';
import { askAuthorizer } from '../endpoints/authorizers.ts';
import { claimTexts, tokenClaims } from '../endpoints/poolAuthorizer.ts';
import { openTest } from '../endpoints/testInvoke.ts';
import type { Context, Operations } from '../room.ts';
import { findApi, findPart } from './find.ts';

async function TestInvokeAuthorizer(ctx: Context, input: TestInvokeAuthorizerRequest) {
  const apiId = input.restApiId ?? '';
  const { store, platform } = ctx.room;
  const id = input.authorizerId ?? '';
  const authorizer = await findPart(
    store,
    'authorizer',
    ctx,
    apiId,
    id,
    'Invalid Authorizer identifier specified',
  );
  const [path = '/', query = ''] = (input.pathWithQueryString || '/').split('?');
  const method: Method = { httpMethod: 'GET', authorizationType: 'CUSTOM', apiKeyRequired: false };
  const resource: Resource = { id: '', path, resourceMethods: {} };
  const mock = {
    type: 'MOCK' as const,
    passthroughBehavior: 'NEVER' as const,
    timeoutInMillis: 0,
    cacheNamespace: '',
    cacheKeyParameters: [],
  };
  const tested = { ...resource, resourceMethods: { GET: { ...method, methodIntegration: mock } } };
  const api = compileApi({
    api: await findApi(store, ctx, apiId),
    resources: [tested],
    models: [],
    validators: [],
    authorizers: [authorizer],
    gatewayResponses: [],
  });
  const pairs = [
    ...Object.entries(input.headers ?? {}),
    ...Object.entries(input.multiValueHeaders ?? {}).flatMap(([name, values]) =>
      values.map((value): [string, string] => [name, value]),
    ),
  ];
  const exchange = openTest({
    room: ctx.room,
    requestId: ctx.requestId,
    now: ctx.now,
    address: { kind: 'rest', account: ctx.account, region: ctx.region },
    apiId,
    api,
    resource,
    method,
    path,
    query,
    headers: headersOf(pairs.flat()),
    body: Buffer.from(input.body ?? ''),
    stageVariables: input.stageVariables,
    stageName: 'ESTestInvoke-stage',
    aws: (as) =>
      platform.aws({
        ...as,
        principal: as.principal ?? servicePrincipal('apigateway.amazonaws.com', ctx.account),
      }),
  });
  Object.assign(exchange.context, input.additionalContext);
  const startedAt = platform.clock.now();
  const lines = [`Execution log for request ${ctx.requestId}`, `Starting authorizer: ${id}`];
  try {
    if (authorizer.type === 'COGNITO_USER_POOLS') {
      const claims = claimTexts(await tokenClaims(exchange, authorizer));
      return { clientStatus: 0, log: lines.join('\n'), latency: platform.clock.now() - startedAt, claims };
    }
    const said = await askAuthorizer(exchange, authorizer);
    lines.push(`Successfully completed authorizer execution: ${id}`);
    return {
      clientStatus: 0,
      log: lines.join('\n'),
      latency: platform.clock.now() - startedAt,
      principalId: said.principalId,
      policy: JSON.stringify(said.policy),
      authorization: Object.fromEntries(
        Object.entries(said.context).map(([name, value]) => [name, [String(value)]]),
      ),
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    lines.push(`Execution failed due to an authorizer error: ${error.why ?? error.message}`);
    return {
      clientStatus: error.type === 'UNAUTHORIZED' ? 401 : 500,
      log: lines.join('\n'),
      latency: platform.clock.now() - startedAt,
    };
  }
}

export const testAuthorizerOperations: Operations = { TestInvokeAuthorizer };
