import type { PropertyRule } from '../../../platform/index.ts';
import { hasUnknown } from './intrinsics.ts';
import { isRecord } from './template/references.ts';

export interface PropertyChange {
  /** Top-level name of the property. */
  readonly name: string;
  readonly change: 'Add' | 'Remove' | 'Modify';
  readonly before?: unknown;
  readonly after?: unknown;
  /** `Always`: changing it replaces the resource. `Conditionally`: it may, once the value is known. */
  readonly requiresRecreation: 'Never' | 'Conditionally' | 'Always';
}

type Properties = Readonly<Record<string, unknown>>;

/**
 * What differs between the properties a resource has and those it is to have, by top-level name.
 * @param after may hold `unknownYet`, which counts as a change.
 */
export function diffProperties(
  before: Properties,
  after: Properties,
  rules: Readonly<Record<string, PropertyRule>>,
): PropertyChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name): PropertyChange[] => {
    const had = Object.hasOwn(before, name);
    const has = Object.hasOwn(after, name);
    if (had && has && isSame(before[name], after[name])) return [];
    const createOnly = changesCreateOnly(before[name], after[name], rules[name]);
    return [
      {
        name,
        change: had ? (has ? 'Modify' : 'Remove') : 'Add',
        ...(had ? { before: before[name] } : {}),
        ...(has ? { after: after[name] } : {}),
        requiresRecreation: createOnly ? (hasUnknown(after[name]) ? 'Conditionally' : 'Always') : 'Never',
      },
    ];
  });
}

/** A property is create-only as a whole, or some members of it are. */
function changesCreateOnly(before: unknown, after: unknown, rule: PropertyRule | undefined): boolean {
  if (!rule) return false;
  if (rule.createOnly) return !isSame(before ?? rule.default, after ?? rule.default);
  const { members } = rule;
  if (!members || !isRecord(before) || !isRecord(after)) return false;
  return Object.keys({ ...before, ...after }).some(
    (name) =>
      !isSame(before[name], after[name]) && changesCreateOnly(before[name], after[name], members[name]),
  );
}

export function needsReplacement(changes: readonly PropertyChange[]): boolean {
  return changes.some((change) => change.requiresRecreation === 'Always');
}

/** Equal as JSON, whatever the order of an object's members. What isn't known yet equals nothing. */
export function isSame(a: unknown, b: unknown): boolean {
  if (typeof a === 'symbol' || typeof b === 'symbol') return false;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  }
  if (isRecord(a) && isRecord(b)) {
    const names = Object.keys(a);
    return (
      names.length === Object.keys(b).length &&
      names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]))
    );
  }
  return a === b;
}
