/** What happens to keys later: they go when their waiting period is over, and get new material when it is time. */
import type { Platform } from '../../platform/index.ts';
import type { Transaction } from '../../store/index.ts';
import { limits } from './limits.ts';
import { newMaterial } from './material.ts';
import { removeGrant } from './operations/grants.ts';
import type { Due, KmsRoom } from './room.ts';
import { type Key, records } from './store.ts';

const dayMs = 86_400_000;
/** The store fails for a while at most. */
const retry = { attemptsMax: 20, baseMs: 1_000, factor: 2, capMs: 3_600_000 };

/** @param room what of it is there before the queues are. */
export function scheduleOf(
  { tasks }: Pick<Platform, 'tasks'>,
  { store, ids, vault }: Pick<KmsRoom, 'store' | 'ids' | 'vault'>,
): Pick<KmsRoom, 'deletion' | 'rotation'> {
  const deletion = tasks.queue<Due>({
    name: 'kms.deletion',
    retry,
    concurrency: 2,
    async run({ payload: { account, region, keyId, at } }) {
      const isDue = (key: Key | undefined) => key?.deletionAt === at;
      for (let isMore = true; isMore; ) {
        isMore = await store.transact(async (tx) => {
          const key = await records.keys.get(tx, account, region, keyId);
          return key !== undefined && isDue(key) && (await removeKey(tx, key));
        });
      }
    },
  });

  const rotation = tasks.queue<Due>({
    name: 'kms.rotation',
    retry,
    concurrency: 2,
    async run({ payload: { account, region, keyId, at } }) {
      await store.transact(async (tx) => {
        const key = await records.keys.get(tx, account, region, keyId);
        if (key?.rotation?.nextAt !== at) return;
        const nextAt = at + key.rotation.days * dayMs;
        // A disabled key keeps its dates and its material.
        const material =
          key.state === 'Enabled' ? [newMaterial({ ids, vault }, key, { at, type: 'AUTOMATIC' })] : [];
        records.keys.put(tx, [account, region, keyId], {
          ...key,
          materials: [...key.materials, ...material],
          rotation: { ...key.rotation, nextAt },
        });
        await rotation.enqueue(tx, { account, region, keyId, at: nextAt }, { dueAt: nextAt });
      });
    },
  });
  return { deletion, rotation };
}

/** A slice of it; the key itself goes last. @returns whether there is more. */
async function removeKey(tx: Transaction, key: Key): Promise<boolean> {
  const { account, region, id } = key;
  const grants = await records.grants.values(tx, { under: [id], limit: limits.chunk });
  for (const grant of grants) removeGrant(tx, key, grant);
  const aliases = await records.aliasesOf.range(tx, { under: [account, region, id], limit: limits.chunk });
  for (const { key: place } of aliases) {
    records.aliasesOf.delete(tx, ...place);
    records.aliases.delete(tx, account, region, place[3]);
  }
  if (grants.length === limits.chunk) return true;
  records.keys.delete(tx, account, region, id);
  return false;
}
