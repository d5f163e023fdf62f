import { describe, expect, it } from 'vitest';
import { nextTime, type Schedule } from './schedule.ts';

const at = (text: string) => Date.parse(text);
const createdAt = at('2026-01-01T00:00:00Z');
const next = (expression: string, now: string, more: Partial<Schedule> = {}) => {
  const time = nextTime({ expression, createdAt, ...more }, at(now));
  return time === undefined ? undefined : new Date(time).toISOString();
};

describe('schedules', () => {
  it.each([
    ['cron(0 8 * * ? *)', '2026-01-01T07:59:59Z', '2026-01-01T08:00:00.000Z'],
    ['cron(0 8 * * ? *)', '2026-01-01T08:00:00Z', '2026-01-02T08:00:00.000Z'],
    ['cron(15 10 ? * 2-6 *)', '2026-01-02T11:00:00Z', '2026-01-05T10:15:00.000Z'],
    ['cron(0/15 * * * ? *)', '2026-01-01T00:01:00Z', '2026-01-01T00:15:00.000Z'],
    ['cron(0 0 L * ? *)', '2026-02-01T00:00:00Z', '2026-02-28T00:00:00.000Z'],
    ['cron(0 12 ? JAN SUN#1 2027)', '2026-01-01T00:00:00Z', '2027-01-03T12:00:00.000Z'],
    ['rate(5 minutes)', '2026-01-01T00:00:00Z', '2026-01-01T00:05:00.000Z'],
    ['rate(5 minutes)', '2026-01-01T00:12:00Z', '2026-01-01T00:15:00.000Z'],
    ['rate(1 day)', '2026-01-05T00:00:00Z', '2026-01-06T00:00:00.000Z'],
    ['at(2026-06-01T09:30:00)', '2026-01-01T00:00:00Z', '2026-06-01T09:30:00.000Z'],
    ['at(2026-06-01T09:30:00)', '2026-06-01T09:30:00Z', undefined],
  ])('%s after %s', (expression, now, due) => {
    expect(next(expression, now)).toBe(due);
  });

  it('are read in their time zone, and keep their hour when clocks change', () => {
    const timezone = 'Europe/Berlin';
    expect(next('at(2026-03-01T10:00:00)', '2026-01-01T00:00:00Z', { timezone })).toBe(
      '2026-03-01T09:00:00.000Z',
    );
    expect(next('cron(0 8 * * ? *)', '2026-03-29T12:00:00Z', { timezone })).toBe('2026-03-30T06:00:00.000Z');
  });

  it('begin and end', () => {
    const startAt = at('2026-02-01T00:00:00Z');
    expect(next('rate(1 hour)', '2026-01-05T00:00:00Z', { startAt })).toBe('2026-02-01T00:00:00.000Z');
    expect(next('cron(0 0 * * ? *)', '2026-01-05T00:00:00Z', { startAt })).toBe('2026-02-01T00:00:00.000Z');
    expect(
      next('rate(1 hour)', '2026-02-01T01:30:00Z', { startAt, endAt: startAt + 3600_000 }),
    ).toBeUndefined();
  });

  it.each([
    'cron(* * * *)',
    'rate(0 minutes)',
    'rate(5 weeks)',
    'at(tomorrow)',
    'every day',
    'cron(61 * * * ? *)',
  ])('refuse %s', (expression) => {
    expect(() => next(expression, '2026-01-01T00:00:00Z')).toThrow(expression);
  });
  it('refuse time zones that nobody knows', () => {
    expect(() => next('at(2026-03-01T10:00:00)', '2026-01-01T00:00:00Z', { timezone: 'Mars/Base' })).toThrow(
      'not valid',
    );
  });
});
