/** Which resource needs which: logical id → the ids it depends on. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** The ids of every circle, sorted; empty when the graph has none. What only depends on a circle isn't in it. */
export function circularIds(graph: Graph): string[] {
  const circular: string[] = [];
  for (const start of graph.keys()) {
    const seen = new Set<string>();
    const queue = [...(graph.get(start) ?? [])];
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      queue.push(...(graph.get(id) ?? []));
    }
    if (seen.has(start)) circular.push(start);
  }
  return circular.sort();
}

/** Arrows turned round: deletion goes where creation came from. Arrows to ids outside the graph are dropped. */
export function reversed(graph: Graph): Graph {
  const turned = new Map<string, Set<string>>([...graph.keys()].map((id) => [id, new Set<string>()]));
  for (const [id, needs] of graph) {
    for (const need of needs) turned.get(need)?.add(id);
  }
  return turned;
}
