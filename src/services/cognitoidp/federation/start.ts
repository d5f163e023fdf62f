/** On to an identity provider, for an authorize request that names one by `identity_provider` or `idp_identifier`. */
import { type HttpResponse, NotImplemented } from '../../../kernel/index.ts';
import type { AuthorizeRequest } from '../oauth/request.ts';
import type { Visit } from '../oauth/visit.ts';
import type { Door } from '../room.ts';

export async function startFederation(
  _visit: Visit,
  _door: Door,
  _request: AuthorizeRequest,
): Promise<HttpResponse> {
  throw new NotImplemented('Signing in by an identity provider of a Cognito user pool');
}
