/** A parsed update with the names and values of a request: checks it and resolves what doesn't need the item. */
import { type AttributeValue, typeOf } from '../attributeValues.ts';
import type { Operand, Parsed, SetOperand, UpdateAction } from './ast.ts';
import { ExpressionError } from './errors.ts';
import { reportFlaws } from './flaws.ts';
import { updateFunctions } from './grammar.ts';
import { checkPaths } from './paths.ts';
import type { DocumentPath, Placeholders } from './placeholders.ts';

export type BoundOperand =
  | { kind: 'value'; value: AttributeValue }
  | { kind: 'path'; path: DocumentPath }
  | { kind: 'plus' | 'minus' | 'list_append'; left: BoundOperand; right: BoundOperand }
  | { kind: 'if_not_exists'; path: DocumentPath; otherwise: BoundOperand };

export type BoundAction =
  | { kind: 'set'; path: DocumentPath; value: BoundOperand }
  | { kind: 'remove'; path: DocumentPath }
  | { kind: 'add' | 'delete'; path: DocumentPath; value: AttributeValue };

const typeWords: Partial<Record<string, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  NULL: 'NULL',
  BOOL: 'BOOLEAN',
  L: 'LIST',
  M: 'MAP',
};

/** @throws ExpressionError for the first mistake in DynamoDB's order: names, values, paths, operands, functions. */
export function bindUpdate(
  parsed: Parsed<readonly UpdateAction[]>,
  placeholders: Placeholders,
): readonly BoundAction[] {
  reportFlaws(parsed, 'update');
  for (const action of parsed.tree) resolveNames(action, placeholders);
  for (const action of parsed.tree) if (action.kind !== 'remove') touch(action.value, placeholders);
  checkPaths(parsed.tree.map((action) => placeholders.path(action.path)));
  for (const action of parsed.tree) if (action.kind === 'delete') checkOperandType(action, placeholders);
  for (const action of parsed.tree) if (action.kind === 'add') checkOperandType(action, placeholders);
  return parsed.tree.map((action) => bindAction(action, placeholders));
}

function resolveNames(action: UpdateAction, placeholders: Placeholders): void {
  placeholders.path(action.path);
  const walk = (operand: SetOperand): void => {
    if (operand.kind === 'path') placeholders.path(operand);
    else if (operand.kind === 'function') operand.operands.forEach(walk);
    else if (operand.kind !== 'value') [operand.left, operand.right].forEach(walk);
  };
  if (action.kind === 'set') walk(action.value);
}

function touch(operand: SetOperand, placeholders: Placeholders): void {
  if (operand.kind === 'plus' || operand.kind === 'minus') {
    placeholders.touch(operand.left);
    placeholders.touch(operand.right);
  } else {
    placeholders.touch(operand);
  }
}

function checkOperandType(action: UpdateAction, placeholders: Placeholders): void {
  if (action.kind !== 'add' && action.kind !== 'delete') return;
  const type = typeOf(placeholders.value(action.value.placeholder));
  const word = typeWords[type];
  if (word && !(action.kind === 'add' && type === 'N')) {
    throw new ExpressionError(
      `Incorrect operand type for operator or function; operator: ${action.kind.toUpperCase()}, operand type: ${word}, typeSet: ALLOWED_FOR_${action.kind.toUpperCase()}_OPERAND`,
    );
  }
}

function bindAction(action: UpdateAction, placeholders: Placeholders): BoundAction {
  const path = placeholders.path(action.path);
  switch (action.kind) {
    case 'set':
      return { kind: 'set', path, value: bindOperand(action.value, placeholders) };
    case 'remove':
      return { kind: 'remove', path };
    default:
      return { kind: action.kind, path, value: placeholders.value(action.value.placeholder) };
  }
}

function bindOperand(operand: SetOperand | Operand, placeholders: Placeholders): BoundOperand {
  switch (operand.kind) {
    case 'value':
      return { kind: 'value', value: placeholders.value(operand.placeholder) };
    case 'path':
      return { kind: 'path', path: placeholders.path(operand) };
    case 'plus':
    case 'minus': {
      const left = bindOperand(operand.left, placeholders);
      const right = bindOperand(operand.right, placeholders);
      checkTypes(operand.kind === 'plus' ? '+' : '-', 'N', left, right);
      return { kind: operand.kind, left, right };
    }
    case 'function':
      return bindFunction(operand.name, operand.operands, placeholders);
  }
}

function bindFunction(name: string, operands: readonly Operand[], placeholders: Placeholders): BoundOperand {
  const bound = operands.map((operand) => bindOperand(operand, placeholders));
  if (operands.length !== updateFunctions.get(name)) {
    throw new ExpressionError(
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
    );
  }
  const [left, right] = bound as [BoundOperand, BoundOperand];
  if (name === 'list_append') {
    checkTypes(name, 'L', left, right);
    return { kind: 'list_append', left, right };
  }
  if (left.kind !== 'path') {
    throw new ExpressionError(`Operator or function requires a document path; operator or function: ${name}`);
  }
  return { kind: 'if_not_exists', path: left.path, otherwise: right };
}

function checkTypes(operator: string, wanted: 'N' | 'L', ...operands: BoundOperand[]): void {
  for (const operand of operands) {
    if (operand.kind !== 'value') continue;
    const type = typeOf(operand.value);
    if (type !== wanted) {
      throw new ExpressionError(
        `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${type}`,
      );
    }
  }
}
