import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { keyOf, languageNamed, languages } from './index.ts';

const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

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
    expect(keyOf('Whatever a trigger says')).toBeUndefined();
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
