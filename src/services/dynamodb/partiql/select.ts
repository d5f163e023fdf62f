/** Runs a SELECT: the parts of its plan one after the other, a page of at most 1 MB at a time. */
import type { AttributeValue, Item } from '../domain/attributeValues.ts';
import { Consumption } from '../domain/capacity.ts';
import type { BoundCondition, Predicate } from '../domain/expressions/bindCondition.ts';
import { pick } from '../domain/projection.ts';
import { type Index, projectedNames, type Table } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import {
  indexOfRead,
  type ReadInput,
  type ReadOutput,
  readPage,
  type Shape,
  shapeOf,
  startAfter,
} from '../operations/read.ts';
import { checkKeyPaths, checkValues, tableOf } from '../operations/request.ts';
import type { Context } from '../room.ts';
import type { Select } from './ast.ts';
import { type Columns, columnsOf } from './columns.ts';
import { bindWhere } from './condition.ts';
import { decodePosition, encodePosition, fingerprint, type Position } from './nextToken.ts';
import { type Plan, planSelect } from './plan.ts';

export interface SelectInput {
  Statement: string;
  ConsistentRead?: boolean | undefined;
  Limit?: number | undefined;
  NextToken?: string | undefined;
}

export interface Selected {
  items: Item[];
  nextToken?: string;
  lastEvaluatedKey?: Item;
  consumption: Consumption;
}

/** @throws ValidationException @throws ResourceNotFoundException */
export async function runSelect(
  ctx: Context,
  select: Select,
  parameters: readonly AttributeValue[],
  input: SelectInput,
): Promise<Selected> {
  const columns = columnsOf(select.paths);
  const filter = select.where && bindWhere(select.where, parameters);
  const table = await tableOf(ctx, select.table);
  const read: ReadInput = {
    TableName: select.table,
    ...(select.index === undefined ? {} : { IndexName: select.index }),
    ConsistentRead: input.ConsistentRead ?? false,
    ReturnConsumedCapacity: 'INDEXES',
  };
  const index = indexOf(table, read);
  checkKeyPaths(columns?.paths, table);
  checkKeyPaths(filter?.paths, table);
  const shape = shapeOfRead(table, index, read, columns, filter);
  const plan = planSelect(select, index?.key ?? table.key, parameters);
  const id = fingerprint(input.Statement, parameters, table);
  const { NextToken: token } = input;
  const start = token === undefined ? { part: 0 } : decodePosition(id, token, plan.parts?.length ?? 1);
  const consumption = new Consumption(table);
  const reading = { table, index, read, shape, plan, filter: filter?.matches, consumption };
  const { items, next } = await readParts(ctx, reading, start, input.Limit ?? Number.POSITIVE_INFINITY);
  return {
    items,
    ...(next ? { nextToken: encodePosition(id, next) } : {}),
    ...(next?.after ? { lastEvaluatedKey: next.after } : {}),
    consumption,
  };
}

interface Reading {
  table: Table;
  index: Index | undefined;
  read: ReadInput;
  shape: Shape;
  plan: Plan;
  filter: Predicate | undefined;
  /** Gets what is consumed. */
  consumption: Consumption;
}

/** Parts from `start` on, until as many items as `limit` or a page's worth were looked at. @returns where to go on. */
async function readParts(
  ctx: Context,
  reading: Reading,
  start: Position,
  limit: number,
): Promise<{ items: Item[]; next?: Position }> {
  const { parts } = reading.plan;
  const items: Item[] = [];
  /** Of the partitions that this page reads. */
  const places = new Set<string | undefined>();
  let position = start;
  let left = limit;
  let bytes = 0;
  for (;;) {
    const page = await readPart(ctx, reading, position, left);
    for (const item of page.Items ?? []) items.push(item);
    // What was read is known in units of 4 KB: near enough to keep an answer of many parts within a page.
    bytes += (consume(reading, page) / (reading.read.ConsistentRead ? 1 : 0.5)) * 4096;
    left -= page.ScannedCount;
    if (page.LastEvaluatedKey) {
      return { items, next: { part: position.part, after: page.LastEvaluatedKey } };
    }
    const next = position.part + 1;
    if (!parts || next >= parts.length) return { items };
    places.add(parts[position.part]?.place);
    const isFull = places.size >= limits.statementPagePartitions && !places.has(parts[next]?.place);
    if (isFull || bytes >= limits.pageBytesMax) return { items, next: { part: next } };
    position = { part: next };
  }
}

function readPart(
  ctx: Context,
  { table, index, read, shape, plan, filter }: Reading,
  { part, after }: Position,
  limit: number,
): Promise<ReadOutput> {
  const selection = { ...plan.parts?.[part], reverse: plan.reverse };
  return readPage(ctx.room, table, index, Number.isFinite(limit) ? { ...read, Limit: limit } : read, {
    selection,
    after: after && startOf(table, index, after),
    filter,
    shape,
  });
}

/** Only a token that was tampered with has a key that doesn't fit. @throws ValidationException */
function startOf(table: Table, index: Index | undefined, after: Item): ReturnType<typeof startAfter> {
  try {
    checkValues(after);
    return startAfter(table, index, after, true);
  } catch (error) {
    if (!(error instanceof ValidationException)) throw error;
    throw new ValidationException('Invalid NextToken');
  }
}

/** @returns the units of one page. */
function consume({ index, consumption }: Reading, page: ReadOutput): number {
  const { Table: ofTable, CapacityUnits: units } = page.ConsumedCapacity as {
    Table: { CapacityUnits: number };
    CapacityUnits: number;
  };
  consumption.addTable(ofTable.CapacityUnits);
  if (index) consumption.addIndex(index, units - ofTable.CapacityUnits);
  return units;
}

/** A local index fetches what it doesn't hold: columns, and what the filter looks at. */
function shapeOfRead(
  table: Table,
  index: Index | undefined,
  read: ReadInput,
  columns: Columns | undefined,
  filter: BoundCondition | undefined,
): Shape {
  const { fetch } = shapeOf(table, index, read, columns?.paths);
  const held = index && projectedNames(table, index);
  const isFiltered = index?.kind === 'local' && filter?.paths.some(([head]) => !held?.has(head));
  if (!held || !isFiltered) return { fetch, project: columns?.apply };
  return { fetch: true, project: columns?.apply ?? ((item) => pick(item, held)) };
}

/** An index that isn't there, and one that can't be read consistently, are told in PartiQL's own words. */
function indexOf(table: Table, read: ReadInput): Index | undefined {
  const { IndexName: name, ConsistentRead: isConsistent } = read;
  const found = table.indexes.find((index) => index.name === name);
  if (name !== undefined && !found) {
    throw new ValidationException('The table does not have the specified index');
  }
  if (found?.kind === 'global' && isConsistent) {
    throw new ValidationException('Strongly consistent read is not supported on Global Secondary Indexes');
  }
  return indexOfRead(table, read);
}
