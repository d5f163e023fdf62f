/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */

import type { Item } from '../domain/attributeValues.ts';
import { Consumption, type ReturnConsumedCapacity, readUnits } from '../domain/capacity.ts';
import { decodeItem, storedSize } from '../domain/itemCodec.ts';
import { checkKey } from '../domain/keys.ts';
import type { Table } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { Throttled } from '../throughput.ts';
import { admit, isMeasured, only } from './admit.ts';
import { type ItemProjection, type ProjectionInput, projectionOf } from './GetItem.ts';
import { checkTableName, checkValues, tableOf } from './request.ts';
import { WireItems } from './wireItems.ts';

interface KeysAndAttributes extends ProjectionInput {
  Keys: Item[];
  ConsistentRead?: boolean;
}

export interface BatchGetItemInput {
  RequestItems: Record<string, KeysAndAttributes>;
  ReturnConsumedCapacity?: ReturnConsumedCapacity;
}

interface TableRequest {
  name: string;
  given: KeysAndAttributes;
  project: ItemProjection | undefined;
  table: Table;
}

export async function BatchGetItem(ctx: Context, input: BatchGetItemInput): Promise<object> {
  const projections = checkRequests(input);
  const requests: TableRequest[] = [];
  for (const [name, given] of Object.entries(input.RequestItems)) {
    const table = await tableOf(ctx, name);
    const project = projections.get(name);
    for (const key of given.Keys) checkKey(key, table.key);
    checkDistinct(table, given.Keys);
    project?.check(table);
    requests.push({ name, given, project, table });
  }
  return read(ctx, requests, input.ReturnConsumedCapacity);
}

/** What needs no table to be seen. @throws ValidationException */
function checkRequests({ RequestItems }: BatchGetItemInput): Map<string, ItemProjection | undefined> {
  const projections = new Map<string, ItemProjection | undefined>();
  let count = 0;
  for (const [name, given] of Object.entries(RequestItems)) {
    if (!name.startsWith('arn:')) checkTableName(name);
    projections.set(name, projectionOf(given));
    for (const key of given.Keys) {
      checkValues(key);
      count++;
      if (count > limits.batchGetItemsMax) {
        throw new ValidationException('Too many items requested for the BatchGetItem call');
      }
    }
  }
  return projections;
}

export function checkDistinct(table: Table, keys: readonly Item[]): void {
  const seen = new Set<string>();
  for (const key of keys) {
    const text = keyText(table, key);
    if (seen.has(text)) throw new ValidationException('Provided list of item keys contains duplicates');
    seen.add(text);
  }
}

/** A key as text, the same for the same item of a table. */
export function keyText(table: Table, key: Item): string {
  const parts = [table.key.partition, table.key.sort].map((attribute) => {
    if (!attribute) return '';
    const content = key[attribute.name]?.[attribute.type] as string | Uint8Array;
    return typeof content === 'string' ? content : Buffer.from(content).toString('latin1');
  });
  return JSON.stringify(parts);
}

/** Keys that no longer fit an answer of 16 MB come back unprocessed. */
async function read(
  ctx: Context,
  requests: readonly TableRequest[],
  wanted: ReturnConsumedCapacity | undefined,
): Promise<object> {
  const { items } = ctx.room;
  const responses: { name: string; project: ItemProjection | undefined; found: Uint8Array[] }[] = [];
  const unprocessed: Record<string, KeysAndAttributes> = {};
  const capacities: object[] = [];
  const throttled = new Throttled();
  let bytes = 0;
  for (const { name, given, project, table } of requests) {
    const found: Uint8Array[] = [];
    const left: Item[] = [];
    const consumption = new Consumption(table);
    const stored = await Promise.all(given.Keys.map((key) => items.get(items.store, table, key)));
    stored.forEach((value, at) => {
      const size = value ? storedSize(value) : 0;
      const units = readUnits(size, given.ConsistentRead ? 1 : 0.5);
      const fits = bytes + size <= limits.batchGetBytesMax;
      if (
        !fits ||
        throttled.refuses(() => {
          if (!isMeasured(ctx.room, table)) return;
          admit(ctx.room, table, 'read', new Consumption(table, units), only(given.Keys[at] as Item));
        })
      ) {
        left.push(given.Keys[at] as Item);
        return;
      }
      bytes += size;
      consumption.addTable(units);
      if (value) found.push(value);
    });
    responses.push({ name, project, found });
    if (left.length > 0) unprocessed[name] = { ...given, Keys: left };
    const capacity = consumption.describe(wanted);
    if (capacity) capacities.push(capacity);
  }
  throttled.checkSome();
  const isWhole = Object.keys(unprocessed).length === 0 && responses.every(({ project }) => !project);
  // Items that are asked for whole, over the wire, are sent as they are stored.
  if (isWhole && ctx.request !== undefined) {
    const answer = new WireItems().text('{"Responses":{');
    responses.forEach(({ name, found }, at) => {
      answer.text(`${at > 0 ? ',' : ''}${JSON.stringify(name)}:`).items(found);
    });
    if (capacities.length > 0) answer.text(`},"ConsumedCapacity":${JSON.stringify(capacities)}`);
    else answer.text('}');
    return answer.text(',"UnprocessedKeys":{}}').answer();
  }
  return {
    Responses: Object.fromEntries(
      responses.map(({ name, project, found }) => [
        name,
        found.map((value) => (project ? project.apply(decodeItem(value)) : decodeItem(value))),
      ]),
    ),
    UnprocessedKeys: unprocessed,
    ...(capacities.length > 0 ? { ConsumedCapacity: capacities } : {}),
  };
}
