/** On to an identity provider, for an authorize request that names one by `identity_provider` or `idp_identifier`. */
import type { HttpResponse } from '../../../kernel/index.ts';
import { redirect, toErrorPage } from '../oauth/answers.ts';
import type { AuthorizeRequest } from '../oauth/request.ts';
import type { Visit } from '../oauth/visit.ts';
import type { Door } from '../room.ts';
import { oidcAddress } from './oidc.ts';
import { findProvider } from './providers.ts';
import { samlAddress } from './saml.ts';
import { seal } from './state.ts';

export async function startFederation(
  visit: Visit,
  { client }: Door,
  request: AuthorizeRequest,
): Promise<HttpResponse> {
  const { ctx, pool } = visit;
  const { identityProvider: name, idpIdentifier: identifier } = request;
  const provider = await findProvider(ctx.room.store, pool, { name, identifier });
  if (!provider || !client.settings.SupportedIdentityProviders?.includes(provider.name)) {
    return toErrorPage(visit, 'Login option is not available. Please try another one');
  }
  const { ids } = ctx.room;
  if (provider.type === 'SAML') {
    const requestId = `_${ids.token(32, '0123456789abcdef')}`;
    const { sealed, cookies } = seal(visit, { request, provider: provider.name, requestId });
    return redirect(await samlAddress(visit, provider, sealed, requestId), cookies);
  }
  const secrets = { nonce: ids.token(32), verifier: ids.token(64) };
  const { sealed, cookies } = seal(visit, { request, provider: provider.name, ...secrets });
  return redirect(oidcAddress(visit, provider, sealed, secrets, request), cookies);
}
