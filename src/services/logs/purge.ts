/** What a deleted group held is removed behind it, in slices: 300,000 events at once would keep everyone waiting. */
import type { Task } from '../../tasks/index.ts';
import type { LogsStore } from './store.ts';

/** Streams and events removed in one transaction, and bytes of the events, so that a writer never waits long behind it. */
const sliceMax = { limit: 1_000, bytesMax: 4 * 1024 * 1024 };

/** Works one task of the purge queue. After a stop in between, the next attempt goes on with what is left. */
export async function purgeGroup(
  store: LogsStore,
  { payload: { groupId } }: Task<{ groupId: string }>,
  signal: AbortSignal,
): Promise<void> {
  while (await store.transact((tx) => store.purge(tx, groupId, sliceMax))) signal.throwIfAborted();
}
