/** The range of sort keys that a key condition selects. */
import { ValidationException } from '../errors.ts';
import { type AttributeValue, compareValues } from './attributeValues.ts';
import { beginsWith } from './compare.ts';
import { type KeyPartValue, keyPart } from './keys.ts';
import type { LegacyCondition } from './legacyConditions.ts';
import type { KeyAttribute } from './table.ts';

export interface KeyRange {
  equal?: KeyPartValue;
  from?: KeyPartValue;
  above?: KeyPartValue;
  below?: KeyPartValue;
  to?: KeyPartValue;
}

/** @returns undefined when no key can match. */
export function sortRange(condition: LegacyCondition, attribute: KeyAttribute): KeyRange | undefined {
  const [first, second] = (condition.AttributeValueList ?? []).map((value) => keyPart(value, attribute.type));
  const value = first as KeyPartValue;
  switch (condition.ComparisonOperator) {
    case 'EQ':
      return { equal: value };
    case 'LT':
      return { below: value };
    case 'LE':
      return { to: value };
    case 'GT':
      return { above: value };
    case 'GE':
      return { from: value };
    case 'BETWEEN':
      return { from: value, to: second as KeyPartValue };
    case 'BEGINS_WITH': {
      const end = afterPrefix(value as string | Uint8Array);
      return end === undefined ? { from: value } : { from: value, below: end };
    }
    default:
      throw new ValidationException('Attempted conditional constraint is not an indexable operation');
  }
}

/** Whether a sort key is in the range that a condition selects: a starting key must be. */
export function isInRange(value: AttributeValue, condition: LegacyCondition): boolean {
  const [first, second] = condition.AttributeValueList ?? [];
  const order = compareValues(value, first as AttributeValue) ?? Number.NaN;
  switch (condition.ComparisonOperator) {
    case 'EQ':
      return order === 0;
    case 'LT':
      return order < 0;
    case 'LE':
      return order <= 0;
    case 'GT':
      return order > 0;
    case 'GE':
      return order >= 0;
    case 'BETWEEN':
      return order >= 0 && (compareValues(value, second as AttributeValue) ?? Number.NaN) <= 0;
    case 'BEGINS_WITH':
      return beginsWith(value, first);
    default:
      return false;
  }
}

/** The least value above everything that begins with `prefix`; undefined when there is none. */
function afterPrefix(prefix: string | Uint8Array): KeyPartValue | undefined {
  if (prefix instanceof Uint8Array) {
    let end = prefix.length;
    while (end > 0 && prefix[end - 1] === 0xff) end--;
    if (end === 0) return undefined;
    const next = Uint8Array.from(prefix.subarray(0, end));
    next[end - 1] = (next[end - 1] as number) + 1;
    return next;
  }
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number);
  while (points.at(-1) === 0x10ffff) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  // Surrogates are no characters: after U+D7FF comes U+E000.
  points.push(last === 0xd7ff ? 0xe000 : last + 1);
  return points.map((point) => String.fromCodePoint(point)).join('');
}
