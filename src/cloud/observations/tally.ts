/** What was seen of one action of a principal: pure bookkeeping, bounded whatever clients do. */
import { prefixesOf } from './prefixes.ts';

export interface Seen {
  count: number;
  lastSeen: number;
}

export interface Denial extends Seen {
  effect: 'implicit-deny' | 'explicit-deny';
  reason: string;
  refused: boolean;
}

export interface Tally {
  region: string;
  count: number;
  firstSeen: number;
  lastSeen: number;
  resources: Map<string, Seen>;
  /** Beginnings of resources that were too many to keep apart. */
  prefixes: Map<string, Seen>;
  denials: Map<string, Denial>;
}

/** Resources of an action that are told apart; past that they become prefixes. */
export const resourcesMax = 100;
/** Denied resources of an action that are told apart; past that the oldest are forgotten. */
export const denialsMax = 50;

export function newTally(time: number): Tally {
  return {
    region: '',
    count: 0,
    firstSeen: time,
    lastSeen: time,
    resources: new Map(),
    prefixes: new Map(),
    denials: new Map(),
  };
}

export function seeResource(tally: Tally, resource: string, seen: Seen): void {
  const known = tally.resources.get(resource) ?? coveredBy(tally, resource);
  if (known) {
    addTo(known, seen);
    return;
  }
  tally.resources.set(resource, { ...seen });
  if (tally.resources.size + tally.prefixes.size > resourcesMax) narrow(tally);
}

export function seePrefix(tally: Tally, prefix: string, seen: Seen): void {
  const known = tally.prefixes.get(prefix);
  if (known) {
    addTo(known, seen);
    return;
  }
  const fresh = { ...seen };
  tally.prefixes.set(prefix, fresh);
  for (const [resource, each] of tally.resources) {
    if (!resource.startsWith(prefix)) continue;
    addTo(fresh, each);
    tally.resources.delete(resource);
  }
  if (tally.resources.size + tally.prefixes.size > resourcesMax) narrow(tally);
}

export function seeDenial(tally: Tally, resource: string, denial: Denial): void {
  const known = tally.denials.get(resource);
  if (known) {
    const { effect, reason, refused } = denial;
    if (denial.lastSeen >= known.lastSeen) Object.assign(known, { effect, reason, refused });
    addTo(known, denial);
    return;
  }
  if (tally.denials.size >= denialsMax) {
    const [oldest] = tally.denials.keys();
    if (oldest !== undefined) tally.denials.delete(oldest);
  }
  tally.denials.set(resource, { ...denial });
}

/** Adds what was seen since to what is known. */
export function merge(into: Tally, more: Tally): Tally {
  into.count += more.count;
  if (more.lastSeen >= into.lastSeen) into.region = more.region;
  into.firstSeen = Math.min(into.firstSeen, more.firstSeen);
  into.lastSeen = Math.max(into.lastSeen, more.lastSeen);
  for (const [prefix, seen] of more.prefixes) seePrefix(into, prefix, seen);
  for (const [resource, seen] of more.resources) seeResource(into, resource, seen);
  for (const [resource, denial] of more.denials) seeDenial(into, resource, denial);
  return into;
}

function addTo(known: Seen, seen: Seen): void {
  known.count += seen.count;
  known.lastSeen = Math.max(known.lastSeen, seen.lastSeen);
}

function coveredBy({ prefixes }: Tally, resource: string): Seen | undefined {
  if (prefixes.size === 0) return undefined;
  for (const [prefix, seen] of prefixes) if (resource.startsWith(prefix)) return seen;
  return undefined;
}

/** Too many: what is alike becomes a prefix, ever coarser; of what has nothing in common the oldest is forgotten. */
function narrow(tally: Tally): void {
  const all = [...tally.prefixes, ...tally.resources];
  let kept = prefixesOf(names(all), resourcesMax / 2, { isCoarse: true });
  for (let alike = resourcesMax / 4; alike >= 1 && sizeOf(kept) > resourcesMax; alike = Math.floor(alike / 2))
    kept = prefixesOf(names(all), alike, { isCoarse: true });
  const prefixes = new Set([...kept.prefixes, ...kept.resources.filter((name) => tally.prefixes.has(name))]);
  const room = sizeOf(kept) > resourcesMax ? resourcesMax / 2 : resourcesMax;
  const resources = new Set(kept.resources.slice(-room).filter((name) => !prefixes.has(name)));
  const { resources: before } = tally;
  tally.resources = new Map();
  tally.prefixes = new Map([...prefixes].map((prefix) => [prefix, { count: 0, lastSeen: 0 }]));
  for (const [name, seen] of all) {
    const known = coveredBy(tally, name);
    if (known) addTo(known, seen);
    else if (resources.has(name) && before.has(name)) tally.resources.set(name, seen);
  }
}

function names(entries: readonly (readonly [string, Seen])[]): string[] {
  return entries.map(([name]) => name);
}

function sizeOf({
  resources,
  prefixes,
}: {
  resources: readonly string[];
  prefixes: readonly string[];
}): number {
  return resources.length + prefixes.length;
}
