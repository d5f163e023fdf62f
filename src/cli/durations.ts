/** `--dynamodb-durations`: one time for everything, or a list of `what=time`. */
import { InvalidArgumentError } from 'commander';
import { type DynamoDbDurations, durationNames } from '../cloud/options.ts';

const milliseconds: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** @throws InvalidArgumentError with the forms that are understood. */
export function durations(text: string): Partial<DynamoDbDurations> {
  if (!text.includes('=')) {
    const all = timeOf(text);
    return Object.fromEntries(durationNames.map((name) => [name, all]));
  }
  const known = new Map(durationNames.map((name) => [flagOf(name), name]));
  return Object.fromEntries(
    text.split(',').map((part) => {
      const [flag = '', time = ''] = part.trim().split('=');
      const name = known.get(flag);
      if (!name) throw new InvalidArgumentError(`It knows ${[...known.keys()].join(', ')}; got ${flag}.`);
      return [name, timeOf(time)];
    }),
  );
}

function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function timeOf(text: string): number {
  const [, count, unit] = /^(\d+)(ms|s|m|h)$/.exec(text.trim()) ?? [];
  if (count === undefined || unit === undefined)
    throw new InvalidArgumentError(`Write times as 500ms, 10s, 2m or 1h; got ${text}.`);
  return Number(count) * (milliseconds[unit] as number);
}
