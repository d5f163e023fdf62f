/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html */
import { type AttributeValue, equalValues, type Item } from '../domain/attributeValues.ts';
import { conditionOf } from '../domain/expressions/cache.ts';
import { type DocumentPath, Placeholders } from '../domain/expressions/placeholders.ts';
import { keyConditionsOf } from '../domain/keyCondition.ts';
import { keyPart, placeOf } from '../domain/keys.ts';
import { checkConditions, conditionsPredicate, type LegacyCondition } from '../domain/legacyConditions.ts';
import { isInRange, sortRange } from '../domain/sortRange.ts';
import { type KeySchema, keyNames } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import type { Context } from '../room.ts';
import {
  checkConditionalOperator,
  checkSelect,
  checkStartKeyValues,
  indexOfRead,
  type ReadInput,
  type ReadOutput,
  readPage,
  shapeOf,
  startAfter,
} from './read.ts';
import {
  attributesToGet,
  bindConditionOf,
  bindProjectionOf,
  checkKeyPaths,
  checkParameterMix,
  tableOf,
} from './request.ts';

export interface QueryInput extends ReadInput {
  KeyConditions?: Record<string, LegacyCondition>;
  KeyConditionExpression?: string;
  QueryFilter?: Record<string, LegacyCondition>;
  ScanIndexForward?: boolean;
}

export async function Query(ctx: Context, input: QueryInput): Promise<ReadOutput> {
  checkParameterMix(
    input,
    ['ProjectionExpression', 'FilterExpression', 'KeyConditionExpression'],
    ['AttributesToGet', 'QueryFilter', 'ConditionalOperator', 'KeyConditions'],
  );
  checkConditions(input.QueryFilter);
  const names = attributesToGet(input.AttributesToGet);
  checkConditionalOperator(input.ConditionalOperator, input.QueryFilter);
  checkStartKeyValues(input.ExclusiveStartKey);
  checkSelect(input);
  if (input.KeyConditions === undefined && input.KeyConditionExpression === undefined) {
    throw new ValidationException(
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    );
  }
  const placeholders = new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  const keyCondition = bindConditionOf('KeyConditionExpression', input.KeyConditionExpression, placeholders);
  const filter = bindConditionOf('FilterExpression', input.FilterExpression, placeholders);
  const paths = bindProjectionOf(input.ProjectionExpression, placeholders) ?? names;
  placeholders.checkUnused();
  const conditions = keyCondition
    ? keyConditionsOf(conditionOf(input.KeyConditionExpression as string), placeholders)
    : (input.KeyConditions as Record<string, LegacyCondition>);
  checkConditions(conditions);
  const given = Object.keys(conditions).length;
  if (given !== 1 && given !== 2) throw new ValidationException('Conditions can be of length 1 or 2 only');

  const found = tableOf(ctx, input.TableName);
  const table = found instanceof Promise ? await found : found;
  const index = indexOfRead(table, input);
  const schema = index?.key ?? table.key;
  const after = startAfter(table, index, input.ExclusiveStartKey, true);
  const { partition, sort } = keyConditions(schema, conditions);
  if (input.ExclusiveStartKey) checkStart(schema, input.ExclusiveStartKey, partition, sort);
  checkKeyPaths(paths, table);
  checkFilter(input, schema, filter?.paths);
  const shape = shapeOf(table, index, input, paths);
  checkKeyPaths(filter?.paths, table);

  const part = keyPart(partition, schema.partition.type);
  const range = sort && schema.sort ? sortRange(sort, schema.sort) : undefined;
  return readPage(ctx.room, table, index, input, {
    selection: {
      partition: part,
      place: placeOf(part),
      ...(range ? { sort: range } : {}),
      reverse: input.ScanIndexForward === false,
    },
    after,
    filter: filter?.matches ?? legacyFilter(input),
    shape,
  });
}

function legacyFilter({ QueryFilter, ConditionalOperator }: QueryInput) {
  if (!QueryFilter || Object.keys(QueryFilter).length === 0) return undefined;
  return conditionsPredicate(QueryFilter, ConditionalOperator);
}

const notIndexable = new Set(['NULL', 'NOT_NULL', 'NE', 'CONTAINS', 'NOT_CONTAINS', 'IN']);

/** The conditions by key attribute. @throws ValidationException when they aren't those of the key. */
function keyConditions(
  schema: KeySchema,
  conditions: Record<string, LegacyCondition>,
): { partition: AttributeValue; sort?: LegacyCondition } {
  const given = Object.keys(conditions).length;
  const attributes = schema.sort ? [schema.partition, schema.sort] : [schema.partition];
  if (!schema.sort && given > 1) throw new ValidationException('Query key condition not supported');
  for (const attribute of attributes) {
    const isPartition = attribute === schema.partition;
    const condition = Object.hasOwn(conditions, attribute.name) ? conditions[attribute.name] : undefined;
    if (!condition) {
      if (isPartition || given > 1) {
        throw new ValidationException(`Query condition missed key schema element: ${attribute.name}`);
      }
      continue;
    }
    if (notIndexable.has(condition.ComparisonOperator as string)) {
      throw new ValidationException('Attempted conditional constraint is not an indexable operation');
    }
    for (const value of condition.AttributeValueList ?? []) {
      if (value[attribute.type] === undefined) {
        throw new ValidationException(
          'One or more parameter values were invalid: Condition parameter type does not match schema type',
        );
      }
      if (attribute.type !== 'N' && (value[attribute.type] as string).length === 0 && isPartition) {
        throw new ValidationException(
          `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${attribute.type === 'S' ? 'string' : 'binary'} value. Key: ${attribute.name}`,
        );
      }
    }
    if (isPartition && condition.ComparisonOperator !== 'EQ') {
      throw new ValidationException('Query key condition not supported');
    }
  }
  const partition = conditions[schema.partition.name]?.AttributeValueList?.[0] as AttributeValue;
  const sort = schema.sort && conditions[schema.sort.name];
  return sort ? { partition, sort } : { partition };
}

/** A starting key must lie in what the query reads. @throws ValidationException */
function checkStart(
  schema: KeySchema,
  start: Item,
  partition: AttributeValue,
  sort: LegacyCondition | undefined,
): void {
  const samePartition = equalValues(start[schema.partition.name] as AttributeValue, partition);
  if (!schema.sort || !sort) {
    if (!samePartition) {
      throw new ValidationException(
        'The provided starting key is outside query boundaries based on provided conditions',
      );
    }
    return;
  }
  if (!isInRange(start[schema.sort.name] as AttributeValue, sort)) {
    throw new ValidationException('The provided starting key does not match the range key predicate');
  }
  if (!samePartition) {
    throw new ValidationException('The query can return at most one row and cannot be restarted');
  }
}

/** A filter sees what the key condition let through; keys belong into that. @throws ValidationException */
function checkFilter(input: QueryInput, schema: KeySchema, paths: readonly DocumentPath[] | undefined): void {
  const heads = input.QueryFilter ? Object.keys(input.QueryFilter) : (paths ?? []).map(([head]) => head);
  for (const name of keyNames(schema)) {
    if (heads.includes(name)) {
      throw new ValidationException(
        `${input.QueryFilter ? 'QueryFilter' : 'Filter Expression'} can only contain non-primary key attributes: Primary key attribute: ${name}`,
      );
    }
  }
}
