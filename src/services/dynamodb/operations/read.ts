/** What Query and Scan share: what to select, and reading pages of at most 1 MB. */
import type { Key } from '../../../store/port.ts';
import { attributeOf, type Item } from '../domain/attributeValues.ts';
import { Consumption, type ReturnConsumedCapacity, readUnits } from '../domain/capacity.ts';
import type { Predicate } from '../domain/expressions/bindCondition.ts';
import type { DocumentPath } from '../domain/expressions/placeholders.ts';
import { decodeItem, storedSize } from '../domain/itemCodec.ts';
import { checkKey, checkKeyPart } from '../domain/keys.ts';
import type { LegacyCondition } from '../domain/legacyConditions.ts';
import { pick, projector } from '../domain/projection.ts';
import { type Index, indexOf, keyNames, projectedNames, type Table } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Room } from '../room.ts';
import { entryKey, itemKey, type Selection } from '../store/items.ts';
import { checkValues } from './request.ts';

export interface ReadInput {
  TableName: string;
  IndexName?: string;
  Select?: 'ALL_ATTRIBUTES' | 'ALL_PROJECTED_ATTRIBUTES' | 'SPECIFIC_ATTRIBUTES' | 'COUNT';
  AttributesToGet?: string[];
  Limit?: number;
  ConsistentRead?: boolean;
  ConditionalOperator?: string;
  ExclusiveStartKey?: Item;
  ReturnConsumedCapacity?: ReturnConsumedCapacity;
  ProjectionExpression?: string;
  FilterExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
}

export interface ReadOutput {
  Count: number;
  ScannedCount: number;
  Items?: Item[];
  LastEvaluatedKey?: Item;
  ConsumedCapacity?: object;
}

/** Select must agree with what is asked for by name. @throws ValidationException */
export function checkSelect(input: ReadInput): void {
  const { Select, IndexName } = input;
  const named =
    input.ProjectionExpression !== undefined
      ? 'ProjectionExpression'
      : input.AttributesToGet !== undefined
        ? 'AttributesToGet'
        : undefined;
  const invalid = (what: string) =>
    new ValidationException(`One or more parameter values were invalid: ${what}`);
  if (Select === 'ALL_PROJECTED_ATTRIBUTES' && IndexName === undefined) {
    throw invalid('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
  if (Select === 'SPECIFIC_ATTRIBUTES' && !named) {
    throw invalid(
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
  }
  if (named && Select !== undefined && Select !== 'SPECIFIC_ATTRIBUTES') {
    throw new ValidationException(`Cannot specify the ${named} when choosing to get ${Select}`);
  }
}

/** Filters without conditions leave nothing to combine. @throws ValidationException */
export function checkConditionalOperator(
  operator: string | undefined,
  filter: Record<string, LegacyCondition> | undefined,
): void {
  if (operator !== undefined && filter === undefined) {
    throw new ValidationException('ConditionalOperator cannot be used without Filter or Expected');
  }
}

// DynamoDB puts these words before some of its complaints about the starting key, and not before others.
const unprefixed = /contains duplicates|number set|numeric value|significant digits|number with magnitude/;

export function checkStartKeyValues(key: Item | undefined): void {
  if (!key) return;
  try {
    checkValues(key);
  } catch (error) {
    if (!(error instanceof ValidationException) || unprefixed.test(error.message)) throw error;
    throw new ValidationException(`The provided starting key is invalid: ${error.message}`);
  }
}

/** @throws ValidationException when the index isn't there or doesn't allow the read. */
export function indexOfRead(table: Table, input: ReadInput): Index | undefined {
  if (input.IndexName === undefined) return undefined;
  const index = indexOf(table, input.IndexName);
  if (!index) {
    throw new ValidationException(`The table does not have the specified index: ${input.IndexName}`);
  }
  if (index.kind === 'global' && input.ConsistentRead) {
    throw new ValidationException('Consistent reads are not supported on global secondary indexes');
  }
  if (index.status === 'CREATING') {
    throw new ValidationException(`Cannot read from backfilling global secondary index: ${index.name}`);
  }
  return index;
}

/** All the attributes that a starting key has: the table's key and the index's. */
function startKeyNames(table: Table, index: Index | undefined): string[] {
  const names = keyNames(table.key);
  for (const name of index ? keyNames(index.key) : []) if (!names.includes(name)) names.push(name);
  return names;
}

/** The store key after which to go on. @param query its words differ between Query and Scan. */
export function startAfter(
  table: Table,
  index: Index | undefined,
  start: Item | undefined,
  query: boolean,
): Key | undefined {
  if (!start) return undefined;
  const names = startKeyNames(table, index);
  if (Object.keys(start).length !== names.length) {
    throw new ValidationException(
      index || query
        ? 'The provided starting key is invalid'
        : 'The provided starting key is invalid: The provided key element does not match the schema',
    );
  }
  const schema = index?.key ?? (query ? table.key : undefined);
  if (schema) {
    for (const attribute of [schema.partition, schema.sort]) {
      if (!attribute) continue;
      const value = attributeOf(start, attribute.name);
      if (value === undefined) throw new ValidationException('The provided starting key is invalid');
      checkKeyPart(value, attribute, attribute === schema.partition);
    }
  }
  try {
    checkKey(pick(start, keyNames(table.key)), table.key);
  } catch (error) {
    if (!(error instanceof ValidationException)) throw error;
    throw new ValidationException(`The provided starting key is invalid: ${error.message}`);
  }
  return index ? entryKey(table, index, start) : itemKey(table, start);
}

/** How items of a page become items of the answer; a local index can fetch what it doesn't hold. */
export interface Shape {
  /** Reads the whole item from the table, since the index doesn't hold all that is asked for. */
  fetch: boolean;
  project: ((item: Item) => Item) | undefined;
}

/** @throws ValidationException when a global index is asked for attributes that it doesn't hold. */
export function shapeOf(
  table: Table,
  index: Index | undefined,
  input: ReadInput,
  paths: readonly DocumentPath[] | undefined,
): Shape {
  const project = paths && projector(paths);
  const held = index && projectedNames(table, index);
  if (!index || !held) return { fetch: false, project };
  const missing = paths?.filter(([head]) => !held.has(head)).map(([head]) => head) ?? [];
  if (index.kind === 'local') {
    return { fetch: input.Select === 'ALL_ATTRIBUTES' || missing.length > 0, project };
  }
  if (input.Select === 'ALL_ATTRIBUTES') {
    throw new ValidationException(
      `One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`,
    );
  }
  if (missing.length > 0) {
    throw new ValidationException(
      `One or more parameter values were invalid: Global secondary index ${index.name} does not project [${missing.join(', ')}]`,
    );
  }
  return { fetch: false, project };
}

/** Entries asked of the store at once. */
const chunkEntries = 1000;

export interface Page {
  selection: Omit<Selection, 'limit' | 'bytesMax' | 'after'>;
  after: Key | undefined;
  filter: Predicate | undefined;
  shape: Shape;
}

/** Reads one page: until Limit items or 1 MB were looked at, or all there is. */
export async function readPage(
  room: Room,
  table: Table,
  index: Index | undefined,
  input: ReadInput,
  page: Page,
): Promise<ReadOutput> {
  const limit = input.Limit ?? Number.POSITIVE_INFINITY;
  const wantsItems = input.Select !== 'COUNT';
  const found: Item[] = [];
  let count = 0;
  let scanned = 0;
  let bytes = 0;
  let fetchedUnits = 0;
  let after = page.after;
  let last: Uint8Array | undefined;
  const factor = input.ConsistentRead ? 1 : 0.5;
  for (let more = true; more && scanned < limit && bytes < limits.pageBytesMax; ) {
    const chunk = Math.min(limit - scanned, chunkEntries);
    const entries = await room.items.range(table, index, {
      ...page.selection,
      ...(after ? { after } : {}),
      limit: chunk,
      bytesMax: limits.pageBytesMax,
    });
    let stored = 0;
    for (const { value } of entries) {
      scanned++;
      stored += value.byteLength;
      bytes += storedSize(value);
      last = value;
      if (wantsItems || page.filter) {
        let item = decodeItem(value);
        if (page.shape.fetch) {
          const whole = await room.items.get(room.items.store, table, item);
          fetchedUnits += readUnits(whole ? storedSize(whole) : 0, factor);
          if (whole) item = decodeItem(whole);
        }
        if (!page.filter || page.filter(item)) {
          count++;
          if (wantsItems) found.push(page.shape.project ? page.shape.project(item) : item);
        }
      } else {
        count++;
      }
      if (bytes >= limits.pageBytesMax) break;
    }
    more = entries.length === chunk || stored >= limits.pageBytesMax;
    after = entries.at(-1)?.key;
  }
  const output: ReadOutput = { Count: count, ScannedCount: scanned };
  if (wantsItems) output.Items = found;
  if (last && (scanned >= limit || bytes >= limits.pageBytesMax)) {
    output.LastEvaluatedKey = pick(decodeItem(last), startKeyNames(table, index));
  }
  const consumption = new Consumption(table);
  const units = readUnits(bytes, factor);
  if (index) consumption.addIndex(index, units);
  else consumption.addTable(units);
  consumption.addTable(fetchedUnits);
  const capacity = consumption.describe(input.ReturnConsumedCapacity);
  if (capacity) output.ConsumedCapacity = capacity;
  return output;
}
