/** Functions behind REST APIs: called, noted, and what went wrong told in API Gateway's words. */
import { Refusal } from '../domain/gatewayResponses.ts';
import { withStageVariables } from '../domain/stageVariables.ts';
import { type Exchange, executeApiArn } from './exchange.ts';
import { invokeFunction } from './invoke.ts';
import { noteAnswer, noteCall, noteFailure } from './tracing.ts';

export interface FunctionAnswer {
  payload: string;
  functionError: string | undefined;
}

/** @throws Refusal when it took too long, or couldn't be called. */
export async function callFunction(
  exchange: Exchange,
  functionArn: string,
  payload: string,
  { asEvent, isJson = false }: { asEvent: boolean; isJson?: boolean },
): Promise<FunctionAnswer> {
  const { ctx, served, target, address } = exchange;
  const { integration } = target;
  const startedAt = noteFunctionCall(exchange, functionArn, payload);
  const result = await invokeFunction(ctx.room, (as) => ctx.aws(as), address, {
    functionArn,
    payload,
    isJson,
    invocationType: asEvent ? 'Event' : 'RequestResponse',
    credentials:
      integration.credentials && withStageVariables(integration.credentials, served.stage.variables),
    principal: exchange.principal,
    sourceArn: executeApiArn(exchange, target.resourcePath),
    timeoutMs: integration.timeoutInMillis,
  });
  if (result.kind === 'timeout') {
    noteFailure(exchange, startedAt, 'Execution failed due to a timeout error');
    throw new Refusal('INTEGRATION_TIMEOUT', 'Endpoint request timed out');
  }
  if (result.kind === 'failure') throw failure(exchange, startedAt, result);
  noteAnswer(exchange, startedAt, {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: result.payload,
  });
  return result;
}

export function noteFunctionCall(exchange: Exchange, functionArn: string, payload: string): number {
  if (!exchange.log) return exchange.ctx.room.platform.clock.now();
  return noteCall(exchange, {
    uri: `https://lambda.${exchange.address.region}.amazonaws.com/2015-03-31/functions/${functionArn}/invocations`,
    headers: {
      'x-amzn-apigateway-api-id': exchange.apiId,
      Accept: 'application/json',
      'User-Agent': `AmazonAPIGateway_${exchange.apiId}`,
      'X-Amzn-Trace-Id': exchange.traceId,
      'Content-Type': 'application/json',
    },
    body: payload,
  });
}

/** What a call that Lambda refused is told as. */
export function failure(
  exchange: Exchange,
  startedAt: number,
  { code, why }: { code: string; why: string },
): Refusal {
  noteFailure(exchange, startedAt, why);
  const denied = code === 'AccessDeniedException' || code === 'AccessDenied';
  return new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', {
    why,
    ...(denied
      ? { note: 'Execution failed due to configuration error: Invalid permissions on Lambda function' }
      : {}),
  });
}
