/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html */

import { AwsError } from '../../../kernel/index.ts';
import type { Item } from '../domain/attributeValues.ts';
import { Consumption, type ReturnConsumedCapacity, readUnits } from '../domain/capacity.ts';
import { checkTransactable } from '../domain/globalTable.ts';
import { decodeItem, storedSize } from '../domain/itemCodec.ts';
import { checkKey } from '../domain/keys.ts';
import type { Table } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context, Room } from '../room.ts';
import { isThrottled, throttledReason } from '../throughput.ts';
import { admit, isMeasured, only } from './admit.ts';
import { type ProjectionInput, projectionOf } from './GetItem.ts';
import { type CancellationReason, cancelled, checkNoConflict, fitAll, itemId } from './inFlight.ts';
import { checkValues, tableOf } from './request.ts';

interface Get extends ProjectionInput {
  TableName: string;
  Key: Item;
}

export interface TransactGetItemsInput {
  TransactItems: { Get: Get }[];
  ReturnConsumedCapacity?: ReturnConsumedCapacity;
}

export async function TransactGetItems(ctx: Context, input: TransactGetItemsInput): Promise<object> {
  const gets = input.TransactItems.map(({ Get: get }) => {
    checkValues(get.Key);
    return { get, project: projectionOf(get) };
  });
  const reads = await fitAll(gets, async ({ get, project }) => {
    const table = await tableOf(ctx, get.TableName);
    checkTransactable(table);
    checkKey(get.Key, table.key);
    project?.check(table);
    return { table, key: get.Key, project };
  });
  const seen = new Set<string>();
  for (const { table, key } of reads) {
    const id = itemId(table, key);
    if (seen.has(id)) {
      throw new ValidationException('Transaction request cannot include multiple operations on one item');
    }
    seen.add(id);
  }
  checkNoConflict(ctx.room, [...seen]);
  const { items } = ctx.room;
  const stored = await items.store.snapshot((reader) =>
    Promise.all(reads.map(({ table, key }) => items.get(reader, table, key))),
  );
  checkSize(stored);
  admitAll(ctx.room, reads, stored);
  const consumptions = new Map<Table, Consumption>();
  const responses = reads.map(({ table, project }, at) => {
    const value = stored[at];
    const consumption = consumptions.get(table) ?? new Consumption(table);
    consumptions.set(table, consumption);
    consumption.addTable(readUnits(value ? storedSize(value) : 0, 2));
    if (!value) return {};
    const item = decodeItem(value);
    return { Item: project ? project.apply(item) : item };
  });
  const capacities = [...consumptions.values()].flatMap(
    (one) => one.describe(input.ReturnConsumedCapacity, 'read') ?? [],
  );
  return {
    Responses: responses,
    ...(capacities.length > 0 ? { ConsumedCapacity: capacities } : {}),
  };
}

/** @throws TransactionCanceledException when one of the reads has no throughput. */
function admitAll(
  room: Room,
  reads: readonly { table: Table; key: Item }[],
  stored: readonly (Uint8Array | undefined)[],
): void {
  if (!reads.some(({ table }) => isMeasured(room, table))) return;
  const reasons = reads.map(({ table, key }, at): CancellationReason => {
    const value = stored[at];
    const units = readUnits(value ? storedSize(value) : 0, 2);
    try {
      admit(room, table, 'read', new Consumption(table, units), only(key));
      return { Code: 'None' };
    } catch (error) {
      if (!(error instanceof AwsError && isThrottled(error))) throw error;
      return throttledReason(error);
    }
  });
  if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
}

function checkSize(stored: readonly (Uint8Array | undefined)[]): void {
  const bytes = stored.reduce((sum, value) => sum + (value ? storedSize(value) : 0), 0);
  if (bytes > limits.transactBytesMax) {
    throw new ValidationException('Aggregated size of all items in the transaction exceeds 4 MB');
  }
}
