/**
 * The languages of managed login, by the values of its `lang` parameter; Dutch is among those of CreateTerms.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-managed-login.html#managed-login-localization
 */
import { de } from './de.ts';
import { en, type TextKey, type Texts } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { id } from './id.ts';
import { it } from './it.ts';
import { ja } from './ja.ts';
import { ko } from './ko.ts';
import { nl } from './nl.ts';
import { ptBR } from './ptBR.ts';
import { zhCN } from './zhCN.ts';
import { zhTW } from './zhTW.ts';

export type { TextKey, Texts };

interface Language {
  texts: Texts;
  /** What CreateTerms calls it: `cognito:german`. */
  termsName: string;
}

export const languages = {
  de: { texts: de, termsName: 'german' },
  en: { texts: en, termsName: 'english' },
  es: { texts: es, termsName: 'spanish' },
  fr: { texts: fr, termsName: 'french' },
  id: { texts: id, termsName: 'bahasa-indonesia' },
  it: { texts: it, termsName: 'italian' },
  ja: { texts: ja, termsName: 'japanese' },
  ko: { texts: ko, termsName: 'korean' },
  nl: { texts: nl, termsName: 'dutch' },
  'pt-BR': { texts: ptBR, termsName: 'portuguese-brazil' },
  'zh-CN': { texts: zhCN, termsName: 'chinese-simplified' },
  'zh-TW': { texts: zhTW, termsName: 'chinese-traditional' },
} as const satisfies Readonly<Record<string, Language>>;

export type LanguageCode = keyof typeof languages;

const codes: ReadonlyMap<string, LanguageCode> = new Map(
  (Object.keys(languages) as LanguageCode[]).map((code) => [code.toLowerCase(), code]),
);

/** @param text a `lang` parameter, in any case. @returns nothing for languages that there are no pages in. */
export const languageNamed = (text: string | null | undefined): LanguageCode | undefined =>
  text ? codes.get(text.toLowerCase()) : undefined;

const keys: ReadonlyMap<string, TextKey> = new Map([
  ...(Object.keys(en) as TextKey[]).map((key): [string, TextKey] => [en[key], key]),
  // Pools in which addresses are aliases say the same in other words.
  ['An account with the email already exists.', 'emailTaken'],
  ['An account with the phone number already exists.', 'phoneNumberTaken'],
]);

/** The key of a sentence in English: errors of operations are AWS's, and known by what they say. */
export const keyOf = (sentence: string): TextKey | undefined =>
  // Passwords are refused for the same reasons, in other words, when they are changed.
  keys.get(sentence.replace(/^Password does not conform to policy/, 'Password did not conform with policy'));
