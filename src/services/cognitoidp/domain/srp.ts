/**
 * SRP-6a as Cognito's clients speak it (`USER_SRP_AUTH`, `PASSWORD_VERIFIER`), the server's side. Numbers are padded to
 * a leading zero bit before they are hashed; the group is the 3072-bit one of RFC 5054 with generator 2.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { generator, power, powerOfGenerator, prime, toNumber } from './modularPower.ts';

const multiplier = toNumber(sha256(padded(prime), padded(generator)));
const derivedInfo = Buffer.from('Caldera Derived Key\u0001');

/** What of a password is kept for SRP. Both are secrets: they allow guesses. */
export interface Verifier {
  /** Hexadecimal. */
  salt: string;
  verifier: string;
}

/** @param pool what stands after `_` in the pool's id. @param salt 16 random bytes. */
export function verifierOf(pool: string, userId: string, password: string, salt: Uint8Array): Verifier {
  const saltNumber = toNumber(salt);
  const inner = sha256(`${pool}${userId}:${password}`);
  const exponent = toNumber(sha256(padded(saltNumber), inner));
  return { salt: saltNumber.toString(16), verifier: powerOfGenerator(exponent).toString(16) };
}

/**
 * The server's public number, `SRP_B`.
 * @param secret 32 random bytes, kept for `isProofRight`.
 */
export function publicNumber({ verifier }: Verifier, secret: Uint8Array): string {
  const b = (multiplier * BigInt(`0x${verifier}`) + powerOfGenerator(toNumber(secret))) % prime;
  return b.toString(16);
}

/** `SRP_A` that would fix the key whatever the password (a multiple of the prime), or that is no number. */
export function isAcceptable(clientNumber: string): boolean {
  return /^[0-9a-fA-F]{1,800}$/.test(clientNumber) && BigInt(`0x${clientNumber}`) % prime !== 0n;
}

export interface Proof {
  pool: string;
  userId: string;
  kept: Verifier;
  /** `SRP_A`, hexadecimal. */
  clientNumber: string;
  /** As given to `publicNumber`. */
  secret: Uint8Array;
  secretBlock: Uint8Array;
  /** `Tue Nov 10 08:12:33 UTC 2026` */
  timestamp: string;
  /** `PASSWORD_CLAIM_SIGNATURE`, base 64. */
  signature: string;
}

/** Whether the client knows the password. Compares in constant time. */
export function isProofRight(proof: Proof): boolean {
  const a = BigInt(`0x${proof.clientNumber}`) % prime;
  if (a === 0n) return false;
  const b = BigInt(`0x${publicNumber(proof.kept, proof.secret)}`);
  const mixed = toNumber(sha256(padded(BigInt(`0x${proof.clientNumber}`)), padded(b)));
  if (mixed === 0n) return false;
  const base = (a * power(BigInt(`0x${proof.kept.verifier}`), mixed)) % prime;
  // The key would be the same for every password.
  if (base < 2n || base === prime - 1n) return false;
  const shared = power(base, toNumber(proof.secret));
  const extracted = createHmac('sha256', padded(mixed)).update(padded(shared)).digest();
  const key = createHmac('sha256', extracted).update(derivedInfo).digest().subarray(0, 16);
  const expected = createHmac('sha256', key)
    .update(proof.pool)
    .update(proof.userId)
    .update(proof.secretBlock)
    .update(proof.timestamp)
    .digest();
  const given = Buffer.from(proof.signature, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const timestampForm =
  /^([A-Z][a-z]{2}) +([A-Z][a-z]{2}) +(\d{1,2}) +(\d{1,2}):(\d{1,2}):(\d{1,2}) +([A-Z]{1,5}(?:[+-]\d{2}:\d{2})?) +(\d{4})$/;

/**
 * `TIMESTAMP` as it is signed: Cognito reads the date and writes it anew, so that `Sep 05` or another day of the week than
 * the date's signs something else. @returns undefined for what is no date in this form.
 */
export function canonicalTimestamp(text: string): string | undefined {
  const [, weekday = '', month = '', day, hours, minutes, seconds, zone, year] =
    timestampForm.exec(text) ?? [];
  if (!weekdays.includes(weekday) || !months.includes(month)) return undefined;
  const numbers = [
    months.indexOf(month),
    Number(day),
    Number(hours),
    Number(minutes),
    Number(seconds),
  ] as const;
  const date = new Date(Date.UTC(Number(year), ...numbers));
  const time = date.toISOString().slice(11, 19);
  const name = weekdays[date.getUTCDay()];
  return `${name} ${months[date.getUTCMonth()]} ${date.getUTCDate()} ${time} ${zone} ${date.getUTCFullYear()}`;
}

/** Big-endian bytes whose first bit is zero, as the clients write numbers that are hashed. */
function padded(value: bigint): Buffer {
  let text = value.toString(16);
  if (text.length % 2 === 1) text = `0${text}`;
  else if (/^[89a-f]/.test(text)) text = `00${text}`;
  return Buffer.from(text, 'hex');
}

function sha256(...parts: (Uint8Array | string)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
