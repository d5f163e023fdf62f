import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeKey, encodeKey } from './keys.ts';
import type { Key, KeyPart } from './port.ts';

Decimal.set({ precision: 200, maxE: 9e15, minE: -9e15 });

const decimalText = fc
  .tuple(fc.boolean(), fc.stringMatching(/^[0-9]{1,40}$/), fc.integer({ min: -130, max: 126 }))
  .map(([negative, digits, exponent]) => `${negative ? '-' : ''}${digits}e${exponent}`);
const order = (a: Key, b: Key) => Math.sign(Buffer.compare(encodeKey(a), encodeKey(b)));
const codePoints = (text: string) => Array.from(text, (char) => char.codePointAt(0) as number);

function compareLists(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return (a[i] as number) < (b[i] as number) ? -1 : 1;
  }
  return Math.sign(a.length - b.length);
}

// Generous: these are thousands of cases, and machines that build are busy.
describe('tuple keys', { timeout: 60_000 }, () => {
  it('orders decimals as numbers, equal ones equal, however they are written', () => {
    fc.assert(
      fc.property(decimalText, decimalText, (a, b) => {
        expect(order([{ decimal: a }], [{ decimal: b }])).toBe(new Decimal(a).cmp(b));
      }),
      { numRuns: 1000 },
    );
    expect(order([{ decimal: '1.50' }], [1.5])).toBe(0);
    expect(order([100n], [{ decimal: '+1E2' }])).toBe(0);
    expect(order([-0], [{ decimal: '0.000' }])).toBe(0);
    expect(
      order([{ decimal: '-9.9999999999999999999999999999999999999e125' }], [{ decimal: '-1e-130' }]),
    ).toBe(-1);
  });

  it('orders doubles as numbers', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(double, double, (a, b) => {
        expect(order([a], [b])).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('orders strings by code point and bytes by byte, zeros and prefixes included', () => {
    const text = fc.string({ unit: fc.constantFrom('\0', 'a', '\u{ff}', '\uffff', '\u{10000}', 'é') });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(order([a], [b])).toBe(compareLists(codePoints(a), codePoints(b)));
      }),
    );
    const bytes = fc
      .uint8Array({ maxLength: 20 })
      .map((raw) => raw.map((byte) => (byte % 3 === 0 ? 0 : byte)));
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(order([a], [b])).toBe(Math.sign(Buffer.compare(a, b)));
      }),
    );
  });

  it('orders kinds, and tuples part by part, whatever follows', () => {
    const ascending: KeyPart[] = [
      null,
      Buffer.from([]),
      Buffer.from([0]),
      Buffer.from([255]),
      '',
      '\0',
      'a',
      'a\0',
      'aa',
      [],
      [null],
      ['a'],
      ['a', 'b'],
      ['b'],
      -1e300,
      -10,
      -9,
      -1e-300,
      0,
      1e-300,
      9,
      10,
      1e300,
      false,
      true,
    ];
    const tails: Key[] = [[], [null], ['z'], [[]], [true]];
    for (let i = 0; i < ascending.length; i++) {
      for (let j = i + 1; j < ascending.length; j++) {
        for (const a of tails) {
          for (const b of tails) {
            expect(order([ascending[i] as KeyPart, ...a], [ascending[j] as KeyPart, ...b])).toBe(-1);
          }
        }
      }
    }
  });

  it('puts every extension of a key, and nothing else, between it and it with ff', () => {
    const part = fc.oneof(
      fc.string({ unit: fc.constantFrom('\0', 'a', 'b') }),
      fc.integer(),
      fc.uint8Array(),
      fc.boolean(),
    );
    const key = fc.array(part, { maxLength: 3 });
    fc.assert(
      fc.property(key, key, (prefix, other) => {
        const low = encodeKey(prefix);
        const high = Buffer.concat([low, Buffer.from([0xff])]);
        const at = encodeKey(other);
        const inside = Buffer.compare(low, at) <= 0 && Buffer.compare(at, high) < 0;
        const extendsIt = prefix.every(
          (each, i) => i < other.length && order([each], [other[i] as KeyPart]) === 0,
        );
        expect(inside).toBe(extendsIt);
      }),
      { numRuns: 1000 },
    );
  });

  it('reads back what it wrote', () => {
    const leaf = fc.oneof(
      fc.constantFrom(null, true, false),
      fc.string({ unit: 'binary' }),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
    );
    const part = fc.oneof(
      leaf,
      fc.array(leaf, { maxLength: 4 }),
      fc.array(fc.array(leaf, { maxLength: 3 }), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 5 }),
        (key) => void expect(decodeKey(encodeKey(key as Key))).toEqual(key),
      ),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(decimalText, (text) => {
        const [back] = decodeKey(encodeKey([{ decimal: text }]));
        const digits = typeof back === 'number' ? String(back) : (back as { decimal: string }).decimal;
        expect(new Decimal(digits).eq(text)).toBe(true);
      }),
    );
    expect(decodeKey(encodeKey([12345678901234567890123456789012345678n]))).toEqual([
      { decimal: '12345678901234567890123456789012345678' },
    ]);
  });

  it('refuses what has no place in the order', () => {
    for (const bad of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '\ud800',
      { decimal: 'ten' },
      { decimal: '1e99999' },
      {},
    ]) {
      expect(() => encodeKey([bad as KeyPart])).toThrow(TypeError);
    }
  });

  it('keeps long keys within their bounds', () => {
    expect(encodeKey(['x'.repeat(10_000)]).length).toBe(10_002);
    expect(encodeKey([Buffer.alloc(2048), Buffer.alloc(1024)]).length).toBe(2 + (3072 / 8) * 9);
  });
});
