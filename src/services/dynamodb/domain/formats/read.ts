/** Items of a source file of an import, checked as PutItem checks them. */
import { ValidationException } from '../../errors.ts';
import { limits } from '../../limits.ts';
import {
  type AttributeValue,
  checkAttributeName,
  checkAttributeValue,
  type Item,
} from '../attributeValues.ts';
import { itemBytes } from '../itemSize.ts';
import { checkItemKeys } from '../keys.ts';
import type { ScalarType, Table } from '../table.ts';
import { type CsvOptions, readCsv } from './csv.ts';
import { readDynamoDbJson } from './dynamoDbJson.ts';
import { readIon } from './ion.ts';
import type { Chunks, SourceRecord } from './source.ts';

export type InputFormat = 'CSV' | 'DYNAMODB_JSON' | 'ION';

/** @throws Malformed where the rest of the file can't be read. */
export async function* readItems(
  chunks: Chunks,
  format: InputFormat,
  csv: CsvOptions | undefined,
  table: Pick<Table, 'attributes' | 'key' | 'indexes'>,
): AsyncGenerator<SourceRecord> {
  const records =
    format === 'DYNAMODB_JSON'
      ? readDynamoDbJson(chunks)
      : format === 'ION'
        ? readIon(chunks)
        : readCsv(chunks, csv ?? {}, keyTypes(table));
  for await (const record of records) yield 'item' in record ? checked(record.item, table as Table) : record;
}

function checked(item: Item, table: Table): SourceRecord {
  try {
    for (const name in item) {
      checkAttributeName(name);
      checkAttributeValue(item[name] as AttributeValue, 2);
    }
    checkItemKeys(item, table);
    if (itemBytes(item) > limits.itemBytesMax)
      return { fault: 'Item size has exceeded the maximum allowed size' };
    return { item };
  } catch (error) {
    if (error instanceof ValidationException) return { fault: error.message };
    throw error;
  }
}

function keyTypes(table: Pick<Table, 'attributes'>): ReadonlyMap<string, ScalarType> {
  return new Map(table.attributes.map(({ name, type }) => [name, type]));
}
