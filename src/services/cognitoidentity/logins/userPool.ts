/** Id tokens of Cognito user pools. https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-integrating-user-pools-with-identity-pools.html */
import { AwsError } from '../../../kernel/index.ts';
import { rootOf } from '../../../platform/index.ts';
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
  const claims = await verifyOpenIdToken(ctx, token, {
    issuers: { [`https://${provider}`]: `https://${provider}` },
    audiences: clients.map(({ ClientId }) => ClientId ?? ''),
    foreign: unsupported,
    // A user pool that isn't there: nothing it signed can be verified.
    unreachable: unverified,
  });
  if (claims.token_use !== 'id') {
    throw new NotAuthorizedException('Invalid login token. Not a valid OpenId Connect identity token.');
  }
  const client = clients.find(({ ClientId }) => [claims.aud].flat().includes(ClientId ?? ''));
  if (client?.ServerSideTokenCheck) await checkAtUserPool(ctx, pool, provider, claims.sub);
  return {
    provider,
    subject: claims.sub,
    claims,
    amr: [provider, `${provider}:CognitoSignIn:${claims.sub}`],
    mappingNames: [`${provider}:${client?.ClientId}`, provider],
    kind: 'userPool',
  };
}

/** ServerSideTokenCheck: whether the user is still there and enabled. @throws NotAuthorizedException */
async function checkAtUserPool(ctx: Context, pool: Pool, provider: string, sub: string): Promise<void> {
  const [, region = '', userPoolId] = userPoolProvider.exec(provider) ?? [];
  const aws = ctx.aws.as({ principal: rootOf(pool.account), account: pool.account, region });
  try {
    const { Enabled } = await aws.call<{ Enabled?: boolean }>('cognitoidp', 'AdminGetUser', {
      UserPoolId: userPoolId,
      Username: sub,
    });
    if (Enabled) return;
  } catch (error) {
    const isGone =
      error instanceof AwsError &&
      (error.code === 'UserNotFoundException' || error.code === 'ResourceNotFoundException');
    if (!isGone) throw error;
  }
  throw new NotAuthorizedException('Invalid login token. The user is disabled or no longer exists.');
}
