/** Deletes what is left of something that is gone. */
import type { Key, Transaction } from '../../../store/index.ts';
import { limits } from '../limits.ts';

/** Deletes some of the records whose keys begin so. @returns true when there are none. */
export async function purgeUnder(tx: Transaction, prefix: Key): Promise<boolean> {
  const found = await tx.range({ prefix, limit: limits.sweepItems, bytesMax: limits.sweepBytes });
  for (const { key } of found) tx.delete(key);
  return found.length === 0;
}
