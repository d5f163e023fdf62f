/** AWS: a function or another service's operation, with mapping templates on both ways. */
import { AwsError, NotImplemented } from '../../../kernel/index.ts';
import { servicePrincipal } from '../../../platform/index.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { mappedValue } from '../domain/mapping/expressions.ts';
import { headerOf } from '../domain/parameters.ts';
import { readServiceCall, serviceOutput } from '../domain/serviceCall.ts';
import { functionArnOf, withStageVariables } from '../domain/stageVariables.ts';
import { type Exchange, executeApiArn, type IntegrationAnswer, mappingSource } from './exchange.ts';
import { invokeFunction } from './invoke.ts';
import { requestBody, respond, selectResponse } from './templates.ts';

export async function awsService(exchange: Exchange): Promise<IntegrationAnswer> {
  const { served, target, pathParameters } = exchange;
  const { integration } = target;
  const variables = served.stage.variables;
  const uri = withStageVariables(integration.uri ?? '', variables).replaceAll(
    /\{([^}]+)\}/g,
    (whole, name: string) => pathParameters[name] ?? whole,
  );
  const credentials = integration.credentials && withStageVariables(integration.credentials, variables);
  const functionArn = functionArnOf(uri);
  return functionArn
    ? callFunction(exchange, functionArn, credentials)
    : callService(exchange, uri, credentials);
}

async function callFunction(
  exchange: Exchange,
  functionArn: string,
  credentials: string | undefined,
): Promise<IntegrationAnswer> {
  const { ctx, target } = exchange;
  const { integration } = target;
  const { text } = requestBody(exchange);
  const asked = mappedHeader(exchange, 'X-Amz-Invocation-Type');
  const result = await invokeFunction(ctx.room, (as) => ctx.aws(as), exchange.address, {
    functionArn,
    payload: text === '' ? '{}' : text,
    invocationType: asked === 'Event' ? 'Event' : 'RequestResponse',
    credentials,
    sourceArn: executeApiArn(exchange, target.resourcePath),
    timeoutMs: integration.timeoutInMillis,
  });
  if (result.kind === 'timeout') throw new Refusal('INTEGRATION_TIMEOUT', 'Endpoint request timed out');
  if (result.kind === 'failure') throw broken(result.why);
  // "For Lambda integrations the selection pattern is matched against the function's errorMessage."
  const selector = result.functionError ? errorMessageOf(result.payload) : '';
  return respond(exchange, selectResponse(integration, selector), { headers: {}, body: result.payload });
}

/** The value that the integration's request parameters give a header. */
function mappedHeader(exchange: Exchange, name: string): string | undefined {
  const parameters = exchange.target.integration.requestParameters ?? {};
  const key = Object.keys(parameters).find(
    (parameter) => parameter.toLowerCase() === `integration.request.header.${name.toLowerCase()}`,
  );
  const expression = key && parameters[key];
  return expression ? mappedValue(expression, mappingSource(exchange)) : undefined;
}

/**
 * Runs the operation as the integration's role. The answer is the service's own, in JSON; what it refuses is an
 * answer too, and integration responses are selected by status.
 */
async function callService(
  exchange: Exchange,
  uri: string,
  credentials: string | undefined,
): Promise<IntegrationAnswer> {
  const { ctx, address, target } = exchange;
  const { text } = requestBody(exchange);
  const contentType =
    mappedHeader(exchange, 'Content-Type') ?? headerOf(exchange.headers, 'content-type') ?? '';
  const call = readServiceCall(uri, text, contentType);
  if (!call) {
    if (/:path\//.test(uri)) throw new NotImplemented(`An AWS integration by path with ${uri.split(':')[4]}`);
    throw broken(`the integration's URI or request body is no call of an operation: ${uri}`);
  }
  if (!credentials) throw broken('an AWS integration needs credentials: the ARN of a role');
  const principal = servicePrincipal(
    'apigateway.amazonaws.com',
    address.account,
    executeApiArn(exchange, target.resourcePath),
  );
  const caller = await ctx
    .aws({ account: address.account, region: call.region, principal })
    .asRole(credentials, 'BackplaneAssumeRoleSession');
  try {
    const { QueueName, ...input } = call.input;
    if (QueueName !== undefined && input.QueueUrl === undefined) {
      const { QueueUrl } = await caller.call(call.service, 'GetQueueUrl', { QueueName });
      input.QueueUrl = QueueUrl;
    }
    const body = serviceOutput(await caller.call(call.service, call.operation, input));
    return respond(exchange, selectResponse(target.integration, '200'), { headers: jsonHeaders, body });
  } catch (error) {
    if (!(error instanceof AwsError) || error instanceof NotImplemented) throw error;
    const body = JSON.stringify({ __type: error.code, message: error.message, ...error.members });
    const response = selectResponse(target.integration, String(error.status));
    return respond(exchange, response, { headers: jsonHeaders, body });
  }
}

const jsonHeaders = { 'content-type': ['application/json'] };

function broken(why: string): Refusal {
  return new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', { why });
}

function errorMessageOf(payload: string): string {
  try {
    return String((JSON.parse(payload) as { errorMessage?: unknown }).errorMessage ?? '');
  } catch {
    return '';
  }
}
