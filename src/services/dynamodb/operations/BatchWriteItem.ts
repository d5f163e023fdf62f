/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
import type { Transaction } from '../../../store/port.ts';
import type { Item } from '../domain/attributeValues.ts';
import { Consumption } from '../domain/capacity.ts';
import { itemBytes } from '../domain/itemSize.ts';
import { checkBatchItemKeys, checkKey } from '../domain/keys.ts';
import type { Table } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { Throttled } from '../throughput.ts';
import { checkDistinct } from './BatchGetItem.ts';
import { isInTransaction } from './inFlight.ts';
import { checkTableName, checkValues, tableOf } from './request.ts';
import { allCollectionMetrics, type MetricsInput, writeItem } from './write.ts';

interface WriteRequest {
  PutRequest?: { Item: Item };
  DeleteRequest?: { Key: Item };
}

export interface BatchWriteItemInput extends MetricsInput {
  RequestItems: Record<string, WriteRequest[]>;
}

export async function BatchWriteItem(ctx: Context, input: BatchWriteItemInput): Promise<object> {
  checkRequests(input);
  const writes: { table: Table; name: string; requests: WriteRequest[] }[] = [];
  const unprocessed: Record<string, WriteRequest[]> = {};
  for (const [name, requests] of Object.entries(input.RequestItems)) {
    const table = await tableOf(ctx, name);
    for (const { PutRequest, DeleteRequest } of requests) {
      if (PutRequest) checkBatchItemKeys(PutRequest.Item, table);
      else checkKey(DeleteRequest?.Key as Item, table.key);
    }
    checkDistinct(table, requests.map(itemOf));
    // Items that a transaction works on are for the client to send again.
    const isTaken = (request: WriteRequest) => isInTransaction(ctx.room, table, itemOf(request));
    const taken = ctx.room.inFlight.isIdle ? [] : requests.filter(isTaken);
    if (taken.length > 0) unprocessed[name] = taken;
    const free = taken.length > 0 ? requests.filter((request) => !taken.includes(request)) : requests;
    writes.push({ table, name, requests: free });
  }
  const measured = input.ReturnConsumedCapacity === 'TOTAL' || input.ReturnConsumedCapacity === 'INDEXES';
  // AWS promises no atomicity over the batch; one transaction gives it for nothing.
  const { consumptions, refused } = await ctx.room.items.store.transact(async (tx) => {
    const consumptions: Consumption[] = [];
    const refused = new Map<string, WriteRequest[]>();
    const throttled = new Throttled();
    for (const { table, name, requests } of writes) {
      const consumption = new Consumption(table);
      for (const request of requests) {
        const written = writeOne(tx, ctx, table, request, consumption, measured);
        if (!ctx.room.meter) await written;
        else if (await throttled.refusesAfter(written)) {
          refused.set(name, [...(refused.get(name) ?? []), request]);
        }
      }
      consumptions.push(consumption);
    }
    throttled.checkSome();
    return { consumptions, refused };
  });
  for (const [name, requests] of refused) unprocessed[name] = [...(unprocessed[name] ?? []), ...requests];
  const capacities = consumptions.flatMap((one) => one.describe(input.ReturnConsumedCapacity) ?? []);
  const metrics = await allCollectionMetrics(ctx.room, input, () =>
    writes.flatMap(({ table, name, requests }) =>
      requests.map((request) => ({ table, name, key: itemOf(request) })),
    ),
  );
  return {
    UnprocessedItems: unprocessed,
    ...(capacities.length > 0 ? { ConsumedCapacity: capacities } : {}),
    ...(metrics ? { ItemCollectionMetrics: metrics } : {}),
  };
}

/** The item to put, or the key of the one to delete. */
function itemOf({ PutRequest, DeleteRequest }: WriteRequest): Item {
  return (PutRequest?.Item ?? DeleteRequest?.Key) as Item;
}

async function writeOne(
  tx: Transaction,
  ctx: Context,
  table: Table,
  request: WriteRequest,
  consumption: Consumption,
  measured: boolean,
): Promise<void> {
  const { room } = ctx;
  const { PutRequest } = request;
  const key = itemOf(request);
  if (measured || room.items.followed(table)) {
    await writeItem(tx, room, { table, key, next: () => PutRequest?.Item }, 1, consumption);
    return;
  }
  if (!room.tables.isCurrent(table)) await room.tables.confirm(tx, table);
  if (PutRequest) room.items.putBlind(tx, table, key, itemBytes(key));
  else room.items.deleteBlind(tx, table, key);
}

/** What needs no table to be seen. @throws ValidationException */
function checkRequests({ RequestItems }: BatchWriteItemInput): void {
  let count = 0;
  for (const [name, requests] of Object.entries(RequestItems)) {
    if (!name.startsWith('arn:')) checkTableName(name);
    for (const { PutRequest, DeleteRequest } of requests) {
      if (!PutRequest === !DeleteRequest) {
        throw new ValidationException(
          'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
        );
      }
      checkValues((PutRequest?.Item ?? DeleteRequest?.Key) as Item);
      if (PutRequest && itemBytes(PutRequest.Item) > limits.itemBytesMax) {
        throw new ValidationException('Item size has exceeded the maximum allowed size');
      }
      count++;
    }
  }
  if (count > limits.batchWriteItemsMax) {
    throw new ValidationException('Too many items requested for the BatchWriteItem call');
  }
}
