/** Update expressions. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html */
import { limits } from '../../limits.ts';
import type { Operand, Parsed, SetOperand, UpdateAction, Value } from './ast.ts';
import { ExpressionError } from './errors.ts';
import {
  checkDepth,
  conditionFunctions,
  Flaws,
  type Functions,
  parseOperand,
  parsePath,
  tokensOf,
  updateFunctions,
} from './grammar.ts';
import type { Tokens } from './lexer.ts';

const functions: Functions = {
  here: updateFunctions,
  elsewhere: conditionFunctions,
  place: 'an update expression',
};

const sections = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;

/** @throws ExpressionError for a syntax error. */
export function parseUpdate(text: string): Parsed<readonly UpdateAction[]> {
  const tokens = tokensOf(text);
  const flaws = new Flaws();
  const seen = new Set<string>();
  const actions: UpdateAction[] = [];
  do {
    const section = sections.find((name) => tokens.isWord(name));
    if (!section) throw tokens.unexpected();
    tokens.next();
    if (seen.has(section)) {
      flaws.note('section', `The "${section}" section can only be used once in an update expression;`);
    }
    seen.add(section);
    do {
      actions.push(parseAction(section, tokens, flaws));
    } while (tokens.take(','));
  } while (tokens.current.kind !== 'end');
  checkOperators(actions);
  return { tree: actions, flaws: flaws.found };
}

function parseAction(section: (typeof sections)[number], tokens: Tokens, flaws: Flaws): UpdateAction {
  const path = parsePath(tokens, flaws);
  switch (section) {
    case 'SET':
      tokens.expect('=');
      return { kind: 'set', path, value: noteMisuse(parseSetOperand(tokens, flaws), flaws) };
    case 'REMOVE':
      return { kind: 'remove', path };
    case 'ADD':
      return { kind: 'add', path, value: parseValue(tokens) };
    case 'DELETE':
      return { kind: 'delete', path, value: parseValue(tokens) };
  }
}

function parseValue(tokens: Tokens): Value {
  if (tokens.current.kind !== 'value') throw tokens.unexpected();
  return { kind: 'value', placeholder: tokens.next().text };
}

function parseSetOperand(tokens: Tokens, flaws: Flaws, depth = 0): SetOperand {
  checkDepth(depth);
  const left = parseTerm(tokens, flaws, depth);
  const kind = tokens.is('+') ? 'plus' : tokens.is('-') ? 'minus' : undefined;
  if (!kind) return left;
  if (left.kind === 'plus' || left.kind === 'minus') throw tokens.unexpected();
  tokens.next();
  return { kind, left, right: parseLoneOperand(tokens, flaws, depth) };
}

function parseTerm(tokens: Tokens, flaws: Flaws, depth: number): SetOperand {
  if (!tokens.take('(')) return parseOperand(tokens, flaws, functions, depth) as Operand;
  noteRedundancy(tokens, flaws);
  const inner = parseSetOperand(tokens, flaws, depth + 1);
  tokens.expect(')');
  return inner;
}

/** The right side of `+` and `-`: parentheses may stand around it, but hold no arithmetic of their own. */
function parseLoneOperand(tokens: Tokens, flaws: Flaws, depth: number): Operand {
  checkDepth(depth);
  if (!tokens.take('(')) return parseOperand(tokens, flaws, functions, depth);
  noteRedundancy(tokens, flaws);
  const inner = parseLoneOperand(tokens, flaws, depth + 1);
  tokens.expect(')');
  return inner;
}

/** A list that `list_append` makes may only be the whole of what is set. */
function noteMisuse(value: SetOperand, flaws: Flaws): SetOperand {
  const check = (operand: SetOperand): void => {
    if (operand.kind === 'function' && operand.name === 'list_append') {
      flaws.note(
        'misusedFunction',
        'The function is not allowed to be used this way in an expression; function: list_append',
      );
    }
    for (const inner of operandsOf(operand)) check(inner);
  };
  for (const inner of operandsOf(value)) check(inner);
  return value;
}

function operandsOf(operand: SetOperand): readonly Operand[] {
  if (operand.kind === 'function') return operand.operands;
  return operand.kind === 'plus' || operand.kind === 'minus' ? [operand.left, operand.right] : [];
}

function noteRedundancy(tokens: Tokens, flaws: Flaws): void {
  if (tokens.is('(')) flaws.note('parentheses', 'The expression has redundant parentheses;');
}

function checkOperators(actions: readonly UpdateAction[]): void {
  let count = 0;
  const walk = (operand: SetOperand | Operand): void => {
    if (operand.kind === 'plus' || operand.kind === 'minus') {
      count++;
      walk(operand.left);
      walk(operand.right);
    } else if (operand.kind === 'function') {
      count++;
      operand.operands.forEach(walk);
    }
  };
  for (const action of actions) {
    count++;
    if (action.kind === 'set') walk(action.value);
  }
  if (count > limits.expressionOperatorsMax) {
    throw new ExpressionError(`The expression contains too many operators; operator count: ${count}`);
  }
}
