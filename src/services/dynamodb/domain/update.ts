/** An UpdateItem's update in either form, checked against the table: what it makes of an item. */
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import { applyUpdate } from './applyUpdate.ts';
import { type AttributeValue, attributeOf, type Item, typeOf } from './attributeValues.ts';
import type { BoundAction, BoundOperand } from './expressions/bindUpdate.ts';
import type { DocumentPath } from './expressions/placeholders.ts';
import { itemBytes } from './itemSize.ts';
import { checkIndexKeys } from './keys.ts';
import { type AttributeUpdate, applyAttributeUpdates } from './legacyUpdates.ts';
import { type KeyAttribute, keyAttributes, keyNames, type Table } from './table.ts';

export interface Update {
  readonly paths: readonly DocumentPath[];
  /** @throws ValidationException when the update names a key of the table or mistypes one of an index. */
  check(table: Table): void;
  /** @throws ValidationException when it doesn't fit the item, or makes it too large. */
  apply(before: Item, table: Table): Item;
}

export function expressionUpdate(actions: readonly BoundAction[]): Update {
  const paths = actions.map((action) => action.path);
  return {
    paths,
    check: (table) => {
      checkNoKeys(paths, table);
      checkIndexTypes(table, (name) => {
        const action = actions.find(({ path }) => path.length === 1 && path[0] === name);
        if (!action || action.kind === 'remove') return undefined;
        return action.kind === 'set' ? staticType(action.value) : typeOf(action.value);
      });
    },
    apply: (before, table) => {
      const after = applyUpdate(before, actions);
      checkUpdatedIndexKeys(after, paths, table);
      return checkSize(after);
    },
  };
}

export function legacyUpdate(updates: Record<string, AttributeUpdate>): Update {
  const paths = Object.keys(updates).map((name) => [name] as const);
  return {
    paths,
    check: (table) => {
      checkNoKeys(paths, table);
      checkIndexTypes(table, (name) => {
        const value = Object.hasOwn(updates, name) ? updates[name]?.Value : undefined;
        return value && typeOf(value);
      });
    },
    apply: (before, table) => {
      const after = applyAttributeUpdates(before, updates);
      for (const index of table.indexes) checkIndexKeys(after, index);
      return checkSize(after);
    },
  };
}

function checkSize(item: Item): Item {
  if (itemBytes(item) > limits.itemBytesMax) {
    throw new ValidationException('Item size to update has exceeded the maximum allowed size');
  }
  return item;
}

function checkNoKeys(paths: readonly DocumentPath[], table: Table): void {
  for (const name of keyNames(table.key)) {
    if (paths.some(([head]) => head === name)) {
      throw new ValidationException(
        `One or more parameter values were invalid: Cannot update attribute ${name}. This attribute is part of the key`,
      );
    }
  }
}

function checkIndexTypes(table: Table, typeFor: (name: string) => string | undefined): void {
  for (const index of table.indexes) {
    for (const { name, type } of keyAttributes(index.key)) {
      const actual = typeFor(name);
      if (actual !== undefined && actual !== type) {
        throw new ValidationException(
          `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: ${type} Actual: ${actual} IndexName: ${index.name}`,
        );
      }
    }
  }
}

/** What only the updated item shows: values that were computed. */
function checkUpdatedIndexKeys(after: Item, paths: readonly DocumentPath[], table: Table): void {
  for (const index of table.indexes) {
    for (const attribute of keyAttributes(index.key)) {
      if (!paths.some((path) => path.length === 1 && path[0] === attribute.name)) continue;
      const value = attributeOf(after, attribute.name);
      if (value !== undefined) checkUpdatedIndexKey(value, attribute);
    }
    checkIndexKeys(after, index);
  }
}

function checkUpdatedIndexKey(value: AttributeValue, { type }: KeyAttribute): void {
  const content = value[type];
  if (content === undefined) {
    throw new ValidationException(
      'The update expression attempted to update the secondary index key to unsupported type',
    );
  }
  if (content.length === 0) {
    throw new ValidationException(
      `One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty ${type === 'B' ? 'binary' : 'string'} value.`,
    );
  }
}

/** The type of an operand, when it is known without the item. */
function staticType(operand: BoundOperand): string | undefined {
  switch (operand.kind) {
    case 'value':
      return typeOf(operand.value);
    case 'plus':
    case 'minus':
      return 'N';
    case 'list_append':
      return 'L';
    default:
      return undefined;
  }
}
