/** What each challenge asks for, and how its fields become ChallengeResponses. */
import { NotImplemented } from '../../../kernel/index.ts';
import { defaultPolicy, type PasswordPolicy } from '../domain/passwords.ts';
import { InvalidParameterException } from '../errors.ts';
import { type Asked, listOf } from './asked.ts';
import { codeField, field, submit } from './fields.ts';
import type { GraphicName } from './graphics.ts';
import { type Html, html } from './html.ts';
import { labelOf } from './labels.ts';
import { en } from './languages/en.ts';
import type { TextKey } from './languages/index.ts';
import { mfaSetup } from './mfaSetup.ts';
import { password, selectChallenge, selectMfa } from './selections.ts';
import type { Stay } from './stay.ts';
import { say, sayList } from './texts.ts';
import { webAuthn } from './webAuthn.ts';

export interface Shown {
  title: string;
  fields: Html;
  graphic?: GraphicName;
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

const attributePrefix = 'userAttributes.';

const newPassword: ChallengeForm = {
  show(stay, asked, isWrong) {
    const missing = listOf(asked, 'requiredAttributes');
    return {
      title: say(stay.visit, 'chooseNewPassword'),
      graphic: 'PASSWORD',
      fields: html`<p>${say(stay.visit, 'wasTemporary')}</p>
${passwordFields(stay, isWrong)}
${missing.map((name) => field({ name, label: labelOf(stay.visit, name.slice(attributePrefix.length)) }))}
${submit(say(stay.visit, 'savePassword'))}`,
    };
  },
  read(_stay, form) {
    const attributes = [...form].filter(([name]) => name.startsWith(attributePrefix));
    return { NEW_PASSWORD: chosenPassword(form), ...Object.fromEntries(attributes) };
  },
};

/** Twice the same: fields that aren't readable are easily mistyped. @param isFirst whether the page begins there. */
export function passwordFields(
  stay: Stay,
  isWrong: boolean,
  { isFirst = true }: { isFirst?: boolean } = {},
): Html {
  const common = { type: 'password', autocomplete: 'new-password', isWrong } as const;
  const { visit } = stay;
  return html`${field({
    ...common,
    name: 'new_password',
    label: say(visit, 'newPassword'),
    hint: policyHint(stay),
    isFirst,
  })}${field({ ...common, name: 'confirm_password', label: say(visit, 'newPasswordAgain') })}`;
}

/** `At least 8 characters, with a lowercase letter, an uppercase letter, a number and a symbol.` */
export function policyHint({ visit, door }: Stay): string {
  const policy: PasswordPolicy = door.pool.settings.Policies.PasswordPolicy;
  const wanted: TextKey[] = [];
  if (policy.RequireLowercase) wanted.push('lowercaseLetter');
  if (policy.RequireUppercase) wanted.push('uppercaseLetter');
  if (policy.RequireNumbers) wanted.push('number');
  if (policy.RequireSymbols) wanted.push('symbol');
  const count = policy.MinimumLength ?? defaultPolicy.MinimumLength;
  if (wanted.length === 0) return say(visit, 'atLeast', { count });
  const list = sayList(
    visit,
    wanted.map((key) => say(visit, key)),
  );
  return say(visit, 'atLeastWith', { count, list });
}

/** Which field an error is about, where a page has others besides. */
export const isAboutPassword = (error: string | undefined): boolean => /password/i.test(error ?? '');

const passwordMax = 256;

/**
 * @param name of its field. @param isTwice whether the page asks for it twice.
 * @throws InvalidParameterException
 */
export function chosenPassword(form: URLSearchParams, name = 'new_password', isTwice = true): string {
  const password = form.get(name) ?? '';
  if (isTwice && password !== form.get('confirm_password'))
    throw new InvalidParameterException(en.passwordsDiffer);
  // As the API's model has it.
  if (password.length > passwordMax) throw new InvalidParameterException(en.passwordTooLong);
  return password;
}

/** @param told names a text, by ChallengeParameters, and what is put into it. */
function byCode(
  title: TextKey,
  graphic: GraphicName,
  response: string,
  told: (parameters: Asked['parameters']) => [TextKey, Record<string, string>?],
): ChallengeForm {
  return {
    show: ({ visit }, { parameters }, isWrong) => ({
      title: say(visit, title),
      graphic,
      fields: html`<p>${say(visit, ...told(parameters))}</p>${codeField(visit, isWrong)}${submit(say(visit, 'continue'))}`,
    }),
    read: (_stay, form) => ({ [response]: (form.get('code') ?? '').trim() }),
  };
}

type Told = Parameters<typeof byCode>[3];

const bySms: Told = ({ CODE_DELIVERY_DESTINATION: destination }) =>
  destination === undefined ? ['sentBySms'] : ['sentBySmsTo', { destination }];

const byEmail: Told = ({ CODE_DELIVERY_DESTINATION: destination }) =>
  destination === undefined ? ['sentByEmail'] : ['sentByEmailTo', { destination }];

const byApp: Told = ({ FRIENDLY_DEVICE_NAME: name }) =>
  name === undefined ? ['enterAppCode'] : ['enterAppCodeOf', { name }];

const forms: Readonly<Record<string, ChallengeForm>> = {
  NEW_PASSWORD_REQUIRED: newPassword,
  SMS_MFA: byCode('checkYourPhone', 'SMS', 'SMS_MFA_CODE', bySms),
  EMAIL_OTP: byCode('checkYourEmail', 'EMAIL', 'EMAIL_OTP_CODE', byEmail),
  SMS_OTP: byCode('checkYourPhone', 'SMS', 'SMS_OTP_CODE', bySms),
  SOFTWARE_TOKEN_MFA: byCode('yourAuthenticatorApp', 'AUTH_APP', 'SOFTWARE_TOKEN_MFA_CODE', byApp),
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
