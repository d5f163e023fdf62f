/**
 * Passwords of users: what an account asks of them, and the hash that is kept.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
 */
import { scrypt, timingSafeEqual } from 'node:crypto';
import { PasswordPolicyViolation } from '../errors.ts';

export interface PasswordPolicy {
  MinimumPasswordLength?: number;
  RequireSymbols?: boolean;
  RequireNumbers?: boolean;
  RequireUppercaseCharacters?: boolean;
  RequireLowercaseCharacters?: boolean;
  AllowUsersToChangePassword?: boolean;
  MaxPasswordAge?: number;
  PasswordReusePrevention?: number;
}

const symbols = /[!@#$%^&*()_+\-=[\]{}|']/;

/** What an account asks that has no policy of its own: eight characters, of three kinds. */
const defaultLength = 8;
const defaultKinds = 3;

/** @param policy the account's own; absent: AWS's default. @throws PasswordPolicyViolation */
export function checkPassword(password: string, policy: PasswordPolicy | undefined): void {
  const kinds = {
    uppercase: /[A-Z]/.test(password),
    lowercase: /[a-z]/.test(password),
    number: /[0-9]/.test(password),
    symbol: symbols.test(password),
  };
  const length = policy?.MinimumPasswordLength ?? defaultLength;
  if (password.length < length) refuse(`Password should have a minimum length of ${length}`);
  if (!policy) {
    if (Object.values(kinds).filter(Boolean).length < defaultKinds) {
      refuse(
        'Password should have at least three of the following character types: uppercase letters, lowercase letters, numbers, symbols',
      );
    }
    return;
  }
  if (policy.RequireUppercaseCharacters && !kinds.uppercase)
    refuse('Password should have at least one uppercase letter');
  if (policy.RequireLowercaseCharacters && !kinds.lowercase)
    refuse('Password should have at least one lowercase letter');
  if (policy.RequireNumbers && !kinds.number) refuse('Password should have at least one number');
  if (policy.RequireSymbols && !kinds.symbol) refuse('Password should have at least one symbol');
}

function refuse(message: string): never {
  throw new PasswordPolicyViolation(message);
}

/** "Users cannot reuse" so many of their last passwords. @throws PasswordPolicyViolation */
export async function checkReuse(
  password: string,
  former: readonly Uint8Array[],
  policy: PasswordPolicy | undefined,
): Promise<void> {
  const forbidden = former.slice(0, policy?.PasswordReusePrevention ?? 0);
  const same = await Promise.all(forbidden.map((hash) => isPassword(password, hash)));
  if (same.includes(true)) refuse('Password has been used previously and cannot be reused');
}

/** When a password has to be changed, in milliseconds since the epoch; undefined when it never has to. */
export function expiryOf(changedAt: number, policy: PasswordPolicy | undefined): number | undefined {
  const days = policy?.MaxPasswordAge;
  return days ? changedAt + days * 24 * 60 * 60_000 : undefined;
}

/** scrypt with 16 MiB and five lanes, one of the settings of https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
const cost = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 };
const hashBytes = 32;
export const saltBytes = 16;

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
