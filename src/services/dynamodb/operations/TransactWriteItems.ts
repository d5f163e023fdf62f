/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
import { createHash } from 'node:crypto';
import { AwsError } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/port.ts';
import type { Item } from '../domain/attributeValues.ts';
import { Consumption } from '../domain/capacity.ts';
import { Placeholders } from '../domain/expressions/placeholders.ts';
import { itemBytes } from '../domain/itemSize.ts';
import { checkItemKeys, checkKey } from '../domain/keys.ts';
import type { Table } from '../domain/table.ts';
import {
  IdempotentParameterMismatchException,
  TransactionInProgressException,
  ValidationException,
} from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { findToken, rememberToken } from '../store/tokens.ts';
import { type CancellationReason, cancelled, checkNoConflict, itemId } from './inFlight.ts';
import {
  bindConditionOf,
  checkKeyPaths,
  checkParameterMix,
  checkValues,
  tableOf,
  type WriteCondition,
} from './request.ts';
import { bindUpdateOf } from './UpdateItem.ts';
import { itemCollectionMetrics, type MetricsInput, type Write, writeItem } from './write.ts';

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

/** A write ready to run. */
interface Step {
  write: Write;
  table: Table;
}

export async function TransactWriteItems(ctx: Context, input: TransactWriteItemsInput): Promise<object> {
  const { room, now } = ctx;
  const bound = input.TransactItems.map(bindAction);
  const steps: Step[] = [];
  const ids = new Set<string>();
  for (const one of bound) {
    const table = await tableOf(ctx, one.action.TableName);
    const step = prepare(one, table);
    const id = itemId(table, step.write.key);
    if (ids.has(id)) {
      throw new ValidationException('Transaction request cannot include multiple operations on one item');
    }
    ids.add(id);
    steps.push(step);
  }
  // Half a surrogate pair has no place in a store key.
  const token = input.ClientRequestToken?.toWellFormed();
  const digest = token === undefined ? '' : digestOf(input);
  const request = token === undefined ? undefined : { id: `${ctx.account} ${ctx.region} ${token}`, digest };
  if (request) checkNotUnderWay(ctx, request);
  const items = [...ids];
  checkNoConflict(room, items);
  const consumptions = await room.inFlight.during(items, request, () =>
    room.items.store.transact(async (tx) => {
      if (token !== undefined) {
        const known = await findToken(tx, ctx, token, now);
        if (known === digest) return undefined;
        if (known !== undefined) throw mismatch();
        await rememberToken(tx, ctx, token, digest, now);
      }
      return run(tx, ctx, steps);
    }),
  );
  return describe(input, steps, consumptions);
}

/** @throws TransactionInProgressException for a request that is repeated before it was answered. */
function checkNotUnderWay({ room }: Context, { id, digest }: { id: string; digest: string }): void {
  const underWay = room.inFlight.digestOf(id);
  if (underWay === undefined) return;
  if (underWay !== digest) throw mismatch();
  throw new TransactionInProgressException(
    'The transaction with the given request token is already in progress.',
  );
}

function mismatch(): Error {
  return new IdempotentParameterMismatchException(
    'The request uses the same client token as a previous, but non-identical request. Do not reuse a client token with different requests, unless the requests are identical',
  );
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

/** All or nothing: one failed step cancels all, and every step's reason is told in order. */
async function run(tx: Transaction, ctx: Context, steps: readonly Step[]): Promise<Map<Table, Consumption>> {
  const consumptions = new Map<Table, Consumption>();
  const reasons: CancellationReason[] = [];
  let bytes = 0;
  for (const { write, table } of steps) {
    const consumption = consumptions.get(table) ?? new Consumption(table);
    consumptions.set(table, consumption);
    try {
      const { after } = await writeItem(tx, ctx.room, write, 2, consumption);
      bytes += after ? itemBytes(after) : 0;
      reasons.push({ Code: 'None' });
    } catch (error) {
      reasons.push(reasonOf(error));
    }
  }
  if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
  if (bytes > limits.transactBytesMax) {
    throw new ValidationException('Aggregated size of all items in the transaction exceeds 4 MB');
  }
  return consumptions;
}

/** @throws what isn't the step's own fault. */
function reasonOf(error: unknown): CancellationReason {
  if (!(error instanceof AwsError)) throw error;
  if (error.code === 'ConditionalCheckFailedException') {
    return { Code: 'ConditionalCheckFailed', Message: error.message, ...error.members };
  }
  if (error.code === 'ValidationException') return { Code: 'ValidationError', Message: error.message };
  throw error;
}

function digestOf(input: TransactWriteItemsInput): string {
  const text = JSON.stringify(input.TransactItems, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
  return createHash('sha256').update(text).digest('base64');
}

/** A repeated request is answered as if it had just run; what it cost then was two reads an item. */
function describe(
  input: TransactWriteItemsInput,
  steps: readonly Step[],
  consumptions: ReadonlyMap<Table, Consumption> | undefined,
): object {
  const capacities: object[] = [];
  if (consumptions) {
    for (const one of consumptions.values()) {
      const capacity = one.describe(input.ReturnConsumedCapacity, 'write');
      if (capacity) capacities.push(capacity);
    }
  } else {
    const reads = new Map<Table, Consumption>();
    for (const { table } of steps) {
      const one = reads.get(table) ?? new Consumption(table);
      one.addTable(2);
      reads.set(table, one);
    }
    for (const one of reads.values()) {
      const capacity = one.describe(input.ReturnConsumedCapacity, 'read');
      if (capacity) capacities.push(capacity);
    }
  }
  const metrics: Record<string, object[]> = {};
  for (const { table, write } of steps) {
    const one = itemCollectionMetrics(input.ReturnItemCollectionMetrics, table, write.key);
    if (!one) continue;
    metrics[table.name] ??= [];
    metrics[table.name]?.push(one);
  }
  return {
    ...(capacities.length > 0 ? { ConsumedCapacity: capacities } : {}),
    ...(Object.keys(metrics).length > 0 ? { ItemCollectionMetrics: metrics } : {}),
  };
}
