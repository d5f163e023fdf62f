/** Signing in. https://docs.aws.amazon.com/cognito/latest/developerguide/login-endpoint.html */
import { PasswordResetRequiredException, UserNotConfirmedException } from '../errors.ts';
import { browserOf, isRecent, isReusable } from '../oauth/browserSession.ts';
import type { Route } from '../oauth/visit.ts';
import { confirmPage, ticketFor } from './confirmUser.ts';
import { resetPage } from './forgotPassword.ts';
import { en } from './languages/en.ts';
import { hasOwnUsers, loginPage, otherFactors } from './loginPage.ts';
import { startFlow, told } from './signIn.ts';
import { type Stay, stayOf } from './stay.ts';
import { formOf } from './xsrf.ts';

export const getLogin: Route = async (visit) => {
  const stay = await stayOf(visit);
  if ('refusal' in stay) return stay.refusal;
  return loginPage(stay, { username: stay.request.loginHint, signedIn: await signedInAs(stay) });
};

/** Whom this browser may go on as: who is signed in, unless the app asks for a sign-in, or takes no session as old or of that provider. */
async function signedInAs({ visit, door, request }: Stay): Promise<string | undefined> {
  if (request.prompt.includes('login')) return undefined;
  const browser = await browserOf(visit);
  if (!browser || !isReusable(visit, door, browser) || !isRecent(visit, request, browser)) return undefined;
  const { provider = 'COGNITO', user } = browser;
  const { SupportedIdentityProviders: supported } = door.client.settings;
  return (supported?.includes(provider) ?? provider === 'COGNITO') ? user.username : undefined;
}

export const postLogin: Route = async (visit) => {
  const stay = await stayOf(visit);
  if ('refusal' in stay) return stay.refusal;
  const form = await formOf(visit);
  const username = (form.get('username') ?? '').trim();
  const password = form.get('password') ?? '';
  if (!hasOwnUsers(stay)) return loginPage(stay, { error: en.noOwnUsers });
  const asfData = form.get('cognitoAsfData');
  const factor = otherFactors(stay).find((one) => one === form.get('factor'));
  try {
    return factor !== undefined
      ? await startFlow(stay, 'USER_AUTH', { USERNAME: username, PREFERRED_CHALLENGE: factor }, asfData)
      : await startFlow(stay, 'USER_PASSWORD_AUTH', { USERNAME: username, PASSWORD: password }, asfData);
  } catch (error) {
    if (error instanceof UserNotConfirmedException) {
      // Passwords are looked at first: whoever comes this far has the right one. Other ways prove nothing before they ask.
      return confirmPage(stay, {
        username,
        ...(factor === undefined ? { ticket: await ticketFor(stay, username) } : {}),
      });
    }
    if (error instanceof PasswordResetRequiredException) return resetPage(stay, { username });
    return loginPage(stay, { username, error: told(error) });
  }
};
