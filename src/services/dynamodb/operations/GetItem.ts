/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html */
import { WireJson } from '../../../kernel/index.ts';
import type { Item } from '../domain/attributeValues.ts';
import { Consumption, type ReturnConsumedCapacity, readUnits } from '../domain/capacity.ts';
import { Placeholders } from '../domain/expressions/placeholders.ts';
import { decodeItem, storedJson, storedSize } from '../domain/itemCodec.ts';
import { checkKey } from '../domain/keys.ts';
import { projector } from '../domain/projection.ts';
import type { Table } from '../domain/table.ts';
import type { Context } from '../room.ts';
import { admit, isMeasured, only } from './admit.ts';
import {
  attributesToGet,
  bindProjectionOf,
  checkKeyPaths,
  checkParameterMix,
  checkValues,
  tableOf,
} from './request.ts';

export interface ProjectionInput {
  AttributesToGet?: string[];
  ProjectionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
}

export interface GetItemInput extends ProjectionInput {
  TableName: string;
  Key: Item;
  ConsistentRead?: boolean;
  ReturnConsumedCapacity?: ReturnConsumedCapacity;
}

export async function GetItem(ctx: Context, input: GetItemInput): Promise<object> {
  checkProjectionMix(input);
  checkValues(input.Key);
  const project = projectionOf(input);
  const found = tableOf(ctx, input.TableName);
  const table = found instanceof Promise ? await found : found;
  checkKey(input.Key, table.key);
  project?.check(table);
  const stored = await ctx.room.items.get(ctx.room.items.store, table, input.Key);
  if (isMeasured(ctx.room, table)) {
    admit(ctx.room, table, 'read', consumptionOf(table, input, stored), only(input.Key));
  }
  // An item that is asked for whole, over the wire, is sent as it is stored.
  if (stored && !project && input.ReturnConsumedCapacity === undefined && ctx.request !== undefined) {
    return new WireJson(`{"Item":${storedJson(stored)}}`);
  }
  const output: { Item?: Item; ConsumedCapacity?: object } = {};
  if (stored) {
    const item = decodeItem(stored);
    output.Item = project ? project.apply(item) : item;
  }
  if (input.ReturnConsumedCapacity !== undefined) {
    const capacity = consumptionOf(table, input, stored).describe(input.ReturnConsumedCapacity);
    if (capacity) output.ConsumedCapacity = capacity;
  }
  return output;
}

function consumptionOf(table: Table, input: GetItemInput, stored: Uint8Array | undefined): Consumption {
  const consumption = new Consumption(table);
  consumption.addTable(readUnits(stored ? storedSize(stored) : 0, input.ConsistentRead ? 1 : 0.5));
  return consumption;
}

export interface ItemProjection {
  /** @throws ValidationException when a path reaches into a key. */
  check(table: Table): void;
  apply(item: Item): Item;
}

/** @throws ValidationException when a request asks in both forms. */
function checkProjectionMix(input: ProjectionInput): void {
  if (input.AttributesToGet === undefined && input.ExpressionAttributeNames === undefined) return;
  checkParameterMix(input, ['ProjectionExpression'], ['AttributesToGet']);
}

/** What a request wants of an item, in either form. @returns undefined for all of it. @throws ValidationException */
export function projectionOf(input: ProjectionInput): ItemProjection | undefined {
  if (
    input.ProjectionExpression === undefined &&
    input.AttributesToGet === undefined &&
    input.ExpressionAttributeNames === undefined
  ) {
    return undefined;
  }
  checkProjectionMix(input);
  const legacy = attributesToGet(input.AttributesToGet);
  const placeholders = new Placeholders(input.ExpressionAttributeNames, undefined);
  const paths = bindProjectionOf(input.ProjectionExpression, placeholders) ?? legacy ?? [];
  placeholders.checkUnused();
  return { check: (table) => checkKeyPaths(paths, table), apply: projector(paths) };
}
