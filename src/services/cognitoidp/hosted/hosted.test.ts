import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cssOf } from '../domain/brandCss.ts';
import { defaultSettings, merged, type Settings, settingAt } from '../domain/branding.ts';
import { checkCss, servedCss } from '../domain/hostedCss.ts';
import { field } from './fields.ts';
import { html } from './html.ts';

describe('templates', () => {
  it('write texts as texts, wherever they stand', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { text: written } = html`<a href="${text}">${[text, html`<b>${text}</b>`]}</a>`;
        const inside = written.slice('<a href="'.length);
        expect(inside.match(/[<>]/g)?.join('')).toBe('><><><>');
        expect(written.match(/"/g)).toHaveLength(2);
      }),
    );
  });

  it('leave out what is not there', () => {
    expect(html`a${false}${undefined}${0}`.text).toBe('a0');
  });

  it('tell fields of their hints and errors', () => {
    const { text } = field({ name: 'x[y]', label: '<L>', hint: 'H', isWrong: true, required: false });
    expect(text).toContain('for="field-x-y-"');
    expect(text).toContain('aria-describedby="error field-x-y--hint"');
    expect(text).toContain('&lt;L&gt;');
    expect(text).not.toContain('required');
  });
});

describe('styles', () => {
  it('merge objects and replace all else, prototypes left alone', () => {
    const over = JSON.parse('{"a":{"b":[2],"__proto__":{"c":1}},"constructor":1}') as Settings;
    const all = merged({ a: { b: [1], d: 1 } }, over);
    expect(all).toMatchObject({ a: { b: [2], d: 1 }, constructor: 1 });
    expect(({} as { c?: number }).c).toBeUndefined();
    expect(settingAt(all, 'a.toString.length')).toBeUndefined();
  });

  it('let nothing into CSS but colours and numbers', () => {
    const evil = '</style><script>';
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constant(evil), fc.double(), fc.constant(null)), (value) => {
        const css = cssOf({
          components: { form: { borderRadius: value }, pageBackground: { lightMode: { color: value } } },
        });
        expect(css).not.toMatch(/[<>]|url|script/i);
        expect(css.split('{').length).toBe(css.split('}').length);
      }),
    );
    const css = cssOf({
      components: { form: { borderRadius: 7, lightMode: { backgroundColor: 'ABCDEF80' } } },
    });
    expect(css).toContain('--card:#ABCDEF80');
    expect(css).toContain('--radius:7px');
  });

  it('keep to the mode that was chosen', () => {
    const of = (colorSchemeMode: string) => cssOf({ categories: { global: { colorSchemeMode } } });
    expect(of('LIGHT')).not.toContain('@media');
    expect(of('DARK')).toContain('color-scheme:dark');
    expect(of('DYNAMIC')).toContain('@media (prefers-color-scheme:dark)');
    expect(settingAt(defaultSettings, 'categories.global.colorSchemeMode')).toBe('DYNAMIC');
  });

  it('take CSS of the classic pages as its template has it', () => {
    const template = `
.logo-customizable { max-width: 60%; }
.submitButton-customizable:hover, .inputField-customizable:focus { color: #fff !important }
/* .evil { } </style> */`;
    expect(() => checkCss(template)).not.toThrow();
    expect(servedCss(template)).not.toContain('<');
    for (const css of [
      'p{}',
      '.x-customizable{}',
      '.label-customizable{}}',
      '.label-customizable',
      '/* < */ <',
    ]) {
      expect(() => checkCss(css)).toThrow();
    }
  });
});
