/** AttributeUpdates. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.AttributeUpdates.html */
import { ValidationException } from '../errors.ts';
import { unite, without } from './applyUpdate.ts';
import {
  type AttributeValue,
  attributeOf,
  checkAttributeName,
  checkAttributeValue,
  cloneValue,
  type Item,
  setAttribute,
  typeOf,
} from './attributeValues.ts';
import { addNumbers } from './numbers.ts';

export interface AttributeUpdate {
  Action?: 'ADD' | 'PUT' | 'DELETE';
  Value?: AttributeValue;
}

const sets = ['SS', 'NS', 'BS'];
const addable = ['N', 'L', ...sets];

/** @throws ValidationException */
export function checkAttributeUpdates(updates: Record<string, AttributeUpdate> | undefined): void {
  for (const [name, { Action, Value }] of Object.entries(updates ?? {})) {
    checkAttributeName(name);
    const invalid = (what: string) =>
      new ValidationException(`One or more parameter values were invalid: ${what}`);
    if (Value === undefined) {
      if (Action !== 'DELETE') {
        throw invalid('Only DELETE action is allowed when no attribute value is specified');
      }
      continue;
    }
    checkAttributeValue(Value, 2);
    const type = typeOf(Value);
    if (Action === 'DELETE' && !sets.includes(type)) {
      throw invalid(`DELETE action with value is not supported for the type ${type}`);
    }
    if (Action === 'ADD' && !addable.includes(type)) {
      throw invalid(`ADD action is not supported for the type ${type}`);
    }
  }
}

/** @returns a new item; `before` is untouched. @throws ValidationException when types don't fit. */
export function applyAttributeUpdates(before: Item, updates: Record<string, AttributeUpdate>): Item {
  const after: Item = { ...before };
  for (const [name, { Action, Value }] of Object.entries(updates)) {
    const existing = attributeOf(after, name);
    if (Value === undefined) {
      delete after[name];
    } else if (Action === 'ADD') {
      setAttribute(after, name, add(existing, Value));
    } else if (Action === 'DELETE') {
      if (existing === undefined) continue;
      const type = sameType(existing, Value) as 'SS' | 'NS' | 'BS';
      const left = without(existing, Value, type);
      if (left.length === 0) delete after[name];
      else setAttribute(after, name, { [type]: left });
    } else {
      setAttribute(after, name, cloneValue(Value));
    }
  }
  return after;
}

function add(existing: AttributeValue | undefined, value: AttributeValue): AttributeValue {
  if (existing === undefined) return cloneValue(value);
  const type = sameType(existing, value);
  if (type === 'N') return { N: addNumbers(existing.N as string, value.N as string) };
  if (type === 'L') return { L: [...(existing.L as AttributeValue[]), ...(value.L as AttributeValue[])] };
  return unite(existing, value, type as 'SS' | 'NS' | 'BS');
}

function sameType(existing: AttributeValue, value: AttributeValue): string {
  const type = typeOf(value);
  if (typeOf(existing) !== type) throw new ValidationException('Type mismatch for attribute to update');
  return type;
}
