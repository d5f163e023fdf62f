import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../../kernel/index.ts';
import { decodeCbor } from './decode.ts';
import { encodeCbor } from './encode.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

describe('CBOR', () => {
  // Appendix A of RFC 8949.
  it.each([
    ['00', 0],
    ['1818', 24],
    ['1a000f4240', 1_000_000],
    ['1bffffffffffffffff', 18_446_744_073_709_551_615n],
    ['c249010000000000000000', 18_446_744_073_709_551_616n],
    ['3863', -100],
    ['f90000', 0],
    ['f93c00', 1],
    ['f90001', 2 ** -24],
    ['f97c00', Number.POSITIVE_INFINITY],
    ['fa47c35000', 100_000],
    ['fb3ff199999999999a', 1.1],
    ['f4', false],
    ['f6', null],
    ['c11a514b67b0', new Date('2013-03-21T20:04:00Z')],
    ['4401020304', Buffer.from([1, 2, 3, 4])],
    ['62c3bc', 'ü'],
    ['8301820203820405', [1, [2, 3], [4, 5]]],
    ['a26161016162820203', { a: 1, b: [2, 3] }],
    ['5f42010243030405ff', Buffer.from([1, 2, 3, 4, 5])],
    ['7f657374726561646d696e67ff', 'streaming'],
    ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
    ['bf61610161629f0203ffff', { a: 1, b: [2, 3] }],
  ])('reads %s', (bytes, value) => {
    expect(decodeCbor(hex(bytes))).toEqual(value);
  });

  it.each([
    ['nothing', ''],
    ['two items', '0000'],
    ['a cut text', '63aa'],
    ['a list longer than its bytes', '9bffffffffffffff00'],
    ['a break alone', 'ff'],
    ['a key that is no text', 'a10000'],
    ['text that is no UTF-8', '61ff'],
    ['an endless list', '9f01'],
    ['a reserved argument', '1c'],
    ['lists in lists', '81'.repeat(100_000)],
  ])('refuses %s', (_what, bytes) => {
    expect(() => decodeCbor(hex(bytes))).toThrow(AwsError);
  });

  it('reads what it writes', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 5 },
        fc.string(),
        fc.integer(),
        fc.maxSafeInteger(),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') }),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('any'), {
          maxKeys: 4,
          noNullPrototype: true,
        }),
      ),
    })).any;
    fc.assert(
      fc.property(value, (item) => {
        expect(decodeCbor(encodeCbor(item))).toEqual(item);
      }),
    );
  });

  it('throws nothing but an AwsError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeCbor(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
