/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html */
import type { Item } from '../domain/attributeValues.ts';
import { Placeholders } from '../domain/expressions/placeholders.ts';
import { checkKey } from '../domain/keys.ts';
import { ValidationException } from '../errors.ts';
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

export interface DeleteItemInput extends ConditionInput, MetricsInput {
  TableName: string;
  Key: Item;
  ReturnValues?: string;
  ReturnValuesOnConditionCheckFailure?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
}

export async function DeleteItem(ctx: Context, input: DeleteItemInput): Promise<object> {
  checkParameterMix(input, ['ConditionExpression'], ['Expected', 'ConditionalOperator']);
  checkValues(input.Key);
  if (input.ReturnValues !== undefined && input.ReturnValues !== 'ALL_OLD' && input.ReturnValues !== 'NONE') {
    throw new ValidationException('ReturnValues can only be ALL_OLD or NONE');
  }
  checkLegacyCondition(input);
  const placeholders = new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  const condition = bindWriteCondition(input, placeholders);
  placeholders.checkUnused();
  const found = tableOf(ctx, input.TableName);
  const table = found instanceof Promise ? await found : found;
  checkKey(input.Key, table.key);
  checkKeyPaths(condition?.paths, table);
  const { room } = ctx;
  checkNoTransaction(room, table, input.Key);
  const { before, consumption } = await room.items.store.transact((tx) =>
    writeItem(tx, room, {
      table,
      key: input.Key,
      condition,
      returnOldOnFailure: input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
      next: () => undefined,
    }),
  );
  return {
    ...(before && input.ReturnValues === 'ALL_OLD' ? { Attributes: before } : {}),
    ...(await describeWrite(room, input, table, input.Key, consumption)),
  };
}
