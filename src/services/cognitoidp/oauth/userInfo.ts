/** `/oauth2/userInfo`. https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html */
import { AwsError, type HttpResponse } from '../../../kernel/index.ts';
import { attributesOfScopes } from '../tokens/claims.ts';
import { bearerOf } from '../tokens/verify.ts';
import { json } from './answers.ts';
import type { Route } from './visit.ts';

const expired = 'Access token is expired, disabled, or deleted, or the user has globally signed out.';

export const getUserInfo: Route = async (visit) => {
  const [, token] = /^Bearer\s+([\w.~+/=-]+)$/i.exec(visit.request.headers.authorization ?? '') ?? [];
  if (token === undefined) return refuse(400, 'invalid_request', 'Bad OAuth2 request at UserInfo Endpoint');
  try {
    const { pool, client, user, claims } = await bearerOf(visit.ctx, token, 'openid');
    if (pool.id !== visit.pool.id) return refuse(401, 'invalid_token', expired);
    const scopes = String(claims.scope).split(' ');
    // Booleans are texts here, unlike in tokens.
    return json(200, { sub: user.sub, ...attributesOfScopes(client, user, scopes), username: user.username });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const isNarrow = error.message === 'Access Token does not have required scopes';
    return refuse(401, 'invalid_token', isNarrow ? 'Access token does not contain openid scope' : expired);
  }
};

function refuse(status: number, error: string, description: string): HttpResponse {
  return json(
    status,
    { error, error_description: description },
    { 'www-authenticate': `Bearer error="${error}", error_description="${description}"` },
  );
}
