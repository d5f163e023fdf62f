/** What verifiers of tokens ask for, without a signature. https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html */
import type { HttpResponse } from '../../../kernel/index.ts';
import type { Endpoint, Jwk } from '../../../platform/index.ts';
import { poolOfIssuer } from '../addresses.ts';
import { type CognitoRoom, poolById } from '../room.ts';
import type { Pool } from '../store.ts';
import { issuerOf } from '../tokens/issue.ts';

/** `/{poolId}/.well-known/jwks.json` and `/{poolId}/.well-known/openid-configuration`. */
export const discovery: Endpoint<CognitoRoom> = async ({ room, params }) => {
  const pool = await poolById(room, params.pool ?? '');
  if (!pool) return json(404, { message: `User pool ${params.pool} does not exist.` });
  if (params.document === 'jwks.json') return json(200, { keys: await keysOf(room, pool) });
  const issuer = issuerOf(pool);
  return json(200, {
    id_token_signing_alg_values_supported: ['RS256'],
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    response_types_supported: ['code', 'token'],
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    subject_types_supported: ['public'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  });
};

function keysOf({ signers, clock }: CognitoRoom, { id: poolId }: Pool): Promise<Jwk[]> {
  return signers.published(poolId, clock.now());
}

/** The keys of a pool for those in this cloud who verify its tokens: no HTTP. */
export async function issuerKeys(room: CognitoRoom, issuer: string): Promise<Jwk[] | undefined> {
  const pool = await poolById(room, poolOfIssuer(issuer) ?? '');
  return pool && issuer === issuerOf(pool) ? keysOf(room, pool) : undefined;
}

function json(status: number, document: object): HttpResponse {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=86400, stale-while-revalidate=86400, stale-if-error=2592000',
    },
    body: JSON.stringify(document),
  };
}
