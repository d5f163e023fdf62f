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
          `The document path has too many nesting elements; nesting levels: ${steps.length}`,
        );
      }
      return { kind: 'path', steps };
    }
  }
}

function parseName(tokens: Tokens, flaws: Flaws): PathStep {
  const { kind } = tokens.current;
  if (kind === 'name') return { placeholder: tokens.next().text };
  if (kind !== 'word') throw tokens.unexpected();
  const name = tokens.next().text;
  if (isReserved(name)) {
    flaws.note('reserved', `Attribute name is a reserved keyword; reserved keyword: ${name}`);
  }
  return { name };
}

/** @param functions names and numbers of operands; any other name is noted as unknown. */
export function parseOperand(
  tokens: Tokens,
  flaws: Flaws,
  functions: ReadonlyMap<string, number>,
  depth: number,
): Operand {
  const { kind } = tokens.current;
  if (kind === 'value') return { kind: 'value', placeholder: tokens.next().text };
  const opens = tokens.peek();
  if (kind === 'word' && opens.kind === 'symbol' && opens.text === '(') {
    return parseFunction(tokens, flaws, functions, depth);
  }
  return parsePath(tokens, flaws);
}

function parseFunction(
  tokens: Tokens,
  flaws: Flaws,
  functions: ReadonlyMap<string, number>,
  depth: number,
): FunctionCall {
  checkDepth(depth);
  const name = tokens.next().text;
  if (!functions.has(name)) flaws.note('unknownFunction', `Invalid function name; function: ${name}`);
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
