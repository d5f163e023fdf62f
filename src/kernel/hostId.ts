import { createHash } from 'node:crypto';

/**
 * S3's extended request id (`x-amz-id-2`), said in answers and in the events that requests cause. AWS's is opaque; ours
 * is derived, so that the same request has the same everywhere.
 */
export function hostId(requestId: string): string {
  return createHash('sha512').update(requestId).digest('base64').slice(0, 76);
}
