/** Who may connect: `$connect` is the only route that is guarded. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html */
import { AwsError, type HttpRequest, NotImplemented } from '../../../kernel/index.ts';
import { accessKeyOf, type EndpointContext } from '../../../platform/index.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { mappedValue } from '../domain/mapping/expressions.ts';
import { decide } from '../domain/policy.ts';
import { functionArnOf, withStageVariables } from '../domain/stageVariables.ts';
import { masked, readAuthorization } from '../endpoints/authorizers.ts';
import { invokeFunction } from '../endpoints/invoke.ts';
import { signerIdentity } from '../endpoints/signerIdentity.ts';
import { integrationTimeoutDefaultMs } from '../limits.ts';
import type { Room } from '../room.ts';
import type { HttpAuthorizer } from '../v2/domain/types.ts';
import { authorizerEvent } from './events.ts';
import { callerFor, routeArn, type SocketExchange } from './exchange.ts';
import { mappingSource } from './templates.ts';

/** @throws Refusal 401, 403 or 500. */
export async function authorizeConnect(
  ctx: EndpointContext<Room>,
  request: HttpRequest,
  exchange: SocketExchange,
): Promise<void> {
  const { route, authorizer } = exchange.route;
  switch (route.AuthorizationType) {
    case 'NONE':
      return;
    case 'AWS_IAM':
      return authorizeIam(ctx, request, exchange);
    case 'CUSTOM':
      if (authorizer) return authorizeByFunction(exchange, authorizer);
  }
  throw new Refusal('AUTHORIZER_CONFIGURATION_ERROR', null, { why: 'the route names no authorizer' });
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html */
async function authorizeIam(
  ctx: EndpointContext<Room>,
  request: HttpRequest,
  exchange: SocketExchange,
): Promise<void> {
  const signed = request.headers.authorization || /(?:^|&)X-Amz-Signature=/i.test(request.query);
  if (!signed) throw new Refusal('MISSING_AUTHENTICATION_TOKEN', 'Missing Authentication Token');
  if (!ctx.authorize) throw new NotImplemented('IAM authorization of a WebSocket route');
  const { connection } = exchange;
  const { account, region } = connection.address;
  const resource = routeArn(exchange);
  const { principal, allowed } = await ctx
    .authorize(request, {
      body: new Uint8Array(),
      account,
      region,
      signingName: 'execute-api',
      action: 'execute-api:Invoke',
      resources: [resource],
    })
    .catch((error: unknown) => {
      if (!(error instanceof AwsError)) throw error;
      const expired = error.code.startsWith('ExpiredToken');
      throw new Refusal(expired ? 'EXPIRED_TOKEN' : 'INVALID_SIGNATURE', error.message);
    });
  if (!allowed) {
    const told = masked(resource, account);
    throw new Refusal(
      'ACCESS_DENIED',
      `User: ${principal.arn} is not authorized to perform: execute-api:Invoke on resource: ${told}`,
    );
  }
  Object.assign(connection.identity, signerIdentity(principal, accessKeyOf(request)));
}

/** Answers aren't kept: a connection is opened once. */
async function authorizeByFunction(exchange: SocketExchange, authorizer: HttpAuthorizer): Promise<void> {
  const { room, connection, served, context } = exchange;
  const source = mappingSource(exchange);
  for (const expression of authorizer.IdentitySource ?? []) {
    // "If the specified identity source is missing, null or empty, the client gets 401 without the function being asked."
    if (!mappedValue(expression.replace(/^route\.request\./, 'method.request.'), source))
      throw unauthorized();
  }
  const methodArn = routeArn(exchange);
  const uri = withStageVariables(authorizer.AuthorizerUri ?? '', served.stage.StageVariables);
  const functionArn = functionArnOf(uri);
  if (!functionArn) throw configuration(`no function in the authorizer's URI ${authorizer.AuthorizerUri}`);
  const { address, apiId } = connection;
  const result = await invokeFunction(room, callerFor(room), address, {
    functionArn,
    payload: JSON.stringify(authorizerEvent(exchange, methodArn)),
    isJson: true,
    invocationType: 'RequestResponse',
    credentials: authorizer.AuthorizerCredentialsArn,
    sourceArn: `arn:aws:execute-api:${address.region}:${address.account}:${apiId}/authorizers/${authorizer.AuthorizerId}`,
    timeoutMs: integrationTimeoutDefaultMs,
  });
  if (result.kind === 'timeout') throw failure('the authorizer timed out');
  if (result.kind === 'failure') throw configuration(result.why);
  if (result.functionError !== undefined) {
    // A function refuses by failing with exactly this message.
    if (/"errorMessage"\s*:\s*"Unauthorized"/.test(result.payload)) throw unauthorized();
    throw failure(`the authorizer failed: ${result.payload.slice(0, 500)}`);
  }
  const authorization = readAuthorization(result.payload);
  const decision = decide(authorization.policy, {
    resource: methodArn,
    keys: { 'aws:sourceip': connection.identity.sourceIp },
  });
  if (decision !== 'allow') {
    const explicitly = decision === 'deny' ? ' with an explicit deny' : '';
    throw new Refusal('ACCESS_DENIED', `User is not authorized to access this resource${explicitly}`);
  }
  connection.authorizer = { ...authorization.context, principalId: authorization.principalId };
  context.authorizer = connection.authorizer;
  if (authorization.usageIdentifierKey !== undefined) connection.apiKey = authorization.usageIdentifierKey;
}

function unauthorized(): Refusal {
  return new Refusal('UNAUTHORIZED', 'Unauthorized');
}

function failure(why: string): Refusal {
  return new Refusal('AUTHORIZER_FAILURE', null, { why });
}

function configuration(why: string): Refusal {
  return new Refusal('AUTHORIZER_CONFIGURATION_ERROR', null, { why });
}
