/** Passkeys: the one page that needs a script, to hand the browser the challenge and to take its answer. */
import type { ChallengeForm } from './challengeForms.ts';
import { html } from './html.ts';
import { say } from './texts.ts';

export const webAuthn: ChallengeForm = {
  show: ({ visit }, { parameters }) => ({
    title: say(visit, 'signInWithPasskey'),
    graphic: 'PASSKEY',
    fields: html`<p id="passkey-state" role="status">${say(visit, 'deviceWillAsk')}</p>
<input type="hidden" name="credential" id="credential">
<button class="submitButton-customizable" type="button" id="passkey" data-options="${parameters.CREDENTIAL_REQUEST_OPTIONS ?? '{}'}" data-failed="${say(visit, 'didNotWork')}">${say(visit, 'useYourPasskey')}</button>
<noscript><p class="hint">${say(visit, 'needsJavaScript')}</p></noscript>`,
    script,
  }),
  read: (_stay, form) => ({ CREDENTIAL: form.get('credential') ?? '' }),
};

/** Options travel as JSON, base64url inside. https://www.w3.org/TR/webauthn-3/#sctn-parseRequestOptionsFromJSON */
const script = `
const button = document.getElementById('passkey');
const state = document.getElementById('passkey-state');
async function ask() {
  button.disabled = true;
  try {
    const options = JSON.parse(button.dataset.options);
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey ?? options);
    const credential = await navigator.credentials.get({ publicKey });
    document.getElementById('credential').value = JSON.stringify(credential.toJSON());
    button.form.submit();
  } catch {
    state.textContent = button.dataset.failed;
    button.disabled = false;
  }
}
button.addEventListener('click', ask);
`;
