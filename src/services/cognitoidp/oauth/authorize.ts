/** `/oauth2/authorize`. https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html */
import type { HttpResponse } from '../../../kernel/index.ts';
import { startFederation } from '../federation/start.ts';
import type { Door } from '../room.ts';
import { redirect, toApp } from './answers.ts';
import { browserOf, isRecent, isReusable } from './browserSession.ts';
import { type AuthorizeRequest, queryOf, readRequest } from './request.ts';
import { resumeFromBrowser } from './resume.ts';
import type { Route, Visit } from './visit.ts';

export const getAuthorize: Route = (visit) => authorize(visit, visit.query);
export const postAuthorize: Route = async (visit) => authorize(visit, await visit.form());

/** A browser that is signed in goes straight back to the app; all others go to the sign-in page or to their provider. */
async function authorize(visit: Visit, given: URLSearchParams): Promise<HttpResponse> {
  const read = await readRequest(visit, given);
  if ('refusal' in read) return read.refusal;
  const { door } = read;
  const request = withSoleProvider(read.request, door);
  const provider = request.identityProvider;
  const isElsewhere =
    request.idpIdentifier !== undefined || (provider !== undefined && provider !== 'COGNITO');
  // "This value has no effect on local sign-in": which account it is, is the provider's to ask.
  const asksAgain =
    request.prompt.includes('login') || (isElsewhere && request.prompt.includes('select_account'));
  const known = asksAgain ? undefined : await browserOf(visit);
  const isEnough = known && isReusable(visit, door, known) && isRecent(visit, request, known);
  const browser = isEnough ? known : undefined;
  if (browser && isOfProvider(request, browser.provider) && supports(door, browser.provider)) {
    return resumeFromBrowser(visit, door, request, browser);
  }
  if (request.prompt.includes('none')) return toApp(request, { error: 'login_required' });
  if (isElsewhere) return startFederation(visit, door, request);
  return redirect(`${visit.basePath}/login?${queryOf(request)}`);
}

/** A client whose users come by one provider and by nothing else: there is nothing to choose on a page. */
function withSoleProvider(request: AuthorizeRequest, { client }: Door): AuthorizeRequest {
  const [sole, ...others] = client.settings.SupportedIdentityProviders ?? [];
  if (sole === undefined || sole === 'COGNITO' || others.length > 0) return request;
  if (request.identityProvider !== undefined || request.idpIdentifier !== undefined) return request;
  return { ...request, identityProvider: sole };
}

/** A session that a provider vouched for is none at clients that don't trust it. */
function supports({ client }: Door, provider = 'COGNITO'): boolean {
  return client.settings.SupportedIdentityProviders?.includes(provider) ?? provider === 'COGNITO';
}

/** Whoever asks for a provider isn't served with a session that another one began. */
function isOfProvider({ identityProvider, idpIdentifier }: AuthorizeRequest, provider?: string): boolean {
  if (identityProvider !== undefined) return (provider ?? 'COGNITO') === identityProvider;
  // What an identifier stands for is the provider's to know.
  return idpIdentifier === undefined;
}
