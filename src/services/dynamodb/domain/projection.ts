/** The part of an item that paths ask for. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html */
import { type AttributeValue, attributeOf, type Item, setAttribute } from './attributeValues.ts';
import type { DocumentPath } from './expressions/placeholders.ts';

/** What is wanted of a value: all of it, or some of its members or elements. */
interface Wanted {
  all: boolean;
  names: Map<string, Wanted>;
  indexes: Map<number, Wanted>;
}

/** Compiles paths to a function, for use on many items. Elements of a list move together and keep their order. */
export function projector(paths: readonly DocumentPath[]): (item: Item) => Item {
  if (paths.every((path) => path.length === 1)) {
    const names = paths.map((path) => path[0]);
    return (item) => pick(item, names);
  }
  const root = wantNothing();
  for (const path of paths) {
    let wanted = root;
    for (const step of path) {
      const next = typeof step === 'number' ? wanted.indexes.get(step) : wanted.names.get(step);
      const reached = next ?? wantNothing();
      if (!next && typeof step === 'number') wanted.indexes.set(step, reached);
      if (!next && typeof step === 'string') wanted.names.set(step, reached);
      wanted = reached;
    }
    wanted.all = true;
  }
  return (item) => projectMembers(item, root) ?? {};
}

/** The named attributes of an item that it has. */
export function pick(item: Item, names: Iterable<string>): Item {
  const picked: Item = {};
  for (const name of names) {
    const value = attributeOf(item, name);
    if (value !== undefined) setAttribute(picked, name, value);
  }
  return picked;
}

function wantNothing(): Wanted {
  return { all: false, names: new Map(), indexes: new Map() };
}

function projectValue(value: AttributeValue, wanted: Wanted): AttributeValue | undefined {
  if (wanted.all) return value;
  if (value.M !== undefined) {
    const members = projectMembers(value.M, wanted);
    return members && { M: members };
  }
  if (value.L === undefined) return undefined;
  const elements: AttributeValue[] = [];
  for (const index of [...wanted.indexes.keys()].sort((a, b) => a - b)) {
    const element = value.L[index];
    const projected = element && projectValue(element, wanted.indexes.get(index) as Wanted);
    if (projected) elements.push(projected);
  }
  return elements.length > 0 ? { L: elements } : undefined;
}

function projectMembers(members: Item, wanted: Wanted): Item | undefined {
  let found: Item | undefined;
  for (const [name, inner] of wanted.names) {
    const value = attributeOf(members, name);
    const projected = value && projectValue(value, inner);
    if (!projected) continue;
    found ??= {};
    setAttribute(found, name, projected);
  }
  return found;
}
