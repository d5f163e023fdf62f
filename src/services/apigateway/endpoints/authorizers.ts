/** Who may call a method: AWS_IAM, Lambda authorizers, user pools. */
import { AwsError, NotImplemented } from '../../../kernel/index.ts';
import { accessKeyOf } from '../../../platform/index.ts';
import { type Authorization, authorizationKey } from '../domain/authorizationCache.ts';
import { masked as maskedText } from '../domain/executionLog.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { javaRegex } from '../domain/javaRegex.ts';
import { mappedValue } from '../domain/mapping/expressions.ts';
import { headerOf, lastOf } from '../domain/parameters.ts';
import { decide } from '../domain/policy.ts';
import { functionArnOf, withStageVariables } from '../domain/stageVariables.ts';
import type { Authorizer } from '../domain/types.ts';
import { authorizerTtlDefaultSeconds, integrationTimeoutDefaultMs } from '../limits.ts';
import { type Exchange, executeApiArn, mappingSource } from './exchange.ts';
import { invokeFunction } from './invoke.ts';
import { authorizeByPool } from './poolAuthorizer.ts';
import { readBody } from './readBody.ts';
import { signerIdentity } from './signerIdentity.ts';

export async function authorize(exchange: Exchange): Promise<void> {
  const { method, authorizer } = exchange.target;
  switch (method.authorizationType) {
    case 'NONE':
      return;
    case 'AWS_IAM':
      return authorizeIam(exchange);
    case 'CUSTOM':
      if (authorizer) return authorizeByFunction(exchange, authorizer);
      break;
    case 'COGNITO_USER_POOLS':
      if (authorizer) return authorizeByPool(exchange, authorizer);
  }
  throw new Refusal('AUTHORIZER_CONFIGURATION_ERROR', null, { why: 'the method names no authorizer' });
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html */
async function authorizeIam(exchange: Exchange): Promise<void> {
  const { ctx, request, address, context, served } = exchange;
  const signed = request.headers.authorization || /(?:^|&)X-Amz-Signature=/i.test(request.query);
  if (!signed) throw new Refusal('MISSING_AUTHENTICATION_TOKEN', 'Missing Authentication Token');
  if (!ctx.authorize) throw new NotImplemented('IAM authorization of an API method');
  const { policy } = served.api.api;
  await readBody(exchange);
  const { principal, allowed } = await ctx
    .authorize(request, {
      body: exchange.body,
      account: address.account,
      region: address.region,
      signingName: 'execute-api',
      action: 'execute-api:Invoke',
      resources: [executeApiArn(exchange, exchange.path)],
      ...(policy ? { resourcePolicy: policy } : {}),
    })
    .catch((error: unknown) => {
      if (!(error instanceof AwsError)) throw error;
      const expired = error.code.startsWith('ExpiredToken');
      throw new Refusal(expired ? 'EXPIRED_TOKEN' : 'INVALID_SIGNATURE', error.message);
    });
  if (!allowed) {
    throw new Refusal(
      'ACCESS_DENIED',
      `User: ${principal.arn} is not authorized to perform: execute-api:Invoke on resource: ${masked(executeApiArn(exchange, exchange.path), address.account)}`,
    );
  }
  exchange.principal = principal;
  Object.assign(context.identity, signerIdentity(principal, accessKeyOf(request)));
}

/** Account ids are masked in what callers read. */
export function masked(arn: string, account: string): string {
  return arn.replace(`:${account}:`, `:********${account.slice(-4)}:`);
}

async function authorizeByFunction(exchange: Exchange, authorizer: Authorizer): Promise<void> {
  const { ctx, apiId, served, context } = exchange;
  const ttl = authorizer.authorizerResultTtlInSeconds ?? authorizerTtlDefaultSeconds;
  const { log } = exchange;
  log?.info(`Starting authorizer: ${authorizer.id} for request: ${ctx.requestId}`);
  const identity = identityOf(exchange, authorizer, ttl);
  log?.data('Incoming identity', identity.map(maskedText).join(','));
  const key = authorizationKey(
    apiId,
    served.stage.stageName,
    `${served.stage.deploymentId}/${authorizer.id}`,
    identity,
  );
  const { authorizations } = ctx.room;
  let authorization = ttl > 0 ? authorizations.get(key, ctx.now) : undefined;
  if (!authorization) {
    authorization = await ask(exchange, authorizer, identity);
    if (ttl > 0) authorizations.set(key, ctx.now + ttl * 1000, authorization);
  }
  const decision = decide(authorization.policy, {
    resource: executeApiArn(exchange, exchange.path),
    keys: { 'aws:sourceip': context.identity.sourceIp },
  });
  // Gateway responses may tell what the authorizer said of the caller, above all when it refused.
  context.authorizer = { ...authorization.context, principalId: authorization.principalId };
  if (decision !== 'allow') {
    const explicitly = decision === 'deny' ? ' with an explicit deny' : '';
    throw new Refusal('ACCESS_DENIED', `User is not authorized to access this resource${explicitly}`, {
      note: 'The client is not authorized to perform this operation.',
    });
  }
  log?.info(`Using valid authorizer policy for principal: ${maskedText(authorization.principalId)}`);
  log?.info('Successfully completed authorizer execution');
  if (authorization.usageIdentifierKey !== undefined) exchange.usageKey = authorization.usageIdentifierKey;
}

/**
 * The values that identify the caller. Missing ones refuse the request before the function is asked: always for
 * TOKEN, for REQUEST when answers are kept.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html
 */
function identityOf(exchange: Exchange, authorizer: Authorizer, ttl: number): string[] {
  const sources = (authorizer.identitySource ?? '').split(',').map((source) => source.trim());
  const values: string[] = [];
  for (const source of sources) {
    if (source === '') continue;
    const value = mappedValue(source, mappingSource(exchange));
    if (!value && (authorizer.type === 'TOKEN' || ttl > 0)) throw unauthorized();
    values.push(value ?? '');
  }
  if (authorizer.type === 'TOKEN') {
    if (values.length === 0) values.push(headerOf(exchange.headers, 'authorization') ?? '');
    const pattern = authorizer.identityValidationExpression;
    if (!values[0]) throw unauthorized();
    if (pattern && !javaRegex(pattern, true)?.test(values[0])) throw unauthorized();
  }
  return values;
}

/** What the function says of this caller now, whatever it said before. @throws Refusal as for a request. */
export async function askAuthorizer(exchange: Exchange, authorizer: Authorizer): Promise<Authorization> {
  const ttl = authorizer.authorizerResultTtlInSeconds ?? authorizerTtlDefaultSeconds;
  return ask(exchange, authorizer, identityOf(exchange, authorizer, ttl));
}

function unauthorized(): Refusal {
  return new Refusal('UNAUTHORIZED', 'Unauthorized');
}

async function ask(exchange: Exchange, authorizer: Authorizer, identity: string[]): Promise<Authorization> {
  const { ctx, address, apiId, served } = exchange;
  const variables = served.stage.variables;
  const functionArn = functionArnOf(withStageVariables(authorizer.authorizerUri ?? '', variables));
  if (!functionArn) throw broken(`no function in the authorizer's URI ${authorizer.authorizerUri}`);
  const { clock } = ctx.room.platform;
  const startedAt = clock.now();
  const payload = JSON.stringify(authorizerEvent(exchange, authorizer, identity));
  const result = await invokeFunction(ctx.room, (as) => ctx.aws(as), address, {
    functionArn,
    payload,
    invocationType: 'RequestResponse',
    credentials: authorizer.authorizerCredentials,
    sourceArn: `arn:aws:execute-api:${address.region}:${address.account}:${apiId}/authorizers/${authorizer.id}`,
    timeoutMs: integrationTimeoutDefaultMs,
  });
  const failed = result.kind !== 'answer' || result.functionError !== undefined;
  exchange.authorizerSeen = {
    status: failed ? 500 : 200,
    latency: clock.now() - startedAt,
    error: failed ? 'The authorizer failed' : undefined,
  };
  if (result.kind === 'answer') exchange.log?.data('Authorizer result body before parsing', result.payload);
  if (result.kind === 'timeout')
    throw new Refusal('AUTHORIZER_FAILURE', null, { why: 'the authorizer timed out' });
  if (result.kind === 'failure') throw broken(result.why);
  if (result.functionError) {
    // A function refuses by failing with exactly this message.
    if (errorMessageOf(result.payload) === 'Unauthorized') throw unauthorized();
    throw new Refusal('AUTHORIZER_FAILURE', null, {
      why: `the authorizer failed: ${result.payload.slice(0, 500)}`,
    });
  }
  return readAuthorization(result.payload);
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html */
function authorizerEvent(exchange: Exchange, authorizer: Authorizer, identity: string[]): object {
  const methodArn = executeApiArn(exchange, exchange.path);
  if (authorizer.type === 'TOKEN') return { type: 'TOKEN', methodArn, authorizationToken: identity[0] };
  const orNull = <T extends object>(values: T) => (Object.keys(values).length > 0 ? values : null);
  return {
    type: 'REQUEST',
    methodArn,
    resource: exchange.target.resourcePath,
    path: exchange.path,
    httpMethod: exchange.request.method,
    headers: lastOf(exchange.headers),
    multiValueHeaders: exchange.headers,
    queryStringParameters: lastOf(exchange.query),
    multiValueQueryStringParameters: exchange.query,
    pathParameters: exchange.pathParameters,
    stageVariables: orNull(exchange.served.stage.variables ?? {}) ?? {},
    requestContext: exchange.context,
  };
}

function errorMessageOf(payload: string): unknown {
  try {
    return (JSON.parse(payload) as { errorMessage?: unknown }).errorMessage;
  } catch {
    return undefined;
  }
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html */
export function readAuthorization(payload: string): Authorization {
  let output: Record<string, unknown>;
  try {
    output = JSON.parse(payload) as Record<string, unknown>;
  } catch {
    throw broken('the authorizer returned no JSON');
  }
  const { principalId, policyDocument, context, usageIdentifierKey } = output ?? {};
  if (typeof principalId !== 'string') throw broken('the authorizer returned no principalId');
  if (typeof policyDocument !== 'object' || policyDocument === null) {
    throw broken('the authorizer returned no policyDocument');
  }
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries((context ?? {}) as Record<string, unknown>)) {
    // "context … with string, numeric, or Boolean values"; they reach integrations as texts.
    if (typeof value === 'object' && value !== null) {
      throw broken(`the authorizer's context member ${name} is no string, number or boolean`);
    }
    if (value !== null) values[name] = String(value);
  }
  return {
    policy: policyDocument,
    principalId,
    context: values,
    ...(typeof usageIdentifierKey === 'string' ? { usageIdentifierKey } : {}),
  };
}

function broken(why: string): Refusal {
  return new Refusal('AUTHORIZER_CONFIGURATION_ERROR', null, { why });
}
