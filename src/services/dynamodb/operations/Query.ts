/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html */
import type { WireJson } from '../../../kernel/index.ts';
import { conditionOf } from '../domain/expressions/cache.ts';
import { type DocumentPath, Placeholders } from '../domain/expressions/placeholders.ts';
import { keyConditionsOf } from '../domain/keyCondition.ts';
import {
  checkConditionalOperator,
  checkConditions,
  conditionsPredicate,
  type LegacyCondition,
} from '../domain/legacyConditions.ts';
import { checkConditionCount, checkStart, queriedKey, selectionOf } from '../domain/queriedKey.ts';
import {
  type Index,
  isComposed,
  type KeySchema,
  keyNames,
  projectedNames,
  type Table,
} from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import {
  checkSelect,
  checkStartKeyValues,
  indexOfRead,
  type ReadInput,
  type ReadOutput,
  readPage,
  readWirePage,
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

export async function Query(ctx: Context, input: QueryInput): Promise<ReadOutput | WireJson> {
  checkParameterMix(
    input,
    ['ProjectionExpression', 'FilterExpression', 'KeyConditionExpression'],
    ['AttributesToGet', 'QueryFilter', 'ConditionalOperator', 'KeyConditions'],
  );
  checkConditions(input.QueryFilter);
  const names = attributesToGet(input.AttributesToGet);
  checkConditionalOperator(input.ConditionalOperator, input.QueryFilter);
  checkStartKeyValues(input.ExclusiveStartKey);
  checkSelect(input, true);
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
  checkConditionCount(conditions, input.IndexName === undefined ? 2 : 2 * limits.composedKeyAttributesMax);

  const found = tableOf(ctx, input.TableName);
  const table = found instanceof Promise ? await found : found;
  const index = indexOfRead(table, input);
  const schema = index?.key ?? table.key;
  const after = startAfter(table, index, input.ExclusiveStartKey, true);
  if (!isComposed(schema)) checkConditionCount(conditions, 2);
  const queried = queriedKey(schema, conditions, index?.name);
  if (input.ExclusiveStartKey) checkStart(schema, input.ExclusiveStartKey, queried);
  checkKeyPaths(paths, table);
  checkFilter(input, schema, filter?.paths);
  checkFilterHeld(input, table, index, filter?.paths);
  const shape = shapeOf(table, index, input, paths);
  checkKeyPaths(filter?.paths, table);

  const read = ctx.request ? readWirePage : readPage;
  return read(ctx.room, table, index, input, {
    selection: { ...selectionOf(schema, queried), reverse: input.ScanIndexForward === false },
    after,
    filter: filter?.matches ?? legacyFilter(input),
    shape,
  });
}

function legacyFilter({ QueryFilter, ConditionalOperator }: QueryInput) {
  if (!QueryFilter || Object.keys(QueryFilter).length === 0) return undefined;
  return conditionsPredicate(QueryFilter, ConditionalOperator);
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

/** An index filters by what it holds, also where the answer's items come from the table. @throws ValidationException */
function checkFilterHeld(
  input: QueryInput,
  table: Table,
  index: Index | undefined,
  paths: readonly DocumentPath[] | undefined,
): void {
  const held = index && projectedNames(table, index);
  if (!held) return;
  const heads = input.QueryFilter ? Object.keys(input.QueryFilter) : (paths ?? []).map(([head]) => head);
  const missing = [...new Set(heads)].filter((name) => !held.has(name)).sort();
  if (missing.length > 0) {
    throw new ValidationException(
      `One or more parameter values were invalid: Secondary index ${index.name} does not project one or more filter attributes: [${missing.join(', ')}]`,
    );
  }
}
