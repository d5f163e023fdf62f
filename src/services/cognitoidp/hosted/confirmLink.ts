/** `/confirmUser?client_id=…&user_name=…&confirmation_code=…`: the link in an email, instead of a code to be typed. */
import { AwsError } from '../../../kernel/index.ts';
import { secretHash } from '../domain/secretHash.ts';
import type { Route } from '../oauth/visit.ts';
import { clientSecrets } from '../operations/clientSecrets.ts';
import { ConfirmSignUp } from '../operations/signUp.ts';
import { records } from '../store.ts';
import { errorPage } from './error.ts';
import { html } from './html.ts';
import { en } from './languages/en.ts';
import { page } from './page.ts';
import { say } from './texts.ts';

/** Confirms by what the link says. @param otherwise answers addresses that carry no code. */
export function confirmingByLink(otherwise: Route): Route {
  return async (visit) => {
    const { ctx, pool, query } = visit;
    const ConfirmationCode = query.get('confirmation_code');
    if (ConfirmationCode === null) return otherwise(visit);
    const [ClientId, Username] = [query.get('client_id') ?? '', query.get('user_name') ?? ''];
    const client = await records.clients.get(ctx.room.store, pool.id, ClientId);
    if (!client) return errorPage(visit, 400, en.linkLeadsNowhere);
    const [secret] = clientSecrets(ctx, client);
    const proof = secret === undefined ? {} : { SecretHash: secretHash(Username, ClientId, secret) };
    try {
      await ConfirmSignUp(ctx, { ClientId, Username, ConfirmationCode, ...proof });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return errorPage(visit, 400, en.linkIsOld);
    }
    return page(visit, {
      title: say(visit, 'accountIsConfirmed'),
      clientId: ClientId,
      body: html`<p>${say(visit, 'registrationConfirmed')}</p>`,
    });
  };
}
