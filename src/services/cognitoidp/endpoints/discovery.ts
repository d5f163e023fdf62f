/** What verifiers of tokens ask for, without a signature. https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html */
import type { HttpRequest, HttpResponse } from '../../../kernel/index.ts';
import { type Endpoint, type Jwk, userPoolIssuer } from '../../../platform/index.ts';
import { poolOfIssuer } from '../addresses.ts';
import { type CognitoRoom, poolById } from '../room.ts';
import { type Pool, records } from '../store.ts';

/** `/{poolId}/.well-known/jwks.json` and `/{poolId}/.well-known/openid-configuration`. */
export const discovery: Endpoint<CognitoRoom> = async ({ room, params }, request) => {
  const pool = await poolById(room, params.pool ?? '');
  if (!pool) return json(404, { message: `User pool ${params.pool} does not exist.` });
  if (params.document === 'jwks.json') return json(200, { keys: await keysOf(room, pool) });
  return json(200, {
    id_token_signing_alg_values_supported: ['RS256'],
    issuer: room.issuer(pool),
    jwks_uri: `${askedAt(request)}/${pool.id}/.well-known/jwks.json`,
    response_types_supported: ['code', 'token'],
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    subject_types_supported: ['public'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    ...(await endpointsOf(room, pool, request)),
  });
};

/** Of a pool with a domain; a domain name of the owner's goes before the prefix. */
async function endpointsOf(
  { store }: CognitoRoom,
  { id, region }: Pool,
  request: HttpRequest,
): Promise<object> {
  const custom = await records.poolDomains.get(store, id, 'custom');
  const prefix = await records.poolDomains.get(store, id, 'prefix');
  const name = custom ?? prefix;
  if (name === undefined) return {};
  const aws = custom === undefined ? `https://${name}.auth.${region}.amazoncognito.com` : `https://${name}`;
  const base = isAwsHost(request) ? aws : `${askedAt(request)}/_aws/auth/${region}/${name}`;
  return {
    authorization_endpoint: `${base}/oauth2/authorize`,
    end_session_endpoint: `${base}/logout`,
    revocation_endpoint: `${base}/oauth2/revoke`,
    token_endpoint: `${base}/oauth2/token`,
    userinfo_endpoint: `${base}/oauth2/userInfo`,
  };
}

/** Whoever asked under a name of AWS's reaches those; all others are told addresses of the kind they asked at. */
const isAwsHost = ({ headers }: HttpRequest): boolean =>
  /\.amazonaws\.com(?::\d+)?$/.test(headers.host ?? '');

const askedAt = ({ headers, secure }: HttpRequest): string =>
  `${secure ? 'https' : 'http'}://${headers.host ?? 'localhost'}`;

function keysOf({ signers, clock }: CognitoRoom, { id: poolId }: Pool): Promise<Jwk[]> {
  return signers.published(poolId, clock.now());
}

/**
 * The keys of a pool for those in this cloud who verify its tokens: no HTTP. AWS's address is known whatever issuer the
 * cloud was started with: authorizers and identity pools are configured with it.
 */
export async function issuerKeys(room: CognitoRoom, issuer: string): Promise<Jwk[] | undefined> {
  const pool = await poolById(room, poolOfIssuer(issuer) ?? '');
  if (!pool || (issuer !== room.issuer(pool) && issuer !== userPoolIssuer({}, pool))) return undefined;
  return keysOf(room, pool);
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
