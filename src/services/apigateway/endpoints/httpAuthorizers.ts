/** Who may call a route of an HTTP API. */
import { AwsError, NotImplemented } from '../../../kernel/index.ts';
import { accessKeyOf, cognitoCallerOf, userIdOf } from '../../../platform/index.ts';
import { authorizationKey } from '../domain/authorizationCache.ts';
import { checkJwt, claimTexts, decodeJwt } from '../domain/jwt.ts';
import { decide } from '../domain/policy.ts';
import { functionArnOf, withStageVariables } from '../domain/stageVariables.ts';
import { httpIntegrationTimeoutMs } from '../limits.ts';
import { eventV1, eventV2, type HttpApiRequest, type HttpSigner } from '../v2/domain/event.ts';
import type { HttpAuthorizer } from '../v2/domain/types.ts';
import type { HttpExchange } from './httpApi.ts';
import { invokeFunction } from './invoke.ts';

/** An answer that ends the request; `headers` besides the common ones. */
export class HttpRefusal extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly why: string | undefined;

  constructor(status: number, message: string, why?: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.why = why;
    this.headers = headers;
  }
}

/** @returns what `requestContext.authorizer` holds. @throws HttpRefusal 401, 403 or 500. */
export async function authorizeRoute(exchange: HttpExchange): Promise<Record<string, unknown> | undefined> {
  const { route, authorizer } = exchange.target;
  switch (route.AuthorizationType) {
    case 'NONE':
      return undefined;
    case 'AWS_IAM':
      return authorizeIam(exchange);
    case 'JWT':
      if (authorizer) return authorizeJwt(exchange, authorizer);
      break;
    case 'CUSTOM':
      if (authorizer) return authorizeByFunction(exchange, authorizer);
  }
  throw new HttpRefusal(500, 'Internal Server Error', 'the route names no authorizer');
}

async function authorizeIam(exchange: HttpExchange): Promise<{ iam: HttpSigner }> {
  const { ctx, request, address } = exchange;
  if (!request.headers.authorization) throw new HttpRefusal(403, 'Forbidden');
  if (!ctx.authorize) throw new NotImplemented('IAM authorization of an API route');
  const { principal, allowed } = await ctx
    .authorize(request, {
      body: await exchange.body(),
      account: address.account,
      region: address.region,
      signingName: 'execute-api',
      action: 'execute-api:Invoke',
      resources: [exchange.routeArn()],
    })
    .catch((error: unknown) => {
      // Whatever is wrong with the signature, HTTP APIs say no more than this.
      throw error instanceof AwsError ? new HttpRefusal(403, 'Forbidden', error.message) : error;
    });
  if (!allowed) throw new HttpRefusal(403, 'Forbidden');
  const userId = userIdOf(principal);
  return {
    iam: {
      accessKey: accessKeyOf(request) ?? null,
      accountId: principal.account,
      callerId: userId,
      cognitoIdentity: cognitoCallerOf(principal) ?? null,
      principalOrgId: null,
      userArn: principal.arn,
      userId,
    },
  };
}

async function authorizeJwt(
  exchange: HttpExchange,
  authorizer: HttpAuthorizer,
): Promise<Record<string, unknown>> {
  const [source = '$request.header.Authorization'] = authorizer.IdentitySource ?? [];
  const value = identityValue(exchange, source);
  const challenge = (error: string) =>
    new HttpRefusal(401, 'Unauthorized', undefined, {
      'www-authenticate': value
        ? `Bearer scope="" error="invalid_token" error_description="${error}"`
        : 'Bearer',
    });
  if (!value) throw challenge('');
  const jwt = decodeJwt(value.replace(/^Bearer /i, ''));
  if (!jwt) throw challenge('the token is malformed');
  const { Issuer = '', Audience = [] } = authorizer.JwtConfiguration ?? {};
  const keys = await exchange.ctx.room.platform.issuers.keys(Issuer, jwt.header.kid, exchange.ctx.now);
  if (!keys) throw challenge(`the keys of ${Issuer} can't be read`);
  const verdict = checkJwt(
    jwt,
    keys,
    {
      issuer: Issuer,
      audience: Audience,
      scopes: exchange.target.route.AuthorizationScopes ?? [],
    },
    exchange.ctx.now,
  );
  if (!verdict.ok) {
    if (verdict.status === 403) {
      throw new HttpRefusal(403, 'Forbidden', undefined, {
        'www-authenticate': `Bearer scope="" error="${verdict.error}"`,
      });
    }
    throw challenge(verdict.error);
  }
  return {
    jwt: { claims: claimTexts(verdict.claims), scopes: verdict.scopes.length > 0 ? verdict.scopes : null },
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
async function authorizeByFunction(
  exchange: HttpExchange,
  authorizer: HttpAuthorizer,
): Promise<Record<string, unknown>> {
  const { ctx, served, apiId } = exchange;
  const identity = (authorizer.IdentitySource ?? []).map((source) => identityValue(exchange, source));
  if (identity.some((value) => !value)) throw new HttpRefusal(401, 'Unauthorized');
  // "If you enable caching … but don't specify identity sources, API Gateway doesn't cache."
  const ttl = identity.length > 0 ? (authorizer.AuthorizerResultTtlInSeconds ?? 0) : 0;
  const { StageName, DeploymentId } = served.stage;
  const asked = `${DeploymentId}/${authorizer.AuthorizerId}`;
  const key = authorizationKey(apiId, StageName, asked, identity as string[]);
  const { authorizations } = ctx.room;
  let kept = ttl > 0 ? authorizations.get(key, ctx.now) : undefined;
  if (!kept) {
    const output = await ask(exchange, authorizer, identity as string[]);
    const simple = authorizer.EnableSimpleResponses === true;
    if (simple && typeof output.isAuthorized !== 'boolean') {
      throw new HttpRefusal(500, 'Internal Server Error', 'the authorizer returned no isAuthorized');
    }
    const effect = output.isAuthorized ? 'Allow' : 'Deny';
    kept = {
      policy: simple
        ? { Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: '*' }] }
        : output.policyDocument,
      principalId: String(output.principalId ?? ''),
      context: (output.context ?? {}) as Record<string, unknown>,
    };
    if (ttl > 0) authorizations.set(key, ctx.now + ttl * 1000, kept);
  }
  const question = { resource: exchange.routeArn(), keys: { 'aws:sourceip': exchange.sourceIp } };
  if (decide(kept.policy, question) !== 'allow') throw new HttpRefusal(403, 'Forbidden');
  return { lambda: kept.context };
}

async function ask(
  exchange: HttpExchange,
  authorizer: HttpAuthorizer,
  identity: string[],
): Promise<Record<string, unknown>> {
  const { ctx, address, apiId, served } = exchange;
  const uri = withStageVariables(authorizer.AuthorizerUri ?? '', served.stage.StageVariables);
  const functionArn = functionArnOf(uri) ?? uri;
  const request = exchange.eventRequest(new Uint8Array(), undefined);
  const result = await invokeFunction(ctx.room, (as) => ctx.aws(as), address, {
    functionArn,
    payload: JSON.stringify(authorizerEvent(exchange, authorizer, request, identity)),
    isJson: true,
    invocationType: 'RequestResponse',
    credentials: authorizer.AuthorizerCredentialsArn,
    sourceArn: `arn:aws:execute-api:${address.region}:${address.account}:${apiId}/authorizers/${authorizer.AuthorizerId}`,
    timeoutMs: httpIntegrationTimeoutMs,
  });
  if (result.kind !== 'answer') {
    const why = result.kind === 'timeout' ? 'the authorizer timed out' : result.why;
    throw new HttpRefusal(500, 'Internal Server Error', why);
  }
  if (result.functionError) {
    if (/"errorMessage"\s*:\s*"Unauthorized"/.test(result.payload))
      throw new HttpRefusal(401, 'Unauthorized');
    throw new HttpRefusal(
      500,
      'Internal Server Error',
      `the authorizer failed: ${result.payload.slice(0, 500)}`,
    );
  }
  try {
    const output: unknown = JSON.parse(result.payload);
    if (typeof output === 'object' && output !== null) return output as Record<string, unknown>;
  } catch {
    // Not JSON: said below, as for any other answer that isn't an authorizer's.
  }
  throw new HttpRefusal(500, 'Internal Server Error', 'the authorizer returned no object');
}

function authorizerEvent(
  exchange: HttpExchange,
  authorizer: HttpAuthorizer,
  request: HttpApiRequest,
  identity: string[],
): object {
  if (authorizer.AuthorizerPayloadFormatVersion === '1.0') {
    const { body: _b, isBase64Encoded: _i, ...event } = eventV1(request);
    return {
      ...event,
      type: 'REQUEST',
      methodArn: exchange.routeArn(),
      identitySource: identity.join(','),
      authorizationToken: identity.join(','),
    };
  }
  const { isBase64Encoded: _, ...event } = eventV2(request);
  return { ...event, type: 'REQUEST', routeArn: exchange.routeArn(), identitySource: identity };
}

/** `$request.header.Authorization`, `$request.querystring.token`, `$context.…`, `$stageVariables.…`. */
function identityValue(exchange: HttpExchange, source: string): string | undefined {
  const [, kind = '', name = ''] =
    /^\$(request\.header|request\.querystring|context|stageVariables)\.(.+)$/.exec(source) ?? [];
  if (kind === 'request.header') return exchange.request.headers[name.toLowerCase()];
  if (kind === 'request.querystring') return exchange.query[name]?.join(',');
  if (kind === 'stageVariables') return exchange.served.stage.StageVariables?.[name];
  if (kind === 'context' && name === 'identity.sourceIp') return exchange.sourceIp;
  return undefined;
}
