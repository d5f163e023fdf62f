/** A forgotten password: a code to an address that is known, and a new password along with it. */
import type { HttpResponse } from '../../../kernel/index.ts';
import type { Route } from '../oauth/visit.ts';
import { ConfirmForgotPassword, ForgotPassword } from '../operations/forgotPassword.ts';
import { chosenPassword, passwordFields } from './challengeForms.ts';
import { namedIn } from './confirmUser.ts';
import { codeField, field, submit } from './fields.ts';
import { html } from './html.ts';
import { link } from './links.ts';
import { loginPage, nameOfUsername } from './loginPage.ts';
import { page } from './page.ts';
import { told } from './signIn.ts';
import { type Stay, stayOf } from './stay.ts';
import { formOf, xsrfField } from './xsrf.ts';

export const getForgotPassword: Route = async (visit) => {
  const stay = await stayOf(visit);
  return 'refusal' in stay ? stay.refusal : forgotPage(stay, {});
};

function forgotPage(
  stay: Stay,
  { username, error }: { username?: string; error?: string },
): Promise<HttpResponse> {
  const { visit, request } = stay;
  return page(visit, {
    title: 'Reset your password',
    error,
    status: error === undefined ? 200 : 400,
    clientId: request.clientId,
    body: html`<form method="post" action="${link(visit, '/forgotPassword', request)}">
${xsrfField(visit)}
<p class="textDescription-customizable">A code will be sent to the email address or phone number that you have confirmed.</p>
${field({
  name: 'username',
  label: nameOfUsername(stay),
  value: username,
  autocomplete: 'username',
  isFirst: true,
  isWrong: error !== undefined,
})}
${submit('Send the code')}
</form>
<p class="under"><a class="redirect-customizable" href="${link(visit, '/login', request)}">Back to sign-in</a></p>`,
  });
}

export const postForgotPassword: Route = async (visit) => {
  const stay = await stayOf(visit);
  if ('refusal' in stay) return stay.refusal;
  const form = await formOf(visit);
  const username = (form.get('username') ?? '').trim();
  try {
    const { CodeDeliveryDetails: sent } = await ForgotPassword(visit.ctx, namedIn(stay, username));
    return await resetPage(stay, { username, destination: sent.Destination });
  } catch (error) {
    return forgotPage(stay, { username, error: told(error) });
  }
};

interface Shown {
  username?: string | undefined;
  destination?: string | undefined;
  error?: string | undefined;
}

export function resetPage(stay: Stay, { username, destination, error }: Shown): Promise<HttpResponse> {
  const { visit, request } = stay;
  return page(visit, {
    title: 'Choose a new password',
    error,
    status: error === undefined ? 200 : 400,
    clientId: request.clientId,
    body: html`<form method="post" action="${link(visit, '/confirmForgotPassword', request)}">
${xsrfField(visit)}
<p class="textDescription-customizable">Enter the code that was sent to ${destination ?? 'you'}, and a new password.</p>
${
  username === undefined
    ? field({ name: 'username', label: nameOfUsername(stay), autocomplete: 'username' })
    : html`<input type="hidden" name="username" value="${username}">`
}
${codeField(error !== undefined)}
${passwordFields(stay, error !== undefined, { isFirst: false })}
${submit('Save password')}
</form>
<p class="under"><a class="redirect-customizable" href="${link(visit, '/forgotPassword', request)}">Send another code</a></p>`,
  });
}

export const getConfirmForgotPassword: Route = async (visit) => {
  const stay = await stayOf(visit);
  return 'refusal' in stay ? stay.refusal : resetPage(stay, {});
};

export const postConfirmForgotPassword: Route = async (visit) => {
  const stay = await stayOf(visit);
  if ('refusal' in stay) return stay.refusal;
  const form = await formOf(visit);
  const username = form.get('username') ?? '';
  try {
    await ConfirmForgotPassword(visit.ctx, {
      ...namedIn(stay, username),
      ConfirmationCode: (form.get('code') ?? '').trim(),
      Password: chosenPassword(form),
    });
    return await loginPage(stay, { username, notice: 'Your password is changed. Sign in with the new one.' });
  } catch (error) {
    return resetPage(stay, { username, error: told(error) });
  }
};
