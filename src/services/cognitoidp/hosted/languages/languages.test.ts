import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { keyOf, languageNamed, languages } from './index.ts';

const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

/** What passwords are refused with at a sign-up, and later on. */
const policy = ['Password did not conform with policy', 'Password does not conform to policy'];

/** Errors whose sentences no source has in one piece. */
const composed: Partial<Record<keyof typeof en, string[]>> = {
  phoneNumberTaken: ['An account with the ${given} already exists.', 'given ${attribute}'],
  alreadyConfirmed: ['User cannot be confirmed. Current status is ${user.status}'],
  passwordTooShort: [...policy, 'Password not long enough'],
  passwordNeedsLowercase: [...policy, 'Password must have lowercase characters'],
  passwordNeedsUppercase: [...policy, 'Password must have uppercase characters'],
  passwordNeedsNumber: [...policy, 'Password must have numeric characters'],
  passwordNeedsSymbol: [...policy, 'Password must have symbol characters'],
};

describe('the languages of managed login', () => {
  it('are those that AWS has', () => {
    expect(Object.keys(languages).sort()).toEqual(
      ['de', 'en', 'es', 'fr', 'id', 'it', 'ja', 'ko', 'nl', 'pt-BR', 'zh-CN', 'zh-TW'].sort(),
    );
    expect(languageNamed('PT-br')).toBe('pt-BR');
    for (const other of ['', 'xx', 'constructor', null]) expect(languageNamed(other)).toBeUndefined();
  });

  it.each(Object.entries(languages))('say everything in %s, with the same places', (code, { texts }) => {
    expect(Object.keys(texts)).toEqual(Object.keys(en));
    for (const [key, text] of Object.entries(texts)) {
      const english = en[key as keyof typeof en];
      expect(placeholders(text), `${code} ${key}`).toEqual(placeholders(english));
      expect(text.trim(), `${code} ${key}`).toBe(text);
      expect(text.length, `${code} ${key}`).toBeGreaterThan(0);
    }
  });

  it('are translated: hardly a text is left in English', () => {
    for (const [code, { texts }] of Object.entries(languages)) {
      if (code === 'en') continue;
      const same = Object.entries(texts).filter(([key, text]) => text === en[key as keyof typeof en]);
      expect(same.length, `${code}: ${same.map(([key]) => key)}`).toBeLessThan(7);
    }
  });

  it('know errors by what they say', () => {
    expect(keyOf('Incorrect username or password.')).toBe('wrongPassword');
    expect(keyOf('Password does not conform to policy: Password not long enough')).toBe('passwordTooShort');
    expect(keyOf('An account with the phone number already exists.')).toBe('phoneNumberTaken');
    expect(keyOf('Whatever a trigger says')).toBeUndefined();
  });

  it('have the errors of operations as operations say them', () => {
    const folder = new URL('../..', import.meta.url);
    const isOther = (file: string) => !/^hosted|\.test\.ts$/.test(file) && file.endsWith('.ts');
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(isOther)
      .map((file) => readFileSync(new URL(file, folder), 'utf8'))
      .join('\n');
    const all = Object.keys(en);
    for (const key of all.slice(all.indexOf('noSignUp')) as (keyof typeof en)[]) {
      // As it is, or made of parts that are.
      const written = [en[key], ...(composed[key] ?? [])];
      expect(written.filter((text) => sources.includes(text)).length, key).toBe(
        composed[key] ? written.length - 1 : 1,
      );
    }
  });

  it('are all that the pages say: no text stands in a page itself', () => {
    const folder = new URL('..', import.meta.url);
    for (const file of readdirSync(folder).filter((name) => /(?<!\.test)\.ts$/.test(name))) {
      const source = readFileSync(new URL(file, folder), 'utf8').replaceAll(
        /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm,
        '',
      );
      const texts = [
        ...source.matchAll(/(?:title|label|hint|notice|error): '([^']*)'/g),
        ...source.matchAll(/submit\('([^']*)'\)/g),
        // Between two tags: whatever isn't code.
        ...source.matchAll(/<(?:p|a|button|h1|legend|label)\b[^>`]*>\s*([A-Z][a-z]+[^<$`]*)/g),
      ].map(([, text]) => text);
      expect(texts, file).toEqual([]);
    }
  });
});
