/** The first second factor: an authenticator app that reads a secret from a QR code, or an address for codes. */
import { toString as qrCode } from 'qrcode';
import { associateBySession, verifyBySession } from '../operations/softwareToken.ts';
import type { Asked } from './asked.ts';
import type { ChallengeForm } from './challengeForms.ts';
import { codeField, field, submit } from './fields.ts';
import { Html, html } from './html.ts';
import type { Stay } from './stay.ts';
import { say } from './texts.ts';

export const mfaSetup: ChallengeForm = {
  async show(stay, asked, isWrong) {
    const factors = String(asked.parameters.MFAS_CAN_SETUP ?? '');
    const hasApp = factors.includes('SOFTWARE_TOKEN_MFA');
    const { session, secret } = hasApp ? await secretOf(stay, asked) : { session: asked.session, secret: '' };
    return {
      title: say(stay.visit, hasApp ? 'setUpApp' : 'codesByEmail'),
      ...(hasApp ? {} : { graphic: 'EMAIL' as const }),
      session,
      parameters: { ...asked.parameters, ...(secret ? { SECRET_CODE: secret } : {}) },
      fields: html`${hasApp && (await appFields(stay, asked, secret, isWrong))}
${factors.includes('EMAIL_OTP') && emailField(stay, hasApp, isWrong)}${submit(say(stay.visit, 'continue'))}`,
    };
  },
  async read({ visit }, form, { session }): Promise<Record<string, string>> {
    const email = (form.get('email') ?? '').trim();
    if (email !== '') return { EMAIL: email };
    const code = (form.get('code') ?? '').trim();
    const { Session } = await verifyBySession(visit.ctx, 'page', session, code);
    return { session: Session };
  },
};

/** Characters: more aren't a username, and a QR code holds only so many. */
const usernameMax = 128;

/** One secret for as long as the page is open: whoever mistypes a code has read it already. */
async function secretOf(
  { visit }: Stay,
  { session, parameters }: Asked,
): Promise<{ session: string; secret: string }> {
  const { SECRET_CODE: known } = parameters;
  if (known !== undefined && /^[A-Z2-7]{16,128}$/.test(known)) return { session, secret: known };
  const { SecretCode, Session } = await associateBySession(visit.ctx, 'page', session);
  return { session: Session, secret: SecretCode };
}

async function appFields(
  { visit, door }: Stay,
  { username, parameters }: Asked,
  secret: string,
  isWrong: boolean,
): Promise<Html> {
  const hasEmail = parameters.MFAS_CAN_SETUP?.includes('EMAIL_OTP') === true;
  const issuer = encodeURIComponent(door.pool.name);
  const uri = `otpauth://totp/${issuer}:${encodeURIComponent(username.slice(0, usernameMax))}?${new URLSearchParams({ secret })}&issuer=${issuer}`;
  // Made of squares alone: nothing of the URI is in it as text.
  const svg = await qrCode(uri, { type: 'svg', margin: 1 });
  return html`<p>${say(visit, 'scanThis')}</p>
<div class="qr" role="img" aria-label="${say(visit, 'qrCode')}">${new Html(svg)}</div>
<p>${say(visit, 'secret')} <code class="secret">${secret}</code></p>
${codeField(visit, isWrong, { required: !hasEmail })}`;
}

const emailField = ({ visit }: Stay, isOther: boolean, isWrong: boolean): Html =>
  field({
    name: 'email',
    label: say(visit, isOther ? 'orCodesByEmail' : 'email'),
    type: 'email',
    autocomplete: 'email',
    inputmode: 'email',
    required: !isOther,
    isFirst: !isOther,
    isWrong: isWrong && !isOther,
  });
