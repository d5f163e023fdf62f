/** A forgotten password: a code to an address that is known, and a new password along with it. */
import type { HttpResponse } from '../../../kernel/index.ts';
import type { Route } from '../oauth/visit.ts';
import { ConfirmForgotPassword, ForgotPassword } from '../operations/forgotPassword.ts';
import { chosenPassword, isAboutPassword, passwordFields } from './challengeForms.ts';
import { destinationIn, namedIn } from './confirmUser.ts';
import { codeField, field, namedUser, submit } from './fields.ts';
import { html } from './html.ts';
import { nameOfUsername } from './labels.ts';
import { link } from './links.ts';
import { loginPage } from './loginPage.ts';
import { page } from './page.ts';
import { told } from './signIn.ts';
import { type Stay, stayOf } from './stay.ts';
import { say } from './texts.ts';
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
    title: say(visit, 'resetYourPassword'),
    graphic: 'PASSWORD',
    error,
    status: error === undefined ? 200 : 400,
    clientId: request.clientId,
    body: html`<form method="post" action="${link(visit, '/forgotPassword', request)}">
${xsrfField(visit)}
<p class="textDescription-customizable">${say(visit, 'codeWillBeSent')}</p>
${field({
  name: 'username',
  label: nameOfUsername(stay),
  value: username,
  autocomplete: 'username',
  isFirst: true,
  isWrong: error !== undefined,
})}
${submit(say(visit, 'sendTheCode'))}
</form>
<p class="under"><a class="redirect-customizable" href="${link(visit, '/login', request)}">${say(visit, 'backToSignIn')}</a></p>`,
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
    title: say(visit, 'chooseNewPassword'),
    graphic: 'PASSWORD',
    error,
    status: error === undefined ? 200 : 400,
    clientId: request.clientId,
    body: html`<form method="post" action="${link(visit, '/confirmForgotPassword', request)}">
${xsrfField(visit)}
<input type="hidden" name="destination" value="${destination ?? ''}">
<p class="textDescription-customizable">${destination === undefined ? say(visit, 'enterCodeAndPassword') : say(visit, 'enterCodeAndPasswordSentTo', { destination })}</p>
${
  username === undefined
    ? field({ name: 'username', label: nameOfUsername(stay), autocomplete: 'username' })
    : namedUser(username)
}
${codeField(visit, error !== undefined && !isAboutPassword(error))}
${passwordFields(stay, isAboutPassword(error), { isFirst: isAboutPassword(error) })}
${submit(say(visit, 'savePassword'))}
</form>
<p class="under"><a class="redirect-customizable" href="${link(visit, '/forgotPassword', request)}">${say(visit, 'sendAnotherCode')}</a></p>`,
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
    return await loginPage(stay, { username, notice: say(visit, 'passwordIsChanged') });
  } catch (error) {
    return resetPage(stay, { username, destination: destinationIn(form), error: told(error) });
  }
};
