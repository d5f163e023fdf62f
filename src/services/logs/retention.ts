/** Retention: events older than a group's setting are dropped, an hour after the last look at the latest. */
import type { Clock } from '../../kernel/index.ts';
import { type Task, TaskPostponed } from '../../tasks/index.ts';
import type { LogsStore, Scope } from './store.ts';

const lookAgainMs = 60 * 60_000;
const dayMs = 24 * 60 * 60_000;
/** Events dropped in one transaction, so that a writer never waits long behind it. */
const batchMax = 1_000;

/** Works one task of the retention queue; ends by postponing itself while the group has a retention. */
export async function enforceRetention(
  store: LogsStore,
  clock: Clock,
  task: Task<Scope & { group: string }>,
): Promise<void> {
  const { account, region, group: name } = task.payload;
  for (;;) {
    const dropped = await store.transact(async (tx) => {
      const group = await store.group(tx, { account, region }, name);
      if (group?.id !== task.id || group.retentionDays === undefined) return undefined;
      const expired = await store.groupEvents(tx, group.id, {
        from: 0,
        until: clock.now() - group.retentionDays * dayMs,
        after: undefined,
        limit: batchMax,
      });
      store.deleteEvents(tx, group.id, expired);
      return expired.length;
    });
    if (dropped === undefined) return;
    if (dropped < batchMax) throw new TaskPostponed(clock.now() + lookAgainMs);
  }
}
