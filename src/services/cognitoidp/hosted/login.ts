/** The sign-in page. https://docs.aws.amazon.com/cognito/latest/developerguide/login-endpoint.html */
import type { HttpResponse } from '../../../kernel/index.ts';
import { PasswordResetRequiredException, UserNotConfirmedException } from '../errors.ts';
import type { Route } from '../oauth/visit.ts';
import { confirmPage, ticketFor } from './confirmUser.ts';
import { field, submit } from './fields.ts';
import { resetPage } from './forgotPassword.ts';
import { type Html, html } from './html.ts';
import { link } from './links.ts';
import { page } from './page.ts';
import { startFlow, told } from './signIn.ts';
import { type Stay, stayOf } from './stay.ts';
import { formOf, xsrfField } from './xsrf.ts';

export const getLogin: Route = async (visit) => {
  const stay = await stayOf(visit);
  if ('refusal' in stay) return stay.refusal;
  return loginPage(stay, { username: stay.request.loginHint });
};

export const postLogin: Route = async (visit) => {
  const stay = await stayOf(visit);
  if ('refusal' in stay) return stay.refusal;
  const form = await formOf(visit);
  const username = (form.get('username') ?? '').trim();
  const password = form.get('password') ?? '';
  if (!hasOwnUsers(stay)) return loginPage(stay, { error: 'This app has no users of its own.' });
  try {
    return await startFlow(
      stay,
      'USER_PASSWORD_AUTH',
      { USERNAME: username, PASSWORD: password },
      form.get('cognitoAsfData'),
    );
  } catch (error) {
    if (error instanceof UserNotConfirmedException) {
      return confirmPage(stay, { username, ticket: await ticketFor(stay, username) });
    }
    if (error instanceof PasswordResetRequiredException) return resetPage(stay, { username });
    return loginPage(stay, { username, error: told(error) });
  }
};

interface Shown {
  username?: string | undefined;
  error?: string | undefined;
  notice?: string | undefined;
}

export function loginPage(stay: Stay, { username, error, notice }: Shown): Promise<HttpResponse> {
  const { visit, door, request } = stay;
  const providers = providersOf(stay);
  const own = hasOwnUsers(stay);
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
</form>
${maySignUp && html`<p class="under">No account yet? <a class="redirect-customizable" href="${link(visit, '/signup', request)}">Sign up</a></p>`}`
}`,
  });
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
