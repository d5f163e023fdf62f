/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html */
import type { Item } from '../domain/attributeValues.ts';
import { bindUpdate } from '../domain/expressions/bindUpdate.ts';
import { updateOf } from '../domain/expressions/cache.ts';
import { Placeholders } from '../domain/expressions/placeholders.ts';
import { checkKey } from '../domain/keys.ts';
import { type AttributeUpdate, checkAttributeUpdates } from '../domain/legacyUpdates.ts';
import { projector } from '../domain/projection.ts';
import { expressionUpdate, legacyUpdate, type Update } from '../domain/update.ts';
import type { Context } from '../room.ts';
import { checkNoTransaction } from './inFlight.ts';
import {
  bindWriteCondition,
  type ConditionInput,
  checkKeyPaths,
  checkLegacyCondition,
  checkParameterMix,
  checkValues,
  inExpression,
  tableOf,
} from './request.ts';
import { describeWrite, type MetricsInput, type Written, writeItem } from './write.ts';

export interface UpdateItemInput extends ConditionInput, MetricsInput {
  TableName: string;
  Key: Item;
  AttributeUpdates?: Record<string, AttributeUpdate>;
  UpdateExpression?: string;
  ReturnValues?: string;
  ReturnValuesOnConditionCheckFailure?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
}

export async function UpdateItem(ctx: Context, input: UpdateItemInput): Promise<object> {
  checkParameterMix(
    input,
    ['UpdateExpression', 'ConditionExpression'],
    ['AttributeUpdates', 'Expected', 'ConditionalOperator'],
  );
  checkValues(input.Key);
  checkAttributeUpdates(input.AttributeUpdates);
  checkLegacyCondition(input);
  const placeholders = new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  const update = bindUpdateOf(input, placeholders);
  const condition = bindWriteCondition(input, placeholders);
  placeholders.checkUnused();
  const found = tableOf(ctx, input.TableName);
  const table = found instanceof Promise ? await found : found;
  checkKey(input.Key, table.key);
  update?.check(table);
  checkKeyPaths(update?.paths, table);
  checkKeyPaths(condition?.paths, table);
  const { room } = ctx;
  checkNoTransaction(room, table, input.Key);
  const written = await room.items.store.transact((tx) =>
    writeItem(tx, room, {
      table,
      key: input.Key,
      condition,
      returnOldOnFailure: input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
      next: (before) => {
        const base = before ?? { ...input.Key };
        return update ? update.apply(base, table) : base;
      },
    }),
  );
  const attributes = returnedAttributes(input.ReturnValues, written, update);
  return {
    ...(attributes ? { Attributes: attributes } : {}),
    ...(await describeWrite(room, input, table, input.Key, written.consumption)),
  };
}

export function bindUpdateOf(
  input: Pick<UpdateItemInput, 'UpdateExpression' | 'AttributeUpdates'>,
  placeholders: Placeholders,
): Update | undefined {
  const { UpdateExpression: text } = input;
  if (text !== undefined) {
    const actions = inExpression('UpdateExpression', () => bindUpdate(updateOf(text), placeholders));
    return expressionUpdate(actions);
  }
  return input.AttributeUpdates && legacyUpdate(input.AttributeUpdates);
}

function returnedAttributes(
  wanted: string | undefined,
  { before, after }: Written,
  update: Update | undefined,
): Item | undefined {
  switch (wanted) {
    case 'ALL_OLD':
      return before;
    case 'ALL_NEW':
      return after;
    case 'UPDATED_OLD':
      return updated(before, update);
    case 'UPDATED_NEW':
      return updated(after, update);
    default:
      return undefined;
  }
}

function updated(item: Item | undefined, update: Update | undefined): Item | undefined {
  if (!item || !update) return undefined;
  const attributes = projector(update.paths)(item);
  return Object.keys(attributes).length > 0 ? attributes : undefined;
}
