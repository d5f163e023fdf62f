import fc from 'fast-check';
import { expect, it } from 'vitest';
import { power, powerOfGenerator, prime } from './modularPower.ts';

/** Square and multiply. */
function slowly(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % prime;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}

const exponents = fc.oneof(fc.bigInt(1n, 2n ** 16n), fc.bigInt(1n, 2n ** 256n), fc.constant(2n ** 255n));

it('is the power that arithmetic has', () => {
  fc.assert(
    fc.property(fc.bigInt(2n, prime - 2n), exponents, (base, exponent) => {
      expect(power(base, exponent)).toBe(slowly(base, exponent));
      expect(powerOfGenerator(exponent)).toBe(slowly(2n, exponent));
    }),
    { numRuns: 30 },
  );
});

it('refuses bases that are no secret whatever the exponent', () => {
  for (const base of [0n, 1n, prime - 1n, prime, prime + 1n]) expect(() => power(base, 12_345n)).toThrow();
});
