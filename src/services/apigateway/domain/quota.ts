/**
 * Periods of usage plan quotas, in UTC, and what is told of their use.
 * https://docs.aws.amazon.com/apigateway/latest/api/API_QuotaSettings.html
 */
import type { UsagePlan } from './types.ts';

const dayMs = 86_400_000;

type Quota = NonNullable<UsagePlan['quota']>;

/** The first day (`2026-03-01`) of the period that `time` is in. `offset` moves its start by that many days. */
export function periodOf(quota: Quota, time: number): string {
  const moved = new Date(time - quota.offset * dayMs);
  if (quota.period === 'MONTH') moved.setUTCDate(1);
  // Weeks start on Sunday.
  else if (quota.period === 'WEEK') moved.setUTCDate(moved.getUTCDate() - moved.getUTCDay());
  return dayOf(moved.getTime() + (quota.period === 'DAY' ? 0 : quota.offset * dayMs));
}

/** `2026-03-01`, in UTC. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/**
 * `[used, remaining]` of every day from `from` to `to`. A day without requests has what the day before left, or the
 * whole quota when a period begins with it.
 * @param before what was left before `from`, when its period began earlier.
 */
export function dailyUsage(
  quota: Quota,
  from: number,
  to: number,
  known: ReadonlyMap<string, { used: number; remaining: number }>,
  before: number | undefined,
): [number, number][] {
  const days: [number, number][] = [];
  let remaining = before ?? quota.limit;
  let period = periodOf(quota, from);
  for (let time = from; time <= to; time += dayMs) {
    const now = periodOf(quota, time);
    if (now !== period) remaining = quota.limit;
    period = now;
    const day = known.get(dayOf(time));
    if (day) remaining = day.remaining;
    days.push([day?.used ?? 0, remaining]);
  }
  return days;
}
