/** Challenges that let people choose: among second factors, or how to sign in at all. */
import { listOf } from './asked.ts';
import type { ChallengeForm } from './challengeForms.ts';
import { field, submit } from './fields.ts';
import { type Html, html } from './html.ts';

const names: Readonly<Record<string, string>> = {
  SMS_MFA: 'A code by SMS',
  SMS_OTP: 'A code by SMS',
  EMAIL_OTP: 'A code by email',
  EMAIL_MFA: 'A code by email',
  SOFTWARE_TOKEN_MFA: 'Your authenticator app',
  PASSWORD: 'Your password',
  WEB_AUTHN: 'A passkey',
};

function choices(legend: string, values: readonly string[]): Html {
  return html`<fieldset><legend>${legend}</legend>
${values.map(
  (
    value,
    index,
  ) => html`<label class="choice"><input type="radio" name="answer" value="${value}" required${index === 0 && html` checked`}>
${names[value] ?? value}</label>`,
)}</fieldset>`;
}

export const selectMfa: ChallengeForm = {
  show: (_stay, asked) => ({
    title: 'One more step',
    fields: html`${choices('How do you want to prove that it is you?', listOf(asked, 'MFAS_CAN_CHOOSE'))}${submit('Continue')}`,
  }),
  read: (_stay, form) => ({ ANSWER: form.get('answer') ?? '' }),
};

/** The first factor. Passwords are asked for right here: their challenge has them in its answer. */
export const selectChallenge: ChallengeForm = {
  show(_stay, asked, isWrong) {
    const values = listOf(asked, 'AvailableChallenges').filter((name) => name !== 'PASSWORD_SRP');
    return {
      title: 'How do you want to sign in?',
      fields: html`${choices('Sign in with', values)}
${
  values.includes('PASSWORD') &&
  field({
    name: 'password',
    label: 'Password',
    type: 'password',
    autocomplete: 'current-password',
    required: false,
    hint: 'Only if you sign in with your password.',
    isWrong,
  })
}
${submit('Continue')}`,
    };
  },
  read(_stay, form): Record<string, string> {
    const ANSWER = form.get('answer') ?? '';
    return ANSWER === 'PASSWORD' ? { ANSWER, PASSWORD: form.get('password') ?? '' } : { ANSWER };
  },
};

export const password: ChallengeForm = {
  show: (_stay, _asked, isWrong) => ({
    title: 'Your password',
    fields: html`${field({
      name: 'password',
      label: 'Password',
      type: 'password',
      autocomplete: 'current-password',
      isFirst: true,
      isWrong,
    })}${submit('Continue')}`,
  }),
  read: (_stay, form) => ({ PASSWORD: form.get('password') ?? '' }),
};
