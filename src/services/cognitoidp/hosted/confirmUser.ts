/** The page that takes the code of a sign-up; whoever signed up here goes on without signing in again. */
import type { HttpResponse } from '../../../kernel/index.ts';
import type { Route } from '../oauth/visit.ts';
import { ConfirmSignUp, ResendConfirmationCode } from '../operations/signUp.ts';
import { assessed } from '../risk/protect.ts';
import type { Progress } from '../signIn/attempt.ts';
import { goOn as nextStep } from '../signIn/goOn.ts';
import type { User } from '../store.ts';
import { preAuthentication } from '../triggers/authentication.ts';
import { findUser } from '../users.ts';
import { codeField, field, submit } from './fields.ts';
import { html } from './html.ts';
import { nameOfUsername } from './labels.ts';
import { link } from './links.ts';
import { loginPage } from './loginPage.ts';
import { page } from './page.ts';
import { attemptOf, goOn, proof, told } from './signIn.ts';
import { type Stay, stayOf } from './stay.ts';
import { say } from './texts.ts';
import { formOf, xsrfField } from './xsrf.ts';

/** Milliseconds: as long as somebody looks for a code. */
const ticketMs = 15 * 60_000;
const purpose = ({ door }: Stay) => `cognitoidp.signUpTicket/${door.pool.id}/${door.client.id}`;

interface Ticket {
  sub: string;
  expiresAt: number;
}

/** Says that this browser has just proved the user's password, by choosing it or by signing in with it. */
export async function ticketFor(stay: Stay, username: string): Promise<string> {
  const { ctx, pool } = stay.visit;
  const user = await findUser(ctx.room.store, pool, username);
  if (!user) return '';
  const ticket: Ticket = { sub: user.sub, expiresAt: ctx.now + ticketMs };
  return Buffer.from(ctx.room.vault.seal(purpose(stay), JSON.stringify(ticket))).toString('base64url');
}

function isTicketOf(stay: Stay, text: string, user: User): boolean {
  const { ctx } = stay.visit;
  try {
    const opened = ctx.room.vault.open(purpose(stay), Buffer.from(text, 'base64url')).toString();
    const { sub, expiresAt } = JSON.parse(opened) as Ticket;
    return sub === user.sub && expiresAt > ctx.now;
  } catch {
    return false;
  }
}

interface Shown {
  username?: string | undefined;
  ticket?: string | undefined;
  /** Where the code went, masked. */
  destination?: string | undefined;
  error?: string | undefined;
  notice?: string | undefined;
}

export function confirmPage(stay: Stay, shown: Shown): Promise<HttpResponse> {
  const { visit, request } = stay;
  const { username, ticket = '', destination, error, notice } = shown;
  return page(visit, {
    title: say(visit, 'confirmYourAccount'),
    graphic: destination?.startsWith('+') ? 'SMS' : 'EMAIL',
    error,
    notice,
    status: error === undefined ? 200 : 400,
    clientId: request.clientId,
    mayLeave: true,
    body: html`<form method="post" action="${link(visit, '/confirmUser', request)}">
${xsrfField(visit)}
<input type="hidden" name="ticket" value="${ticket}">
<input type="hidden" name="destination" value="${destination ?? ''}">
<p class="textDescription-customizable">${destination === undefined ? say(visit, 'enterCode') : say(visit, 'enterCodeSentTo', { destination })}</p>
${
  username === undefined
    ? field({ name: 'username', label: nameOfUsername(stay), autocomplete: 'username' })
    : html`<input type="hidden" name="username" value="${username}">`
}
${codeField(visit, error !== undefined, { id: 'verification_code' })}
${submit(say(visit, 'confirmAccount'))}
</form>
<form class="under" method="post" action="${link(visit, '/resendcode', request)}">
${xsrfField(visit)}
<input type="hidden" name="ticket" value="${ticket}">
<input type="hidden" name="username" value="${username ?? ''}">
${say(visit, 'noCode')} <button class="link" type="submit">${say(visit, 'sendAnotherOne')}</button>
</form>`,
  });
}

export const getConfirmUser: Route = async (visit) => {
  const stay = await stayOf(visit);
  return 'refusal' in stay ? stay.refusal : confirmPage(stay, {});
};

export const postConfirmUser: Route = async (visit) => {
  const stay = await stayOf(visit);
  if ('refusal' in stay) return stay.refusal;
  const form = await formOf(visit);
  const [username, ticket] = [form.get('username') ?? '', form.get('ticket') ?? ''];
  try {
    await ConfirmSignUp(visit.ctx, {
      ...namedIn(stay, username),
      ConfirmationCode: (form.get('code') ?? '').trim(),
    });
  } catch (error) {
    return confirmPage(stay, { username, ticket, destination: destinationIn(form), error: told(error) });
  }
  return afterConfirmation(stay, username, ticket);
};

/** On to the app for whom the ticket is, to the sign-in page for all others. */
export async function afterConfirmation(stay: Stay, username: string, ticket: string): Promise<HttpResponse> {
  const { ctx, pool } = stay.visit;
  const user = await findUser(ctx.room.store, pool, username);
  if (!user || !isTicketOf(stay, ticket, user)) {
    return loginPage(stay, { username, notice: say(stay.visit, 'confirmedSignIn') });
  }
  try {
    const attempt = attemptOf(stay);
    await preAuthentication(ctx, attempt, username, user);
    const progress: Progress = {
      via: 'page',
      flow: 'USER_PASSWORD_AUTH',
      username: user.username,
      factors: ['PASSWORD'],
    };
    const judged = await assessed(ctx, attempt, user, progress);
    return await goOn(stay, await nextStep(ctx, attempt, user, judged));
  } catch (error) {
    return loginPage(stay, { username, error: told(error) });
  }
}

export const postResendCode: Route = async (visit) => {
  const stay = await stayOf(visit);
  if ('refusal' in stay) return stay.refusal;
  const form = await formOf(visit);
  const [username, ticket] = [form.get('username') ?? '', form.get('ticket') ?? ''];
  try {
    const { CodeDeliveryDetails: sent } = await ResendConfirmationCode(visit.ctx, namedIn(stay, username));
    const { Destination: destination } = sent;
    return confirmPage(stay, { username, ticket, destination, notice: say(visit, 'anotherCodeIsOnItsWay') });
  } catch (error) {
    return confirmPage(stay, { username, ticket, error: told(error) });
  }
};

/** Where the code went, masked, as the form was told: only its own browser can say otherwise. */
export const destinationIn = (form: URLSearchParams): string | undefined =>
  form.get('destination') || undefined;

/** Members by which operations know a user of a client. */
export function namedIn(stay: Stay, username: string) {
  const { SECRET_HASH: hash } = proof(stay, username);
  return {
    ClientId: stay.door.client.id,
    Username: username,
    ...(hash === undefined ? {} : { SecretHash: hash }),
  };
}
