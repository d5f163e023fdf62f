/** Who the users of an identity pool are elsewhere: their logins, each verified as its provider demands. */
import { openIdProviderName, userPoolProvider } from '../domain/poolSettings.ts';
import { ExternalServiceException, InvalidParameterException, NotAuthorizedException } from '../errors.ts';
import type { Context } from '../room.ts';
import type { Pool } from '../store.ts';
import { type Expected, unsupported, verifyOpenIdToken } from './openId.ts';
import { clientIdsOf } from './openIdProvider.ts';
import { verifySamlLogin } from './saml.ts';
import { verifyUserPoolLogin } from './userPool.ts';
import type { VerifiedLogin } from './verified.ts';

/** Provider → token, as calls have them. */
export type Logins = Readonly<Record<string, string>>;

/** Tokens of identities themselves, from GetOpenIdTokenForDeveloperIdentity. */
export const cognitoProvider = 'cognito-identity.amazonaws.com';

/**
 * “If any of the tokens fail, the whole call fails.”
 * @throws NotAuthorizedException, InvalidParameterException, ExternalServiceException
 */
export async function verifyLogins(ctx: Context, pool: Pool, logins: Logins): Promise<VerifiedLogin[]> {
  const verified: VerifiedLogin[] = [];
  for (const [provider, token] of Object.entries(logins)) {
    verified.push(await verifyLogin(ctx, pool, provider, token));
  }
  return verified;
}

async function verifyLogin(
  ctx: Context,
  pool: Pool,
  provider: string,
  token: string,
): Promise<VerifiedLogin> {
  const { settings } = pool;
  if (provider === cognitoProvider) {
    throw new NotAuthorizedException("Invalid login token. Can't pass in a Cognito token.");
  }
  if (userPoolProvider.test(provider)) return verifyUserPoolLogin(ctx, pool, provider, token);
  const arn = settings.OpenIdConnectProviderARNs?.find((known) => openIdProviderName(known) === provider);
  if (arn !== undefined) return verifyOpenIdLogin(ctx, pool, provider, arn, token);
  const apps = settings.SupportedLoginProviders;
  if (apps && Object.hasOwn(apps, provider))
    return verifySocialLogin(ctx, provider, apps[provider] ?? '', token);
  if (settings.SamlProviderARNs?.includes(provider)) return verifySamlLogin(ctx, pool, provider, token);
  if (!provider.includes('.') && !provider.startsWith('arn:')) {
    throw new InvalidParameterException('Please provide a valid public provider');
  }
  throw unsupported();
}

async function verifyOpenIdLogin(
  ctx: Context,
  pool: Pool,
  provider: string,
  arn: string,
  token: string,
): Promise<VerifiedLogin> {
  const audiences = await clientIdsOf(ctx, pool, arn);
  const claims = await verifyOpenIdToken(
    ctx,
    token,
    expectation(provider, openIdIssuers(provider), audiences),
  );
  return {
    provider,
    subject: claims.sub,
    claims,
    amr: [provider, `${arn}:OIDC:${claims.sub}`],
    mappingNames: [arn, provider],
    kind: 'openId',
  };
}

async function verifySocialLogin(
  ctx: Context,
  provider: string,
  apps: string,
  token: string,
): Promise<VerifiedLogin> {
  const expected = expectation(provider, socialIssuers(provider), apps.split(','));
  const claims = await verifyOpenIdToken(ctx, token, expected);
  const audience = [claims.aud].flat().find((one) => expected.audiences.includes(one));
  return {
    provider,
    subject: claims.sub,
    claims,
    amr: [provider, `${provider}:${audience}:${claims.sub}`],
    mappingNames: [provider],
    kind: 'social',
  };
}

/** A provider on this very machine, made for a test, may do without TLS. */
function openIdIssuers(provider: string): Expected['issuers'] {
  const secure = `https://${provider}`;
  if (!/^(localhost|127\.0\.0\.1|\[::1\])[:/]/.test(`${provider}/`)) return { [secure]: secure };
  const plain = `http://${provider}`;
  return { [secure]: secure, [plain]: plain };
}

/** Google's id tokens have said their issuer with and without the scheme. */
function socialIssuers(provider: string): Expected['issuers'] {
  return { [`https://${provider}`]: `https://${provider}`, [provider]: `https://${provider}` };
}

function expectation(provider: string, issuers: Expected['issuers'], audiences: readonly string[]): Expected {
  return {
    issuers,
    audiences: audiences.map((audience) => audience.trim()),
    foreign: () => new NotAuthorizedException('Invalid login token. Incorrect token audience.'),
    unreachable: () => new ExternalServiceException(`The keys of ${provider} can't be read.`),
  };
}
