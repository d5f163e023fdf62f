/** Checks that several operations share, in DynamoDB's order and words. */
import { AwsError, parseArn } from '../../../kernel/index.ts';
import type { AttributeValue, Item } from '../domain/attributeValues.ts';
import { checkAttributeName, checkAttributeValue } from '../domain/attributeValues.ts';
import { type BoundCondition, bindCondition, type Predicate } from '../domain/expressions/bindCondition.ts';
import { bindProjection } from '../domain/expressions/bindProjection.ts';
import { conditionOf, projectionOf } from '../domain/expressions/cache.ts';
import { ExpressionError } from '../domain/expressions/errors.ts';
import type { DocumentPath, Placeholders } from '../domain/expressions/placeholders.ts';
import {
  checkConditionalOperator,
  checkExpected,
  type ExpectedCondition,
  expectedPredicate,
} from '../domain/legacyConditions.ts';
import { checkUsable } from '../domain/states.ts';
import { keyNames, type Table } from '../domain/table.ts';
import { ResourceNotFoundException, ValidationException } from '../errors.ts';
import type { Context } from '../room.ts';
import { TableChanged } from '../store/tables.ts';

type Operation<Input, Output> = (ctx: Context, input: Input) => Promise<Output>;

/** Runs an operation again when the table it wrote to was changed under it. */
export function withCurrentTable<Input, Output>(
  operation: Operation<Input, Output>,
): Operation<Input, Output> {
  return async (ctx, input) => {
    for (;;) {
      try {
        return await operation(ctx, input);
      } catch (error) {
        if (!(error instanceof TableChanged)) throw error;
      }
    }
  };
}

/** The table of a data operation, named by name or by ARN. @throws ResourceNotFoundException */
export function tableOf(ctx: Context, nameOrArn: string): Table | Promise<Table> {
  if (nameOrArn.length < 3 || nameOrArn.includes(':')) return tableByArn(ctx, nameOrArn);
  const known = ctx.room.tables.known(ctx, nameOrArn);
  if (known) return known.status === 'ACTIVE' ? known : checkUsable(known);
  checkTableName(nameOrArn);
  return ctx.room.tables.load(ctx, nameOrArn).then(checkUsable);
}

async function tableByArn(ctx: Context, nameOrArn: string): Promise<Table> {
  const { region, account, name } = placeOfTable(ctx, nameOrArn);
  if (region !== ctx.region) throw new ResourceNotFoundException('Requested resource not found');
  return checkUsable(await ctx.room.tables.load({ account, region }, name));
}

/** @throws ValidationException when it is neither a name nor the ARN of a table. */
export function placeOfTable(
  ctx: Context,
  nameOrArn: string,
): { account: string; region: string; name: string } {
  if (!nameOrArn.startsWith('arn:')) {
    checkTableName(nameOrArn);
    return { account: ctx.account, region: ctx.region, name: nameOrArn };
  }
  const found = tableOfArn(nameOrArn);
  if (!found) throw new ValidationException(`Invalid table/index name.  Invalid ARN: ${nameOrArn}`);
  return found;
}

/** Operations on tables themselves answer for their own region only. @throws ValidationException */
export function checkRegion(ctx: Context, place: { region: string }, arn: string): void {
  if (place.region === ctx.region) return;
  throw new ValidationException(`1 validation error detected: Invalid AWS region in '${arn}'`);
}

/** Observed: nobody learns whether another account has a table. @throws AwsError AccessDeniedException */
export function checkAccount(ctx: Context, place: { account: string }): void {
  if (place.account !== ctx.account) throw new AwsError('AccessDeniedException', 'Access is denied');
}

/** @returns undefined when it isn't the ARN of a table. */
export function tableOfArn(text: string): { account: string; region: string; name: string } | undefined {
  const arn = parseArn(text);
  const name = /^table\/([a-zA-Z0-9_.-]{3,255})$/.exec(arn?.resource ?? '')?.[1];
  if (arn?.service !== 'dynamodb' || name === undefined) return undefined;
  if (!/^[0-9]{12}$/.test(arn.account) || !/^[a-z0-9-]+$/.test(arn.region)) return undefined;
  return { account: arn.account, region: arn.region, name };
}

/** @param at where the request has it. @throws ValidationException */
export function checkTableName(name: string, at = 'tableName'): void {
  const length =
    name.length < 3
      ? 'greater than or equal to 3'
      : name.length > 255
        ? 'less than or equal to 255'
        : undefined;
  const faults = [
    ...(length ? [`Member must have length ${length}`] : []),
    ...(namePattern.test(name) ? [] : ['Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+']),
  ];
  if (faults.length === 0) return;
  const told = faults.map((fault) => `Value '${name}' at '${at}' failed to satisfy constraint: ${fault}`);
  throw new ValidationException(
    `${told.length} validation error${told.length > 1 ? 's' : ''} detected: ${told.join('; ')}`,
  );
}

const namePattern = /^[a-zA-Z0-9_.-]+$/;

/** Some operations have words of their own for how long a name may be. @throws ValidationException */
export function checkNameLength(name: string, what: 'TableName' | 'IndexName' = 'TableName'): void {
  if (name.length >= 3 && name.length <= 255) return;
  throw new ValidationException(`${what} must be at least 3 characters long and at most 255 characters long`);
}

/** Expressions and the parameters from before them exclude each other. @throws ValidationException */
export function checkParameterMix(
  input: object,
  expressions: readonly string[],
  legacy: readonly string[],
): void {
  const given = input as Readonly<Record<string, unknown>>;
  const isGiven = (name: string) => given[name] !== undefined;
  const used = expressions.filter(isGiven);
  if (used.length > 0) {
    const others = legacy.filter(
      (name) => isGiven(name) && !(name === 'KeyConditions' && given.KeyConditionExpression === undefined),
    );
    if (others.length > 0) {
      throw new ValidationException(
        `Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {${others.join(', ')}} Expression parameters: {${used.join(', ')}}`,
      );
    }
  } else if (isGiven('ExpressionAttributeNames')) {
    throw new ValidationException('ExpressionAttributeNames can only be specified when using expressions');
  }
  const withValues = expressions.filter((name) => name !== 'ProjectionExpression');
  if (withValues.length > 0 && isGiven('ExpressionAttributeValues') && !withValues.some(isGiven)) {
    throw new ValidationException(
      `ExpressionAttributeValues can only be specified when using expressions: ${withValues.join(' and ')} ${withValues.length > 1 ? 'are' : 'is'} null`,
    );
  }
}

export function checkValues(item: Item): void {
  for (const name in item) {
    checkAttributeName(name);
    checkAttributeValue(item[name] as AttributeValue, 2);
  }
}

/** Runs `bind` and puts the expression's name before what it complains about. */
export function inExpression<T>(parameter: string, bind: () => T): T {
  try {
    return bind();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new ValidationException(`Invalid ${parameter}: ${error.message}`);
  }
}

export function bindConditionOf(
  parameter: string,
  text: string | undefined,
  placeholders: Placeholders,
): BoundCondition | undefined {
  if (text === undefined) return undefined;
  return inExpression(parameter, () => bindCondition(conditionOf(text), placeholders));
}

export function bindProjectionOf(
  text: string | undefined,
  placeholders: Placeholders,
): readonly DocumentPath[] | undefined {
  if (text === undefined) return undefined;
  return inExpression('ProjectionExpression', () => bindProjection(projectionOf(text), placeholders));
}

/** AttributesToGet as paths. @throws ValidationException for duplicates. */
export function attributesToGet(names: readonly string[] | undefined): readonly DocumentPath[] | undefined {
  if (names === undefined) return undefined;
  const seen = new Set<string>();
  for (const name of names) {
    checkAttributeName(name);
    if (seen.has(name)) {
      throw new ValidationException(
        `One or more parameter values were invalid: Duplicate value in attribute name: ${name}`,
      );
    }
    seen.add(name);
  }
  return names.map((name) => [name] as const);
}

/** Paths may not reach into a key attribute: it is a scalar. @throws ValidationException */
export function checkKeyPaths(paths: readonly DocumentPath[] | undefined, table: Table): void {
  const nested = paths?.filter((path) => path.length > 1);
  if (!nested || nested.length === 0) return;
  const heads = new Set(nested.map(([head]) => head));
  const complain = (kind: string, name: string) => {
    throw new ValidationException(
      `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${kind}: ${name}`,
    );
  };
  for (const name of keyNames(table.key)) if (heads.has(name)) complain('Key', name);
  for (const index of table.indexes) {
    for (const name of keyNames(index.key)) if (heads.has(name)) complain('IndexKey', name);
  }
}

export interface ConditionInput {
  ConditionExpression?: string;
  Expected?: Record<string, ExpectedCondition>;
  ConditionalOperator?: string;
}

/** The condition of a write, in either form, or none. */
export interface WriteCondition {
  matches: Predicate;
  paths: readonly DocumentPath[];
}

export function bindWriteCondition(
  input: ConditionInput,
  placeholders: Placeholders,
): WriteCondition | undefined {
  const bound = bindConditionOf('ConditionExpression', input.ConditionExpression, placeholders);
  if (bound) return bound;
  const matches = expectedPredicate(input.Expected, input.ConditionalOperator);
  return matches && { matches, paths: [] };
}

export function checkLegacyCondition(input: ConditionInput): void {
  checkExpected(input.Expected);
  checkConditionalOperator(input.ConditionalOperator, input.Expected);
}
