/** Where identity providers send browsers back to: `/oauth2/idpresponse`, `/saml2/idpresponse`, `/saml2/logout`. */
import { AwsError, type HttpResponse } from '../../../kernel/index.ts';
import { type Assurance, federatedAssurance } from '../domain/assurance.ts';
import { redirect, toApp, toErrorPage } from '../oauth/answers.ts';
import { doorOfRequest, readRequest } from '../oauth/request.ts';
import { resumeAuthorize } from '../oauth/resume.ts';
import type { Route, Routes, Visit } from '../oauth/visit.ts';
import type { Door } from '../room.ts';
import { useUp } from '../signIn/sessions.ts';
import { type Provider, records, type User } from '../store.ts';
import { postAuthentication } from '../triggers/authentication.ts';
import { openLogout } from './logout.ts';
import { FederationRefusal, oidcPerson } from './oidc.ts';
import { type Told, userFrom } from './people.ts';
import { findProvider } from './providers.ts';
import { samlPerson } from './saml.ts';
import { type FederationState, isBound, lastsMs, open, sealAgain } from './state.ts';

const lost = 'The sign-in took too long, or was begun in another browser. Please try again.';

/** What sets out from here and comes back by a form of another site comes without cookies: once more by a link. */
const postOidcResponse: Route = async (visit) =>
  redirect(`${visit.basePath}/oauth2/idpresponse?${await visit.form()}`);

const getOidcResponse: Route = async (visit) => {
  const state = open(visit, visit.query.get('state'));
  if (!state || !isBound(visit, state)) return toErrorPage(visit, lost);
  const { query } = visit;
  return answered(visit, state, async (door, provider) => {
    const error = query.get('error');
    if (error !== null) throw new FederationRefusal(query.get('error_description') ?? error);
    const code = query.get('code');
    if (!code) throw new FederationRefusal('The provider sent no code.');
    return enter(visit, door, state, provider, await oidcPerson(visit, provider, state, code));
  });
};

/** A response by a form of another site: read here, and taken up by the browser that set out. */
const postSamlResponse: Route = async (visit) => {
  const form = await visit.form();
  const response = form.get('SAMLResponse');
  if (!response) return toErrorPage(visit, "Required String parameter 'SAMLResponse' is not present");
  const relayState = form.get('RelayState');
  const state = open(visit, relayState);
  if (!state) return samlFromProvider(visit, response, relayState ?? '');
  return answered(visit, state, async (door, provider) => {
    const told = await samlPerson(visit, provider, response, state.requestId ?? '');
    const { sub } = await userFrom(visit.ctx, door, provider, told);
    const { now, room } = visit.ctx;
    const sealed = sealAgain(visit, { ...state, sub, ticket: [now + lastsMs, room.ids.uuid()] });
    return redirect(`${visit.basePath}/saml2/idpresponse?${new URLSearchParams({ RelayState: sealed })}`);
  });
};

const getSamlResponse: Route = async (visit) => {
  const state = open(visit, visit.query.get('RelayState'));
  if (!state?.sub || !state.ticket || !isBound(visit, state)) return toErrorPage(visit, lost);
  const [expiresAt, id] = state.ticket;
  const { store } = visit.ctx.room;
  const key = await records.subs.get(store, visit.pool.id, state.sub);
  const user = key === undefined ? undefined : await records.users.get(store, visit.pool.id, key);
  return answered(visit, state, async (door, provider) => {
    if (!user) throw new FederationRefusal('User does not exist.');
    // Whoever comes to this browser next doesn't get in by its history.
    await store.transact((tx) => useUp(tx, visit.pool.id, expiresAt, `saml-ticket/${id}`, visit.ctx.now));
    return admit(visit, door, state, provider, user);
  });
};

/**
 * A provider that came by itself: RelayState says what the app would have asked for.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-SAML-session-initiation.html
 */
async function samlFromProvider(visit: Visit, response: string, relayState: string): Promise<HttpResponse> {
  const asked = new URLSearchParams(relayState);
  const read = await readRequest(visit, asked);
  if ('refusal' in read) return read.refusal;
  const { request, door } = read;
  const provider = await findProvider(visit.ctx.room.store, visit.pool, {
    name: request.identityProvider,
    identifier: request.idpIdentifier,
  });
  if (provider?.type !== 'SAML' || provider.details.IDPInit !== 'true') {
    return toErrorPage(visit, 'Invalid relayState from identity provider');
  }
  const state: FederationState = { request, provider: provider.name, binding: '' };
  return answered(visit, state, async () => {
    const told = await samlPerson(visit, provider, response, null);
    return enter(visit, door, state, provider, told);
  });
}

/** Does what is left with the provider and the client looked up anew; what goes wrong is told to the app. */
async function answered(
  visit: Visit,
  { request, provider: name }: FederationState,
  work: (door: Door, provider: Provider) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const door = await doorOfRequest(visit, request);
  const provider = await findProvider(visit.ctx.room.store, visit.pool, { name });
  if (!provider || !door.client.settings.SupportedIdentityProviders?.includes(name)) {
    return toErrorPage(visit, 'Login option is not available. Please try another one');
  }
  try {
    return await work(door, provider);
  } catch (error) {
    const isTold = error instanceof FederationRefusal || (error instanceof AwsError && error.status < 500);
    if (!isTold) throw error;
    return toApp(request, { error: 'invalid_request', error_description: error.message });
  }
}

async function enter(
  visit: Visit,
  door: Door,
  state: FederationState,
  provider: Provider,
  told: Told,
): Promise<HttpResponse> {
  return admit(visit, door, state, provider, await userFrom(visit.ctx, door, provider, told), told.assurance);
}

async function admit(
  visit: Visit,
  door: Door,
  { request }: FederationState,
  provider: Provider,
  user: User,
  assurance: Assurance = federatedAssurance(visit.pool.settings.AcrConfiguration),
): Promise<HttpResponse> {
  const progress = { via: 'page' as const, flow: 'FEDERATION', username: user.username, factors: [] };
  await postAuthentication(visit.ctx, { door, via: 'page' }, user, progress);
  return resumeAuthorize(visit, door, request, { user, provider: provider.name, assurance });
}

/** Back from the provider's own sign-out. What it says of it doesn't matter: the pool's session ended before. */
const samlLogout: Route = async (visit) => {
  const relayState =
    visit.request.method === 'POST' ? (await visit.form()).get('RelayState') : visit.query.get('RelayState');
  const location = openLogout(visit, relayState);
  return location === undefined ? toErrorPage(visit, lost) : redirect(location);
};

export const federationRoutes: Routes = {
  '/oauth2/idpresponse': { GET: getOidcResponse, POST: postOidcResponse },
  '/saml2/idpresponse': { GET: getSamlResponse, POST: postSamlResponse },
  '/saml2/logout': { GET: samlLogout, POST: samlLogout },
};
