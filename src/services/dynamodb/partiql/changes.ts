/** SET and REMOVE of an UPDATE, as an update expression means them. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html */
import { type AttributeValue, typeOf } from '../domain/attributeValues.ts';
import type { BoundAction, BoundOperand } from '../domain/expressions/bindUpdate.ts';
import { ExpressionError } from '../domain/expressions/errors.ts';
import { checkPaths, samePath } from '../domain/expressions/paths.ts';
import { expressionUpdate, type Update } from '../domain/update.ts';
import { ValidationException } from '../errors.ts';
import type { Call, Change, Expression, Path } from './ast.ts';
import { knownFunctions, unrecognized } from './condition.ts';
import { showSpan } from './errors.ts';
import { isValue, readValue } from './values.ts';

/** @throws ValidationException when paths overlap or a value can't be computed. */
export function bindChanges(changes: readonly Change[], parameters: readonly AttributeValue[]): Update {
  const actions = changes.map((change) => bindChange(change, parameters));
  try {
    checkPaths(actions.map(({ path }) => path));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new ValidationException(error.message);
  }
  return expressionUpdate(actions);
}

function bindChange(change: Change, parameters: readonly AttributeValue[]): BoundAction {
  const path = change.path.steps;
  if (change.kind === 'remove') return { kind: 'remove', path };
  const { value } = change;
  if (value.kind === 'call') {
    const name = value.name.toLowerCase();
    if (name === 'set_add') return { kind: 'add', path, value: bindSet(value, change.path, parameters) };
    if (name === 'set_delete')
      return { kind: 'delete', path, value: bindSet(value, change.path, parameters) };
  }
  return { kind: 'set', path, value: bindOperand(value, parameters) };
}

/** `SET a = set_add(a, <<…>>)`: adds to, or takes from, the set that is assigned. */
function bindSet(call: Call, target: Path, parameters: readonly AttributeValue[]): AttributeValue {
  const name = call.name.toUpperCase();
  if (call.operands.length !== 2) {
    throw new ValidationException(`${name} must have exactly two arguments at ${showSpan(call.at)}`);
  }
  const [first, second] = call.operands as [Expression, Expression];
  if (first.kind !== 'path' || !samePath(first.steps, target.steps)) {
    throw new ValidationException(`The first argument to ${name} must equal the assignment value`);
  }
  const value = isValue(second) ? readValue(second, parameters) : {};
  if (!value.SS && !value.NS && !value.BS) {
    throw new ValidationException(
      `The second argument to ${name} must be a value with type SET at ${showSpan(first.at)}`,
    );
  }
  return value;
}

function bindOperand(expression: Expression, parameters: readonly AttributeValue[]): BoundOperand {
  switch (expression.kind) {
    case 'path':
      return { kind: 'path', path: expression.steps };
    case 'operator': {
      const { operator } = expression;
      if (operator !== '+' && operator !== '-') throw unsupportedOperator(operator);
      const left = bindOperand(expression.left, parameters);
      const right = bindOperand(expression.right, parameters);
      for (const operand of [left, right]) checkType(operator, operand, 'N');
      return { kind: operator === '+' ? 'plus' : 'minus', left, right };
    }
    case 'call':
      return bindCall(expression, parameters);
    case 'missing':
      throw new ValidationException('MISSING must be compared using IS operator');
    case 'sign':
      throw wrongCount(expression.operator, 1);
    case 'compare':
      throw unsupportedOperator(expression.comparator);
    default:
      if (!isValue(expression)) throw unsupportedOperator(expression.kind);
      return { kind: 'value', value: readValue(expression, parameters) };
  }
}

function bindCall(call: Call, parameters: readonly AttributeValue[]): BoundOperand {
  const name = call.name.toLowerCase();
  if (name !== 'list_append' && name !== 'if_not_exists') {
    if (knownFunctions.has(name)) {
      throw new ValidationException(
        `The function is not allowed in an update expression; function: ${call.name}`,
      );
    }
    throw unrecognized(call);
  }
  if (call.operands.length !== 2) throw wrongCount(call.name, call.operands.length);
  const [left, right] = call.operands.map((operand) => bindOperand(operand, parameters)) as [
    BoundOperand,
    BoundOperand,
  ];
  if (name === 'list_append') {
    for (const operand of [left, right]) checkType(name, operand, 'L');
    return { kind: 'list_append', left, right };
  }
  if (left.kind !== 'path') {
    throw new ValidationException(
      `Operator or function requires a document path; operator or function: ${name}`,
    );
  }
  return { kind: 'if_not_exists', path: left.path, otherwise: right };
}

function wrongCount(name: string, count: number): Error {
  return new ValidationException(
    `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${count}`,
  );
}

function checkType(name: string, operand: BoundOperand, wanted: 'N' | 'L'): void {
  if (operand.kind !== 'value' || typeOf(operand.value) === wanted) return;
  throw new ValidationException(
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${typeOf(operand.value)}`,
  );
}

function unsupportedOperator(operator: string): Error {
  return new ValidationException(`Unsupported operator in Update Expression. Operator: ${operator}`);
}
