/** What Query and Scan share: what to select, and reading pages of at most 1 MB. */

import type { WireJson } from '../../../kernel/index.ts';
import type { Key } from '../../../store/port.ts';
import { attributeOf, type Item } from '../domain/attributeValues.ts';
import { Consumption, type ReturnConsumedCapacity, readUnits } from '../domain/capacity.ts';
import type { Predicate } from '../domain/expressions/bindCondition.ts';
import type { DocumentPath } from '../domain/expressions/placeholders.ts';
import { decodeItem, storedSize } from '../domain/itemCodec.ts';
import { checkKey, checkKeyPart } from '../domain/keys.ts';
import { pick, projector } from '../domain/projection.ts';
import {
  type Index,
  indexOf,
  keyAttributes,
  keyNames,
  partitionAttributes,
  projectedNames,
  type Table,
} from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Room } from '../room.ts';
import { entryKey, itemKey } from '../store/items.ts';
import type { Selection } from '../store/selection.ts';
import { admit, isMeasured, sharesOf } from './admit.ts';
import { checkValues } from './request.ts';
import { WireItems, wirePick } from './wireItems.ts';

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

/**
 * Select must agree with what is asked for by name.
 * @param query Query counts its errors as AWS's service framework does, Scan doesn't.
 * @throws ValidationException
 */
export function checkSelect(input: ReadInput, query: boolean): void {
  const { Select, IndexName } = input;
  const named =
    input.ProjectionExpression !== undefined
      ? 'ProjectionExpression'
      : input.AttributesToGet !== undefined
        ? 'AttributesToGet'
        : undefined;
  const invalid = (what: string) =>
    new ValidationException(`${query ? '1 validation error detected: ' : ''}${what}`);
  if (named && Select !== undefined && Select !== 'SPECIFIC_ATTRIBUTES') {
    throw invalid(
      `Cannot specify the ${named} when choosing to get ${Select === 'COUNT' ? 'only the Count' : Select}`,
    );
  }
  if (Select === 'ALL_PROJECTED_ATTRIBUTES' && IndexName === undefined) {
    throw invalid('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
  if (Select === 'SPECIFIC_ATTRIBUTES' && !named) {
    throw invalid(
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
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
  if (index.status === 'DELETING') {
    throw new ValidationException(`The table does not have the specified index: ${index.name}`);
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
    const partitions = partitionAttributes(schema);
    for (const attribute of keyAttributes(schema)) {
      const value = attributeOf(start, attribute.name);
      if (value === undefined) throw new ValidationException('The provided starting key is invalid');
      checkKeyPart(value, attribute, partitions.includes(attribute));
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

/** Entries asked of the store at once: a page of small items. */
const chunkEntries = 4000;

export interface Page {
  selection: Omit<Selection, 'limit' | 'bytesMax' | 'after'>;
  after: Key | undefined;
  filter: Predicate | undefined;
  shape: Shape;
}

/** What a page holds, items as they are stored. */
interface StoredPage {
  found: Uint8Array[];
  count: number;
  scanned: number;
  /** The last item looked at, when there may be more. */
  last: Uint8Array | undefined;
  capacity: object | undefined;
}

/** Reads one page: until Limit items or 1 MB were looked at, or all there is. */
export async function readPage(
  room: Room,
  table: Table,
  index: Index | undefined,
  input: ReadInput,
  page: Page,
): Promise<ReadOutput> {
  const { found, count, scanned, last, capacity } = await readStored(room, table, index, input, page);
  const { project } = page.shape;
  const output: ReadOutput = { Count: count, ScannedCount: scanned };
  if (input.Select !== 'COUNT') {
    output.Items = found.map((value) => (project ? project(decodeItem(value)) : decodeItem(value)));
  }
  if (last) output.LastEvaluatedKey = pick(decodeItem(last), startKeyNames(table, index));
  if (capacity) output.ConsumedCapacity = capacity;
  return output;
}

/** The same for the wire: items that are wanted whole are sent as they are stored. */
export async function readWirePage(
  room: Room,
  table: Table,
  index: Index | undefined,
  input: ReadInput,
  page: Page,
): Promise<ReadOutput | WireJson> {
  if (page.shape.project || input.Select === 'COUNT') return readPage(room, table, index, input, page);
  const { found, count, scanned, last, capacity } = await readStored(room, table, index, input, page);
  const answer = new WireItems().text(`{"Count":${count},"Items":`).items(found);
  if (last) answer.text(`,"LastEvaluatedKey":${wirePick(last, startKeyNames(table, index))}`);
  if (capacity) answer.text(`,"ConsumedCapacity":${JSON.stringify(capacity)}`);
  return answer.text(`,"ScannedCount":${scanned}}`).answer();
}

async function readStored(
  room: Room,
  table: Table,
  index: Index | undefined,
  input: ReadInput,
  page: Page,
): Promise<StoredPage> {
  const limit = input.Limit ?? Number.POSITIVE_INFINITY;
  const wantsItems = input.Select !== 'COUNT';
  const found: Uint8Array[] = [];
  let count = 0;
  let scanned = 0;
  let bytes = 0;
  let fetchedUnits = 0;
  let fetchedBytes = 0;
  let after = page.after;
  let last: Uint8Array | undefined;
  /** What was read, when somebody counts it. */
  const looked: Uint8Array[] = [];
  const factor = input.ConsistentRead ? 1 : 0.5;
  for (let more = true; more && scanned < limit && bytes + fetchedBytes < limits.pageBytesMax; ) {
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
      if (table.countsKeys) looked.push(value);
      let whole = value;
      if (page.shape.fetch && (wantsItems || page.filter)) {
        const fetched = await room.items.get(room.items.store, table, decodeItem(value));
        const size = fetched ? storedSize(fetched) : 0;
        fetchedUnits += readUnits(size, factor);
        fetchedBytes += size;
        whole = fetched ?? value;
      }
      if (!page.filter || page.filter(decodeItem(whole))) {
        count++;
        if (wantsItems) found.push(whole);
      }
      if (bytes + fetchedBytes >= limits.pageBytesMax) break;
    }
    more = entries.length === chunk || stored >= limits.pageBytesMax;
    after = entries.at(-1)?.key;
  }
  const consumption = new Consumption(table);
  const units = readUnits(bytes, factor);
  if (index) consumption.addIndex(index, units);
  else consumption.addTable(units);
  consumption.addTable(fetchedUnits);
  if (isMeasured(room, table)) {
    admit(room, table, 'read', consumption, (part) =>
      part === index || index?.kind === 'local' ? sharesOf(looked) : [],
    );
  }
  const mayBeMore = scanned >= limit || bytes + fetchedBytes >= limits.pageBytesMax;
  return {
    ...{ found, count, scanned, last: mayBeMore ? last : undefined },
    capacity: consumption.describe(input.ReturnConsumedCapacity),
  };
}
