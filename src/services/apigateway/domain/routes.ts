/**
 * Which route answers a path: compiled once per deployment, a walk over the path's segments per request, so
 * that the cost doesn't grow with the number of routes. A literal segment wins over `{name}`, which wins over
 * `{name+}`; a resource that lacks the method gives way to a less specific one that has it.
 */

export interface RouteMatch<Target> {
  target: Target;
  /** Values as they stand in the path, percent-encoding kept. */
  pathParameters: Record<string, string>;
}

interface Node<Target> {
  literals: Map<string, Node<Target>>;
  parameter: Node<Target> | undefined;
  greedy: Node<Target> | undefined;
  /** Parameter names from the root to here, as this route spells them, per method. */
  targets: Map<string, { names: string[]; target: Target }>;
}

const node = <Target>(): Node<Target> => ({
  literals: new Map(),
  parameter: undefined,
  greedy: undefined,
  targets: new Map(),
});

export class Routes<Target> {
  readonly #root = node<Target>();

  /** @param path `/items/{id}` or `/{proxy+}`. @param method `GET` … or `ANY`. */
  add(method: string, path: string, target: Target): void {
    const names: string[] = [];
    let here = this.#root;
    for (const segment of segmentsOf(path)) {
      const name = /^\{(.+?)(\+?)\}$/.exec(segment);
      if (!name) {
        const next = here.literals.get(segment) ?? node<Target>();
        here.literals.set(segment, next);
        here = next;
        continue;
      }
      names.push(name[1] as string);
      if (name[2]) {
        here.greedy ??= node();
        here = here.greedy;
      } else {
        here.parameter ??= node();
        here = here.parameter;
      }
    }
    here.targets.set(method, { names, target });
  }

  /** @param path without stage and query. */
  match(method: string, path: string): RouteMatch<Target> | undefined {
    return walk(this.#root, segmentsOf(path), 0, method, []);
  }
}

function walk<Target>(
  here: Node<Target>,
  segments: readonly string[],
  at: number,
  method: string,
  values: readonly string[],
): RouteMatch<Target> | undefined {
  if (at === segments.length) return found(here, method, values);
  const segment = segments[at] as string;
  const literal = here.literals.get(segment);
  if (literal) {
    const match = walk(literal, segments, at + 1, method, values);
    if (match) return match;
  }
  if (here.parameter && segment !== '') {
    const match = walk(here.parameter, segments, at + 1, method, [...values, segment]);
    if (match) return match;
  }
  if (here.greedy) return found(here.greedy, method, [...values, segments.slice(at).join('/')]);
  return undefined;
}

function found<Target>(
  at: Node<Target>,
  method: string,
  values: readonly string[],
): RouteMatch<Target> | undefined {
  const route = at.targets.get(method) ?? at.targets.get('ANY');
  if (!route) return undefined;
  const pathParameters: Record<string, string> = {};
  for (let i = 0; i < values.length; i++) pathParameters[route.names[i] as string] = values[i] as string;
  return { target: route.target, pathParameters };
}

/** `/a/b` and `/a/b/` are the same resource. */
function segmentsOf(path: string): string[] {
  const from = path.startsWith('/') ? 1 : 0;
  const to = path.length > from && path.endsWith('/') ? path.length - 1 : path.length;
  return to <= from ? [] : path.slice(from, to).split('/');
}
