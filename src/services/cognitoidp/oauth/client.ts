/** How clients say who they are, at the endpoints that no browser sees. https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html */
import { isClientSecret } from '../operations/clientSecrets.ts';
import type { Door } from '../room.ts';
import { records } from '../store.ts';
import { OAuthError } from './oauthError.ts';
import type { Visit } from './visit.ts';

/** The client of a request, by the Authorization field or by the form. @throws OAuthError `invalid_client`, `invalid_request` */
export async function clientOfRequest(visit: Visit, form: URLSearchParams): Promise<Door> {
  const basic = basicOf(visit.request.headers.authorization);
  const named = form.get('client_id');
  if (basic && named !== null && named !== basic.id) throw new OAuthError('invalid_client');
  const id = basic?.id ?? named;
  if (!id) throw new OAuthError(basic ? 'invalid_client' : 'invalid_request');
  const client = await records.clients.get(visit.ctx.room.store, visit.pool.id, id);
  if (!client) throw new OAuthError('invalid_client');
  const given = basic?.secret ?? form.get('client_secret') ?? '';
  const isRight = client.secrets?.length ? isClientSecret(visit.ctx, client, given) : given === '';
  if (!isRight) {
    throw new OAuthError('invalid_client', 'invalid_client_secret');
  }
  return { pool: visit.pool, client };
}

/** @throws OAuthError `invalid_client` a field that isn't Basic authentication. */
function basicOf(field: string | undefined): { id: string; secret: string } | undefined {
  if (field === undefined) return undefined;
  const [, encoded] = /^Basic\s+([A-Za-z0-9+/=_-]+)$/i.exec(field) ?? [];
  const text = Buffer.from(encoded ?? '', 'base64').toString();
  const colon = text.indexOf(':');
  if (colon <= 0) throw new OAuthError('invalid_client');
  return { id: decoded(text.slice(0, colon)), secret: decoded(text.slice(colon + 1)) };
}

/** RFC 6749, 2.3.1: both parts are form-encoded; ids and secrets of Cognito look the same either way unless they have a `%`. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
