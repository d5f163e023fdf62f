/** Tokens of clients that act for themselves. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetClientToken.html */
import { allowsFlow } from '../domain/clientSettings.ts';
import { InvalidParameterException, NotAuthorizedException } from '../errors.ts';
import { machineScopes } from '../oauth/scopes.ts';
import { type Context, doorOf } from '../room.ts';
import { signClientToken } from '../tokens/issue.ts';
import { isClientSecret } from './clientSecrets.ts';

/** Unsigned: the client's secret says who asks. @throws InvalidParameterException, NotAuthorizedException, ResourceNotFoundException */
export async function GetClientToken(
  ctx: Context,
  input: {
    ClientId: string;
    Secret: string;
    Scopes?: string[];
    ClientMetadata?: Readonly<Record<string, string>>;
  },
) {
  const door = await doorOf(ctx, input.ClientId);
  const { client } = door;
  if (!allowsFlow(client.settings, 'CLIENT_TOKEN_AUTH')) {
    throw new InvalidParameterException('CLIENT_TOKEN_AUTH flow not enabled for this client');
  }
  if (!client.secrets?.length || !isClientSecret(ctx, client, input.Secret)) {
    throw new NotAuthorizedException(`Client secret does not match for the client: ${client.id}`);
  }
  const scopes = machineScopes(client.settings, input.Scopes ?? []);
  if (!scopes) throw new InvalidParameterException('Invalid scope requested.');
  const { AccessToken, ExpiresIn, TokenType } = await signClientToken(
    ctx,
    door,
    scopes,
    input.ClientMetadata,
  );
  return { ClientAuthenticationResult: { AccessToken, ExpiresIn, TokenType } };
}
