/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html */
import type { Item } from '../domain/attributeValues.ts';
import { Placeholders } from '../domain/expressions/placeholders.ts';
import { itemBytes } from '../domain/itemSize.ts';
import { checkItemKeys } from '../domain/keys.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { checkNoTransaction } from './inFlight.ts';
import {
  bindWriteCondition,
  type ConditionInput,
  checkKeyPaths,
  checkLegacyCondition,
  checkParameterMix,
  checkValues,
  tableOf,
} from './request.ts';
import { describeWrite, type MetricsInput, writeItem } from './write.ts';

export interface PutItemInput extends ConditionInput, MetricsInput {
  TableName: string;
  Item: Item;
  ReturnValues?: string;
  ReturnValuesOnConditionCheckFailure?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
}

export async function PutItem(ctx: Context, input: PutItemInput): Promise<object> {
  checkParameterMix(input, ['ConditionExpression'], ['Expected', 'ConditionalOperator']);
  checkValues(input.Item);
  if (input.ReturnValues !== undefined && input.ReturnValues !== 'ALL_OLD' && input.ReturnValues !== 'NONE') {
    throw new ValidationException('ReturnValues can only be ALL_OLD or NONE');
  }
  const bytes = itemBytes(input.Item);
  if (bytes > limits.itemBytesMax) {
    throw new ValidationException('Item size has exceeded the maximum allowed size');
  }
  checkLegacyCondition(input);
  const placeholders = new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  const condition = bindWriteCondition(input, placeholders);
  placeholders.checkUnused();
  const found = tableOf(ctx, input.TableName);
  const table = found instanceof Promise ? await found : found;
  checkItemKeys(input.Item, table);
  checkKeyPaths(condition?.paths, table);

  const { room } = ctx;
  checkNoTransaction(room, table, input.Item);
  const mustRead =
    condition !== undefined ||
    room.items.followed(table) ||
    input.ReturnValues === 'ALL_OLD' ||
    (input.ReturnConsumedCapacity !== undefined && input.ReturnConsumedCapacity !== 'NONE');
  if (!mustRead) {
    await room.items.store.transact(async (tx) => {
      if (!room.tables.isCurrent(table)) await room.tables.confirm(tx, table);
      room.items.putBlind(tx, table, input.Item, bytes);
    });
    return {};
  }
  const { before, consumption } = await room.items.store.transact((tx) =>
    writeItem(tx, room, {
      table,
      key: input.Item,
      condition,
      returnOldOnFailure: input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
      next: () => input.Item,
    }),
  );
  return {
    ...(before && input.ReturnValues === 'ALL_OLD' ? { Attributes: before } : {}),
    ...(await describeWrite(room, input, table, input.Item, consumption)),
  };
}
