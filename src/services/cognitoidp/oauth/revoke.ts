/** `/oauth2/revoke`. https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html */
import { UnauthorizedException, UnsupportedTokenTypeException } from '../errors.ts';
import { revoke } from '../operations/refresh.ts';
import { json } from './answers.ts';
import { clientOfRequest } from './client.ts';
import { OAuthError } from './oauthError.ts';
import type { Route } from './visit.ts';

export const postRevoke: Route = async (visit) => {
  const form = await visit.form();
  const token = form.get('token');
  const door = await clientOfRequest(visit, form).catch((error: unknown) => {
    if (error instanceof OAuthError && error.code === 'invalid_client') {
      throw new OAuthError('invalid_client', error.description, 401);
    }
    throw error;
  });
  if (!token) throw new OAuthError('invalid_request');
  try {
    await revoke(visit.ctx, door, token);
  } catch (error) {
    if (error instanceof UnsupportedTokenTypeException) throw new OAuthError('unsupported_token_type');
    // "…or if the feature is disabled for the app client."
    if (error instanceof UnauthorizedException) throw new OAuthError('invalid_request');
    throw error;
  }
  return json(200, undefined);
};
