/** Condition, filter and key condition expressions. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html */
import { limits } from '../../limits.ts';
import type { Comparator, Condition, Operand, Parsed } from './ast.ts';
import { ExpressionError } from './errors.ts';
import {
  checkDepth,
  conditionFunctions,
  Flaws,
  type Functions,
  parseOperand,
  tokensOf,
  updateFunctions,
} from './grammar.ts';
import type { Tokens } from './lexer.ts';

const functions: Functions = {
  here: conditionFunctions,
  elsewhere: updateFunctions,
  place: 'a condition expression',
};

const comparators = new Set(['=', '<>', '<', '<=', '>', '>=']);

/** A parenthesis may hold a condition or a lone operand; only what follows tells. */
type Node = { condition: Condition; operand?: undefined } | { operand: Operand; condition?: undefined };

/** @throws ExpressionError for a syntax error. */
export function parseCondition(text: string): Parsed<Condition> {
  const parser = new ConditionParser(tokensOf(text));
  return parser.parse();
}

class ConditionParser {
  readonly #tokens: Tokens;
  readonly #flaws = new Flaws();
  #operators = 0;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  parse(): Parsed<Condition> {
    const tree = this.#condition(this.#or(0));
    if (this.#tokens.current.kind !== 'end') throw this.#tokens.unexpected();
    return { tree, flaws: this.#flaws.found };
  }

  #or(depth: number): Node {
    return this.#chain('or', depth);
  }

  #chain(kind: 'or' | 'and', depth: number): Node {
    const term = () => (kind === 'or' ? this.#chain('and', depth) : this.#not(depth));
    const first = term();
    if (!this.#tokens.isWord(kind === 'or' ? 'OR' : 'AND')) return first;
    const terms = [this.#condition(first)];
    while (this.#tokens.takeWord(kind === 'or' ? 'OR' : 'AND')) {
      this.#count();
      terms.push(this.#condition(term()));
    }
    return { condition: { kind, terms } };
  }

  #not(depth: number): Node {
    let negations = 0;
    // `not` may also be the name of an attribute in front of a comparator; then the reserved word is the mistake.
    while (this.#tokens.isWord('NOT')) {
      this.#tokens.next();
      this.#count();
      negations++;
    }
    if (negations === 0) return this.#primary(depth);
    let condition = this.#condition(this.#primary(depth));
    for (; negations > 0; negations--) condition = { kind: 'not', term: condition };
    return { condition };
  }

  #primary(depth: number): Node {
    checkDepth(depth);
    const opened = this.#tokens.position;
    if (!this.#tokens.take('(')) {
      return this.#afterOperand(this.#operand(depth), depth);
    }
    const inner = this.#or(depth + 1);
    const closed = this.#tokens.position;
    this.#tokens.expect(')');
    // `((x = :y))`: a group that holds nothing but a group.
    if (this.#group?.opened === opened + 1 && this.#group.closed === closed - 1) {
      this.#flaws.note('parentheses', 'The expression has redundant parentheses;');
    }
    this.#group = { opened, closed };
    return inner.condition ? inner : this.#afterOperand(inner.operand, depth);
  }

  /** The parenthesis that was closed last, by the positions of its tokens. */
  #group: { opened: number; closed: number } | undefined;

  #afterOperand(operand: Operand, depth: number): Node {
    const tokens = this.#tokens;
    if (tokens.current.kind === 'symbol' && comparators.has(tokens.current.text)) {
      this.#count();
      const comparator = tokens.next().text as Comparator;
      const right = this.#parenthesizable(depth);
      this.#checkMisuse([operand, right]);
      return { condition: { kind: 'compare', comparator, left: operand, right } };
    }
    if (tokens.takeWord('BETWEEN')) {
      this.#count();
      const lower = this.#parenthesizable(depth);
      if (!tokens.takeWord('AND')) throw tokens.unexpected();
      const upper = this.#parenthesizable(depth);
      this.#checkMisuse([operand, lower, upper]);
      return { condition: { kind: 'between', operand, lower, upper } };
    }
    if (tokens.takeWord('IN')) {
      this.#count();
      const candidates = this.#candidates(depth);
      this.#checkMisuse([operand, ...candidates]);
      return { condition: { kind: 'in', operand, candidates } };
    }
    if (operand.kind === 'function') {
      this.#count();
      this.#checkMisuse(operand.operands);
    }
    return { operand };
  }

  #candidates(depth: number): Operand[] {
    const tokens = this.#tokens;
    tokens.expect('(');
    const candidates: Operand[] = [];
    do {
      candidates.push(this.#parenthesizable(depth));
    } while (tokens.take(','));
    tokens.expect(')');
    if (candidates.length > limits.inOperandsMax) {
      throw new ExpressionError(
        `The IN operator is provided with too many operands; number of operands: ${candidates.length}`,
      );
    }
    return candidates;
  }

  #parenthesizable(depth: number): Operand {
    checkDepth(depth);
    if (!this.#tokens.take('(')) {
      return this.#operand(depth);
    }
    if (this.#tokens.is('(')) {
      this.#flaws.note('parentheses', 'The expression has redundant parentheses;');
    }
    const operand = this.#parenthesizable(depth + 1);
    this.#tokens.expect(')');
    return operand;
  }

  #operand(depth: number): Operand {
    return parseOperand(this.#tokens, this.#flaws, functions, depth);
  }

  /** A lone operand is a condition only when it is a function that yields one. */
  #condition(node: Node): Condition {
    if (node.condition) return node.condition;
    if (node.operand.kind !== 'function') throw this.#tokens.unexpected();
    if (node.operand.name === 'size') this.#misused('size');
    return node.operand;
  }

  #checkMisuse(operands: readonly Operand[]): void {
    for (const operand of operands) {
      if (operand.kind !== 'function') continue;
      if (operand.name !== 'size') this.#misused(operand.name);
      this.#checkMisuse(operand.operands);
    }
  }

  #misused(name: string): void {
    this.#flaws.note(
      'misusedFunction',
      `The function is not allowed to be used this way in an expression; function: ${name}`,
    );
  }

  #count(): void {
    this.#operators++;
    if (this.#operators > limits.expressionOperatorsMax) {
      throw new ExpressionError(
        `The expression contains too many operators; operator count: ${this.#operators}`,
      );
    }
  }
}
