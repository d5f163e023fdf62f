import { createHash } from 'node:crypto';
import { canonicalUserIdOf } from '../../platform/index.ts';

export function ownerOf(account: string): { ID: string } {
  return { ID: canonicalUserIdOf(account) };
}

/** The customer id of an account, as event messages say it: opaque too. */
export function customerIdOf(account: string): string {
  const digest = createHash('sha256').update(`customer id ${account}`).digest();
  return `A${BigInt(`0x${digest.toString('hex')}`)
    .toString(36)
    .toUpperCase()
    .slice(0, 13)}`;
}
