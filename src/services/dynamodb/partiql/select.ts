/** Runs a SELECT: the parts of its plan one after the other, a page of at most 1 MB at a time. */
import type { AttributeValue, Item } from '../domain/attributeValues.ts';
import { Consumption } from '../domain/capacity.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import { indexOfRead, readPage, shapeOf, startAfter } from '../operations/read.ts';
import { checkKeyPaths, checkValues, tableOf } from '../operations/request.ts';
import type { Context } from '../room.ts';
import type { Select } from './ast.ts';
import { columnsOf } from './columns.ts';
import { bindWhere } from './condition.ts';
import { decodePosition, encodePosition, fingerprint } from './nextToken.ts';
import { planSelect } from './plan.ts';

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
  const read = {
    TableName: select.table,
    ...(select.index === undefined ? {} : { IndexName: select.index }),
    ConsistentRead: input.ConsistentRead ?? false,
    ReturnConsumedCapacity: 'INDEXES' as const,
  };
  const index = indexOfRead(table, read);
  const paths = select.paths?.map(({ steps }) => steps);
  checkKeyPaths(paths, table);
  checkKeyPaths(filter?.paths, table);
  const { fetch } = shapeOf(table, index, read, paths);
  const { parts, reverse } = planSelect(select, index?.key ?? table.key, parameters);
  const count = parts?.length ?? 1;
  const id = fingerprint(input.Statement, parameters, table);
  let position = input.NextToken === undefined ? { part: 0 } : decodePosition(id, input.NextToken, count);

  const consumption = new Consumption(table);
  const items: Item[] = [];
  let left = input.Limit ?? Number.POSITIVE_INFINITY;
  let bytes = 0;
  for (;;) {
    const page = await readPage(
      ctx.room,
      table,
      index,
      Number.isFinite(left) ? { ...read, Limit: left } : read,
      {
        selection: { ...parts?.[position.part], reverse },
        after: afterOf(() => {
          if (position.after) checkValues(position.after);
          return startAfter(table, index, position.after, true);
        }),
        filter: filter?.matches,
        shape: { fetch, project: columns },
      },
    );
    items.push(...(page.Items ?? []));
    const { Table: ofTable, CapacityUnits: units } = page.ConsumedCapacity as {
      Table: { CapacityUnits: number };
      CapacityUnits: number;
    };
    consumption.addTable(ofTable.CapacityUnits);
    if (index) consumption.addIndex(index, units - ofTable.CapacityUnits);
    // What was read is known in units of 4 KB: near enough to keep an answer of many parts within a page.
    bytes += (units / (input.ConsistentRead ? 1 : 0.5)) * 4096;
    left -= page.ScannedCount;
    if (page.LastEvaluatedKey) {
      const last = page.LastEvaluatedKey;
      const nextToken = encodePosition(id, { part: position.part, after: last });
      return { items, nextToken, lastEvaluatedKey: last, consumption };
    }
    const next = position.part + 1;
    if (next >= count) return { items, consumption };
    if (bytes >= limits.pageBytesMax) {
      return { items, nextToken: encodePosition(id, { part: next }), consumption };
    }
    position = { part: next };
  }
}

/** Only a token that was tampered with has a key that doesn't fit. */
function afterOf<T>(start: () => T): T {
  try {
    return start();
  } catch (error) {
    if (!(error instanceof ValidationException)) throw error;
    throw new ValidationException('Invalid NextToken');
  }
}
