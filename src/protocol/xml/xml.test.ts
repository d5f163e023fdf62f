import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError, readXml } from '../../kernel/index.ts';
import type { ServiceModel } from '../model.ts';
import { XmlCompiler } from './codec.ts';

describe('the XML reader', () => {
  it('reads elements, attributes, text, CDATA and entities, and leaves prefixes and comments out', () => {
    const source = `\ufeff<?xml version="1.0"?><!-- hi --><s:a xmlns:s="u" s:t='1 &lt; 2'>
      <b>x&amp;y&#x41;&#66;<!-- no --><![CDATA[<&>]]></b><b/></s:a>`;
    const root = readXml(source);
    expect(root.name).toBe('a');
    expect(root.attributes).toEqual({ 'xmlns:s': 'u', 's:t': '1 < 2' });
    expect(root.children.map(({ name, text }) => [name, text])).toEqual([
      ['b', 'x&yAB<&>'],
      ['b', ''],
    ]);
  });

  it.each([
    ['', 'nothing'],
    ['text', 'text alone'],
    ['<a>', 'an open element'],
    ['<a></b>', 'another end tag'],
    ['<a/><b/>', 'two roots'],
    ['<a b="1" b="2"/>', 'an attribute twice'],
    ['<a b=1/>', 'an attribute without quotes'],
    ['<a>&nbsp;</a>', 'an unknown entity'],
    ['<a>&#0;</a>', 'a character that is none'],
    ['<a>& b</a>', 'a bare ampersand'],
    ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'a document type'],
    ['<a><![CDATA[</a>', 'CDATA without an end'],
    ['<a>'.repeat(100_000), 'a hundred thousand levels'],
  ])('refuses %s', (source) => {
    expect(() => readXml(source)).toThrow(AwsError);
  });

  it('throws nothing but an AwsError, whatever the text', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      ' ',
      '=',
      '"',
      '&',
      ';',
      '#',
      '!',
      '-',
      '[',
      ']',
      '?',
      'x',
      '1',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        try {
          readXml(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

const shapes: ServiceModel['shapes'] = {
  Tree: {
    type: 'structure',
    members: {
      text: { shape: 'Text' },
      label: { shape: 'Text', xmlAttribute: true, locationName: 'x:label' },
      bytes: { shape: 'Bytes' },
      at: { shape: 'Time' },
      http: { shape: 'Time', timestampFormat: 'rfc822' },
      number: { shape: 'Number' },
      whole: { shape: 'Whole' },
      yes: { shape: 'Yes' },
      list: { shape: 'Trees' },
      flat: { shape: 'Trees', flattened: true, locationName: 'Flat' },
      map: { shape: 'TreeMap' },
      flatMap: { shape: 'TreeMap', flattened: true },
    },
  },
  Trees: { type: 'list', member: { shape: 'Tree', locationName: 'item' } },
  TreeMap: { type: 'map', key: { shape: 'Text', locationName: 'K' }, value: { shape: 'Tree' } },
  Text: { type: 'string' },
  Bytes: { type: 'blob' },
  Time: { type: 'timestamp' },
  Number: { type: 'double' },
  Whole: { type: 'integer' },
  Yes: { type: 'boolean' },
};

// XML has no way to write most control characters; the writer drops them.
const printable = fc
  .array(fc.oneof(fc.integer({ min: 32, max: 0xd7ff }), fc.constantFrom(9, 10, 13, 0x85, 0x2028, 0x1f600)))
  .map((codes) => String.fromCodePoint(...codes));
const time = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') });
const key = fc.oneof(printable, fc.constant('__proto__'));

/** Depth is bounded: each level branches. */
const tree: fc.Memo<Record<string, unknown>> = fc.memo((depth) =>
  fc.record(
    {
      text: printable,
      label: printable,
      bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      at: time,
      http: time.map((date) => new Date(date.setUTCMilliseconds(0))),
      number: fc.double({ noNaN: true }),
      whole: fc.integer(),
      yes: fc.boolean(),
      ...(depth > 1
        ? {
            list: fc.array(tree(), { maxLength: 2 }),
            flat: fc.array(tree(), { minLength: 1, maxLength: 2 }),
            map: fc.dictionary(key, tree(), { maxKeys: 2, noNullPrototype: true }),
            flatMap: fc.dictionary(key, tree(), { minKeys: 1, maxKeys: 2, noNullPrototype: true }),
          }
        : {}),
    },
    { requiredKeys: [] },
  ),
);

describe('the compiled XML codec', () => {
  it('reads what it writes', () => {
    const compiler = new XmlCompiler(shapes);
    const write = compiler.writer({ shape: 'Tree' });
    const read = compiler.reader({ shape: 'Tree' });
    fc.assert(
      fc.property(tree(3), (value) => {
        const source = write(value, 'Tree', ' xmlns:x="urn:x"');
        expect(read(readXml(source))).toEqual(withoutNegativeZero(value));
      }),
    );
  });
});

function withoutNegativeZero(value: unknown): unknown {
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (value instanceof Date || value instanceof Uint8Array || typeof value !== 'object' || value === null)
    return value;
  if (Array.isArray(value)) return value.map(withoutNegativeZero);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutNegativeZero(item)]));
}
