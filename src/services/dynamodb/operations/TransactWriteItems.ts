/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
import type { Item } from '../domain/attributeValues.ts';
import { Placeholders } from '../domain/expressions/placeholders.ts';
import { itemBytes } from '../domain/itemSize.ts';
import { checkItemKeys, checkKey } from '../domain/keys.ts';
import type { Table } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { fitAll } from './inFlight.ts';
import {
  bindConditionOf,
  checkKeyPaths,
  checkParameterMix,
  checkValues,
  tableOf,
  type WriteCondition,
} from './request.ts';
import { describeTransaction, type Step, transact } from './transact.ts';
import { bindUpdateOf } from './UpdateItem.ts';
import type { MetricsInput } from './write.ts';

interface Action {
  TableName: string;
  Key?: Item;
  Item?: Item;
  UpdateExpression?: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
  ReturnValuesOnConditionCheckFailure?: string;
}

type Kind = 'ConditionCheck' | 'Put' | 'Delete' | 'Update';

export interface TransactWriteItemsInput extends MetricsInput {
  TransactItems: Partial<Record<Kind, Action>>[];
  ClientRequestToken?: string;
}

const kinds: readonly Kind[] = ['ConditionCheck', 'Put', 'Delete', 'Update'];

export async function TransactWriteItems(ctx: Context, input: TransactWriteItemsInput): Promise<object> {
  const bound = input.TransactItems.map(bindAction);
  const steps = await fitAll(bound, async (one) => prepare(one, await tableOf(ctx, one.action.TableName)));
  const consumptions = await transact(ctx, steps, input.ClientRequestToken, input.TransactItems);
  return describeTransaction(ctx.room, input, steps, consumptions);
}

interface Bound {
  kind: Kind;
  action: Action;
  condition: WriteCondition | undefined;
  update: ReturnType<typeof bindUpdateOf>;
}

/** What needs no table to be seen. @throws ValidationException */
function bindAction(given: Partial<Record<Kind, Action>>): Bound {
  const present = kinds.filter((kind) => given[kind] !== undefined);
  const [kind] = present;
  if (!kind || present.length > 1) {
    throw new ValidationException('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  const action = given[kind] as Action;
  checkParameterMix(action, ['UpdateExpression', 'ConditionExpression'], []);
  checkValues(kind === 'Put' ? (action.Item as Item) : (action.Key as Item));
  if (action.Item && itemBytes(action.Item) > limits.itemBytesMax) {
    throw new ValidationException('Item size has exceeded the maximum allowed size');
  }
  const placeholders = new Placeholders(action.ExpressionAttributeNames, action.ExpressionAttributeValues);
  const update = bindUpdateOf(action, placeholders);
  const condition = bindConditionOf('ConditionExpression', action.ConditionExpression, placeholders);
  placeholders.checkUnused();
  return { kind, action, condition, update };
}

function prepare({ kind, action, condition, update }: Bound, table: Table): Step {
  if (kind === 'Put') checkItemKeys(action.Item as Item, table);
  else checkKey(action.Key as Item, table.key);
  update?.check(table);
  checkKeyPaths(update?.paths, table);
  checkKeyPaths(condition?.paths, table);
  const key = (action.Item ?? action.Key) as Item;
  return {
    table,
    write: {
      table,
      key,
      condition,
      returnOldOnFailure: action.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
      next: (before) => {
        switch (kind) {
          case 'ConditionCheck':
            return before;
          case 'Put':
            return action.Item;
          case 'Delete':
            return undefined;
          case 'Update': {
            const base = before ?? { ...action.Key };
            return update ? update.apply(base, table) : base;
          }
        }
      },
    },
  };
}
