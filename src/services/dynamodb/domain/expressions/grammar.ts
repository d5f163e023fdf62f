/** The parts of the grammar that all expressions share: document paths and operands. */
import { limits } from '../../limits.ts';
import type { Flaw, FunctionCall, Operand, Path, PathStep } from './ast.ts';
import { ExpressionError } from './errors.ts';
import { Tokens } from './lexer.ts';
import { isReserved } from './reservedWords.ts';

/** Notes the first mistake of each kind and goes on: which is reported depends on their rank, not their place. */
export class Flaws {
  readonly found: Partial<Record<Flaw, string>> = {};

  note(flaw: Flaw, message: string): void {
    this.found[flaw] ??= message;
  }
}

/** Names and numbers of operands of the functions of conditions. */
export const conditionFunctions: ReadonlyMap<string, number> = new Map([
  ['attribute_exists', 1],
  ['attribute_not_exists', 1],
  ['attribute_type', 2],
  ['begins_with', 2],
  ['contains', 2],
  ['size', 1],
]);

/** Names and numbers of operands of the functions of updates. */
export const updateFunctions: ReadonlyMap<string, number> = new Map([
  ['if_not_exists', 2],
  ['list_append', 2],
]);

/** The functions that an expression may use, and those that another kind of expression may use. */
export interface Functions {
  here: ReadonlyMap<string, number>;
  elsewhere: ReadonlyMap<string, number>;
  /** `an update expression` */
  place: string;
}

/** @throws ExpressionError when the text is empty or too long. */
export function tokensOf(text: string): Tokens {
  if (text === '') throw new ExpressionError('The expression can not be empty;');
  const size = Buffer.byteLength(text);
  if (size > limits.expressionBytesMax) {
    throw new ExpressionError(
      `Expression size has exceeded the maximum allowed size; expression size: ${size}`,
    );
  }
  return new Tokens(text);
}

export function parsePath(tokens: Tokens, flaws: Flaws): Path {
  const steps: [PathStep, ...PathStep[]] = [parseName(tokens, flaws)];
  for (;;) {
    if (tokens.take('.')) {
      steps.push(parseName(tokens, flaws));
    } else if (tokens.take('[')) {
      if (tokens.current.kind !== 'integer') throw tokens.unexpected();
      const digits = tokens.next().text;
      const index = Number(digits);
      if (index > 2 ** 31 - 1) {
        throw new ExpressionError(`List index is not within the allowable range; index: [${digits}]`);
      }
      tokens.expect(']');
      steps.push(index);
    } else {
      if (steps.length > limits.pathDepthMax) {
        throw new ExpressionError(
          `The document path has too many nesting levels; nesting levels: ${steps.length}`,
        );
      }
      return { kind: 'path', steps };
    }
  }
}

/** Words that the grammar itself uses: tokens of their own, never names. */
const keywords = new Set(['AND', 'OR', 'NOT', 'IN', 'BETWEEN', 'SET', 'REMOVE', 'ADD', 'DELETE']);

function parseName(tokens: Tokens, flaws: Flaws): PathStep {
  const { kind } = tokens.current;
  if (kind === 'name') return { placeholder: tokens.next().text };
  if (kind !== 'word' || keywords.has(tokens.current.text.toUpperCase())) throw tokens.unexpected();
  const name = tokens.next().text;
  if (isReserved(name)) {
    flaws.note('reserved', `Attribute name is a reserved keyword; reserved keyword: ${name}`);
  }
  return { name };
}

/** @param functions any other name is noted as unknown, or as out of place. */
export function parseOperand(tokens: Tokens, flaws: Flaws, functions: Functions, depth: number): Operand {
  const { kind } = tokens.current;
  if (kind === 'value') return { kind: 'value', placeholder: tokens.next().text };
  const opens = tokens.peek();
  if (kind === 'word' && opens.kind === 'symbol' && opens.text === '(') {
    if (keywords.has(tokens.current.text.toUpperCase())) throw tokens.unexpected();
    return parseFunction(tokens, flaws, functions, depth);
  }
  return parsePath(tokens, flaws);
}

function parseFunction(tokens: Tokens, flaws: Flaws, functions: Functions, depth: number): FunctionCall {
  checkDepth(depth);
  const name = tokens.next().text;
  if (!functions.here.has(name)) {
    flaws.note(
      'unknownFunction',
      functions.elsewhere.has(name)
        ? `The function is not allowed in ${functions.place}; function: ${name}`
        : `Invalid function name; function: ${name}`,
    );
  }
  tokens.expect('(');
  const operands: Operand[] = [];
  do {
    operands.push(parseOperand(tokens, flaws, functions, depth + 1));
  } while (tokens.take(','));
  tokens.expect(')');
  return { kind: 'function', name, operands };
}

/** Keeps recursion shallow, whatever the text. */
export function checkDepth(depth: number): void {
  if (depth > limits.expressionOperatorsMax) {
    throw new ExpressionError(
      `The expression contains too many operators; operator count: ${limits.expressionOperatorsMax + 1}`,
    );
  }
}
