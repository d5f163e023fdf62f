/** Keys of items: checked as DynamoDB does, and turned into parts of the store's keys. */
import { createHash } from 'node:crypto';
import type { DecimalPart } from '../../../store/port.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type AttributeValue, attributeOf, type Item, typeOf } from './attributeValues.ts';
import {
  type Index,
  isComposed,
  type KeyAttribute,
  type KeySchema,
  keyNames,
  partitionAttributes,
  sortAttributes,
  type Table,
} from './table.ts';

/** A key attribute's value as a part of a store key; its order is DynamoDB's. */
export type KeyPartValue = string | Uint8Array | DecimalPart;

/** @throws ValidationException when `key` isn't exactly the table's primary key. */
export function checkKey(key: Item, schema: KeySchema): void {
  const names = keyNames(schema);
  let count = 0;
  for (const _ in key) count++;
  if (count !== names.length) throw mismatch();
  checkKeyPart(attributeOf(key, schema.partition.name), schema.partition, true);
  if (schema.sort) checkKeyPart(attributeOf(key, schema.sort.name), schema.sort, false);
}

function mismatch(): Error {
  return new ValidationException('The provided key element does not match the schema');
}

/** One attribute of a key. @throws ValidationException when it is missing, of another type, empty or too long. */
export function checkKeyPart(
  value: AttributeValue | undefined,
  attribute: KeyAttribute,
  partition: boolean,
): void {
  if (value === undefined || value[attribute.type] === undefined) throw mismatch();
  checkKeySize(value, attribute, partition);
}

function checkKeySize(value: AttributeValue, attribute: KeyAttribute, partition: boolean): void {
  if (attribute.type === 'N') return;
  const content = value[attribute.type] as string | Uint8Array;
  if (content.length === 0) {
    throw new ValidationException(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${attribute.type === 'S' ? 'string' : 'binary'} value. Key: ${attribute.name}`,
    );
  }
  // A UTF-16 unit takes three bytes at most: short ones need no counting.
  if (content.length * 3 <= limits.sortKeyBytesMax) return;
  const bytes = Buffer.byteLength(content as string);
  if (partition && bytes > limits.partitionKeyBytesMax) {
    throw new ValidationException(
      'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
    );
  }
  if (!partition && bytes > limits.sortKeyBytesMax) {
    throw sortTooLong();
  }
}

function sortTooLong(): Error {
  return new ValidationException(
    'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
  );
}

/** Checks the key attributes of an item to be stored, the table's and its indexes'. @throws ValidationException */
export function checkItemKeys(item: Item, table: Table): void {
  checkItemKey(item, table.key.partition, true);
  if (table.key.sort) checkItemKey(item, table.key.sort, false);
  for (const index of table.indexes) checkIndexKeys(item, index);
}

/** The same for BatchWriteItem, which speaks of the key as GetItem does. @throws ValidationException */
export function checkBatchItemKeys(item: Item, table: Table): void {
  const { partition, sort } = table.key;
  checkKeyPart(attributeOf(item, partition.name), partition, true);
  if (sort) checkKeyPart(attributeOf(item, sort.name), sort, false);
  for (const index of table.indexes) checkIndexKeys(item, index);
}

function checkItemKey(item: Item, attribute: KeyAttribute, partition: boolean): void {
  const value = attributeOf(item, attribute.name);
  if (value === undefined) {
    throw new ValidationException(
      `One or more parameter values were invalid: Missing the key ${attribute.name} in the item`,
    );
  }
  if (value[attribute.type] === undefined) {
    throw new ValidationException(
      `One or more parameter values were invalid: Type mismatch for key ${attribute.name} expected: ${attribute.type} actual: ${typeOf(value)}`,
    );
  }
  checkKeySize(value, attribute, partition);
}

/** @throws ValidationException when an attribute that is a key of the index has another type, is empty or too long. */
export function checkIndexKeys(item: Item, index: Index): void {
  checkIndexKey(item, index, index.key.partition, true);
  if (index.key.sort) checkIndexKey(item, index, index.key.sort, false);
  if (isComposed(index.key)) checkComposedKey(item, index);
}

function checkComposedKey(item: Item, index: Index): void {
  for (const attribute of index.key.morePartition ?? []) checkIndexKey(item, index, attribute, true);
  for (const attribute of index.key.moreSort ?? []) checkIndexKey(item, index, attribute, false);
  let bytes = 0;
  for (const { name, type } of sortAttributes(index.key)) {
    const content = type === 'N' ? undefined : attributeOf(item, name)?.[type];
    if (content !== undefined) bytes += Buffer.byteLength(content as string);
  }
  if (bytes > limits.sortKeyBytesMax) throw sortTooLong();
}

/** An item with an attribute that can't be a key of the index isn't in it: for items that were there before it. */
export function fitsIndex(item: Item, index: Index): boolean {
  try {
    checkIndexKeys(item, index);
    return true;
  } catch (error) {
    if (error instanceof ValidationException) return false;
    throw error;
  }
}

function checkIndexKey(item: Item, index: Index, attribute: KeyAttribute, partition: boolean): void {
  const value = attributeOf(item, attribute.name);
  if (value === undefined) return;
  if (value[attribute.type] === undefined) {
    throw new ValidationException(
      `One or more parameter values were invalid: Type mismatch for Index Key ${attribute.name} Expected: ${attribute.type} Actual: ${typeOf(value)} IndexName: ${index.name}`,
    );
  }
  if (attribute.type === 'N') return;
  const content = value[attribute.type] as string | Uint8Array;
  if (content.length === 0) {
    throw new ValidationException(
      `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${attribute.type === 'S' ? 'string' : 'binary'} value. IndexName: ${index.name}, IndexKey: ${attribute.name}`,
    );
  }
  checkKeySize(value, attribute, partition);
}

/** @param value checked against the attribute's type. */
export function keyPart(value: AttributeValue, type: KeyAttribute['type']): KeyPartValue {
  if (type === 'S') {
    const text = value.S as string;
    return text.isWellFormed() ? text : text.toWellFormed();
  }
  return type === 'N' ? { decimal: value.N as string } : (value.B as Uint8Array);
}

/** Longer values are stood for by their digest where only equality matters, to keep store keys short. */
const longestPlain = 128;

/** A part that tells values apart but doesn't order them. */
export function identityPart(part: KeyPartValue): KeyPartValue {
  if (typeof part === 'object' && 'decimal' in part) return part;
  return part.length <= longestPlain ? part : createHash('sha256').update(part).digest();
}

/**
 * Where a partition stands in the order of a Scan: 30 bits of a hash of its key, as five characters, so that
 * segments of a parallel Scan are ranges of about the same size.
 */
export function placeOf(part: KeyPartValue): string {
  let hash = 0x811c9dc5;
  if (part instanceof Uint8Array) {
    for (let index = 0; index < part.length; index++) {
      hash = Math.imul(hash ^ (part[index] as number), 0x01000193);
    }
  } else {
    const text = typeof part === 'string' ? part : part.decimal;
    for (let index = 0; index < text.length; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
  }
  // FNV-1a leaves its high bits poor for short texts; murmur3's last step spreads them.
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return placeText(hash >>> 2);
}

/** Where the partition of a composed key stands: its attributes are hashed together. */
export function placeOfAll(parts: readonly KeyPartValue[]): string {
  const [only] = parts;
  if (parts.length === 1) return placeOf(only as KeyPartValue);
  return placeOf(
    parts
      .map((part) => (part instanceof Uint8Array ? Buffer.from(part).toString('latin1') : textOf(part)))
      .join('\u0000'),
  );
}

function textOf(part: string | DecimalPart): string {
  return typeof part === 'string' ? part : part.decimal;
}

/**
 * The partition of a composed key, and its sort values, as parts of a store key; undefined when the item lacks one
 * of the attributes (a sparse index).
 */
export function composedParts(
  item: Item,
  key: KeySchema,
): { partition: KeyPartValue[]; sort: KeyPartValue[] } | undefined {
  const partition: KeyPartValue[] = [];
  const sort: KeyPartValue[] = [];
  for (const [attributes, into] of [
    [partitionAttributes(key), partition],
    [sortAttributes(key), sort],
  ] as const) {
    for (const { name, type } of attributes) {
      const value = attributeOf(item, name);
      // An empty string has a length of zero too: it is no key.
      if (!value?.[type]?.length) return undefined;
      into.push(keyPart(value, type));
    }
  }
  return { partition, sort };
}

export const places = 2 ** 30;

/** @param place 0 to 2^30 - 1; the order of texts is the order of places. */
export function placeText(place: number): string {
  return String.fromCharCode(
    48 + ((place >>> 24) & 63),
    48 + ((place >>> 18) & 63),
    48 + ((place >>> 12) & 63),
    48 + ((place >>> 6) & 63),
    48 + (place & 63),
  );
}

/** The key attributes of an item. */
export function keyOf(item: Item, schema: KeySchema): Item {
  const key: Item = {};
  for (const name of keyNames(schema)) key[name] = item[name] as AttributeValue;
  return key;
}
