/** Expressions of PartiQL: operators by their precedence, then terms. */
import type { Comparator, Expression } from './ast.ts';
import { malformed } from './errors.ts';
import type { Token } from './lexer.ts';
import { parseList, parseTerm } from './parseTerm.ts';
import type { Tokens } from './tokens.ts';

/** From weak to strong, as PartiQL binds them. */
const ranks: Readonly<Record<string, number>> = {
  or: 10,
  and: 20,
  not: 30,
  '=': 40,
  '<>': 40,
  is: 40,
  in: 40,
  '<': 50,
  '<=': 50,
  '>': 50,
  '>=': 50,
  between: 50,
  like: 50,
  '+': 60,
  '-': 60,
  '||': 60,
  '*': 70,
  '/': 70,
  '%': 70,
};

const comparators = new Set(['=', '<>', '<', '<=', '>', '>=']);

/** Operators in one row, `1 + 1 + …`; a tree that leans so far would exhaust the stack of who walks it. */
const rowMax = 300;

/** @param above reads only operators that bind stronger than this. @throws ValidationException when it is malformed. */
export function parseExpression(tokens: Tokens, above = 0): Expression {
  return tokens.nested(() => parseOperators(tokens, above));
}

function parseOperators(tokens: Tokens, above: number): Expression {
  let left = parseUnary(tokens);
  for (let count = 0; ; count++) {
    const operator = infixOf(tokens);
    if (!operator || operator.rank <= above) return left;
    if (count === rowMax) throw malformed('Expression is nested too deeply');
    left = parseInfix(tokens, left, operator);
  }
}

interface Infix {
  name: string;
  negated: boolean;
  rank: number;
}

/** `NOT IN`, `NOT BETWEEN` and `NOT LIKE` are operators of two words. */
function infixOf(tokens: Tokens): Infix | undefined {
  const { current } = tokens;
  if (current.kind !== 'keyword' && current.kind !== 'symbol') return undefined;
  const negated = current.text === 'not' && current.kind === 'keyword';
  const { kind, text } = negated ? tokens.peek() : current;
  if (negated && (kind !== 'keyword' || !['in', 'between', 'like'].includes(text))) return undefined;
  const rank = Object.hasOwn(ranks, text) && text !== 'not' ? ranks[text] : undefined;
  return rank === undefined ? undefined : { name: text, negated, rank };
}

function parseInfix(tokens: Tokens, left: Expression, { name, negated, rank }: Infix): Expression {
  if (negated) tokens.next();
  const { at } = tokens.next();
  if (name === 'and' || name === 'or') {
    const terms = [left];
    do {
      terms.push(parseRight(tokens, rank));
    } while (tokens.takeKeyword(name));
    return { kind: name, terms, at };
  }
  if (name === 'is') return parseIs(tokens, left, at);
  if (name === 'in') return { kind: 'in', negated, operand: left, list: parseInList(tokens, rank), at };
  if (name === 'between') {
    const lower = parseRight(tokens, rank);
    if (!tokens.takeKeyword('and')) throw malformed('Expected AND keyword');
    if (tokens.current.kind === 'end') throw malformed('Expected expression after AND');
    return { kind: 'between', negated, operand: left, lower, upper: parseExpression(tokens, rank), at };
  }
  const right = parseRight(tokens, rank);
  if (comparators.has(name)) return { kind: 'compare', comparator: name as Comparator, left, right, at };
  return { kind: 'operator', operator: negated ? `not_${name}` : name, left, right, at };
}

function parseRight(tokens: Tokens, rank: number): Expression {
  if (tokens.current.kind === 'end') {
    throw malformed('Missing right-hand side expression of infix operator');
  }
  return parseExpression(tokens, rank);
}

/** `IN (1, 2)` is the same as `IN [1, 2]`. */
function parseInList(tokens: Tokens, rank: number): Expression {
  const { at } = tokens.current;
  const { kind, text } = tokens.peek();
  if (!tokens.is('(') || (kind === 'keyword' && (text === 'select' || text === 'values'))) {
    return parseRight(tokens, rank);
  }
  tokens.next();
  const items = parseList(tokens, parseExpression, ')', 'RIGHT_PAREN');
  return { kind: 'list', items, at };
}

const typeNames = new Set(
  'missing null boolean bool smallint integer integer4 integer8 int int2 int4 int8 bigint float real decimal dec numeric timestamp date time character char varchar string symbol clob blob struct tuple list sexp bag any'.split(
    ' ',
  ),
);

function parseIs(tokens: Tokens, operand: Expression, at: Token['at']): Expression {
  const negated = tokens.takeKeyword('not');
  const { kind, text } = tokens.current;
  if (kind !== 'keyword' || !typeNames.has(text)) throw malformed('Expected type name');
  tokens.next();
  return { kind: 'is', negated, operand, type: text, at };
}

function parseUnary(tokens: Tokens): Expression {
  const { at } = tokens.current;
  if (tokens.takeKeyword('not')) {
    return { kind: 'not', term: parseExpression(tokens, ranks.not), at };
  }
  const { text } = tokens.current;
  if (!tokens.is('-') && !tokens.is('+')) return parseTerm(tokens, parseExpression);
  tokens.next();
  const term = tokens.nested(() => parseUnary(tokens));
  if (term.kind !== 'number') return { kind: 'sign', operator: text as '+' | '-', term, at };
  return text === '+' ? term : { ...term, text: negate(term.text) };
}

function negate(number: string): string {
  return number.startsWith('-') ? number.slice(1) : `-${number}`;
}
