/** What verifiers of a token for services outside AWS ask for, without a signature. */
import type { HttpResponse } from '../../../kernel/index.ts';
import type { Endpoint, Jwk } from '../../../platform/index.ts';
import type { StsRoom } from '../room.ts';

/** `/.well-known/openid-configuration` and `/.well-known/jwks.json` of an account's issuer. */
export const outbound: Endpoint<StsRoom> = async ({ room, params }) => {
  const { issuer, document } = params;
  if (document === 'jwks') return json({ keys: await issuerKeys(room) });
  return json({
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES384'],
  });
};

/** The same keys for those in this cloud who verify: no HTTP. */
export function issuerKeys({ signers }: StsRoom): Promise<Jwk[]> {
  return signers.publicKeys();
}

function json(document: object): HttpResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'access-control-allow-origin': '*' },
    body: JSON.stringify(document),
  };
}
