/**
 * The parameters from before expressions: Expected, QueryFilter, ScanFilter, KeyConditions, ConditionalOperator.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
 */
import { ValidationException } from '../errors.ts';
import {
  type AttributeValue,
  attributeOf,
  checkAttributeName,
  checkAttributeValue,
  compareValues,
  type Item,
  typeOf,
} from './attributeValues.ts';
import { beginsWith, between, compare, contains } from './compare.ts';
import type { Predicate } from './expressions/bindCondition.ts';

export type ComparisonOperator =
  | 'EQ'
  | 'NE'
  | 'LE'
  | 'LT'
  | 'GE'
  | 'GT'
  | 'CONTAINS'
  | 'NOT_CONTAINS'
  | 'BEGINS_WITH'
  | 'IN'
  | 'BETWEEN'
  | 'NULL'
  | 'NOT_NULL';

export interface LegacyCondition {
  ComparisonOperator?: ComparisonOperator;
  AttributeValueList?: AttributeValue[];
}

export interface ExpectedCondition extends LegacyCondition {
  Value?: AttributeValue;
  Exists?: boolean;
}

const invalid = (what: string) =>
  new ValidationException(`One or more parameter values were invalid: ${what}`);

const scalars = ['S', 'N', 'B'];

/** Numbers of arguments (least, most) and the types they may have; absent: any. */
const rules: Record<ComparisonOperator, { least: number; most: number; types?: readonly string[] }> = {
  EQ: { least: 1, most: 1 },
  NE: { least: 1, most: 1 },
  LE: { least: 1, most: 1, types: scalars },
  LT: { least: 1, most: 1, types: scalars },
  GE: { least: 1, most: 1, types: scalars },
  GT: { least: 1, most: 1, types: scalars },
  CONTAINS: { least: 1, most: 1, types: [...scalars, 'BOOL', 'NULL'] },
  NOT_CONTAINS: { least: 1, most: 1, types: [...scalars, 'BOOL', 'NULL'] },
  BEGINS_WITH: { least: 1, most: 1, types: ['S', 'B'] },
  IN: { least: 1, most: Number.POSITIVE_INFINITY, types: scalars },
  BETWEEN: { least: 2, most: 2, types: scalars },
  NULL: { least: 0, most: 0 },
  NOT_NULL: { least: 0, most: 0 },
};

/** Checks KeyConditions, QueryFilter or ScanFilter. @throws ValidationException */
export function checkConditions(conditions: Record<string, LegacyCondition> | undefined): void {
  for (const [name, condition] of Object.entries(conditions ?? {})) {
    // The wire lets null through where the model has structures.
    checkAttributeName(name);
    if (condition === null) {
      throw new ValidationException(`The filter condition for an attribute cannot be null: ${name}`);
    }
    const operator = condition.ComparisonOperator as ComparisonOperator;
    const values = condition.AttributeValueList ?? [];
    for (const value of values) checkAttributeValue(value);
    checkCount(operator, values.length);
    checkOneType(values);
    const { types } = rules[operator];
    for (const value of values) {
      if (types && !types.includes(typeOf(value))) {
        throw invalid(`ComparisonOperator ${operator} is not valid for ${typeOf(value)} AttributeValue type`);
      }
    }
    checkBetween(operator, values);
  }
}

function checkCount(operator: ComparisonOperator, count: number): void {
  const { least, most } = rules[operator];
  if (count < least || count > most) {
    throw invalid(`Invalid number of argument(s) for the ${operator} ComparisonOperator`);
  }
}

function checkOneType(values: readonly AttributeValue[]): void {
  const [first] = values;
  if (first && values.some((value) => typeOf(value) !== typeOf(first))) {
    throw invalid('AttributeValues inside AttributeValueList must be of same type');
  }
}

function checkBetween(operator: ComparisonOperator, values: readonly AttributeValue[]): void {
  if (operator !== 'BETWEEN') return;
  if ((compareValues(values[0] as AttributeValue, values[1] as AttributeValue) ?? 0) > 0) {
    throw new ValidationException(
      'The BETWEEN condition was provided a range where the lower bound is greater than the upper bound',
    );
  }
}

/** Checks Expected. @throws ValidationException */
export function checkExpected(expected: Record<string, ExpectedCondition> | undefined): void {
  for (const [name, condition] of Object.entries(expected ?? {})) {
    checkAttributeName(name);
    if (condition === null) throw invalid(`ExpectedAttributeValue must not be null for Attribute: ${name}`);
    const {
      AttributeValueList: values,
      ComparisonOperator: operator,
      Exists: exists,
      Value: value,
    } = condition;
    if (values !== undefined && value !== undefined) {
      throw invalid(`Value and AttributeValueList cannot be used together for Attribute: ${name}`);
    }
    if (operator !== undefined) {
      checkExpectedOperator(name, condition);
    } else if (values !== undefined) {
      throw invalid(`AttributeValueList can only be used with a ComparisonOperator for Attribute: ${name}`);
    } else if (exists !== false && value === undefined) {
      throw invalid(
        `Value must be provided when Exists is ${exists === undefined ? 'null' : exists} for Attribute: ${name}`,
      );
    } else if (exists === false && value !== undefined) {
      throw invalid(`Value cannot be used when Exists is false for Attribute: ${name}`);
    }
    if (value !== undefined) checkAttributeValue(value);
  }
}

function checkExpectedOperator(name: string, condition: ExpectedCondition): void {
  const operator = condition.ComparisonOperator as ComparisonOperator;
  if (condition.Exists !== undefined) {
    throw invalid(`Exists and ComparisonOperator cannot be used together for Attribute: ${name}`);
  }
  const values = condition.AttributeValueList ?? (condition.Value ? [condition.Value] : undefined);
  if (operator !== 'NULL' && operator !== 'NOT_NULL' && values === undefined) {
    throw invalid(
      `Value or AttributeValueList must be used with ComparisonOperator: ${operator} for Attribute: ${name}`,
    );
  }
  for (const value of condition.AttributeValueList ?? []) checkAttributeValue(value);
  checkConditions({
    [name]: { ComparisonOperator: operator, ...(values ? { AttributeValueList: values } : {}) },
  });
}

/** With less than two conditions there is nothing to combine. @throws ValidationException */
export function checkConditionalOperator(operator: string | undefined, conditions: object | undefined): void {
  if (operator === undefined) return;
  const count = Object.keys(conditions ?? {}).length;
  if (count === 0) {
    throw new ValidationException('ConditionalOperator cannot be used without Filter or Expected');
  }
  if (count === 1) {
    throw new ValidationException(
      'ConditionalOperator can only be used when Filter or Expected has two or more elements',
    );
  }
}

/** @returns undefined when there is nothing to check. */
export function expectedPredicate(
  expected: Record<string, ExpectedCondition> | undefined,
  conditionalOperator: string | undefined,
): Predicate | undefined {
  if (!expected || Object.keys(expected).length === 0) return undefined;
  const conditions: Record<string, LegacyCondition> = {};
  for (const [name, { ComparisonOperator, AttributeValueList, Exists, Value }] of Object.entries(expected)) {
    const operator = ComparisonOperator ?? (Exists === false ? 'NULL' : 'EQ');
    conditions[name] = {
      ComparisonOperator: operator,
      AttributeValueList: AttributeValueList ?? (Value ? [Value] : []),
    };
  }
  return conditionsPredicate(conditions, conditionalOperator);
}

/** @param conditionalOperator `AND` when absent. */
export function conditionsPredicate(
  conditions: Record<string, LegacyCondition>,
  conditionalOperator: string | undefined,
): Predicate {
  const terms = Object.entries(conditions).map(
    ([name, { ComparisonOperator, AttributeValueList }]) =>
      (item: Item) =>
        holds(ComparisonOperator as ComparisonOperator, attributeOf(item, name), AttributeValueList ?? []),
  );
  return conditionalOperator === 'OR'
    ? (item) => terms.some((term) => term(item))
    : (item) => terms.every((term) => term(item));
}

function holds(
  operator: ComparisonOperator,
  value: AttributeValue | undefined,
  [first, second, ...rest]: readonly AttributeValue[],
): boolean {
  switch (operator) {
    case 'EQ':
      return compare('=', value, first);
    case 'NE':
      return compare('<>', value, first);
    case 'LE':
      return compare('<=', value, first);
    case 'LT':
      return compare('<', value, first);
    case 'GE':
      return compare('>=', value, first);
    case 'GT':
      return compare('>', value, first);
    case 'CONTAINS':
      return contains(value, first);
    case 'NOT_CONTAINS':
      return value !== undefined && !contains(value, first);
    case 'BEGINS_WITH':
      return beginsWith(value, first);
    case 'IN':
      return [first, second, ...rest].some((candidate) => compare('=', value, candidate));
    case 'BETWEEN':
      return between(value, first, second);
    case 'NULL':
      return value === undefined;
    case 'NOT_NULL':
      return value !== undefined;
  }
}
