/** `--dynamodb-durations`, `--lambda-durations`: one time for everything, or a list of `what=time`. */
import { InvalidArgumentError } from 'commander';

const milliseconds: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Reads what takes one of `names`, in milliseconds.
 * @throws InvalidArgumentError with the forms that are understood.
 */
export function durations<Name extends string>(
  names: readonly Name[],
): (text: string) => Partial<Record<Name, number>> {
  const known = new Map<string, Name>(names.map((name) => [flagOf(name), name]));
  return (text) => {
    if (!text.includes('=')) return allOf(names, timeOf(text));
    const read: Partial<Record<Name, number>> = {};
    for (const part of text.split(',')) {
      const [flag = '', time = ''] = part.trim().split('=');
      const name = known.get(flag);
      if (!name) throw new InvalidArgumentError(`It knows ${[...known.keys()].join(', ')}; got ${flag}.`);
      read[name] = timeOf(time);
    }
    return read;
  };
}

function allOf<Name extends string>(names: readonly Name[], time: number): Partial<Record<Name, number>> {
  const all: Partial<Record<Name, number>> = {};
  for (const name of names) all[name] = time;
  return all;
}

function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** @throws InvalidArgumentError with the forms that are understood. @returns milliseconds. */
export function timeOf(text: string): number {
  const [, count, unit] = /^(\d+)(ms|s|m|h)$/.exec(text.trim()) ?? [];
  if (count === undefined || unit === undefined)
    throw new InvalidArgumentError(`Write times as 500ms, 10s, 2m or 1h; got ${text}.`);
  return Number(count) * (milliseconds[unit] as number);
}
