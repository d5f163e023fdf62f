/** The sign-in page itself, which several ways lead to. */
import type { HttpResponse } from '../../../kernel/index.ts';
import { field, submit } from './fields.ts';
import { type Html, html } from './html.ts';
import { nameOfUsername } from './labels.ts';
import type { TextKey } from './languages/index.ts';
import { link } from './links.ts';
import { page } from './page.ts';
import type { Stay } from './stay.ts';
import { say } from './texts.ts';
import { xsrfField } from './xsrf.ts';

interface Shown {
  username?: string | undefined;
  error?: string | undefined;
  notice?: string | undefined;
  /** Who is signed in already. */
  signedIn?: string | undefined;
}

export function loginPage(stay: Stay, { username, error, notice, signedIn }: Shown): Promise<HttpResponse> {
  const { visit, door, request } = stay;
  const providers = providersOf(stay);
  const own = hasOwnUsers(stay);
  const others = otherFactors(stay);
  const maySignUp = !door.pool.settings.AdminCreateUserConfig.AllowAdminCreateUserOnly;
  return page(visit, {
    title: say(visit, 'signIn'),
    error,
    notice,
    status: error === undefined ? 200 : 400,
    clientId: request.clientId,
    mayLeave: true,
    body: html`${signedIn !== undefined && continuing(stay, signedIn)}
${providers.map((name) => providerButton(stay, name))}
${providers.length > 0 && own && html`<p class="or">${say(visit, 'or')}</p>`}
${
  own &&
  html`<form name="cognitoSignInForm" method="post" action="${link(visit, '/login', request)}">
${xsrfField(visit)}
${field({
  name: 'username',
  id: 'signInFormUsername',
  label: nameOfUsername(stay),
  value: username,
  autocomplete: 'username',
  isFirst: !username,
  isWrong: error !== undefined,
})}
${field({
  name: 'password',
  id: 'signInFormPassword',
  label: say(visit, 'password'),
  type: 'password',
  autocomplete: 'current-password',
  isFirst: Boolean(username),
  isWrong: error !== undefined,
})}
<p class="aside"><a class="redirect-customizable" href="${link(visit, '/forgotPassword', request)}">${say(visit, 'forgotYourPassword')}</a></p>
${signInButton(stay)}
${others.length > 0 && html`<p class="or">${say(visit, 'or')}</p>`}
${others.map(
  (factor) =>
    html`<button class="plain" type="submit" name="factor" value="${factor}" formnovalidate>${say(visit, otherWays[factor] ?? 'continue')}</button>`,
)}
</form>
${maySignUp && html`<p class="under">${say(visit, 'noAccountYet')} <a class="redirect-customizable" href="${link(visit, '/signup', request)}">${say(visit, 'signUp')}</a></p>`}`
}`,
  });
}

/** The pages of those who are signed in offer them to go on, or to sign in as somebody else right below. */
function continuing({ visit, request }: Stay, username: string): Html {
  return html`<p>${say(visit, 'signedInAs', { username })}</p>
<a class="button submitButton-customizable" href="${link(visit, '/oauth2/authorize', request)}">${say(visit, 'continueAs', { username })}</a>
<h2 class="or">${say(visit, 'signInAsSomebodyElse')}</h2>`;
}

/** In the classic hosted UI an input, by which tests and password managers know it. */
function signInButton({ visit }: Stay): Html {
  const label = say(visit, 'signIn');
  if (visit.domain.managedLoginVersion === 2) return submit(label);
  return html`<input class="btn btn-primary submitButton-customizable" type="submit" name="signInSubmitButton" value="${label}">`;
}

const otherWays: Readonly<Record<string, TextKey>> = {
  WEB_AUTHN: 'usePasskeyInstead',
  EMAIL_OTP: 'emailCodeInstead',
  SMS_OTP: 'smsCodeInstead',
};

/** Ways without a password, where pool and client have choice-based sign-in. */
export function otherFactors({ door }: Stay): string[] {
  const { pool, client } = door;
  if (!client.settings.ExplicitAuthFlows?.includes('ALLOW_USER_AUTH')) return [];
  const allowed = pool.settings.Policies.SignInPolicy?.AllowedFirstAuthFactors ?? [];
  return Object.keys(otherWays).filter((factor) => allowed.includes(factor));
}

/** Names of the identity providers that a client lets its users come in by, in its order. */
function providersOf({ door }: Stay): string[] {
  return (door.client.settings.SupportedIdentityProviders ?? []).filter((name) => name !== 'COGNITO');
}

/** Clients that name no provider at all have the pool's own users. */
export function hasOwnUsers({ door }: Stay): boolean {
  return door.client.settings.SupportedIdentityProviders?.includes('COGNITO') ?? true;
}

const knownNames: Readonly<Record<string, string>> = {
  LoginWithAmazon: 'Amazon',
  SignInWithApple: 'Apple',
};

/** AWS's template of CSS has a class for social providers, and one for all others. */
const socialProviders: ReadonlySet<string> = new Set([
  'Facebook',
  'Google',
  'LoginWithAmazon',
  'SignInWithApple',
]);

function providerButton({ visit, request }: Stay, name: string): Html {
  const isSocial = socialProviders.has(name);
  const href = link(visit, '/oauth2/authorize', request, { identity_provider: name });
  return html`<a class="button ${isSocial ? 'socialButton' : 'idpButton'}-customizable" href="${href}">${say(visit, 'continueWith', { provider: knownNames[name] ?? name })}</a>`;
}
