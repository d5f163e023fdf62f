/** Id tokens of Cognito user pools. https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-integrating-user-pools-with-identity-pools.html */
import type { JWTPayload } from 'jose';
import { userPoolIssuer } from '../../../platform/index.ts';
import { userPoolProvider } from '../domain/poolSettings.ts';
import { NotAuthorizedException } from '../errors.ts';
import type { Context } from '../room.ts';
import type { Pool } from '../store.ts';
import { unsupported, unverified, verifyOpenIdToken } from './openId.ts';
import type { VerifiedLogin } from './verified.ts';

/** @param provider `cognito-idp.{region}.amazonaws.com/{pool}`. @throws NotAuthorizedException */
export async function verifyUserPoolLogin(
  ctx: Context,
  pool: Pool,
  provider: string,
  token: string,
): Promise<VerifiedLogin> {
  const clients = (pool.settings.CognitoIdentityProviders ?? []).filter(
    ({ ProviderName }) => ProviderName === provider,
  );
  if (clients.length === 0) throw unsupported();
  const [, region = '', id = ''] = userPoolProvider.exec(provider) ?? [];
  const issuer = userPoolIssuer(ctx.room.userPools, { region, id });
  const claims = await verifyOpenIdToken(ctx, token, {
    // The provider is AWS's name of the pool; the cloud's own may be another.
    issuers: { [issuer]: issuer },
    audiences: clients.map(({ ClientId }) => ClientId ?? ''),
    foreign: unsupported,
    // A user pool that isn't there: nothing it signed can be verified.
    unreachable: unverified,
  });
  if (claims.token_use !== 'id') {
    throw new NotAuthorizedException('Invalid login token. Not a valid OpenId Connect identity token.');
  }
  const client = clients.find(({ ClientId }) => [claims.aud].flat().includes(ClientId ?? ''));
  if (client?.ServerSideTokenCheck) await checkAtUserPool(ctx, provider, claims);
  return {
    provider,
    subject: claims.sub,
    claims,
    amr: [provider, `${provider}:CognitoSignIn:${claims.sub}`],
    mappingNames: [`${provider}:${client?.ClientId}`, provider],
    kind: 'userPool',
  };
}

/**
 * ServerSideTokenCheck: whether the user is still there, enabled and signed in. A user pool that isn't of this cloud
 * can't be asked. @throws NotAuthorizedException
 */
async function checkAtUserPool({ room }: Context, provider: string, claims: JWTPayload): Promise<void> {
  const standing = await room.issuers.standing(`https://${provider}`, claims);
  if (standing === 'good') return;
  throw new NotAuthorizedException(
    `Invalid login token. The user is ${standing === undefined ? 'unknown to this cloud' : standing}.`,
  );
}
