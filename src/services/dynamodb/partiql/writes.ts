/** INSERT, UPDATE, DELETE and EXISTS as writes of one item, by the code that all writes go through. */
import { type AttributeValue, attributeOf, type Item } from '../domain/attributeValues.ts';
import { itemBytes } from '../domain/itemSize.ts';
import { checkItemKeys } from '../domain/keys.ts';
import { projector } from '../domain/projection.ts';
import { keyAttributes, type Table } from '../domain/table.ts';
import type { Update as BoundUpdate } from '../domain/update.ts';
import { DuplicateItemException, ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import { checkKeyPaths, tableOf, type WriteCondition } from '../operations/request.ts';
import type { Write, Written } from '../operations/write.ts';
import type { Context } from '../room.ts';
import type { Delete, Exists, Expression, Insert, Returning, Update } from './ast.ts';
import { bindChanges } from './changes.ts';
import { bindWhere } from './condition.ts';
import { showSpan } from './errors.ts';
import { readItem } from './values.ts';
import { keyTypeMismatch, writtenKey } from './whereKeys.ts';

export type WriteStatement = Insert | Update | Delete | Exists;

export interface PreparedWrite {
  readonly write: Write;
  /** What the statement's RETURNING clause asks for. */
  returned(written: Written): Item | undefined;
}

/** @param returnOldOnFailure whether an error shows the item whose condition failed. @throws ValidationException */
export async function prepareWrite(
  ctx: Context,
  statement: WriteStatement,
  parameters: readonly AttributeValue[],
  returnOldOnFailure: boolean,
): Promise<PreparedWrite> {
  switch (statement.kind) {
    case 'insert': {
      const item = itemOf(statement.item, parameters);
      const table = await tableOf(ctx, statement.table);
      return { write: insertion(table, item), returned: () => undefined };
    }
    case 'update': {
      const update = bindChanges(statement.changes, parameters);
      const target = await targetOf(ctx, statement, parameters);
      update.check(target.table);
      checkKeyPaths(update.paths, target.table);
      return {
        write: {
          ...target,
          condition: onExisting(target.table, target.condition),
          returnOldOnFailure,
          next: (before) => update.apply(before as Item, target.table),
        },
        returned: (written) => returnedOf(statement.returning, written, update),
      };
    }
    case 'delete': {
      const target = await targetOf(ctx, statement, parameters);
      return {
        write: {
          ...target,
          condition: unlessMissing(target.table, target.condition),
          returnOldOnFailure,
          next: () => undefined,
        },
        returned: ({ before }) => (statement.returning ? before : undefined),
      };
    }
    case 'exists': {
      const { select } = statement;
      const target = await targetOf(ctx, select, parameters);
      return {
        write: {
          ...target,
          condition: onExisting(target.table, target.condition),
          returnOldOnFailure,
          next: (before) => before,
        },
        returned: () => undefined,
      };
    }
  }
}

function itemOf(expression: Expression, parameters: readonly AttributeValue[]): Item {
  const item = readItem(expression, parameters);
  if (!item) {
    throw new ValidationException(
      `Unsupported format in item expression. Please use struct format {...} to express item values for insert statement. at ${showSpan(expression.at)}`,
    );
  }
  if (itemBytes(item) > limits.itemBytesMax) {
    throw new ValidationException('Item size has exceeded the maximum allowed size');
  }
  return item;
}

function insertion(table: Table, item: Item): Write {
  for (const { name, type } of keyAttributes(table.key)) {
    const value = attributeOf(item, name);
    if (!value) {
      throw new ValidationException(`Key attribute should be present in the item: Key ${name}`);
    }
    if (value[type] === undefined) throw keyTypeMismatch(name);
  }
  checkItemKeys(item, table);
  return {
    table,
    key: item,
    next: (before) => {
      if (before) throw new DuplicateItemException('Duplicate primary key exists in table');
      return item;
    },
  };
}

/** The table, the key and the condition of a statement with a WHERE clause. */
async function targetOf(
  ctx: Context,
  { table: name, where }: Pick<Update, 'table' | 'where'>,
  parameters: readonly AttributeValue[],
): Promise<{ table: Table; key: Item; condition: WriteCondition | undefined }> {
  const condition = where && bindWhere(where, parameters);
  const table = await tableOf(ctx, name);
  const key = writtenKey(where, table, parameters);
  checkKeyPaths(condition?.paths, table);
  return { table, key, condition };
}

/** UPDATE, unlike UpdateItem, creates nothing: the item must be there. */
function onExisting(table: Table, condition: WriteCondition | undefined): WriteCondition {
  return {
    matches: (item) => exists(table, item) && (!condition || condition.matches(item)),
    paths: condition?.paths ?? [],
  };
}

/** DELETE of what isn't there succeeds, whatever its condition says. */
function unlessMissing(table: Table, condition: WriteCondition | undefined): WriteCondition {
  return {
    matches: (item) => !exists(table, item) || !condition || condition.matches(item),
    paths: condition?.paths ?? [],
  };
}

function exists(table: Table, item: Item): boolean {
  return attributeOf(item, table.key.partition.name) !== undefined;
}

function returnedOf(
  returning: Returning | undefined,
  { before, after }: Written,
  update: BoundUpdate,
): Item | undefined {
  if (!returning) return undefined;
  const item = returning.endsWith('OLD') ? before : after;
  if (!item || returning.startsWith('ALL')) return item;
  const modified = projector(update.paths)(item);
  return Object.keys(modified).length > 0 ? modified : undefined;
}
