/** What each challenge asks for, and how its fields become ChallengeResponses. */
import { NotImplemented } from '../../../kernel/index.ts';
import { defaultPolicy, type PasswordPolicy } from '../domain/passwords.ts';
import { InvalidParameterException } from '../errors.ts';
import { type Asked, listOf } from './asked.ts';
import { codeField, field, submit } from './fields.ts';
import { type Html, html } from './html.ts';
import { mfaSetup } from './mfaSetup.ts';
import { password, selectChallenge, selectMfa } from './selections.ts';
import type { Stay } from './stay.ts';
import { webAuthn } from './webAuthn.ts';

export interface Shown {
  title: string;
  fields: Html;
  script?: string;
  /** In place of what was asked, where showing it took a step. */
  session?: string;
  parameters?: Readonly<Record<string, string>>;
}

export interface ChallengeForm {
  show(stay: Stay, asked: Asked, isWrong: boolean): Promise<Shown> | Shown;
  /** @returns ChallengeResponses, and the session where it isn't the one that was shown. */
  read(stay: Stay, form: URLSearchParams, asked: Asked): Promise<Responses> | Responses;
}

export type Responses = Record<string, string> & { session?: string };

const labels: Readonly<Record<string, string>> = {
  email: 'Email',
  phone_number: 'Phone number',
  given_name: 'Given name',
  family_name: 'Family name',
  preferred_username: 'Preferred username',
};

/** `given_name`: Given name; `custom:team`: Team. */
export function labelOf(attribute: string): string {
  const known = labels[attribute];
  if (known !== undefined) return known;
  const words = attribute.replace(/^custom:/, '').replaceAll('_', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

const attributePrefix = 'userAttributes.';

const newPassword: ChallengeForm = {
  show(stay, asked, isWrong) {
    const missing = listOf(asked, 'requiredAttributes');
    return {
      title: 'Choose a new password',
      fields: html`<p>Your password was a temporary one.</p>
${passwordFields(stay, isWrong)}
${missing.map((name) => field({ name, label: labelOf(name.slice(attributePrefix.length)) }))}
${submit('Save password')}`,
    };
  },
  read(_stay, form) {
    const attributes = [...form].filter(([name]) => name.startsWith(attributePrefix));
    return { NEW_PASSWORD: chosenPassword(form), ...Object.fromEntries(attributes) };
  },
};

/**
 * Twice the same: fields that aren't readable are easily mistyped.
 * @param label of the first. @param isFirst whether the page begins there.
 */
export function passwordFields(
  { door }: Stay,
  isWrong: boolean,
  { label = 'New password', isFirst = true }: { label?: string; isFirst?: boolean } = {},
): Html {
  const common = { type: 'password', autocomplete: 'new-password', isWrong } as const;
  const hint = policyHint(door.pool.settings.Policies.PasswordPolicy);
  return html`${field({ ...common, name: 'new_password', label, hint, isFirst })}${field({
    ...common,
    name: 'confirm_password',
    label: `${label} again`,
  })}`;
}

/** `At least 8 characters, with a lowercase letter, an uppercase letter, a number and a symbol.` */
function policyHint(policy: PasswordPolicy): string {
  const wanted = [
    policy.RequireLowercase && 'a lowercase letter',
    policy.RequireUppercase && 'an uppercase letter',
    policy.RequireNumbers && 'a number',
    policy.RequireSymbols && 'a symbol',
  ].filter((one) => typeof one === 'string');
  const list = new Intl.ListFormat('en', { type: 'conjunction' }).format(wanted);
  const length = policy.MinimumLength ?? defaultPolicy.MinimumLength;
  return `At least ${length} characters${wanted.length > 0 ? `, with ${list}` : ''}.`;
}

const passwordMax = 256;

/** @throws InvalidParameterException */
export function chosenPassword(form: URLSearchParams): string {
  const password = form.get('new_password') ?? '';
  if (password !== form.get('confirm_password'))
    throw new InvalidParameterException('The passwords are not the same.');
  // As the API's model has it.
  if (password.length > passwordMax)
    throw new InvalidParameterException(`Passwords have up to ${passwordMax} characters.`);
  return password;
}

function byCode(
  title: string,
  response: string,
  say: (parameters: Asked['parameters']) => string,
): ChallengeForm {
  return {
    show: (_stay, { parameters }, isWrong) => ({
      title,
      fields: html`<p>${say(parameters)}</p>${codeField(isWrong)}${submit('Continue')}`,
    }),
    read: (_stay, form) => ({ [response]: (form.get('code') ?? '').trim() }),
  };
}

const sentTo =
  (how: string) =>
  (parameters: Asked['parameters']): string =>
    `A code was sent by ${how} to ${parameters.CODE_DELIVERY_DESTINATION ?? 'you'}.`;

const forms: Readonly<Record<string, ChallengeForm>> = {
  NEW_PASSWORD_REQUIRED: newPassword,
  SMS_MFA: byCode('Check your phone', 'SMS_MFA_CODE', sentTo('SMS')),
  EMAIL_OTP: byCode('Check your email', 'EMAIL_OTP_CODE', sentTo('email')),
  SMS_OTP: byCode('Check your phone', 'SMS_OTP_CODE', sentTo('SMS')),
  SOFTWARE_TOKEN_MFA: byCode(
    'Your authenticator app',
    'SOFTWARE_TOKEN_MFA_CODE',
    ({ FRIENDLY_DEVICE_NAME: name }) =>
      `Enter the code that your authenticator app${name === undefined ? '' : ` (${name})`} shows.`,
  ),
  PASSWORD: password,
  SELECT_MFA_TYPE: selectMfa,
  SELECT_CHALLENGE: selectChallenge,
  MFA_SETUP: mfaSetup,
  WEB_AUTHN: webAuthn,
};

/** @throws NotImplemented challenges that no page answers: CUSTOM_CHALLENGE, and devices. */
export function formOfChallenge(name: string): ChallengeForm {
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
  if (!form) throw new NotImplemented(`The challenge ${name} of Cognito user pools in managed login`);
  return form;
}
