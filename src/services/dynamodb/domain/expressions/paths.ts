/** Document paths: reading them, and the rule that paths of one expression don't overlap. */
import { type AttributeValue, attributeOf, type Item } from '../attributeValues.ts';
import { ExpressionError } from './errors.ts';
import type { DocumentPath } from './placeholders.ts';

/** @returns undefined when nothing is there. */
export function readPath(item: Item, path: DocumentPath): AttributeValue | undefined {
  let value = attributeOf(item, path[0]);
  for (let depth = 1; depth < path.length && value !== undefined; depth++) {
    const step = path[depth] as string | number;
    value = typeof step === 'number' ? value.L?.[step] : value.M && attributeOf(value.M, step);
  }
  return value;
}

/** `[a, [0], b]`, as DynamoDB writes a path in its messages. */
export function showPath(path: DocumentPath): string {
  return `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`;
}

export function samePath(left: DocumentPath, right: DocumentPath): boolean {
  return left.length === right.length && left.every((step, depth) => step === right[depth]);
}

interface Branch {
  /** The path that ends here. */
  path?: DocumentPath;
  /** Any path that goes through here. */
  through?: DocumentPath;
  next: Map<string | number, Branch>;
}

/**
 * Overlaps (one path is the other or leads to it) outrank conflicts (one takes for a list what the other takes
 * for a map). A tree of paths makes it linear in their length.
 * @throws ExpressionError naming the first pair.
 */
export function checkPaths(paths: readonly DocumentPath[]): void {
  const root: Branch = { next: new Map() };
  let conflict: string | undefined;
  for (const path of paths) {
    let branch = root;
    for (const step of path) {
      if (branch.path) throw overlap(branch.path, path);
      for (const [other, { through }] of firstOf(branch.next)) {
        if (typeof other !== typeof step && through) {
          conflict ??= `Two document paths conflict with each other; must remove or rewrite one of these paths; path one: ${showPath(through)}, path two: ${showPath(path)}`;
        }
      }
      let next = branch.next.get(step);
      if (!next) {
        next = { next: new Map() };
        branch.next.set(step, next);
      }
      next.through ??= path;
      branch = next;
    }
    if (branch.path) throw overlap(branch.path, path);
    if (branch.through && branch.through !== path) throw overlap(branch.through, path);
    branch.path = path;
  }
  if (conflict) throw new ExpressionError(conflict);
}

/** All steps of a branch are of one kind, or a conflict has been noted already: the first one tells. */
function* firstOf(next: Map<string | number, Branch>): Iterable<[string | number, Branch]> {
  for (const entry of next) {
    yield entry;
    return;
  }
}

function overlap(one: DocumentPath, two: DocumentPath): ExpressionError {
  return new ExpressionError(
    `Two document paths overlap with each other; must remove or rewrite one of these paths; path one: ${showPath(one)}, path two: ${showPath(two)}`,
  );
}
