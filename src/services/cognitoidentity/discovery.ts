/** What verifiers of an identity's token ask for, without a signature. */
import type { HttpResponse } from '../../kernel/index.ts';
import type { Endpoint, Jwk } from '../../platform/index.ts';
import { issuer } from './addresses.ts';
import type { IdentityRoom } from './room.ts';

/** `/.well-known/jwks_uri` and `/.well-known/openid-configuration`. */
export const discovery: Endpoint<IdentityRoom> = async ({ room, params }) => {
  if (params.document === 'jwks') return json({ keys: await issuerKeys(room) });
  return json({
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks_uri`,
    authorization_endpoint: issuer,
    response_types_supported: ['token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS512'],
  });
};

/** The same keys for those in this cloud who verify: no HTTP. */
export async function issuerKeys({ signers }: IdentityRoom): Promise<Jwk[]> {
  return [(await signers.signer()).publicJwk];
}

function json(document: object): HttpResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'access-control-allow-origin': '*' },
    body: JSON.stringify(document),
  };
}
