/**
 * Passwords: the pool's policy, in Cognito's order and words, and the hash that is kept.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
 */
import { scrypt, timingSafeEqual } from 'node:crypto';
import { InvalidPasswordException } from '../errors.ts';

export interface PasswordPolicy {
  MinimumLength?: number;
  RequireUppercase?: boolean;
  RequireLowercase?: boolean;
  RequireNumbers?: boolean;
  RequireSymbols?: boolean;
  PasswordHistorySize?: number;
  TemporaryPasswordValidityDays?: number;
}

/** What a pool has that doesn't say: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_PasswordPolicyType.html */
export const defaultPolicy = {
  MinimumLength: 8,
  RequireUppercase: true,
  RequireLowercase: true,
  RequireNumbers: true,
  RequireSymbols: true,
  TemporaryPasswordValidityDays: 7,
} as const;

/** The characters that count as symbols; a space counts inside, neither first nor last. */
const symbols = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]|(?<=\S) (?=\S)/;

/** @throws InvalidPasswordException `Password did not conform with policy: …` */
export function checkPassword(password: string, policy: PasswordPolicy): void {
  const complain = (what: string): never => {
    throw new InvalidPasswordException(`Password did not conform with policy: ${what}`);
  };
  if ([...password].length < (policy.MinimumLength ?? defaultPolicy.MinimumLength)) {
    complain('Password not long enough');
  }
  if (policy.RequireLowercase && !/[a-z]/.test(password)) {
    complain('Password must have lowercase characters');
  }
  if (policy.RequireUppercase && !/[A-Z]/.test(password)) {
    complain('Password must have uppercase characters');
  }
  if (policy.RequireNumbers && !/[0-9]/.test(password)) complain('Password must have numeric characters');
  if (policy.RequireSymbols && !symbols.test(password)) complain('Password must have symbol characters');
}

/** scrypt with 16 MiB and five lanes, one of the settings of https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
const cost = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 };
const hashBytes = 32;

/** Salt, then hash; the hashing happens outside of the event loop. */
export async function hashPassword(password: string, salt: Uint8Array): Promise<Uint8Array> {
  return Buffer.concat([salt, await derive(password, salt)]);
}

/** In constant time, once derived. @param kept what `hashPassword` answered. */
export async function isPassword(password: string, kept: Uint8Array): Promise<boolean> {
  const salt = kept.subarray(0, kept.length - hashBytes);
  return timingSafeEqual(await derive(password, salt), kept.subarray(kept.length - hashBytes));
}

function derive(password: string, salt: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hashBytes, cost, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
