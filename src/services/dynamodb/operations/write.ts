/** One write of one item inside a transaction: read what was there, check the condition, write what comes of it. */
import type { Transaction } from '../../../store/port.ts';
import type { Item } from '../domain/attributeValues.ts';
import { Consumption, type ReturnConsumedCapacity, writeUnits } from '../domain/capacity.ts';
import { decodeItem, storedSize } from '../domain/itemCodec.ts';
import { itemBytes } from '../domain/itemSize.ts';
import type { Table } from '../domain/table.ts';
import { ConditionalCheckFailedException } from '../errors.ts';
import type { Room } from '../room.ts';
import { collectionSize, hasCollections } from '../store/collections.ts';
import { admit, isMeasured, only } from './admit.ts';
import type { WriteCondition } from './request.ts';

export interface Write {
  table: Table;
  /** At least the primary key. */
  key: Item;
  condition?: WriteCondition | undefined;
  /** Puts the item that was there into the error. */
  returnOldOnFailure?: boolean;
  /** What comes after `before`; undefined deletes; `before` itself changes nothing. May throw. */
  next(before: Item | undefined): Item | undefined;
}

export interface Written {
  before: Item | undefined;
  after: Item | undefined;
  consumption: Consumption;
}

/** @param factor 2 in TransactWriteItems, whose writes cost double. @throws ConditionalCheckFailedException, and what throughput says */
export async function writeItem(
  tx: Transaction,
  room: Room,
  write: Write,
  factor = 1,
  consumption = new Consumption(write.table),
): Promise<Written> {
  const { table } = write;
  if (!room.tables.isCurrent(table)) await room.tables.confirm(tx, table);
  const stored = await room.items.get(tx, table, write.key);
  const before = stored && decodeItem(stored);
  const beforeBytes = stored ? storedSize(stored) : 0;
  if (isMeasured(room, table)) checkMeasured(room, write, before, writeUnits(beforeBytes, factor));
  else checkCondition(write, before);
  const after = write.next(before);
  const afterBytes = after === before ? beforeBytes : after ? itemBytes(after) : 0;
  const units = writeUnits(Math.max(beforeBytes, afterBytes), factor);
  if (isMeasured(room, table)) {
    const own = new Consumption(table, units);
    if (after !== before) room.items.addIndexUnits(own, table, { before, after, afterBytes }, factor);
    admit(room, table, 'write', own, (index) => [
      { item: index ? ((after ?? before) as Item) : write.key, share: 1 },
    ]);
  }
  consumption.addTable(units);
  if (after !== before) await room.items.write(tx, table, { before, after, afterBytes }, consumption, factor);
  return { before, after, consumption };
}

/** A write whose condition fails costs as much as one that rewrites the item. @param units what that is. */
function checkMeasured(room: Room, write: Write, before: Item | undefined, units: number): void {
  try {
    checkCondition(write, before);
  } catch (error) {
    admit(room, write.table, 'write', new Consumption(write.table, units), only(write.key));
    throw error;
  }
}

export function checkCondition(
  { condition, returnOldOnFailure }: Pick<Write, 'condition' | 'returnOldOnFailure'>,
  before: Item | undefined,
): void {
  if (!condition || condition.matches(before ?? {})) return;
  throw new ConditionalCheckFailedException(
    'The conditional request failed',
    returnOldOnFailure && before ? { Item: before } : {},
  );
}

export interface MetricsInput {
  ReturnConsumedCapacity?: ReturnConsumedCapacity;
  ReturnItemCollectionMetrics?: 'SIZE' | 'NONE';
}

/** The parts of an answer that say what a write cost. */
interface Cost {
  ConsumedCapacity?: object;
  ItemCollectionMetrics?: object;
}

/** Mostly there is nothing to say, and nothing to wait for. */
export function describeWrite(
  room: Room,
  input: MetricsInput,
  table: Table,
  key: Item,
  consumption: Consumption,
): Cost | Promise<Cost> {
  const capacity = consumption.describe(input.ReturnConsumedCapacity);
  const cost: Cost = capacity ? { ConsumedCapacity: capacity } : {};
  if (!wantsCollections(input)) return cost;
  return collectionMetrics(room, table, key).then((metrics) =>
    metrics ? { ...cost, ItemCollectionMetrics: metrics } : cost,
  );
}

function wantsCollections({ ReturnItemCollectionMetrics: wanted }: MetricsInput): boolean {
  return wanted === 'SIZE';
}

/**
 * The same member of an answer to several writes: lists by the name of their table.
 * @param writes asked for when the request wants to know. @returns undefined when there is nothing to say.
 */
export async function allCollectionMetrics(
  room: Room,
  input: MetricsInput,
  writes: () => readonly { table: Table; name: string; key: Item }[],
): Promise<Record<string, object[]> | undefined> {
  if (!wantsCollections(input)) return undefined;
  const metrics: Record<string, object[]> = {};
  for (const { table, name, key } of writes()) {
    const one = await collectionMetrics(room, table, key);
    if (!one) continue;
    metrics[name] ??= [];
    metrics[name].push(one);
  }
  return Object.keys(metrics).length > 0 ? metrics : undefined;
}

/** Only tables with local indexes have item collections. What is estimated elsewhere is counted here. */
async function collectionMetrics(room: Room, table: Table, key: Item): Promise<object | undefined> {
  if (!hasCollections(table)) return undefined;
  const { name } = table.key.partition;
  const gigabytes = Math.floor((await collectionSize(room.items.store, table, key)) / 1024 ** 3);
  return { ItemCollectionKey: { [name]: key[name] }, SizeEstimateRangeGB: [gigabytes, gigabytes + 1] };
}
