/**
 * What a token must be, for JWT authorizers of HTTP APIs and user pool authorizers of REST APIs.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
import { createPublicKey, verify } from 'node:crypto';
import type { Jwk } from '../../../platform/index.ts';

export interface JwtRules {
  issuer: string;
  audience: readonly string[];
  /** One of these must be in the token's `scope` or `scp`; none asked when empty. */
  scopes: readonly string[];
}

export type JwtVerdict =
  | { ok: true; claims: Record<string, unknown>; scopes: string[] }
  | { ok: false; status: 401 | 403; error: string };

export interface DecodedJwt {
  header: { alg?: string; kid?: string };
  claims: Record<string, unknown>;
  signed: string;
  signature: Buffer;
}

/** @returns undefined when `token` is no JWT. */
export function decodeJwt(token: string): DecodedJwt | undefined {
  const [header, claims, signature, more] = token.split('.');
  if (!header || !claims || !signature || more !== undefined) return undefined;
  try {
    return {
      header: objectOf<DecodedJwt['header']>(header),
      claims: objectOf<DecodedJwt['claims']>(claims),
      signed: `${header}.${claims}`,
      signature: Buffer.from(signature, 'base64url'),
    };
  } catch {
    return undefined;
  }
}

/** @throws TypeError, SyntaxError it is no object: `null` is JSON as well. */
function objectOf<Shape extends object>(part: string): Shape {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('no object');
  return value as Shape;
}

/** "API Gateway supports only RSA-based algorithms." */
const digests: Record<string, string> = { RS256: 'sha256', RS384: 'sha384', RS512: 'sha512' };

/** @param keys of the issuer. @returns what is wrong with the signature; undefined when nothing is. */
export function signatureFault({ header, signed, signature }: DecodedJwt, keys: readonly Jwk[]) {
  const digest = digests[header.alg ?? ''];
  if (!digest) return 'unsupported signing algorithm';
  const key = keys.find((candidate) => candidate.kid === header.kid && candidate.kty === 'RSA');
  if (!key) return `no key ${header.kid} of the issuer`;
  const publicKey = createPublicKey({ key, format: 'jwk' });
  return verify(digest, Buffer.from(signed), publicKey, signature) ? undefined : 'signature is invalid';
}

/** @param now milliseconds. @param keys of the issuer. */
export function checkJwt(jwt: DecodedJwt, keys: readonly Jwk[], rules: JwtRules, now: number): JwtVerdict {
  const { claims } = jwt;
  const fault = signatureFault(jwt, keys);
  if (fault) return refused(fault);
  if (claims.iss !== rules.issuer) return refused('issuer is not allowed');
  const audience = audienceOf(claims);
  if (!audience.some((entry) => rules.audience.includes(entry))) return refused('audience is not allowed');
  const seconds = Math.floor(now / 1000);
  if (typeof claims.exp !== 'number' || claims.exp <= seconds) return refused('the token has expired');
  if (typeof claims.nbf === 'number' && claims.nbf > seconds) return refused('the token is not valid yet');
  if (typeof claims.iat === 'number' && claims.iat > seconds)
    return refused('the token is issued in the future');
  const scopes = scopesOf(claims);
  if (rules.scopes.length > 0 && !rules.scopes.some((scope) => scopes.includes(scope))) {
    return { ok: false, status: 403, error: 'insufficient_scope' };
  }
  return { ok: true, claims, scopes };
}

function refused(error: string): JwtVerdict {
  return { ok: false, status: 401, error };
}

/** "aud or client_id – must match one of the audience entries"; client_id only when there is no aud. */
function audienceOf(claims: Record<string, unknown>): string[] {
  if (Array.isArray(claims.aud)) return claims.aud.map(String);
  if (claims.aud !== undefined) return [String(claims.aud)];
  return claims.client_id === undefined ? [] : [String(claims.client_id)];
}

export function scopesOf(claims: Record<string, unknown>): string[] {
  const value = claims.scope ?? claims.scp;
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' ? value.split(' ').filter(Boolean) : [];
}

/** Claims as events carry them: texts. */
export function claimTexts(claims: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      Array.isArray(value)
        ? `[${value.join(' ')}]`
        : typeof value === 'object'
          ? JSON.stringify(value)
          : String(value),
    ]),
  );
}
