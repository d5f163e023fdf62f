/**
 * What the pages say: in the language of `lang`, which the browser keeps in a cookie, or in English.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-managed-login.html#managed-login-localization
 */
import { cookie, type Visit } from '../oauth/visit.ts';
import { Html, html } from './html.ts';
import { keyOf, type LanguageCode, languageNamed, languages, type TextKey } from './languages/index.ts';

const name = 'lang';
/** A year: "their managed login pages render in German until they clear their cookies". */
const lastsSeconds = 365 * 24 * 60 * 60;

/** "Localization is only available for managed login": the classic hosted UI speaks English. */
export function languageOf({ domain, query, cookies }: Visit): LanguageCode {
  if (domain.managedLoginVersion !== 2) return 'en';
  return languageNamed(query.get(name)) ?? languageNamed(cookies.get(name)) ?? 'en';
}

/** The `Set-Cookie` that keeps what `lang` asks for; none where the browser has it. */
export function languageCookie(visit: Visit): string[] {
  const asked = languageNamed(visit.query.get(name));
  if (asked === undefined || visit.domain.managedLoginVersion !== 2) return [];
  return visit.cookies.get(name) === asked ? [] : [cookie(visit, name, asked, lastsSeconds)];
}

export type Values = Readonly<Record<string, string | number>>;

/** A text in the language of a visit. @param values in place of `{name}`. */
export const say = (visit: Visit, key: TextKey, values: Values = {}): string =>
  languages[languageOf(visit)].texts[key].replaceAll(/\{(\w+)\}/g, (written, one: string) =>
    String(values[one] ?? written),
  );

/** A text with HTML in place of `{name}`. */
export function sayHtml(visit: Visit, key: TextKey, values: Readonly<Record<string, Html>>): Html {
  const parts = languages[languageOf(visit)].texts[key].split(/\{(\w+)\}/);
  return html`${parts.map((part, index) => (index % 2 === 0 ? part : (values[part] ?? new Html(''))))}`;
}

/**
 * An error in the language of a visit.
 * @param sentence in English: ours, or AWS's to the letter.
 * @returns `lang` where only the English sentence is known, for those who have pages read out.
 */
export function sayError(visit: Visit, sentence: string): { text: string; lang?: LanguageCode } {
  // To the letter: operations have words of their own for the same error.
  if (languageOf(visit) === 'en') return { text: sentence };
  const key = keyOf(sentence);
  return key === undefined ? { text: sentence, lang: 'en' } : { text: say(visit, key) };
}

/** `a lowercase letter, a number and a symbol`. */
export const sayList = (visit: Visit, items: readonly string[]): string =>
  new Intl.ListFormat(languageOf(visit), { type: 'conjunction' }).format(items);
