import { createHash } from 'node:crypto';

/**
 * The canonical user id of an account: opaque on AWS, here derived from the account.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/FindCanonicalUserId
 */
export function ownerOf(account: string): { ID: string } {
  return { ID: createHash('sha256').update(`canonical user ${account}`).digest('hex') };
}

/** The customer id of an account, as event messages say it: opaque too. */
export function customerIdOf(account: string): string {
  const digest = createHash('sha256').update(`customer id ${account}`).digest();
  return `A${BigInt(`0x${digest.toString('hex')}`)
    .toString(36)
    .toUpperCase()
    .slice(0, 13)}`;
}
