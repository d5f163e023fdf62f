import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pythonJson } from './json.ts';
import { deepCopy, keysOf, markTemplate, put, py, str } from './py27.ts';
import { floatText, pythonRepr } from './repr.ts';

const dictionary = (keys: string[]) => py(Object.fromEntries(keys.map((key) => [key, 1])));

describe('a dictionary of Python 2.7', () => {
  // Orders that a 64-bit CPython 2.7 gives for these insertions.
  it.each([
    [
      ['get', 'post', 'patch', 'delete'],
      ['delete', 'post', 'patch', 'get'],
    ],
    [
      ['post', 'delete', 'patch', 'get'],
      ['post', 'patch', 'get', 'delete'],
    ],
    [
      ['get', 'post', 'patch', 'delete', 'put'],
      ['put', 'delete', 'post', 'patch', 'get'],
    ],
    [
      ['type', 'httpMethod', 'uri'],
      ['httpMethod', 'type', 'uri'],
    ],
  ])('orders %j as its hash table does', (inserted, ordered) => {
    expect(keysOf(dictionary(inserted))).toEqual(ordered);
  });

  it('keeps exactly its keys through copies, additions and deletions', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ maxLength: 6 }), { maxLength: 40 }), fc.nat(), (keys, seed) => {
        const map: Record<string, unknown> = {};
        markTemplate(map);
        for (const key of keys)
          Object.defineProperty(map, key, { value: 1, writable: true, enumerable: true, configurable: true });
        const gone = keys.filter((_, index) => (index + seed) % 3 === 0);
        keysOf(map);
        for (const key of gone) delete map[key];
        const rest = keys.filter((key) => !gone.includes(key)).sort();
        expect(keysOf(map).sort()).toEqual(rest);
        expect(keysOf(deepCopy(map)).sort()).toEqual(rest);
      }),
    );
  });

  it("tells SAM's own text from the template's", () => {
    const template = { openapi: '3.0', flag: true, none: null };
    markTemplate(template);
    put(template, 'security', [py({ api_key: [] })]);
    expect(pythonRepr({ t: template })).toBe(
      "{u't': {u'flag': True, 'security': [{'api_key': []}], u'none': None, u'openapi': u'3.0'}}",
    );
    expect(pythonRepr(str("it's"))).toBe('"it\'s"');
    expect(pythonRepr('é\n"\'')).toBe("u'\\xe9\\n\"\\''");
    expect(floatText(2)).toBe('2.0');
  });
});

describe("Python's json.dumps", () => {
  it('escapes what is not ASCII and separates as Python does', () => {
    expect(pythonJson({ b: 'é😀\u007f', a: [1, true, null] })).toBe(
      '{"b": "\\u00e9\\ud83d\\ude00\\u007f", "a": [1, true, null]}',
    );
    expect(pythonJson({ b: 1, a: '/' }, { compact: true, sortKeys: true })).toBe('{"a":"/","b":1}');
  });

  it('sorts keys by code point, not by UTF-16 unit', () => {
    expect(pythonJson({ '\u{1f600}': 1, '\uffff': 2 }, { sortKeys: true })).toBe(
      '{"\\uffff": 2, "\\ud83d\\ude00": 1}',
    );
  });

  it('says what JSON.parse understands as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(JSON.parse(pythonJson(value, { sortKeys: true }))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
