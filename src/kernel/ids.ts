/** Chance as an argument: ids and random bytes arrive through the context, so that a simulation can replay them. */
import { randomBytes, randomUUID } from 'node:crypto';

export interface Ids {
  /** A random UUID, as AWS request ids and many resource ids are written. */
  uuid(): string;
  /** `length` random characters of `alphabet` (lower-case letters and digits by default). */
  token(length: number, alphabet?: string): string;
  bytes(length: number): Uint8Array;
}

const lowerAlphanumeric = 'abcdefghijklmnopqrstuvwxyz0123456789';
export const upperAlphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
/** The alphabet of IAM unique ids and access key ids (base 32). */
export const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export class RandomIds implements Ids {
  uuid(): string {
    return randomUUID();
  }

  token(length: number, alphabet: string = lowerAlphanumeric): string {
    // Rejection sampling: a plain modulo would favour the first letters.
    const fair = 256 - (256 % alphabet.length);
    let token = '';
    while (token.length < length) {
      for (const byte of randomBytes(length * 2)) {
        if (byte < fair && token.length < length) token += alphabet[byte % alphabet.length];
      }
    }
    return token;
  }

  bytes(length: number): Uint8Array {
    return randomBytes(length);
  }
}
