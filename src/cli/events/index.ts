/** Sample events of what invokes functions, by service and kind, named as `sam local generate-event` names them. */
import { data } from './data.ts';
import { http } from './http.ts';
import { identity } from './identity.ts';
import { operations } from './operations.ts';
import type { Sample } from './sample.ts';

export type { Common, Sample } from './sample.ts';

const all: Readonly<Record<string, Readonly<Record<string, Sample>>>> = {
  ...http,
  ...data,
  ...identity,
  ...operations,
};

/** Kinds of a service's events, by name. */
export const samples: ReadonlyMap<string, ReadonlyMap<string, Sample>> = new Map(
  Object.keys(all)
    .sort()
    .map((service) => [service, new Map(Object.entries(all[service] ?? {}))]),
);
