/** Fields and buttons: each with its label, and told of what is wrong with it. */
import type { Visit } from '../oauth/visit.ts';
import { type Html, html } from './html.ts';
import { errorId } from './page.ts';
import { say } from './texts.ts';

export interface Field {
  name: string;
  label: string;
  /** `text` when absent. */
  type?: 'text' | 'password' | 'email' | 'tel' | 'date' | 'url';
  value?: string | undefined;
  /** https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill */
  autocomplete?: string;
  hint?: string | undefined;
  required?: boolean;
  /** Where a page begins. */
  isFirst?: boolean;
  /** Whether the page's error is about this field. */
  isWrong?: boolean;
  inputmode?: 'numeric' | 'email' | 'tel';
  maxlength?: number;
  className?: string;
  /** Whether phones begin words with capitals, and spelling may be looked at. */
  isProse?: boolean;
  /** Where AWS's own is known; made of the name otherwise. */
  id?: string;
}

export function field(one: Field): Html {
  const id = one.id ?? `field-${one.name.replaceAll(/[^\w-]/g, '-')}`;
  const hintId = one.hint === undefined ? '' : `${id}-hint`;
  const described = [one.isWrong ? errorId : '', hintId].filter(Boolean).join(' ');
  return html`<div class="field">
<label class="label-customizable" for="${id}">${one.label}</label>
<input class="inputField-customizable ${one.className ?? ''}" id="${id}" name="${one.name}" type="${one.type ?? 'text'}"
${one.value !== undefined && html` value="${one.value}"`}${one.autocomplete !== undefined && html` autocomplete="${one.autocomplete}"`}
${one.inputmode !== undefined && html` inputmode="${one.inputmode}"`}${one.maxlength !== undefined && html` maxlength="${one.maxlength}"`}
${described !== '' && html` aria-describedby="${described}"`}${one.isWrong === true && html` aria-invalid="true"`}
${one.required !== false && html` required`}${one.isFirst === true && html` autofocus`}${one.isProse === true ? html` autocapitalize="words"` : html` autocapitalize="none" spellcheck="false"`}>
${one.hint !== undefined && html`<p class="hint" id="${hintId}">${one.hint}</p>`}
</div>`;
}

/** Who a new password is for: password managers file it under this name. Neither seen, nor reached by keyboard. */
export const namedUser = (username: string): Html =>
  html`<input class="away" type="text" name="username" value="${username}" autocomplete="username" tabindex="-1" aria-hidden="true" readonly>`;

/** The main button of a form. Its name is AWS's. */
export const submit = (label: string): Html =>
  html`<button class="submitButton-customizable" type="submit" name="signInSubmitButton" value="${label}">${label}</button>`;

export const codeField = (
  visit: Visit,
  isWrong: boolean,
  { required = true, id }: { required?: boolean; id?: string } = {},
): Html =>
  field({
    name: 'code',
    label: say(visit, 'code'),
    ...(id === undefined ? {} : { id }),
    autocomplete: 'one-time-code',
    inputmode: 'numeric',
    maxlength: 16,
    className: 'code',
    isFirst: true,
    isWrong,
    required,
  });
