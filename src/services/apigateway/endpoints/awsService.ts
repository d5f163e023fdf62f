/** AWS: a function or another service, with mapping templates on both ways. */
import { NotImplemented } from '../../../kernel/index.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { headerOf } from '../domain/parameters.ts';
import { functionArnOf, withStageVariables } from '../domain/stageVariables.ts';
import { type Exchange, executeApiArn, type IntegrationAnswer } from './exchange.ts';
import { invokeFunction } from './invoke.ts';
import { requestBody, respond, selectResponse } from './templates.ts';

export async function awsService(exchange: Exchange): Promise<IntegrationAnswer> {
  const { ctx, served, target } = exchange;
  const { integration } = target;
  const variables = served.stage.variables;
  const uri = withStageVariables(integration.uri ?? '', variables);
  const functionArn = functionArnOf(uri);
  if (!functionArn) {
    throw new NotImplemented(`An AWS integration with ${uri.split(':')[4] ?? 'another service'}`);
  }
  const { text } = requestBody(exchange);
  const asked = integration.requestParameters?.['integration.request.header.X-Amz-Invocation-Type'];
  const asynchronous =
    asked === "'Event'" || (asked && headerOf(exchange.headers, 'x-amz-invocation-type') === 'Event');
  const result = await invokeFunction(ctx.room, (as) => ctx.aws(as), exchange.address, {
    functionArn,
    payload: text === '' ? '{}' : text,
    invocationType: asynchronous ? 'Event' : 'RequestResponse',
    credentials: integration.credentials && withStageVariables(integration.credentials, variables),
    sourceArn: executeApiArn(exchange, target.resourcePath),
    timeoutMs: integration.timeoutInMillis,
  });
  if (result.kind === 'timeout') throw new Refusal('INTEGRATION_TIMEOUT', 'Endpoint request timed out');
  if (result.kind === 'failure') {
    throw new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', { why: result.why });
  }
  // "For Lambda integrations the selection pattern is matched against the function's errorMessage."
  const selector = result.functionError ? errorMessageOf(result.payload) : '';
  return respond(exchange, selectResponse(integration, selector), { headers: {}, body: result.payload });
}

function errorMessageOf(payload: string): string {
  try {
    return String((JSON.parse(payload) as { errorMessage?: unknown }).errorMessage ?? '');
  } catch {
    return '';
  }
}
