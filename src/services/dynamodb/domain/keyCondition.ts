/**
 * What part of a table or index a Query reads: one partition, and of its sort keys one range. Both forms, the
 * expression and the legacy KeyConditions, become the same conditions by attribute name.
 */
import { ValidationException } from '../errors.ts';
import type { AttributeValue } from './attributeValues.ts';
import type { Comparator, Condition, FunctionCall, Operand, Parsed, Path } from './expressions/ast.ts';
import type { Placeholders } from './expressions/placeholders.ts';
import type { LegacyCondition } from './legacyConditions.ts';

const operators = { '=': 'EQ', '<': 'LT', '<=': 'LE', '>': 'GT', '>=': 'GE' } as const;
const mirrored: Record<string, Comparator> = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/**
 * The conditions of a key condition expression that parsed and bound without error.
 * @throws ValidationException when it says more than key conditions may.
 */
export function keyConditionsOf(
  parsed: Parsed<Condition>,
  placeholders: Placeholders,
): Record<string, LegacyCondition> {
  const conditions: Record<string, LegacyCondition> = {};
  collect(parsed.tree, placeholders, conditions);
  return conditions;
}

function collect(
  condition: Condition,
  placeholders: Placeholders,
  into: Record<string, LegacyCondition>,
): void {
  switch (condition.kind) {
    case 'and':
      for (const term of condition.terms) collect(term, placeholders, into);
      return;
    case 'or':
    case 'not':
    case 'in':
      throw new ValidationException(
        `Invalid operator used in KeyConditionExpression: ${condition.kind.toUpperCase()}`,
      );
    case 'function':
      if (condition.name !== 'begins_with') {
        throw new ValidationException(`Invalid operator used in KeyConditionExpression: ${condition.name}`);
      }
      addCondition('begins_with', 'BEGINS_WITH', condition.operands, placeholders, into);
      return;
    case 'between':
      addCondition(
        'BETWEEN',
        'BETWEEN',
        [condition.operand, condition.lower, condition.upper],
        placeholders,
        into,
      );
      return;
    case 'compare': {
      if (condition.comparator === '<>') {
        throw new ValidationException('Invalid operator used in KeyConditionExpression: <>');
      }
      const swapped = condition.left.kind !== 'path' && condition.right.kind === 'path';
      const [left, right] = swapped ? [condition.right, condition.left] : [condition.left, condition.right];
      const comparator = swapped ? (mirrored[condition.comparator] as Comparator) : condition.comparator;
      addCondition(
        undefined,
        operators[comparator as keyof typeof operators],
        [left, right],
        placeholders,
        into,
      );
      return;
    }
  }
}

/** @param leading the operator's name when the key must be its first operand. */
function addCondition(
  leading: string | undefined,
  operator: NonNullable<LegacyCondition['ComparisonOperator']>,
  operands: readonly Operand[],
  placeholders: Placeholders,
  into: Record<string, LegacyCondition>,
): void {
  if (leading && operands[0]?.kind !== 'path') {
    throw new ValidationException(
      `Invalid condition in KeyConditionExpression: ${leading} operator must have the key attribute as its first operand`,
    );
  }
  if (operands.some((operand): operand is FunctionCall => operand.kind === 'function')) {
    throw new ValidationException('KeyConditionExpressions cannot contain nested operations');
  }
  const paths = operands.filter((operand): operand is Path => operand.kind === 'path');
  if (paths.length > 1) {
    throw new ValidationException(
      'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition',
    );
  }
  if (paths.length === 0) {
    throw new ValidationException('Invalid condition in KeyConditionExpression: No key attribute specified');
  }
  const path = placeholders.path(paths[0] as Path);
  if (path.length > 1) {
    throw new ValidationException('KeyConditionExpressions cannot have conditions on nested attributes');
  }
  if (Object.hasOwn(into, path[0])) {
    throw new ValidationException('KeyConditionExpressions must only contain one condition per key');
  }
  const values: AttributeValue[] = [];
  for (const operand of operands) {
    if (operand.kind === 'value') values.push(placeholders.value(operand.placeholder));
  }
  into[path[0]] = { ComparisonOperator: operator, AttributeValueList: values };
}
