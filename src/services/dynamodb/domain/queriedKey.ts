/** The key conditions of a Query against the key that it reads by: which partition, and what of its sort keys. */
import { ValidationException } from '../errors.ts';
import { type AttributeValue, equalValues, type Item } from './attributeValues.ts';
import { type KeyPartValue, keyPart, placeOfAll } from './keys.ts';
import type { LegacyCondition } from './legacyConditions.ts';
import { isInRange, type KeyRange, sortRange } from './sortRange.ts';
import { type KeyAttribute, type KeySchema, partitionAttributes, sortAttributes } from './table.ts';

/** Values in the order of the key schema. */
export interface QueriedKey {
  partition: readonly AttributeValue[];
  /** The sort attributes that come before the one with the last condition; all are held to one value. */
  leading: readonly AttributeValue[];
  sort?: { attribute: KeyAttribute; condition: LegacyCondition };
}

/** @throws ValidationException */
export function checkConditionCount(conditions: Record<string, LegacyCondition>, most: number): void {
  const given = Object.keys(conditions).length;
  if (given < 1 || given > most) throw new ValidationException('Conditions can be of length 1 or 2 only');
}

/**
 * Every partition attribute must be held to a value; sort attributes follow from left to right, and only the last
 * of them that is mentioned may have a range.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
 * @param index its name; absent: the table's own key.
 * @throws ValidationException
 */
export function queriedKey(
  schema: KeySchema,
  conditions: Record<string, LegacyCondition>,
  index?: string,
): QueriedKey {
  let left = Object.keys(conditions).length;
  const partitions = partitionAttributes(schema);
  const sorts = sortAttributes(schema);
  if (left > partitions.length + sorts.length) throw notSupported();
  const next = (attribute: KeyAttribute, isPartition: boolean): LegacyCondition | undefined => {
    const condition = Object.hasOwn(conditions, attribute.name) ? conditions[attribute.name] : undefined;
    if (condition) {
      left--;
      checkCondition(condition, attribute, isPartition, index);
    } else if (isPartition || left > 0) {
      throw new ValidationException(`Query condition missed key schema element: ${attribute.name}`);
    }
    return condition;
  };
  const partition = partitions.map((attribute) => firstOf(next(attribute, true) as LegacyCondition));
  const leading: AttributeValue[] = [];
  let sort: QueriedKey['sort'];
  for (const attribute of sorts) {
    const condition = next(attribute, false);
    if (!condition) break;
    if (sort) {
      if (sort.condition.ComparisonOperator !== 'EQ') throw notSupported();
      leading.push(firstOf(sort.condition));
    }
    sort = { attribute, condition };
  }
  return { partition, leading, ...(sort ? { sort } : {}) };
}

const notIndexable = new Set(['NULL', 'NOT_NULL', 'NE', 'CONTAINS', 'NOT_CONTAINS', 'IN']);

function checkCondition(
  condition: LegacyCondition,
  attribute: KeyAttribute,
  isPartition: boolean,
  index: string | undefined,
): void {
  if (notIndexable.has(condition.ComparisonOperator as string)) {
    throw new ValidationException('Attempted conditional constraint is not an indexable operation');
  }
  for (const value of condition.AttributeValueList ?? []) {
    if (value[attribute.type] === undefined) {
      throw new ValidationException(
        'One or more parameter values were invalid: Condition parameter type does not match schema type',
      );
    }
    if ((value[attribute.type] as string).length === 0) throw emptyKey(attribute, index);
  }
  if (isPartition && condition.ComparisonOperator !== 'EQ') throw notSupported();
}

function emptyKey({ name, type }: KeyAttribute, index: string | undefined): Error {
  const what = `The AttributeValue for a key attribute cannot contain an empty ${type === 'S' ? 'string' : 'binary'} value.`;
  return new ValidationException(
    index === undefined
      ? `One or more parameter values are not valid. ${what} Key: ${name}`
      : `One or more parameter values are not valid. A value specified for a secondary index key is not supported. ${what} IndexName: ${index}, IndexKey: ${name}`,
  );
}

function notSupported(): Error {
  return new ValidationException('Query key condition not supported');
}

function firstOf(condition: LegacyCondition): AttributeValue {
  return condition.AttributeValueList?.[0] as AttributeValue;
}

/** A starting key must lie in what the query reads. @throws ValidationException */
export function checkStart(schema: KeySchema, start: Item, queried: QueriedKey): void {
  const equals = (attributes: readonly KeyAttribute[], values: readonly AttributeValue[]) =>
    values.every((value, at) =>
      equalValues(start[(attributes[at] as KeyAttribute).name] as AttributeValue, value),
    );
  const samePartition = equals(partitionAttributes(schema), queried.partition);
  const { sort } = queried;
  if (!sort) {
    if (!samePartition) {
      throw new ValidationException(
        'The provided starting key is outside query boundaries based on provided conditions',
      );
    }
    return;
  }
  if (
    !equals(sortAttributes(schema), queried.leading) ||
    !isInRange(start[sort.attribute.name] as AttributeValue, sort.condition)
  ) {
    throw new ValidationException('The provided starting key does not match the range key predicate');
  }
  if (!samePartition) {
    throw new ValidationException('The query can return at most one row and cannot be restarted');
  }
}

interface QueriedRange {
  partition: KeyPartValue;
  morePartition?: readonly KeyPartValue[];
  place: string;
  sort?: KeyRange & { leading?: readonly KeyPartValue[] };
}

/** The same as parts of store keys. */
export function selectionOf(schema: KeySchema, queried: QueriedKey): QueriedRange {
  const partition = parts(partitionAttributes(schema), queried.partition);
  const [first, ...more] = partition;
  const range = queried.sort && sortRange(queried.sort.condition, queried.sort.attribute);
  const leading = parts(sortAttributes(schema), queried.leading);
  return {
    partition: first as KeyPartValue,
    ...(more.length > 0 ? { morePartition: more } : {}),
    place: placeOfAll(partition),
    ...(range ? { sort: leading.length > 0 ? { ...range, leading } : range } : {}),
  };
}

function parts(attributes: readonly KeyAttribute[], values: readonly AttributeValue[]): KeyPartValue[] {
  return values.map((value, at) => keyPart(value, (attributes[at] as KeyAttribute).type));
}
