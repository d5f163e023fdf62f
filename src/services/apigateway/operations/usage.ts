/** What was used of usage plans, day by day, and extensions of what is left. */
import type { GetUsageRequest, UpdateUsageRequest } from '@aws-sdk/client-api-gateway';
import { integerOf } from '../domain/patch.ts';
import { dailyUsage, dayOf, periodOf } from '../domain/quota.ts';
import type { UsagePlan } from '../domain/types.ts';
import { BadRequestException, NotFoundException } from '../errors.ts';
import { usageDaysMax } from '../limits.ts';
import type { Context, Operations } from '../room.ts';
import type { ApiReader } from '../store.ts';
import { pageOf } from './find.ts';

const dayMs = 86_400_000;

type Quota = NonNullable<UsagePlan['quota']>;

async function GetUsage(ctx: Context, input: GetUsageRequest) {
  const { store } = ctx.room;
  const { quota, id } = await planOf(store, ctx, input.usagePlanId);
  const from = dateOf(input.startDate, 'start');
  const to = dateOf(input.endDate, 'end');
  if (from > to) throw new BadRequestException('Start date must not be after end date');
  if (to - from > usageDaysMax * dayMs) {
    throw new BadRequestException(`Usage can be told of at most ${usageDaysMax} days at once`);
  }
  const { keys, position } = await keysOf(ctx, id, input);
  const items: Record<string, [number, number][]> = {};
  for (const key of keys) items[key] = await daysOf(store, ctx, id, quota, key, from, to);
  return { usagePlanId: id, startDate: input.startDate, endDate: input.endDate, items, position };
}

async function keysOf(ctx: Context, planId: string, input: GetUsageRequest) {
  const { store } = ctx.room;
  if (input.keyId !== undefined) {
    await requireMember(store, ctx, planId, input.keyId);
    return { keys: [input.keyId], position: undefined };
  }
  const { items, position } = await pageOf(store, 'usagePlanKey', ctx, planId, input);
  return { keys: items.map(({ id }) => id), position };
}

async function daysOf(
  reader: ApiReader,
  ctx: Context,
  planId: string,
  quota: Quota,
  keyId: string,
  from: number,
  to: number,
): Promise<[number, number][]> {
  // What a period has left at its middle is told by its days before that.
  const begin = Date.parse(periodOf(quota, from));
  const limit = 2 * usageDaysMax;
  const known = await reader.usageDays(ctx, planId, keyId, dayOf(begin), dayOf(to), limit);
  const days = dailyUsage(quota, begin, to, known, undefined);
  return days.slice(Math.round((from - begin) / dayMs));
}

/** "Grants a temporary extension to the remaining quota of a usage plan associated with a specified API key." */
async function UpdateUsage(ctx: Context, input: UpdateUsageRequest) {
  const keyId = input.keyId ?? '';
  const today = Date.parse(dayOf(ctx.now));
  return ctx.room.store.transact(async (tx) => {
    const { quota, id } = await planOf(tx, ctx, input.usagePlanId);
    await requireMember(tx, ctx, id, keyId);
    const period = periodOf(quota, ctx.now);
    for (const { op, path, value } of input.patchOperations ?? []) {
      if (op !== 'replace' || path !== '/remaining') {
        throw new BadRequestException(
          `Invalid patch path  '${path}' specified for op '${op}'. Must be one of: [/remaining]`,
        );
      }
      const remaining = integerOf(value ?? '');
      if (remaining < 0) throw new BadRequestException('Remaining quota must not be negative');
      const { used } = await tx.usage(ctx, id, keyId, period);
      tx.putUsage(ctx, id, keyId, period, { used, granted: remaining - (quota.limit - used) });
      const day = await tx.usageDay(ctx, id, keyId, dayOf(ctx.now));
      tx.putUsageDay(ctx, id, keyId, dayOf(ctx.now), { used: day?.used ?? 0, remaining });
    }
    const items = { [keyId]: await daysOf(tx, ctx, id, quota, keyId, today, today) };
    return { usagePlanId: id, startDate: dayOf(today), endDate: dayOf(today), items };
  });
}

async function planOf(reader: ApiReader, ctx: Context, planId: string | undefined) {
  const plan = await reader.get('usagePlan', ctx, '', planId ?? '');
  if (!plan) throw new NotFoundException('Invalid Usage Plan ID specified');
  const { quota, id } = plan;
  if (!quota) throw new BadRequestException(`Usage Plan ${id} has no quota`);
  return { quota, id };
}

async function requireMember(reader: ApiReader, ctx: Context, planId: string, keyId: string): Promise<void> {
  if (await reader.get('usagePlanKey', ctx, planId, keyId)) return;
  throw new NotFoundException('Invalid API Key identifier specified');
}

function dateOf(text: string | undefined, which: 'start' | 'end'): number {
  const time = /^\d{4}-\d\d-\d\d$/.test(text ?? '') ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time)) throw new BadRequestException(`Invalid ${which} date specified: ${text}`);
  return time;
}

export const usageOperations: Operations = { GetUsage, UpdateUsage };
