/** AWS_PROXY to a function. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html */
import { Refusal } from '../domain/gatewayResponses.ts';
import { firstAccepted, isBinaryType } from '../domain/mediaTypes.ts';
import { headerOf } from '../domain/parameters.ts';
import { proxyEvent } from '../domain/proxyEvent.ts';
import { readProxyAnswer } from '../domain/proxyResponse.ts';
import { functionArnOf, withStageVariables } from '../domain/stageVariables.ts';
import { type Exchange, executeApiArn, type IntegrationAnswer } from './exchange.ts';
import { invokeFunction } from './invoke.ts';

export async function awsProxy(exchange: Exchange): Promise<IntegrationAnswer> {
  const { ctx, served, target } = exchange;
  const { integration } = target;
  const variables = served.stage.variables;
  const functionArn = functionArnOf(withStageVariables(integration.uri ?? '', variables));
  if (!functionArn) {
    throw new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', {
      why: `no function in the integration's URI ${integration.uri}`,
    });
  }
  const { binaryMediaTypes } = served.api.api;
  const event = proxyEvent({
    resource: target.resourcePath,
    path: exchange.via ? exchange.context.path : exchange.path,
    httpMethod: exchange.request.method,
    headers: exchange.headers,
    query: exchange.query,
    pathParameters: exchange.pathParameters,
    stageVariables: variables,
    requestContext: exchange.context,
    body: exchange.body,
    binary: isBinaryType(headerOf(exchange.headers, 'content-type'), binaryMediaTypes),
  });
  const result = await invokeFunction(ctx.room, (as) => ctx.aws(as), exchange.address, {
    functionArn,
    payload: JSON.stringify(event),
    invocationType:
      headerOf(exchange.headers, 'x-amz-invocation-type') === 'Event' ? 'Event' : 'RequestResponse',
    credentials: integration.credentials && withStageVariables(integration.credentials, variables),
    sourceArn: executeApiArn(exchange, target.resourcePath),
    timeoutMs: integration.timeoutInMillis,
  });
  if (result.kind === 'timeout') throw new Refusal('INTEGRATION_TIMEOUT', 'Endpoint request timed out');
  if (result.kind === 'failure') {
    throw new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', { why: result.why });
  }
  if (result.functionError) {
    throw malformed(`the function failed (${result.functionError}): ${result.payload.slice(0, 500)}`);
  }
  const accept = firstAccepted(headerOf(exchange.headers, 'accept'));
  const answer = readProxyAnswer(result.payload, isBinaryType(accept, binaryMediaTypes));
  if (!answer) throw malformed(`malformed Lambda proxy response: ${result.payload.slice(0, 500)}`);
  return {
    status: answer.status,
    headers: { 'content-type': 'application/json', ...remapped(answer.headers) },
    body: answer.body,
  };
}

function malformed(why: string): Refusal {
  return new Refusal('INTEGRATION_FAILURE', 'Internal server error', { status: 502, why });
}

/**
 * Response headers that a function can't set: they arrive as `x-amzn-Remapped-*`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
const remappedHeaders = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-md5',
  'date',
  'expect',
  'host',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'te',
  'trailer',
  'upgrade',
  'user-agent',
  'www-authenticate',
]);

function remapped(headers: Record<string, string[]>): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  for (const [name, values] of Object.entries(headers)) {
    if (name === 'transfer-encoding') continue;
    const value = values.length === 1 ? (values[0] as string) : values;
    out[remappedHeaders.has(name) ? `x-amzn-remapped-${name}` : name] = value;
  }
  return out;
}
