/** `/passkeys/add`: whoever is signed in to managed login registers a passkey. https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html#amazon-cognito-user-pools-authentication-flow-methods-passkey */
import type { HttpResponse } from '../../../kernel/index.ts';
import { redirect } from '../oauth/answers.ts';
import { browserOf, isFresh } from '../oauth/browserSession.ts';
import type { Route, Visit } from '../oauth/visit.ts';
import { completeRegistration, startRegistration } from '../operations/webAuthn.ts';
import type { User } from '../store.ts';
import { html } from './html.ts';
import { link } from './links.ts';
import { page } from './page.ts';
import { told } from './signIn.ts';
import { type Stay, stayOf } from './stay.ts';
import { say } from './texts.ts';
import { formOf, xsrfField } from './xsrf.ts';

export const getAddPasskey: Route = async (visit) => {
  const stay = await stayOfPasskey(visit);
  return 'refusal' in stay ? stay.refusal : addPage(stay);
};

export const postAddPasskey: Route = async (visit) => {
  const stay = await stayOfPasskey(visit);
  if ('refusal' in stay) return stay.refusal;
  const form = await formOf(visit);
  try {
    await completeRegistration(
      visit.ctx,
      { ...stay.door, user: stay.user },
      credentialOf(form.get('credential')),
    );
  } catch (error) {
    return addPage(stay, told(error));
  }
  return redirect(stay.request.redirectUri);
};

type PasskeyStay = Stay & { user: User };

/** Links to this page say which client and which address; what for is clear. Nobody adds a passkey to who isn't there. */
async function stayOfPasskey(visit: Visit): Promise<PasskeyStay | { refusal: HttpResponse }> {
  const query = new URLSearchParams(visit.query);
  if (!query.has('response_type')) query.set('response_type', 'code');
  const stay = await stayOf({ ...visit, query });
  if ('refusal' in stay) return stay;
  const browser = await browserOf(visit);
  if (!browser || !isFresh(visit, browser)) return { refusal: redirect(link(visit, '/login', stay.request)) };
  return { ...stay, visit, user: browser.user };
}

async function addPage(stay: PasskeyStay, error?: string): Promise<HttpResponse> {
  const { visit, request, door, user } = stay;
  const { CredentialCreationOptions: options } = await startRegistration(visit.ctx, { ...door, user });
  return page(visit, {
    title: say(visit, 'addPasskey'),
    graphic: 'PASSKEY',
    error,
    status: error === undefined ? 200 : 400,
    clientId: request.clientId,
    mayLeave: true,
    script,
    body: html`<form method="post" action="${link(visit, '/passkeys/add', request)}">
${xsrfField(visit)}
<p id="passkey-state" role="status">${say(visit, 'passkeyLetsYou', { username: user.username })}</p>
<input type="hidden" name="credential" id="credential">
<button class="submitButton-customizable" type="button" id="passkey" data-options="${JSON.stringify(options)}" data-failed="${say(visit, 'didNotWork')}">${say(visit, 'createPasskey')}</button>
<noscript><p class="hint">${say(visit, 'needsJavaScript')}</p></noscript>
</form>`,
  });
}

function credentialOf(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

const script = `
const button = document.getElementById('passkey');
const state = document.getElementById('passkey-state');
async function create() {
  button.disabled = true;
  try {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(button.dataset.options));
    const credential = await navigator.credentials.create({ publicKey });
    document.getElementById('credential').value = JSON.stringify(credential.toJSON());
    button.form.submit();
  } catch {
    state.textContent = button.dataset.failed;
    button.disabled = false;
  }
}
button.addEventListener('click', create);
`;
