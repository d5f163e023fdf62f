/**
 * Access key ids say whose they are: 80 bits in base 32, of which one is set and the next forty are the account. So
 * AWS tells the account of a key (sts:GetAccessKeyInfo) without knowing the key.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
import { base32Alphabet, type Ids } from './ids.ts';

const digits = 16;
const marked = 1n << 79n;
const accountAt = 39n;
const accountMask = (1n << 40n) - 1n;
const accountsEnd = 1_000_000_000_000n;

/** @param prefix `AKIA` for keys of users, `ASIA` for those of sessions. @param account twelve digits. */
export function newAccessKeyId(ids: Ids, prefix: 'AKIA' | 'ASIA', account: string): string {
  let chance = 0n;
  for (const byte of ids.bytes(5)) chance = (chance << 8n) | BigInt(byte);
  let bits = marked | (BigInt(account) << accountAt) | (chance >> 1n);
  let text = '';
  for (let i = 0; i < digits; i++) {
    text = base32Alphabet[Number(bits & 31n)] + text;
    bits >>= 5n;
  }
  return prefix + text;
}

/** @returns twelve digits; undefined where the id says no account. */
export function accountOfAccessKeyId(accessKeyId: string): string | undefined {
  const text = accessKeyId.slice(4);
  if (text.length !== digits) return undefined;
  let bits = 0n;
  for (const character of text) {
    const digit = base32Alphabet.indexOf(character);
    if (digit < 0) return undefined;
    bits = (bits << 5n) | BigInt(digit);
  }
  const account = (bits >> accountAt) & accountMask;
  return (bits & marked) === 0n || account >= accountsEnd ? undefined : String(account).padStart(12, '0');
}
