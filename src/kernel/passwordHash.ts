/**
 * What is kept of passwords: a hash that is slow to guess by. argon2id with 19 MiB in two passes, or where this Node.js
 * hasn't got it scrypt with 16 MiB and five lanes: both are settings of
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
import * as crypto from 'node:crypto';

/** Bytes of a salt. */
export const saltBytes = 16;
const hashBytes = 32;

interface Way {
  /** First byte of what is kept; the oldest has none. */
  mark: number | undefined;
  derive(password: string, salt: Uint8Array): Promise<Uint8Array>;
}

const scrypt: Way = {
  mark: undefined,
  derive: (password, salt) =>
    new Promise((resolve, reject) => {
      const cost = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 };
      crypto.scrypt(password, salt, hashBytes, cost, (error, key) => (error ? reject(error) : resolve(key)));
    }),
};

const argon2id: Way = {
  mark: 1,
  derive: (message, nonce) =>
    new Promise((resolve, reject) => {
      const cost = { parallelism: 1, tagLength: hashBytes, memory: 19_456, passes: 2 };
      crypto.argon2('argon2id', { message, nonce, ...cost }, (error, key) =>
        error ? reject(error) : resolve(key),
      );
    }),
};

/** Node.js 24.7 and later. */
const best: Way = typeof crypto.argon2 === 'function' ? argon2id : scrypt;

/** @param salt 16 random bytes. @returns a mark, the salt, the hash. The hashing happens outside of the event loop. */
export async function hashPassword(password: string, salt: Uint8Array): Promise<Uint8Array> {
  const mark = best.mark === undefined ? [] : [best.mark];
  return Buffer.concat([Buffer.from(mark), salt, await best.derive(password, salt)]);
}

/** In constant time, once derived. @param kept what `hashPassword` answered, now or by an older version. */
export async function isPassword(password: string, kept: Uint8Array): Promise<boolean> {
  const way = kept.length === saltBytes + hashBytes ? scrypt : argon2id;
  const salt = kept.subarray(way.mark === undefined ? 0 : 1, kept.length - hashBytes);
  const derived = await way.derive(password, salt);
  return crypto.timingSafeEqual(derived, kept.subarray(kept.length - hashBytes));
}
