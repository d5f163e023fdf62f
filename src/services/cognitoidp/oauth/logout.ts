/** `/logout`. https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html */
import { byProvider } from '../federation/logout.ts';
import { records } from '../store.ts';
import { redirect, toErrorPage } from './answers.ts';
import { signOutBrowser } from './browserSession.ts';
import { queryOf, readRequest } from './request.ts';
import type { Route } from './visit.ts';

/** The session ends only for a request that names a client and an address that it registered. */
export const getLogout: Route = async (visit) => {
  const { query, ctx, pool } = visit;
  const clientId = query.get('client_id');
  if (!clientId) return toErrorPage(visit, "Required String parameter 'client_id' is not present");
  const logoutUri = query.get('logout_uri');
  if (logoutUri === null) return signInAgain(visit);
  const client = await records.clients.get(ctx.room.store, pool.id, clientId);
  if (!client) return toErrorPage(visit, 'Client does not exist.');
  if (query.getAll('logout_uri').length > 1 || !client.settings.LogoutURLs?.includes(logoutUri)) {
    return toErrorPage(visit, 'redirect_mismatch');
  }
  const state = query.get('state');
  const glue = logoutUri.includes('?') ? '&' : '?';
  const location = state === null ? logoutUri : `${logoutUri}${glue}${new URLSearchParams({ state })}`;
  return redirect(await byProvider(visit, location), [await signOutBrowser(visit)]);
};

/** Without `logout_uri`: "shows the login screen, using the same parameters as for GET /oauth2/authorize". */
const signInAgain: Route = async (visit) => {
  if (!visit.query.has('redirect_uri')) {
    return toErrorPage(visit, "Required String parameter 'logout_uri' is not present");
  }
  const read = await readRequest(visit, visit.query);
  if ('refusal' in read) return read.refusal;
  return redirect(`${visit.basePath}/login?${queryOf(read.request)}`, [await signOutBrowser(visit)]);
};
