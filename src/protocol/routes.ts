/**
 * Method, path and query literals → operation, compiled into a trie. Literal segments beat labels, labels beat
 * greedy labels; among operations of one path, the one whose query literals and required query parameters and
 * headers are all there wins, the most of them first (S3: `?uploads`, `?partNumber&uploadId`, `x-amz-copy-source`).
 */
import type { OperationModel, ServiceModel } from './model.ts';
import { type Shapes, structureOf } from './shapes.ts';

interface Route {
  operation: string;
  literals: [name: string, value: string | undefined][];
  /** Required members in the query and in headers. */
  queries: string[];
  headers: string[];
}

interface Node {
  literals: Map<string, Node>;
  label: Node | undefined;
  greedy: { after: string[]; routes: Map<string, Route[]> }[];
  routes: Map<string, Route[]>;
}

export interface RouteHead {
  method: string;
  path: string;
  query: string;
  headers: Readonly<Record<string, string>>;
}

export class Routes {
  readonly #root = emptyNode();

  constructor(model: ServiceModel) {
    for (const operation of Object.values(model.operations)) this.#add(model.shapes, operation);
  }

  #add(shapes: Shapes, operation: OperationModel): void {
    const [path = '/', query = ''] = operation.http.requestUri.split('?');
    const route: Route = { operation: operation.name, literals: literalsOf(query), queries: [], headers: [] };
    const input = structureOf(shapes, operation.input);
    for (const name of input?.required ?? []) {
      const ref = input?.members[name];
      if (ref?.location === 'querystring' && ref.locationName) route.queries.push(ref.locationName);
      if (ref?.location === 'header' && ref.locationName) route.headers.push(ref.locationName.toLowerCase());
    }
    const segments = segmentsOf(path.length > 1 ? path.replace(/\/$/, '') : path);
    let node = this.#root;
    for (const [index, segment] of segments.entries()) {
      if (/^\{[^}]+\+\}$/.test(segment)) {
        const after = segments.slice(index + 1);
        const key = JSON.stringify(after);
        let greedy = node.greedy.find((candidate) => JSON.stringify(candidate.after) === key);
        if (!greedy) {
          greedy = { after, routes: new Map() };
          node.greedy.push(greedy);
          node.greedy.sort((a, b) => b.after.length - a.after.length);
        }
        addRoute(greedy.routes, operation.http.method, route);
        return;
      }
      if (segment.startsWith('{')) {
        node.label ??= emptyNode();
        node = node.label;
      } else {
        const next = node.literals.get(segment) ?? emptyNode();
        node.literals.set(segment, next);
        node = next;
      }
    }
    addRoute(node.routes, operation.http.method, route);
  }

  /** @returns the operation's name, or undefined when no path and method fit. */
  resolve(head: RouteHead): string | undefined {
    const query = queryNames(head.query);
    return find(this.#root, segmentsOf(head.path), 0, head, query);
  }
}

function find(
  node: Node,
  segments: string[],
  at: number,
  head: RouteHead,
  query: Map<string, string>,
): string | undefined {
  if (at === segments.length) return pick(node.routes.get(head.method), head, query);
  const segment = segments[at] as string;
  const literal = node.literals.get(segment);
  const found = literal && find(literal, segments, at + 1, head, query);
  if (found !== undefined) return found;
  if (node.label && segment !== '') {
    const labelled = find(node.label, segments, at + 1, head, query);
    if (labelled !== undefined) return labelled;
  }
  // A slash at the end doesn't count (botocore sends it, the SDKs for JavaScript don't), unless a key may be made of slashes.
  if (segment === '' && at === segments.length - 1) {
    const here = pick(node.routes.get(head.method), head, query);
    if (here !== undefined) return here;
  }
  for (const greedy of node.greedy) {
    const rest = segments.length - at;
    if (rest <= greedy.after.length) continue;
    const tail = segments.slice(segments.length - greedy.after.length);
    if (greedy.after.every((wanted, index) => wanted.startsWith('{') || wanted === tail[index])) {
      const picked = pick(greedy.routes.get(head.method), head, query);
      if (picked !== undefined) return picked;
    }
  }
  return undefined;
}

function pick(routes: Route[] | undefined, head: RouteHead, query: Map<string, string>): string | undefined {
  let best: Route | undefined;
  let bestScore = -1;
  const named = query.get('x-id');
  for (const route of routes ?? []) {
    if (
      !route.literals.every(
        ([name, value]) => query.has(name) && (value === undefined || query.get(name) === value),
      )
    ) {
      continue;
    }
    const asked = route.queries.filter((name) => query.has(name)).length;
    const sent = route.headers.filter((name) => head.headers[name] !== undefined).length;
    const complete = asked === route.queries.length && sent === route.headers.length;
    // An operation whose required parameters are missing still answers when nothing else fits: it can say what is missing.
    const score =
      (complete ? 1000 : 0) +
      10 * (route.literals.length + (complete ? asked + sent : 0)) +
      (route.operation === named ? 1 : 0);
    if (score > bestScore) {
      best = route;
      bestScore = score;
    }
  }
  return best?.operation;
}

function addRoute(routes: Map<string, Route[]>, method: string, route: Route): void {
  const list = routes.get(method) ?? [];
  list.push(route);
  routes.set(method, list);
}

function emptyNode(): Node {
  return { literals: new Map(), label: undefined, greedy: [], routes: new Map() };
}

function segmentsOf(path: string): string[] {
  const bare = path.startsWith('/') ? path.slice(1) : path;
  return bare === '' ? [] : bare.split('/');
}

function literalsOf(query: string): [string, string | undefined][] {
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      return equals < 0 ? [part, undefined] : [part.slice(0, equals), part.slice(equals + 1)];
    });
}

function queryNames(query: string): Map<string, string> {
  const names = new Map<string, string>();
  if (query === '') return names;
  for (const part of query.split('&')) {
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    names.set(name.includes('%') ? safeDecode(name) : name, equals < 0 ? '' : part.slice(equals + 1));
  }
  return names;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
