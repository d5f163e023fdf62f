/** The sign-in page itself, which several ways lead to. */
import type { HttpResponse } from '../../../kernel/index.ts';
import { field, submit } from './fields.ts';
import { type Html, html } from './html.ts';
import { link } from './links.ts';
import { page } from './page.ts';
import type { Stay } from './stay.ts';
import { xsrfField } from './xsrf.ts';

interface Shown {
  username?: string | undefined;
  error?: string | undefined;
  notice?: string | undefined;
}

export function loginPage(stay: Stay, { username, error, notice }: Shown): Promise<HttpResponse> {
  const { visit, door, request } = stay;
  const providers = providersOf(stay);
  const own = hasOwnUsers(stay);
  const others = otherFactors(stay);
  const maySignUp = !door.pool.settings.AdminCreateUserConfig.AllowAdminCreateUserOnly;
  return page(visit, {
    title: 'Sign in',
    error,
    notice,
    status: error === undefined ? 200 : 400,
    clientId: request.clientId,
    mayLeave: true,
    body: html`${providers.map((name) => providerButton(stay, name))}
${providers.length > 0 && own && html`<p class="or">or</p>`}
${
  own &&
  html`<form name="cognitoSignInForm" method="post" action="${link(visit, '/login', request)}">
${xsrfField(visit)}
${field({
  name: 'username',
  label: nameOfUsername(stay),
  value: username,
  autocomplete: 'username',
  isFirst: !username,
  isWrong: error !== undefined,
})}
${field({
  name: 'password',
  label: 'Password',
  type: 'password',
  autocomplete: 'current-password',
  isFirst: Boolean(username),
  isWrong: error !== undefined,
})}
<p><a class="redirect-customizable" href="${link(visit, '/forgotPassword', request)}">Forgot your password?</a></p>
${submit('Sign in')}
${others.length > 0 && html`<p class="or">or</p>`}
${others.map(
  (factor) =>
    html`<button class="plain" type="submit" name="factor" value="${factor}" formnovalidate>${otherWays[factor]}</button>`,
)}
</form>
${maySignUp && html`<p class="under">No account yet? <a class="redirect-customizable" href="${link(visit, '/signup', request)}">Sign up</a></p>`}`
}`,
  });
}

const otherWays: Readonly<Record<string, string>> = {
  WEB_AUTHN: 'Use a passkey',
  EMAIL_OTP: 'Get a code by email',
  SMS_OTP: 'Get a code by SMS',
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

function providerButton({ visit, request }: Stay, name: string): Html {
  const href = link(visit, '/oauth2/authorize', request, { identity_provider: name });
  return html`<a class="button idpButton-customizable" href="${href}">Continue with ${knownNames[name] ?? name}</a>`;
}

/** What people sign in by. */
export function nameOfUsername({ door }: Stay): string {
  const { UsernameAttributes: addresses, AliasAttributes: aliases } = door.pool.settings;
  if (addresses?.includes('email') && addresses.includes('phone_number')) return 'Email or phone number';
  if (addresses?.includes('email')) return 'Email';
  if (addresses?.includes('phone_number')) return 'Phone number';
  if (aliases?.includes('email')) return 'Username or email';
  return 'Username';
}
