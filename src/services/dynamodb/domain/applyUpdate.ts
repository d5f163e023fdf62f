/** Applies an update to an item. Every operand is read from the item as it was before the update. */
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import {
  type AttributeValue,
  attributeOf,
  cloneItem,
  cloneValue,
  type Item,
  nestingOf,
  setAttribute,
  setKey,
  typeOf,
} from './attributeValues.ts';
import type { BoundAction, BoundOperand } from './expressions/bindUpdate.ts';
import { readPath } from './expressions/paths.ts';
import type { DocumentPath } from './expressions/placeholders.ts';
import { addNumbers, subtractNumbers } from './numbers.ts';

/** @returns a new item; `before` is untouched. @throws ValidationException for paths and types that don't fit. */
export function applyUpdate(before: Item, actions: readonly BoundAction[]): Item {
  const after = cloneItem(before);
  checkOperands(before, actions);
  const values = actions.map((action) =>
    action.kind === 'set' ? cloneValue(evaluate(action.value, before)) : undefined,
  );
  // Removals come last and by falling index, so that every index means the element it meant before.
  const removals: DocumentPath[] = [];
  const appendices: Appendices = new Map();
  actions.forEach((action, index) => {
    switch (action.kind) {
      case 'set':
        checkNesting(action.path, values[index] as AttributeValue);
        write(after, action.path, values[index] as AttributeValue, appendices);
        break;
      case 'remove':
        removals.push(action.path);
        break;
      case 'add':
        write(after, action.path, add(readPath(after, action.path), action.value), appendices);
        break;
      case 'delete':
        if (subtract(after, action.path, action.value)) removals.push(action.path);
        break;
    }
  });
  for (const path of removals) checkParent(after, path);
  for (const path of removals.sort(laterElementsFirst)) remove(after, path);
  for (const [list, elements] of appendices) append(list, elements);
  return after;
}

/** In DynamoDB's order: what ADD and DELETE find, where the paths lead, which attributes are there to be read. */
function checkOperands(before: Item, actions: readonly BoundAction[]): void {
  for (const action of actions) {
    if (action.kind !== 'add' && action.kind !== 'delete') continue;
    const existing = readPath(before, action.path);
    if (existing !== undefined && typeOf(existing) !== typeOf(action.value)) throw wrongType();
  }
  for (const { path } of actions) checkParent(before, path);
  for (const action of actions) if (action.kind === 'set') checkPresent(action.value, before);
}

/** Also what `if_not_exists` falls back to must be there, even when nobody needs it. */
function checkPresent(operand: BoundOperand, item: Item): void {
  switch (operand.kind) {
    case 'value':
      break;
    case 'path':
      evaluate(operand, item);
      break;
    case 'if_not_exists':
      checkPresent(operand.otherwise, item);
      break;
    default:
      checkPresent(operand.left, item);
      checkPresent(operand.right, item);
  }
}

function evaluate(operand: BoundOperand, item: Item): AttributeValue {
  switch (operand.kind) {
    case 'value':
      return operand.value;
    case 'path': {
      const value = readPath(item, operand.path);
      if (value === undefined) {
        throw new ValidationException(
          'The provided expression refers to an attribute that does not exist in the item',
        );
      }
      return value;
    }
    case 'if_not_exists':
      return readPath(item, operand.path) ?? evaluate(operand.otherwise, item);
    case 'list_append': {
      const left = evaluate(operand.left, item);
      const right = evaluate(operand.right, item);
      if (left.L === undefined || right.L === undefined) throw wrongType();
      return { L: [...left.L, ...right.L] };
    }
    default: {
      const left = evaluate(operand.left, item);
      const right = evaluate(operand.right, item);
      if (left.N === undefined || right.N === undefined) throw wrongType();
      return {
        N: operand.kind === 'plus' ? addNumbers(left.N, right.N) : subtractNumbers(left.N, right.N),
      };
    }
  }
}

/** An item is a level itself. */
function checkNesting(path: DocumentPath, value: AttributeValue): void {
  if (path.length + nestingOf(value) > limits.nestingMax) {
    throw new ValidationException('Nesting Levels have exceeded supported limits');
  }
}

function wrongType(): Error {
  return new ValidationException('An operand in the update expression has an incorrect data type');
}

/** ADD: numbers add up, sets unite; what isn't there counts as nothing. */
function add(existing: AttributeValue | undefined, value: AttributeValue): AttributeValue {
  if (existing === undefined) return cloneValue(value);
  const type = typeOf(value);
  if (typeOf(existing) !== type) throw wrongType();
  if (type === 'N') return { N: addNumbers(existing.N as string, value.N as string) };
  return unite(existing, value, type as 'SS' | 'NS' | 'BS');
}

export function unite(
  existing: AttributeValue,
  value: AttributeValue,
  type: 'SS' | 'NS' | 'BS',
): AttributeValue {
  const members = existing[type] as (string | Uint8Array)[];
  const known = new Set(members.map(setKey));
  const news = (value[type] as (string | Uint8Array)[]).filter((member) => !known.has(setKey(member)));
  return { [type]: [...members, ...news] };
}

/** DELETE: takes members from a set. @returns true when none are left, so that the attribute goes. */
function subtract(item: Item, path: DocumentPath, value: AttributeValue): boolean {
  const existing = readPath(item, path);
  if (existing === undefined) {
    checkParent(item, path);
    return false;
  }
  const type = typeOf(value) as 'SS' | 'NS' | 'BS';
  if (typeOf(existing) !== type) throw wrongType();
  const left = without(existing, value, type);
  (existing as Record<string, unknown>)[type] = left;
  return left.length === 0;
}

export function without(
  existing: AttributeValue,
  value: AttributeValue,
  type: 'SS' | 'NS' | 'BS',
): (string | Uint8Array)[] {
  const gone = new Set((value[type] as (string | Uint8Array)[]).map(setKey));
  return (existing[type] as (string | Uint8Array)[]).filter((member) => !gone.has(setKey(member)));
}

function invalidPath(): Error {
  return new ValidationException('The document path provided in the update expression is invalid for update');
}

/** The map or list that holds what a path of two steps or more names. */
function parentOf(item: Item, path: DocumentPath): Item | AttributeValue[] {
  const parent = readPath(item, path.slice(0, -1) as unknown as DocumentPath);
  const container = typeof path.at(-1) === 'number' ? parent?.L : parent?.M;
  if (container === undefined) throw invalidPath();
  return container;
}

function checkParent(item: Item, path: DocumentPath): void {
  if (path.length > 1) parentOf(item, path);
}

/** Elements to put at the end of lists, by the indexes they were given. */
type Appendices = Map<AttributeValue[], { index: number; value: AttributeValue }[]>;

function write(item: Item, path: DocumentPath, value: AttributeValue, appendices: Appendices): void {
  if (path.length === 1) {
    setAttribute(item, path[0], value);
    return;
  }
  const parent = parentOf(item, path);
  const last = path.at(-1) as string | number;
  if (!Array.isArray(parent)) {
    setAttribute(parent, last as string, value);
    return;
  }
  if ((last as number) < parent.length) {
    parent[last as number] = value;
    return;
  }
  // An index past the end appends; several keep the order of their indexes, whatever their order in the text.
  const pending = appendices.get(parent) ?? [];
  pending.push({ index: last as number, value });
  appendices.set(parent, pending);
}

function append(list: AttributeValue[], elements: { index: number; value: AttributeValue }[]): void {
  for (const { value } of elements.sort((a, b) => a.index - b.index)) list.push(value);
}

function laterElementsFirst(left: DocumentPath, right: DocumentPath): number {
  const length = Math.min(left.length, right.length);
  for (let depth = 0; depth < length; depth++) {
    const a = left[depth];
    const b = right[depth];
    if (a === b) continue;
    if (typeof a === 'number') return typeof b === 'number' ? b - a : -1;
    return typeof b === 'number' || String(a) < String(b) ? 1 : -1;
  }
  return right.length - left.length;
}

function remove(item: Item, path: DocumentPath): void {
  if (path.length === 1) {
    if (attributeOf(item, path[0]) !== undefined) delete item[path[0]];
    return;
  }
  const parent = parentOf(item, path);
  const last = path.at(-1) as string | number;
  if (Array.isArray(parent)) {
    if ((last as number) < parent.length) parent.splice(last as number, 1);
  } else {
    delete parent[last as string];
  }
}
