/**
 * Authorizers of type COGNITO_USER_POOLS: an identity token of one of the pools, or, where the method names scopes, an
 * access token with one of them. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
 */
import { parseArn } from '../../../kernel/index.ts';
import { type CognitoConfig, userPoolIssuer } from '../../../platform/index.ts';
import { authorizationKey } from '../domain/authorizationCache.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { javaRegex } from '../domain/javaRegex.ts';
import { decodeJwt, scopesOf, signatureFault } from '../domain/jwt.ts';
import { mappedValue } from '../domain/mapping/expressions.ts';
import type { Authorizer } from '../domain/types.ts';
import { authorizerTtlDefaultSeconds } from '../limits.ts';
import { type Exchange, mappingSource } from './exchange.ts';

type Claims = Readonly<Record<string, unknown>>;

/** @throws Refusal 401. */
export async function authorizeByPool(exchange: Exchange, authorizer: Authorizer): Promise<void> {
  const claims = await tokenClaims(exchange, authorizer);
  exchange.context.authorizer = { claims: claimTexts(claims) };
}

/**
 * What the caller's token claims, once it is known to be good. Revoked tokens pass until they expire, as on AWS.
 * @throws Refusal 401.
 */
export async function tokenClaims(exchange: Exchange, authorizer: Authorizer): Promise<Claims> {
  const { ctx, target, apiId, served } = exchange;
  const source = authorizer.identitySource || 'method.request.header.Authorization';
  const token = mappedValue(source, mappingSource(exchange))?.replace(/^Bearer\s+/i, '');
  if (!token) throw unauthorized('no token');
  const ttl = authorizer.authorizerResultTtlInSeconds ?? authorizerTtlDefaultSeconds;
  const asked = `${served.stage.deploymentId}/${authorizer.id}`;
  const key = authorizationKey(apiId, served.stage.stageName, asked, [token]);
  const { authorizations } = ctx.room;
  const kept = ttl > 0 ? authorizations.get(key, ctx.now) : undefined;
  const claims = kept?.context ?? (await verified(exchange, authorizer, token));
  const seconds = Math.floor(ctx.now / 1000);
  if (typeof claims.exp !== 'number' || claims.exp <= seconds) {
    throw new Refusal('UNAUTHORIZED', 'The incoming token has expired');
  }
  if (!kept && ttl > 0) {
    const context = { ...claims };
    authorizations.set(key, ctx.now + ttl * 1000, { policy: undefined, principalId: '', context });
  }
  const { authorizationScopes: scopes = [] } = target.method;
  const isAccess = claims.token_use === 'access';
  if (scopes.length === 0 ? isAccess : !isAccess) throw unauthorized(`a token for ${claims.token_use}`);
  const held = scopesOf(claims);
  if (scopes.length > 0 && !scopes.some((scope) => held.includes(scope))) {
    throw unauthorized("none of the method's scopes");
  }
  // "…matches the aud field of the incoming token": identity tokens have one.
  const pattern = authorizer.identityValidationExpression;
  if (pattern && !isAccess && !javaRegex(pattern, true)?.test(String(claims.aud))) {
    throw unauthorized('aud is not allowed');
  }
  return claims;
}

/** @returns the claims of a token that one of the authorizer's pools signed; its times aren't looked at. */
async function verified(exchange: Exchange, authorizer: Authorizer, token: string): Promise<Claims> {
  const { ctx } = exchange;
  const jwt = decodeJwt(token);
  if (!jwt) throw unauthorized('no JWT');
  const { iss, token_use: use } = jwt.claims;
  const { issuers, config } = ctx.room.platform;
  const issuer = authorizer.providerARNs
    ?.map((arn) => issuerOf(config.cognito, arn))
    .find((known) => known === iss);
  if (issuer === undefined) throw unauthorized(`the issuer ${iss} is none of the pools`);
  const keys = await issuers.keys(issuer, jwt.header.kid, ctx.now);
  const fault = signatureFault(jwt, keys ?? []);
  if (fault) throw unauthorized(fault);
  if (use !== 'id' && use !== 'access') throw unauthorized(`a token for ${use}`);
  return jwt.claims;
}

/** The issuer of a pool's tokens, by the pool's ARN `arn:aws:cognito-idp:REGION:ACCOUNT:userpool/ID`. */
function issuerOf(config: CognitoConfig, arn: string): string | undefined {
  const { region, resource } = parseArn(arn) ?? {};
  return region && resource && userPoolIssuer(config, { region, id: resource.replace('userpool/', '') });
}

const unauthorized = (why: string) => new Refusal('UNAUTHORIZED', 'Unauthorized', { why });

const times = new Set(['exp', 'iat']);

/** Claims as REST APIs hand them on: texts, times as Java's `Date` prints them, lists with commas. As observed on AWS. */
export function claimTexts(claims: Claims): Record<string, string> {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => {
      if (times.has(name) && typeof value === 'number') return [name, javaDate(value)];
      return [name, Array.isArray(value) ? value.map(textOf).join(',') : textOf(value)];
    }),
  );
}

const textOf = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

/** `Fri Jul 29 18:52:53 UTC 2016`. @param seconds since the epoch. */
function javaDate(seconds: number): string {
  const [weekday, day, month, year, time] = new Date(seconds * 1000)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}
