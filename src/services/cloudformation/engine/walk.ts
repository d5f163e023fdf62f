import { assert } from '../../../kernel/index.ts';
import type { Graph } from '../domain/graph.ts';

export interface Walk {
  readonly graph: Graph;
  /** @returns false when the step failed. */
  step(id: string): Promise<boolean>;
  /** Steps at work at once. */
  readonly parallel: number;
  /** Asked before each start; true leaves the rest alone. */
  isStopped(): boolean;
}

/**
 * Runs a step for every node of a graph, in parallel, each after all it needs. A failed step holds back what needs
 * it. Resolves when nothing runs and nothing more can start.
 * @throws what a step throws, after the others at work have ended.
 */
export async function walk({ graph, step, parallel, isStopped }: Walk): Promise<void> {
  const done = new Set<string>();
  const waiting = new Set(graph.keys());
  const running = new Map<string, Promise<void>>();
  let failed = false;
  let thrown: { cause: unknown } | undefined;

  const start = (id: string) => {
    waiting.delete(id);
    const run = step(id)
      .then((succeeded) => {
        if (succeeded) done.add(id);
        else failed = true;
      })
      .catch((cause: unknown) => {
        thrown ??= { cause };
      })
      .finally(() => running.delete(id));
    running.set(id, run);
  };
  const isReady = (id: string) =>
    [...(graph.get(id) ?? [])].every((need) => done.has(need) || !graph.has(need));

  for (;;) {
    for (const id of waiting) {
      if (running.size >= parallel || thrown || isStopped()) break;
      if (isReady(id)) start(id);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (thrown) throw thrown.cause;
  // What waits must wait for a failure or a stop; otherwise the graph has a circle and nothing would ever end.
  assert(waiting.size === 0 || failed || isStopped(), 'every step can start', { waiting: [...waiting] });
}
