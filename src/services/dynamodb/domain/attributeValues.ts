/**
 * Attribute values: what an item is made of, checked and normalised once when it comes in.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 */
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import { compareNumbers, normalizeNumber } from './numbers.ts';

export interface AttributeValue {
  S?: string;
  N?: string;
  B?: Uint8Array;
  SS?: string[];
  NS?: string[];
  BS?: Uint8Array[];
  M?: Record<string, AttributeValue>;
  L?: AttributeValue[];
  NULL?: boolean;
  BOOL?: boolean;
}
export type AttributeType = 'S' | 'N' | 'B' | 'SS' | 'NS' | 'BS' | 'M' | 'L' | 'NULL' | 'BOOL';
export type Item = Record<string, AttributeValue>;

/** The one datatype of a checked value. */
export function typeOf(value: AttributeValue): AttributeType {
  for (const type in value) {
    if (value[type as AttributeType] !== undefined) return type as AttributeType;
  }
  return 'NULL';
}

/** @throws ValidationException when it is empty or longer than 65,535 bytes of UTF-8. */
export function checkAttributeName(name: string): void {
  if (name === '') throw new ValidationException('Empty attribute name');
  // A UTF-16 unit takes three bytes at most: short ones need no counting.
  if (
    name.length * 3 > limits.attributeNameBytesMax &&
    Buffer.byteLength(name) > limits.attributeNameBytesMax
  ) {
    throw new ValidationException(
      `Attribute name is too large, must be less than ${limits.attributeNameBytesMax + 1} bytes`,
    );
  }
}

/**
 * Checks a value as DynamoDB does, in its order, and writes its numbers in canonical form, in place.
 * @param depth the level at which it stands: 2 for an attribute of an item, which is a level itself.
 * @throws ValidationException with DynamoDB's message.
 */
export function checkAttributeValue(value: AttributeValue, depth = 1): void {
  let found: AttributeType | undefined;
  let several = false;
  for (const type in value) {
    const content = value[type as AttributeType];
    if (content === undefined || content === null) continue;
    if (found) several = true;
    found = type as AttributeType;
    checkContent(value, found, depth);
  }
  if (!found) {
    throw new ValidationException(
      'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
    );
  }
  if (several) {
    throw new ValidationException(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
}

function checkContent(value: AttributeValue, type: AttributeType, depth: number): void {
  switch (type) {
    case 'N':
      value.N = normalizeNumber(value.N as string);
      break;
    case 'NULL':
      if (value.NULL !== true) {
        throw new ValidationException(
          'One or more parameter values were invalid: Null attribute value types must have the value of true',
        );
      }
      break;
    case 'SS':
      checkSet('SS', value.SS as string[]);
      break;
    case 'NS':
      value.NS = checkNumberSet(value.NS as string[]);
      break;
    case 'BS':
      checkSet('BS', value.BS as Uint8Array[]);
      break;
    case 'M': {
      checkDepth(depth);
      const members = value.M as Item;
      for (const name in members) {
        checkAttributeName(name);
        checkAttributeValue(members[name] as AttributeValue, depth + 1);
      }
      break;
    }
    case 'L':
      checkDepth(depth);
      for (const element of value.L as AttributeValue[]) checkAttributeValue(element, depth + 1);
      break;
  }
}

function checkDepth(depth: number): void {
  if (depth > limits.nestingMax) {
    throw new ValidationException(
      'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
    );
  }
}

// The double space and the article are DynamoDB's own.
const emptySet = { SS: 'An string set  may not be empty', BS: 'Binary sets should not be empty' };

function checkSet(type: 'SS' | 'BS', members: readonly (string | Uint8Array)[]): void {
  if (members.length === 0) {
    throw new ValidationException(`One or more parameter values were invalid: ${emptySet[type]}`);
  }
  // The wire lets null through where the model has strings or bytes.
  if (members.includes(null as never)) {
    throw new ValidationException(
      `One or more parameter values were invalid: An ${type === 'SS' ? 'string' : 'binary'} set may not have a null string as a member`,
    );
  }
  if (new Set(members.map(setKey)).size === members.length) return;
  const shown = members.map((member) => (typeof member === 'string' ? member : base64(member))).join(', ');
  throw new ValidationException(
    type === 'SS'
      ? `One or more parameter values were invalid: Input collection [${shown}] contains duplicates.`
      : `One or more parameter values were invalid: Input collection [${shown}]of type BS contains duplicates.`,
  );
}

function checkNumberSet(members: readonly string[]): string[] {
  if (members.length === 0) {
    throw new ValidationException(
      'One or more parameter values were invalid: An number set  may not be empty',
    );
  }
  const normal = members.map(normalizeNumber);
  if (new Set(normal).size !== normal.length) {
    throw new ValidationException('Input collection contains duplicates');
  }
  return normal;
}

/** How many lists and maps are around the innermost value. */
export function nestingOf(value: AttributeValue): number {
  let deepest = 0;
  if (value.L !== undefined) {
    for (const element of value.L) deepest = Math.max(deepest, nestingOf(element));
    return deepest + 1;
  }
  if (value.M === undefined) return 0;
  for (const name in value.M) deepest = Math.max(deepest, nestingOf(value.M[name] as AttributeValue));
  return deepest + 1;
}

/** A member of a set as something a `Set` can hold. */
export function setKey(member: string | Uint8Array): string {
  return typeof member === 'string' ? member : Buffer.from(member).toString('latin1');
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Deep equality; sets are equal whatever their order. */
export function equalValues(left: AttributeValue, right: AttributeValue): boolean {
  const type = typeOf(left);
  if (type !== typeOf(right)) return false;
  switch (type) {
    case 'S':
    case 'N':
    case 'BOOL':
      return left[type] === right[type];
    case 'NULL':
      return true;
    case 'B':
      return Buffer.compare(left.B as Uint8Array, right.B as Uint8Array) === 0;
    case 'SS':
    case 'NS':
    case 'BS': {
      const mine = left[type] as (string | Uint8Array)[];
      const theirs = right[type] as (string | Uint8Array)[];
      if (mine.length !== theirs.length) return false;
      const keys = new Set(theirs.map(setKey));
      return mine.every((member) => keys.has(setKey(member)));
    }
    case 'L': {
      const mine = left.L as AttributeValue[];
      const theirs = right.L as AttributeValue[];
      return (
        mine.length === theirs.length &&
        mine.every((element, index) => equalValues(element, theirs[index] as AttributeValue))
      );
    }
    case 'M':
      return equalItems(left.M as Item, right.M as Item);
  }
}

export function equalItems(left: Item, right: Item): boolean {
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every(
    (name) =>
      Object.hasOwn(right, name) && equalValues(left[name] as AttributeValue, right[name] as AttributeValue),
  );
}

/**
 * The order of two values of one ordered type (S by UTF-8 bytes, N by value, B by unsigned bytes).
 * @returns undefined when they can't be compared.
 */
export function compareValues(left: AttributeValue, right: AttributeValue): number | undefined {
  if (left.S !== undefined && right.S !== undefined) return compareText(left.S, right.S);
  if (left.N !== undefined && right.N !== undefined) return compareNumbers(left.N, right.N);
  if (left.B !== undefined && right.B !== undefined) return Buffer.compare(left.B, right.B);
  return undefined;
}

/** UTF-8 byte order, which is code point order; JavaScript's own is UTF-16 unit order. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a === b) continue;
    // Surrogates stand for code points above every other unit, though their own numbers are below U+E000.
    const aSurrogate = a >= 0xd800 && a <= 0xdfff;
    const bSurrogate = b >= 0xd800 && b <= 0xdfff;
    if (aSurrogate !== bSurrogate) return aSurrogate ? 1 : -1;
    return a < b ? -1 : 1;
  }
  return left.length < right.length ? -1 : 1;
}

/** Reads an attribute without falling into `Object.prototype`. */
export function attributeOf(item: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/** Writes an attribute; `__proto__` is a name like any other in DynamoDB. */
export function setAttribute(item: Item, name: string, value: AttributeValue): void {
  if (name === '__proto__') {
    Object.defineProperty(item, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    item[name] = value;
  }
}

/** A copy that shares no structure that an update writes to (bytes are never written in place). */
export function cloneValue(value: AttributeValue): AttributeValue {
  if (value.M !== undefined) return { M: cloneItem(value.M) };
  if (value.L !== undefined) return { L: value.L.map(cloneValue) };
  if (value.SS !== undefined) return { SS: [...value.SS] };
  if (value.NS !== undefined) return { NS: [...value.NS] };
  if (value.BS !== undefined) return { BS: [...value.BS] };
  return { ...value };
}

export function cloneItem(item: Item): Item {
  const copy: Item = {};
  for (const name in item) setAttribute(copy, name, cloneValue(item[name] as AttributeValue));
  return copy;
}
