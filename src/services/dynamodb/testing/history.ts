/**
 * Judges histories of concurrent work on lists that are only appended to, every value once: is there a serial order of
 * the operations, one that also keeps to the order of those that didn't overlap in time? After Elle (Kingsbury and
 * Alvaro, 2020): the final lists tell the order of the writers, the lists that were read tell where the readers stand.
 */

/** One operation that took effect; an operation that was refused isn't part of the history. */
export interface Operation {
  /** Places on the history's own clock, which ticks at every beginning and end. */
  begin: number;
  end: number;
  /** The value that it appended, to all of these lists. */
  appended?: { value: string; keys: readonly string[] };
  /** What it saw of lists. */
  read: Readonly<Record<string, readonly string[]>>;
}

/** @returns what is wrong with the history, in words; undefined when it is strictly serialisable. */
export function whatIsWrong(
  history: readonly Operation[],
  final: Readonly<Record<string, readonly string[]>>,
): string | undefined {
  const writers = new Map<string, number>();
  history.forEach(({ appended }, at) => {
    if (appended) writers.set(appended.value, at);
  });
  const edges = history.map(() => new Set<number>());
  for (const [key, list] of Object.entries(final)) {
    if (new Set(list).size < list.length) return `${key} holds a value twice`;
    for (const [place, value] of list.entries()) {
      const writer = writers.get(value);
      if (writer === undefined || !history[writer]?.appended?.keys.includes(key)) {
        return `${key} holds ${value}, which nobody wrote`;
      }
      const next = writers.get(list[place + 1] ?? '');
      if (next !== undefined) edges[writer]?.add(next);
    }
  }
  for (const [at, { appended, read }] of history.entries()) {
    for (const key of appended?.keys ?? []) {
      if (!final[key]?.includes(appended?.value ?? '')) return `${key} lost ${appended?.value}`;
    }
    for (const [key, seen] of Object.entries(read)) {
      const list = final[key] ?? [];
      if (seen.some((value, place) => value !== list[place])) return `${key} was read as it never was`;
      const last = writers.get(seen.at(-1) ?? '');
      const next = writers.get(list[seen.length] ?? '');
      if (last !== undefined && last !== at) edges[last]?.add(at);
      if (next !== undefined && next !== at) edges[at]?.add(next);
    }
  }
  for (const [before, { end }] of history.entries()) {
    for (const [after, { begin }] of history.entries()) if (end < begin) edges[before]?.add(after);
  }
  return isCyclic(edges) ? 'no serial order explains what was read and written' : undefined;
}

/** Takes away what nothing comes before, until nothing is left or all that is left comes before something. */
function isCyclic(edges: readonly ReadonlySet<number>[]): boolean {
  const before = edges.map(() => 0);
  for (const targets of edges) for (const target of targets) before[target] = (before[target] ?? 0) + 1;
  const free = [...before.keys()].filter((at) => before[at] === 0);
  let taken = 0;
  for (let at = free.pop(); at !== undefined; at = free.pop()) {
    taken++;
    for (const target of edges[at] ?? []) {
      before[target] = (before[target] ?? 0) - 1;
      if (before[target] === 0) free.push(target);
    }
  }
  return taken < edges.length;
}
