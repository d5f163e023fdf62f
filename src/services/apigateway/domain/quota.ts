/** Periods of usage plan quotas, in UTC. */
import type { UsagePlan } from './types.ts';

const dayMs = 86_400_000;

/** The first day (`2026-03-01`) of the period that `time` is in. `offset` moves its start by that many days. */
export function periodOf(quota: NonNullable<UsagePlan['quota']>, time: number): string {
  const moved = new Date(time - quota.offset * dayMs);
  if (quota.period === 'MONTH') moved.setUTCDate(1);
  // Weeks start on Sunday.
  else if (quota.period === 'WEEK') moved.setUTCDate(moved.getUTCDate() - moved.getUTCDay());
  return new Date(moved.getTime() + (quota.period === 'DAY' ? 0 : quota.offset * dayMs))
    .toISOString()
    .slice(0, 10);
}
