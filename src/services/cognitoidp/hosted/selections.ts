/** Challenges that let people choose: among second factors, or how to sign in at all. */

import type { Visit } from '../oauth/visit.ts';
import { listOf } from './asked.ts';
import type { ChallengeForm } from './challengeForms.ts';
import { field, submit } from './fields.ts';
import { type Html, html } from './html.ts';
import type { TextKey } from './languages/index.ts';
import { say } from './texts.ts';

const names: Readonly<Record<string, TextKey>> = {
  SMS_MFA: 'codeBySms',
  SMS_OTP: 'codeBySms',
  EMAIL_OTP: 'codeByEmail',
  EMAIL_MFA: 'codeByEmail',
  SOFTWARE_TOKEN_MFA: 'yourAuthenticatorApp',
  PASSWORD: 'yourPassword',
  WEB_AUTHN: 'aPasskey',
};

function choices(visit: Visit, legend: TextKey, values: readonly string[]): Html {
  return html`<fieldset><legend>${say(visit, legend)}</legend>
${values.map(
  (
    value,
    index,
  ) => html`<label class="choice"><input type="radio" name="answer" value="${value}" required${index === 0 && html` checked`}>
${nameOf(visit, value)}</label>`,
)}</fieldset>`;
}

function nameOf(visit: Visit, value: string): string {
  const key = Object.hasOwn(names, value) ? names[value] : undefined;
  return key === undefined ? value : say(visit, key);
}

export const selectMfa: ChallengeForm = {
  show: ({ visit }, asked) => ({
    title: say(visit, 'oneMoreStep'),
    fields: html`${choices(visit, 'howToProve', listOf(asked, 'MFAS_CAN_CHOOSE'))}${submit(say(visit, 'continue'))}`,
  }),
  read: (_stay, form) => ({ ANSWER: form.get('answer') ?? '' }),
};

/** The first factor. Passwords are asked for right here: their challenge has them in its answer. */
export const selectChallenge: ChallengeForm = {
  show({ visit }, asked, isWrong) {
    const values = listOf(asked, 'AvailableChallenges').filter((name) => name !== 'PASSWORD_SRP');
    return {
      title: say(visit, 'howToSignIn'),
      fields: html`${choices(visit, 'signInWith', values)}
${
  values.includes('PASSWORD') &&
  field({
    name: 'password',
    label: say(visit, 'password'),
    type: 'password',
    autocomplete: 'current-password',
    required: false,
    hint: say(visit, 'onlyWithPassword'),
    isWrong,
  })
}
${submit(say(visit, 'continue'))}`,
    };
  },
  read(_stay, form): Record<string, string> {
    const ANSWER = form.get('answer') ?? '';
    return ANSWER === 'PASSWORD' ? { ANSWER, PASSWORD: form.get('password') ?? '' } : { ANSWER };
  },
};

export const password: ChallengeForm = {
  show: ({ visit }, _asked, isWrong) => ({
    title: say(visit, 'yourPassword'),
    graphic: 'PASSWORD',
    fields: html`${field({
      name: 'password',
      label: say(visit, 'password'),
      type: 'password',
      autocomplete: 'current-password',
      isFirst: true,
      isWrong,
    })}${submit(say(visit, 'continue'))}`,
  }),
  read: (_stay, form) => ({ PASSWORD: form.get('password') ?? '' }),
};
