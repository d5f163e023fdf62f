import { createHash } from 'node:crypto';

/**
 * The canonical user id of an account: opaque on AWS, here derived from the account.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/FindCanonicalUserId
 */
export function ownerOf(account: string): { ID: string } {
  return { ID: createHash('sha256').update(`canonical user ${account}`).digest('hex') };
}
