/** Codes of authenticator apps: RFC 6238 with six digits, 30 seconds and SHA-1. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html */
import { Secret, TOTP } from 'otpauth';

const periodMs = 30_000;
/** Codes of this many steps before and after are taken: clocks differ, people type. */
const window = 1;
const secretBytes = 32;

/** A new secret in Base32, as apps take it. */
export function newSecret(bytes: (length: number) => Uint8Array): string {
  return new Secret({ buffer: Uint8Array.from(bytes(secretBytes)).buffer }).base32;
}

/** @returns the step that a code is of; undefined when it is wrong. Compared in constant time for each step. */
export function stepOf(secret: string, token: string, now: number): number | undefined {
  const totp = new TOTP({ algorithm: 'SHA1', digits: 6, period: 30, secret: Secret.fromBase32(secret) });
  const delta = totp.validate({ token, timestamp: now, window });
  return delta === null ? undefined : Math.floor(now / periodMs) + delta;
}
