import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeKey } from '../../../store/index.ts';
import { addNumbers, compareNumbers, normalizeNumber, numberBytes, subtractNumbers } from './numbers.ts';

const Exact = Decimal.clone({ precision: 400, toExpPos: 1000, toExpNeg: -1000 });

/** Any number that DynamoDB takes: up to 38 digits, leading digit from 10^-130 to 10^125. */
const numbers = fc
  .tuple(fc.boolean(), fc.stringMatching(/^[1-9][0-9]{0,37}$/), fc.integer({ min: -130, max: 125 }))
  .map(([negative, digits, leading]) => `${negative ? '-' : ''}${digits[0]}.${digits.slice(1)}0e${leading}`);

describe('numbers', () => {
  it.each([
    ['0', '0'],
    ['-0', '0'],
    ['-0.000', '0'],
    ['+1', '1'],
    ['007', '7'],
    ['1.50', '1.5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['1e3', '1000'],
    ['-1.23E-2', '-0.0123'],
    ['100000000000000000000', '100000000000000000000'],
    ['1e125', `1${'0'.repeat(125)}`],
    ['1e-130', `0.${'0'.repeat(129)}1`],
  ])('%s is written %s', (text, canonical) => {
    expect(normalizeNumber(text)).toBe(canonical);
  });

  it.each([
    ['', 'The parameter cannot be converted to a numeric value'],
    ['abc', 'The parameter cannot be converted to a numeric value: abc'],
    ['1e', 'The parameter cannot be converted to a numeric value: 1e'],
    ['.', 'The parameter cannot be converted to a numeric value: .'],
    ['1e126', 'Number overflow. Attempting to store a number with magnitude larger than supported range'],
    ['1e-131', 'Number underflow. Attempting to store a number with magnitude smaller than supported range'],
    ['1'.repeat(39), 'Attempting to store more than 38 significant digits in a Number'],
  ])('%s is refused', (text, message) => {
    expect(() => normalizeNumber(text)).toThrow(message);
  });

  it('agree with exact decimals in value, order and sum', () => {
    fc.assert(
      fc.property(numbers, numbers, (left, right) => {
        const [a, b] = [normalizeNumber(left), normalizeNumber(right)];
        expect(new Exact(a).eq(left)).toBe(true);
        expect(normalizeNumber(a)).toBe(a);
        const order = new Exact(left).cmp(right);
        expect(Math.sign(compareNumbers(a, b))).toBe(order);
        expect(Math.sign(Buffer.compare(encodeKey([{ decimal: a }]), encodeKey([{ decimal: b }])))).toBe(
          order,
        );
        const sum = new Exact(left).plus(right);
        if (sum.precision() <= 38 && (sum.isZero() || (sum.e >= -130 && sum.e <= 125))) {
          expect(addNumbers(a, b)).toBe(sum.toFixed());
          expect(subtractNumbers(a, normalizeNumber(new Exact(right).neg().toFixed()))).toBe(sum.toFixed());
        } else {
          expect(() => addNumbers(a, b)).toThrow();
        }
      }),
      { numRuns: 500 },
    );
  });

  it('take a byte for two digits, one for the exponent and one for the sign', () => {
    expect(['0', '1', '10', '12', '123', '-1', '1234', '0.01', '0.1'].map(numberBytes)).toEqual([
      1, 2, 2, 2, 3, 3, 3, 2, 2,
    ]);
  });
});
