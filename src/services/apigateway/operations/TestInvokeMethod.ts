/** TestInvokeMethod: a method as it stands now, not as it is deployed, called without authorization. */
import type { TestInvokeMethodRequest } from '@aws-sdk/client-api-gateway';
import type { ResponseBody } from '../../../kernel/index.ts';
import { servicePrincipal } from '../../../platform/index.ts';
import { compileApi } from '../domain/compiled.ts';
import { headersOf } from '../domain/parameters.ts';
import { testInvoke } from '../endpoints/testInvoke.ts';
import type { Context, Operations } from '../room.ts';
import { findApi, findMethod } from './find.ts';
import { integrationOf } from './integrations.ts';

async function TestInvokeMethod(ctx: Context, input: TestInvokeMethodRequest) {
  const apiId = input.restApiId ?? '';
  const { store, platform } = ctx.room;
  const { resource, method } = await findMethod(
    store,
    ctx,
    apiId,
    input.resourceId ?? '',
    input.httpMethod ?? '',
  );
  integrationOf(method);
  const api = compileApi({
    api: await findApi(store, ctx, apiId),
    // The asked method alone: the path given only fills its parameters.
    resources: [{ ...resource, resourceMethods: { [method.httpMethod]: method } }],
    models: await store.list('model', ctx, apiId),
    validators: await store.list('validator', ctx, apiId),
    authorizers: [],
    gatewayResponses: await store.list('gatewayResponse', ctx, apiId),
  });
  const pairs = [
    ...Object.entries(input.headers ?? {}),
    ...Object.entries(input.multiValueHeaders ?? {}).flatMap(([name, values]) =>
      values.map((value): [string, string] => [name, value]),
    ),
  ];
  const startedAt = platform.clock.now();
  const [path = '', query = ''] = (input.pathWithQueryString ?? resource.path).split('?');
  const { answer, lines } = await testInvoke({
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
    aws: (as) =>
      platform.aws({
        ...as,
        principal: as.principal ?? servicePrincipal('apigateway.amazonaws.com', ctx.account),
      }),
  });
  const headers: Record<string, string> = {};
  const multiValueHeaders: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    headers[name] = Array.isArray(value) ? (value.at(-1) ?? '') : value;
    multiValueHeaders[name] = Array.isArray(value) ? value : [value];
  }
  return {
    status: answer.status,
    body: await textOf(answer.body),
    headers,
    multiValueHeaders,
    latency: platform.clock.now() - startedAt,
    log: `${lines.join('\n')}\n`,
  };
}

/** A streamed answer is told whole. */
async function textOf(body: ResponseBody): Promise<string> {
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  const parts: Uint8Array[] = [];
  for await (const part of body as AsyncIterable<Uint8Array>) parts.push(part);
  return Buffer.concat(parts).toString();
}

export const testOperations: Operations = { TestInvokeMethod };
