/**
 * Verifies web identity tokens: whose they are, by the keys of their issuer, and for which provider of the role's account.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html
 */
import { compactVerify, createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, type JWK } from 'jose';
import { AwsError } from '../../kernel/index.ts';
import { type OperationContext, type Principal, rootOf } from '../../platform/index.ts';
import { audiencesOf, type Claims, checkTimes, webIdentityKeys } from './domain/webIdentity.ts';
import { IDPCommunicationError, InvalidIdentityToken } from './errors.ts';
import type { StsRoom } from './room.ts';

export interface WebIdentity {
  readonly claims: Claims;
  readonly subject: string;
  /** As the answer tells it. */
  readonly audience: string;
  /** The provider's ARN, or the name of one that needs none. */
  readonly provider: string;
  readonly principal: Principal & { type: 'federated' };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html: RSA and ECDSA signatures. */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

/** Issuers that every account trusts as far as its trust policies name them. */
const withoutProvider: Readonly<Record<string, string>> = {
  'https://cognito-identity.amazonaws.com': 'cognito-identity.amazonaws.com',
  'https://accounts.google.com': 'accounts.google.com',
};

/**
 * @param account the role's.
 * @throws InvalidIdentityToken, ExpiredTokenException, IDPCommunicationError.
 */
export async function verifyWebIdentity(
  ctx: OperationContext<StsRoom>,
  token: string,
  account: string,
): Promise<WebIdentity> {
  const { issuer, kid } = unverified(token);
  const host = issuer.replace(/^https?:\/\//, '');
  const provider = await providerOf(ctx, issuer, host, account);
  const claims = await verifiedClaims(ctx, token, issuer, kid);
  // Who was asked for keys is who must have signed.
  if (claims.iss !== issuer) throw new InvalidIdentityToken('Issuer must be a valid URL');
  checkTimes(claims, ctx.now);
  const { sub } = claims;
  if (typeof sub !== 'string' || sub === '') throw new InvalidIdentityToken('Missing a required claim: sub');
  const audiences = audiencesOf(claims);
  const accepted = provider.clientIds ? audiences.filter((one) => provider.clientIds?.has(one)) : audiences;
  const [audience] = accepted;
  if (audiences.length === 0) throw new InvalidIdentityToken('Missing a required claim: aud');
  if (audience === undefined) throw new InvalidIdentityToken('Incorrect token audience');
  const principal = {
    type: 'federated',
    account,
    arn: provider.name,
    keys: webIdentityKeys(host, claims),
  } as const;
  return { claims, subject: sub, audience, provider: provider.name, principal };
}

/** What the token says of itself, to find out who could verify it. */
function unverified(token: string): { issuer: string; kid: string | undefined } {
  let issuer: unknown;
  let kid: string | undefined;
  try {
    kid = decodeProtectedHeader(token).kid;
    issuer = decodeJwt(token).iss;
  } catch {
    throw new InvalidIdentityToken(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    );
  }
  if (issuer === undefined) throw new InvalidIdentityToken('Missing a required claim: iss');
  if (typeof issuer !== 'string' || !isIssuer(issuer)) {
    throw new InvalidIdentityToken('Issuer must be a valid URL');
  }
  return { issuer, kid };
}

/** Issuers have https addresses; one on this very machine, made for a test, may do without. */
function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname))
  );
}

/** @returns `clientIds`: who the tokens must be for; absent where the trust policy alone says so. */
async function providerOf(
  ctx: OperationContext<StsRoom>,
  issuer: string,
  host: string,
  account: string,
): Promise<{ name: string; clientIds?: ReadonlySet<string> }> {
  const known = Object.hasOwn(withoutProvider, issuer) ? withoutProvider[issuer] : undefined;
  if (known !== undefined) return { name: known };
  const arn = `arn:aws:iam::${account}:oidc-provider/${host}`;
  try {
    const { ClientIDList = [] } = await ctx.aws
      .as({ principal: rootOf(account), account })
      .call<{ ClientIDList?: string[] }>('iam', 'GetOpenIDConnectProvider', {
        OpenIDConnectProviderArn: arn,
      });
    return { name: arn, clientIds: new Set(ClientIDList) };
  } catch (error) {
    // What can't be an ARN of a provider isn't one that was registered.
    if (
      error instanceof AwsError &&
      ['NoSuchEntity', 'ValidationError', 'InvalidInput'].includes(error.code)
    ) {
      throw new InvalidIdentityToken(`No OpenIDConnect provider found in your account for ${issuer}`);
    }
    throw error;
  }
}

const noKey =
  "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements";

/** @returns the claims of a token that its issuer has signed. */
async function verifiedClaims(
  ctx: OperationContext<StsRoom>,
  token: string,
  issuer: string,
  kid: string | undefined,
): Promise<Claims> {
  const keys = await ctx.room.issuers.keys(issuer, kid, ctx.now);
  if (!keys) throw new IDPCommunicationError(noKey);
  // Public keys of signatures only: a shared secret in the issuer's set would let anyone who reads it sign.
  const candidates = keys.filter(
    ({ kty, use }) => (kty === 'RSA' || kty === 'EC') && (use ?? 'sig') === 'sig',
  );
  const read = createLocalJWKSet({ keys: candidates as JWK[] });
  try {
    const { payload } = await compactVerify(token, read, { algorithms });
    return JSON.parse(new TextDecoder().decode(payload)) as Claims;
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return await verifiedByAny(token, error);
    if (error instanceof errors.JWKSNoMatchingKey) throw new InvalidIdentityToken(noKey);
    throw new InvalidIdentityToken('Provided token signature is invalid');
  }
}

/** A token that names no key may be signed by any that fits. */
async function verifiedByAny(token: string, keys: errors.JWKSMultipleMatchingKeys): Promise<Claims> {
  for await (const key of keys) {
    try {
      const { payload } = await compactVerify(token, key, { algorithms });
      return JSON.parse(new TextDecoder().decode(payload)) as Claims;
    } catch {
      // Another may.
    }
  }
  throw new InvalidIdentityToken('Provided token signature is invalid');
}
