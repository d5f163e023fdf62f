/** What comparators and functions mean; expressions and the legacy conditions share it. */
import { type AttributeValue, compareValues, equalValues, setKey, typeOf } from './attributeValues.ts';
import type { Comparator } from './expressions/ast.ts';

/** A comparison with something that isn't there is false, but `<>` is true. */
export function compare(
  comparator: Comparator,
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): boolean {
  if (comparator === '=') return left !== undefined && right !== undefined && equalValues(left, right);
  if (comparator === '<>') return left === undefined || right === undefined || !equalValues(left, right);
  if (left === undefined || right === undefined) return false;
  const order = compareValues(left, right);
  if (order === undefined) return false;
  switch (comparator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

export function between(
  value: AttributeValue | undefined,
  lower: AttributeValue | undefined,
  upper: AttributeValue | undefined,
): boolean {
  return compare('>=', value, lower) && compare('<=', value, upper);
}

export function beginsWith(value: AttributeValue | undefined, prefix: AttributeValue | undefined): boolean {
  if (value?.S !== undefined && prefix?.S !== undefined) return value.S.startsWith(prefix.S);
  if (value?.B === undefined || prefix?.B === undefined) return false;
  return Buffer.compare(value.B.subarray(0, prefix.B.length), prefix.B) === 0;
}

/** A part of a string or of bytes, a member of a set, an element of a list. */
export function contains(value: AttributeValue | undefined, part: AttributeValue | undefined): boolean {
  if (value === undefined || part === undefined) return false;
  if (value.L !== undefined) return value.L.some((element) => equalValues(element, part));
  if (part.S !== undefined) return (value.S?.includes(part.S) || value.SS?.includes(part.S)) ?? false;
  if (part.N !== undefined) return value.NS?.includes(part.N) ?? false;
  if (part.B === undefined) return false;
  if (value.B !== undefined) return Buffer.from(value.B).includes(Buffer.from(part.B));
  const key = setKey(part.B);
  return value.BS?.some((member) => setKey(member) === key) ?? false;
}

/** Bytes of a string or binary, members of a collection; @returns undefined for what has no size. */
export function sizeOf(value: AttributeValue | undefined): AttributeValue | undefined {
  if (value === undefined) return undefined;
  const size =
    value.S !== undefined
      ? Buffer.byteLength(value.S)
      : (value.B?.byteLength ??
        value.L?.length ??
        (value.M && Object.keys(value.M).length) ??
        (value.SS ?? value.NS ?? value.BS)?.length);
  return size === undefined ? undefined : { N: String(size) };
}

/** `AttributeValue: {S:abc}`, as DynamoDB shows values in its messages. */
export function showValue(value: AttributeValue): string {
  const type = typeOf(value);
  // Java's own words for bytes.
  const size = value.B?.byteLength;
  const content = value.B ? `java.nio.HeapByteBuffer[pos=0 lim=${size} cap=${size}]` : value[type];
  return `AttributeValue: {${type}:${typeof content === 'object' ? JSON.stringify(content) : content}}`;
}
