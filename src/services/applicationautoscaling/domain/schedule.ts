/**
 * at(…), rate(…) and cron(…) of scheduled actions.
 * https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
 */
import { Cron } from 'croner';
import { ValidationException } from '../errors.ts';

export interface Schedule {
  expression: string;
  /** IANA name; UTC when absent. */
  timezone?: string | undefined;
  /** Milliseconds since the epoch: nothing before, nothing after. */
  startAt?: number | undefined;
  endAt?: number | undefined;
  createdAt: number;
}

const minuteMs = 60_000;
const unitsMs: Record<string, number> = {
  minute: minuteMs,
  hour: 60 * minuteMs,
  day: 24 * 60 * minuteMs,
};

/** When the action is due next after `now`; undefined when never again. @throws ValidationException */
export function nextTime(schedule: Schedule, now: number): number | undefined {
  const from = Math.max(now, (schedule.startAt ?? now) - 1);
  const next = nextAfter(schedule, from);
  if (next === undefined || (schedule.endAt !== undefined && next > schedule.endAt)) return undefined;
  return next;
}

function nextAfter(schedule: Schedule, from: number): number | undefined {
  const { expression, timezone = 'UTC' } = schedule;
  const [, kind, body = ''] = /^(at|rate|cron)\((.+)\)$/.exec(expression.trim()) ?? [];
  switch (kind) {
    case 'at': {
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(body)) throw unreadable(expression);
      return cronAfter(body, timezone, from, expression);
    }
    case 'rate': {
      const [, count = '', unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(body) ?? [];
      const every = Number(count) * (unitsMs[unit] ?? 0);
      if (!(every > 0)) throw unreadable(expression);
      const first = schedule.startAt ?? schedule.createdAt + every;
      if (from < first) return first;
      return first + (Math.floor((from - first) / every) + 1) * every;
    }
    case 'cron': {
      const fields = body.trim().split(/\s+/);
      if (fields.length !== 6) throw unreadable(expression);
      return cronAfter(`0 ${fields.join(' ')}`.replaceAll('?', '*'), timezone, from, expression);
    }
    default:
      throw unreadable(expression);
  }
}

/** @param pattern seconds first, year last, days of the week from 1 for Sunday; or an ISO time without zone. */
function cronAfter(pattern: string, timezone: string, from: number, expression: string): number | undefined {
  try {
    const cron = new Cron(pattern, { timezone, alternativeWeekdays: true, sloppyRanges: true, paused: true });
    return cron.nextRun(new Date(from))?.getTime();
  } catch (error) {
    throw unreadable(expression, error);
  }
}

function unreadable(expression: string, cause?: unknown): Error {
  const reason = cause instanceof Error ? ` ${cause.message}` : '';
  return new ValidationException(`The schedule expression ${expression} is not valid.${reason}`);
}
