import { createHash, createHmac, getDiffieHellman } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalTimestamp, isAcceptable, isProofRight, publicNumber, verifierOf } from './srp.ts';

const prime = getDiffieHellman('modp15').getPrime().toString('hex');
const N = BigInt(`0x${prime}`);
const salt = Buffer.alloc(16, 0xa5);
const secret = Buffer.alloc(32, 7);
const kept = verifierOf('AbCdEfGhI', 'ann', 'Correct-horse7', salt);
const secretBlock = Buffer.from('sealed');
const timestamp = 'Tue Nov 10 08:12:33 UTC 2026';

/** A client as RFC 5054 has it, written apart from the server: its only common ground is node:crypto. */
function proofOf(password: string, a: bigint, clientNumber = power(2n, a)) {
  const B = BigInt(`0x${publicNumber(kept, secret)}`);
  const u = hash(bytes(clientNumber), bytes(B));
  const x = hash(bytes(BigInt(`0x${kept.salt}`)), digest(`AbCdEfGhIann:${password}`));
  const k = hash(bytes(N), bytes(2n));
  const S = power((((B - k * power(2n, x)) % N) + N) % N, a + u * x);
  const prk = createHmac('sha256', bytes(u)).update(bytes(S)).digest();
  const key = createHmac('sha256', prk).update('Caldera Derived Key').update(Buffer.of(1)).digest();
  return createHmac('sha256', key.subarray(0, 16))
    .update('AbCdEfGhIann')
    .update(secretBlock)
    .update(timestamp)
    .digest('base64');
}

const digest = (...parts: (string | Uint8Array)[]) => {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part);
  return sum.digest();
};
const hash = (...parts: Uint8Array[]) => BigInt(`0x${digest(...parts).toString('hex')}`);
const bytes = (value: bigint) => {
  const text = value.toString(16).padStart(2, '0');
  const even = text.length % 2 ? `0${text}` : text;
  return Buffer.from(Number.parseInt(even[0] ?? '0', 16) > 7 ? `00${even}` : even, 'hex');
};
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % N;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % N;
    square = (square * square) % N;
  }
  return result;
}

const a = BigInt(`0x${'3c'.repeat(128)}`);
const check = (signature: string, clientNumber = power(2n, a).toString(16)) =>
  isProofRight({
    pool: 'AbCdEfGhI',
    userId: 'ann',
    kept,
    clientNumber,
    secret,
    secretBlock,
    timestamp,
    signature,
  });

describe('SRP', () => {
  it('believes who knows the password', () => {
    expect(check(proofOf('Correct-horse7', a))).toBe(true);
  });

  it('believes nobody else', () => {
    expect(check(proofOf('Correct-horse8', a))).toBe(false);
    expect(check(proofOf('Correct-horse7', a + 1n))).toBe(false);
    expect(check('')).toBe(false);
    expect(check(proofOf('Correct-horse7', a).slice(0, 20))).toBe(false);
  });

  it.each([0n, N, 2n * N])(
    'refuses a multiple of the prime as SRP_A (%#), with which everybody is right',
    (zero) => {
      expect(isAcceptable(zero.toString(16))).toBe(false);
      // The key that such a client would know: S = 0 whatever the password.
      const u = hash(bytes(zero), bytes(BigInt(`0x${publicNumber(kept, secret)}`)));
      const prk = createHmac('sha256', bytes(u)).update(bytes(0n)).digest();
      const key = createHmac('sha256', prk).update('Caldera Derived Key').update(Buffer.of(1)).digest();
      const forged = createHmac('sha256', key.subarray(0, 16))
        .update('AbCdEfGhIann')
        .update(secretBlock)
        .update(timestamp)
        .digest('base64');
      expect(check(forged, zero.toString(16))).toBe(false);
    },
  );

  it('takes hexadecimal numbers only', () => {
    expect(isAcceptable(power(2n, a).toString(16))).toBe(true);
    for (const text of ['', 'xyz', '-5', '0x5', 'f'.repeat(801)]) expect(isAcceptable(text)).toBe(false);
  });
});

describe('TIMESTAMP', () => {
  it.each([
    ['Thu Nov 5 08:12:33 UTC 2026', 'Thu Nov 5 08:12:33 UTC 2026'],
    ['Thu Nov 05 08:12:33 UTC 2026', 'Thu Nov 5 08:12:33 UTC 2026'],
    ['Mon Nov 5 8:12:3 GMT 2026', 'Thu Nov 5 08:12:03 GMT 2026'],
    ['Do Nov 5 08:12:33 UTC 2026', undefined],
    ['Thu Nov 5 08:12:33 2026', undefined],
    ['', undefined],
  ])('%j is signed as %j', (sent, signed) => {
    expect(canonicalTimestamp(sent)).toBe(signed);
  });
});
