/** AWS_PROXY to a function. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html */
import { Refusal } from '../domain/gatewayResponses.ts';
import { eventHeaders, responseHeader } from '../domain/headers.ts';
import { firstAccepted, isBinaryType } from '../domain/mediaTypes.ts';
import { proxyEvent } from '../domain/proxyEvent.ts';
import { readProxyAnswer } from '../domain/proxyResponse.ts';
import { functionArnOf, withStageVariables } from '../domain/stageVariables.ts';
import type { Exchange, IntegrationAnswer } from './exchange.ts';
import { callFunction } from './lambdaCall.ts';
import { streamFunction } from './lambdaStream.ts';

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
    headers: eventHeaders(exchange.headers),
    query: exchange.query,
    pathParameters: exchange.pathParameters,
    stageVariables: variables,
    requestContext: exchange.context,
    body: exchange.body,
    binary: isBinaryType(exchange.request.headers['content-type'], binaryMediaTypes),
  });
  if (integration.responseTransferMode === 'STREAM') {
    return streamFunction(exchange, functionArn, JSON.stringify(event));
  }
  const asEvent = exchange.request.headers['x-amz-invocation-type'] === 'Event';
  const result = await callFunction(exchange, functionArn, JSON.stringify(event), {
    asEvent,
    isJson: true,
  });
  if (result.functionError) {
    const why = `the function failed (${result.functionError}): ${result.payload.slice(0, 500)}`;
    throw malformed(
      why,
      `Lambda execution failed with status 200 due to customer function error: ${errorMessageOf(result.payload)}. Lambda request id: ${ctx.requestId}`,
    );
  }
  const accept = firstAccepted(exchange.request.headers.accept);
  const answer = readProxyAnswer(result.payload, isBinaryType(accept, binaryMediaTypes));
  if (!answer) throw malformed(`malformed Lambda proxy response: ${result.payload.slice(0, 500)}`);
  return {
    status: answer.status,
    headers: { 'content-type': 'application/json', ...remapped(answer.headers) },
    body: answer.body,
  };
}

function malformed(why: string, note?: string): Refusal {
  return new Refusal('INTEGRATION_FAILURE', 'Internal server error', {
    status: 502,
    why,
    note: note ?? 'Execution failed due to configuration error: Malformed Lambda proxy response',
  });
}

function errorMessageOf(payload: string): unknown {
  try {
    return (JSON.parse(payload) as { errorMessage?: unknown }).errorMessage;
  } catch {
    return payload;
  }
}

function remapped(headers: Record<string, string[]>): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  for (const name in headers) {
    const values = headers[name] as string[];
    const leaving = responseHeader(name);
    if (leaving !== undefined) out[leaving] = values.length === 1 ? (values[0] as string) : values;
  }
  return out;
}
