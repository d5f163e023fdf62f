/** Tokens of OpenID Connect: what user pools, IAM's OIDC providers and Google or Apple have in common. */
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import type { Jwk } from '../../../platform/index.ts';
import { NotAuthorizedException } from '../errors.ts';
import type { Context } from '../room.ts';
import { expired } from '../tokens/issue.ts';

export interface Expected {
  /** What `iss` may be, and at which address its keys are. */
  readonly issuers: Readonly<Record<string, string>>;
  /** What `aud` may be. */
  readonly audiences: readonly string[];
  /** Thrown when it is something else. */
  readonly foreign: () => Error;
  /** Thrown when the issuer's keys can't be had. */
  readonly unreachable: () => Error;
}

/** Asymmetric ones only: under HS256 anyone could sign with the public key. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/**
 * The claims of a token that is signed by its issuer, meant for one of the audiences, and neither expired nor early.
 * @throws NotAuthorizedException in AWS's words, and what `expected` says.
 */
export async function verifyOpenIdToken(
  { room, now }: Context,
  token: string,
  expected: Expected,
): Promise<Claims> {
  const { kid, claims } = read(token);
  const address = Object.hasOwn(expected.issuers, claims.iss ?? '') ? expected.issuers[claims.iss ?? ''] : '';
  if (!address) {
    throw new NotAuthorizedException("Invalid login token. Issuer doesn't match providerName");
  }
  for (const name of ['aud', 'sub', 'exp'] as const) {
    if (claims[name] === undefined) {
      throw new NotAuthorizedException(`Invalid login token. Missing a required claim: ${name}`);
    }
  }
  if (![claims.aud ?? []].flat().some((audience) => expected.audiences.includes(audience))) {
    throw expected.foreign();
  }
  const keys = await room.issuers.keys(address, kid, now);
  if (!keys) throw expected.unreachable();
  try {
    return await verifiedClaims(token, keys, now);
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw expired(claims.exp, now);
    throw unverified();
  }
}

type Claims = JWTPayload & { aud: string | string[]; sub: string };

async function verifiedClaims(token: string, keys: readonly Jwk[], now: number): Promise<Claims> {
  const options = {
    algorithms,
    currentDate: new Date(now),
    requiredClaims: ['iss', 'aud', 'sub', 'exp'],
  };
  try {
    return (await jwtVerify<Claims>(token, createLocalJWKSet({ keys } as JSONWebKeySet), options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    // A token that names no key may be signed by any that fits.
    for await (const key of error) {
      try {
        return (await jwtVerify<Claims>(token, key, options)).payload;
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw error;
  }
}

function read(token: string): { kid: string | undefined; claims: JWTPayload } {
  try {
    return { kid: decodeProtectedHeader(token).kid, claims: decodeJwt(token) };
  } catch {
    throw new NotAuthorizedException('Invalid login token. Not a valid OpenId Connect identity token.');
  }
}

export const unverified = () =>
  new NotAuthorizedException("Invalid login token. Couldn't verify signed token.");

export const unsupported = () =>
  new NotAuthorizedException('Token is not from a supported provider of this identity pool.');
