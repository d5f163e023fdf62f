/** Tokens of identities, which STS takes. https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html */
import { decodeJwt, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { issuer } from '../addresses.ts';
import { NotAuthorizedException } from '../errors.ts';
import type { IdentityRoom } from '../room.ts';

export interface TokenOf {
  poolId: string;
  identityId: string;
  /** `unauthenticated`, or `authenticated` and by which logins. */
  amr: readonly string[];
  /** Principal tags of the sessions that STS opens for it. */
  tags?: Readonly<Record<string, string>>;
  seconds: number;
}

export async function signToken({ signers }: IdentityRoom, of: TokenOf, now: number): Promise<string> {
  const { kid, privateKey } = await signers.signer();
  const iat = Math.floor(now / 1000);
  const tags = Object.entries(of.tags ?? {});
  const claims: JWTPayload = {
    sub: of.identityId,
    aud: of.poolId,
    amr: of.amr,
    iss: issuer,
    ...(tags.length === 0
      ? {}
      : {
          'https://aws.amazon.com/tags': {
            principal_tags: Object.fromEntries(tags.map(([key, value]) => [key, [value]])),
          },
        }),
    exp: iat + of.seconds,
    iat,
  };
  return new SignJWT(claims).setProtectedHeader({ kid, typ: 'JWS', alg: 'RS512' }).sign(privateKey);
}

/** The claims of a token that GetOpenIdTokenForDeveloperIdentity gave for this identity. @throws NotAuthorizedException */
export async function readToken(
  { signers }: IdentityRoom,
  token: string,
  { poolId, identityId }: { poolId: string; identityId: string },
  now: number,
): Promise<JWTPayload> {
  const { publicJwk } = await signers.signer();
  try {
    const { payload } = await jwtVerify(token, publicJwk, {
      algorithms: ['RS512'],
      issuer,
      audience: poolId,
      currentDate: new Date(now),
      requiredClaims: ['exp', 'sub'],
    });
    if (payload.sub === identityId) return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw expired(decodeJwt(token).exp, now);
    throw new NotAuthorizedException('Invalid login token. Not a Cognito token.');
  }
  throw new NotAuthorizedException(
    "Logins don't match. Please include at least one valid login for this identity or identity pool.",
  );
}

export const expired = (exp: number | undefined, now: number) =>
  new NotAuthorizedException(`Invalid login token. Token expired: ${Math.floor(now / 1000)} >= ${exp}`);
