/**
 * Encoded authorization messages: what an account's administrators may read of a denial and whoever was denied may not.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
 */
import type { Vault } from '../store/vault.ts';

/** The header of denials that carries one; AWS has it in the error texts of some services, none of which is here. */
export const authorizationMessageHeader = 'x-brume-authorization-message';

/** How long what is sealed is shall not tell those who hold it what policies it speaks of: it is filled up to steps. */
const stepBytes = 256;

/** Which form of message it is. Being first, it keeps messages from beginning with a hyphen, which shells' tools take for an option. */
const form = Uint8Array.of(1);

/** @param account whose message it is: nobody else's opens it. @returns Base64 for URLs, as AWS's messages are. */
export function encodeAuthorizationMessage(
  vault: Pick<Vault, 'seal'>,
  account: string,
  text: string,
): string {
  const bytes = Buffer.from(text);
  const filled = Buffer.alloc(Math.ceil(bytes.length / stepBytes) * stepBytes, ' ');
  bytes.copy(filled);
  return Buffer.concat([form, vault.seal(purposeOf(account), filled)]).toString('base64url');
}

/** @returns undefined for what was changed, is another account's or another cloud's, or never was a message. */
export function decodeAuthorizationMessage(
  vault: Pick<Vault, 'open'>,
  account: string,
  encoded: string,
): string | undefined {
  // Node reads over what isn't Base64; AWS refuses line breaks.
  if (!/^[\w-]+$/.test(encoded)) return undefined;
  try {
    const bytes = Buffer.from(encoded, 'base64url');
    if (bytes[0] !== form[0]) return undefined;
    return vault.open(purposeOf(account), bytes.subarray(1)).toString().trimEnd();
  } catch {
    return undefined;
  }
}

function purposeOf(account: string): string {
  return `authorizationMessage/${account}`;
}
