/**
 * `{ $.path = value }` patterns: comparisons with `=`, `!=`, `<`, `<=`, `>`, `>=`, `IS TRUE|FALSE|NULL`, `NOT EXISTS`,
 * joined with `&&`, `||` and parentheses.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#matching-terms-json-log-events
 */
import { InvalidParameterException } from '../errors.ts';

type Condition = (event: unknown) => boolean;

/** Nesting of parentheses a pattern may have; AWS's pattern length (1,024) keeps real ones far below. */
const depthMax = 50;

export function compileJsonPattern(text: string): (message: string) => boolean {
  const condition = new PatternParser(text).parse();
  return (message) => {
    let event: unknown;
    try {
      event = JSON.parse(message);
    } catch {
      return false;
    }
    return event !== null && typeof event === 'object' && condition(event);
  };
}

const tokenSyntax =
  /\s*(?:(\{|\}|\(|\)|&&|\|\||!=|<=|>=|=|<|>)|(\$(?:\.[\w$@*-]+|\[\d+\]|\["[^"]*"\])*)|"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)*)%|([^\s(){}&|=<>!]+))/y;

type Token = { kind: 'mark' | 'path' | 'text' | 'regex' | 'word'; text: string };

class PatternParser {
  readonly #tokens: Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokenise(text);
  }

  parse(): Condition {
    this.#expect('{');
    const condition = this.#or(0);
    this.#expect('}');
    if (this.#at < this.#tokens.length) throw invalid();
    return condition;
  }

  #or(depth: number): Condition {
    if (depth > depthMax) throw invalid();
    const parts = [this.#and(depth)];
    while (this.#take('||')) parts.push(this.#and(depth));
    return (event) => parts.some((part) => part(event));
  }

  #and(depth: number): Condition {
    const parts = [this.#comparison(depth)];
    while (this.#take('&&')) parts.push(this.#comparison(depth));
    return (event) => parts.every((part) => part(event));
  }

  #comparison(depth: number): Condition {
    if (this.#take('(')) {
      const inner = this.#or(depth + 1);
      this.#expect(')');
      return inner;
    }
    const path = this.#next();
    if (path.kind !== 'path') throw invalid();
    const read = compilePath(path.text);
    if (this.#takeWord('IS')) return is(read, this.#next().text.toUpperCase());
    if (this.#takeWord('NOT')) {
      if (!this.#takeWord('EXISTS')) throw invalid();
      return (event) => read(event) === undefined;
    }
    const operator = this.#next().text;
    return compare(read, operator, this.#next());
  }

  #next(): Token {
    const token = this.#tokens[this.#at++];
    if (!token) throw invalid();
    return token;
  }

  #take(mark: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'mark' || token.text !== mark) return false;
    this.#at++;
    return true;
  }

  #takeWord(word: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'word' || token.text.toUpperCase() !== word) return false;
    this.#at++;
    return true;
  }

  #expect(mark: string): void {
    if (!this.#take(mark)) throw invalid();
  }
}

function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  for (let at = 0; at < end; at = tokenSyntax.lastIndex) {
    tokenSyntax.lastIndex = at;
    const match = tokenSyntax.exec(text);
    if (!match) throw invalid();
    const [, mark, path, quoted, regex, word] = match;
    if (mark !== undefined) tokens.push({ kind: 'mark', text: mark });
    else if (path !== undefined) tokens.push({ kind: 'path', text: path });
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted.replace(/\\(.)/g, '$1') });
    else if (regex !== undefined) tokens.push({ kind: 'regex', text: regex });
    else tokens.push({ kind: 'word', text: word ?? '' });
  }
  return tokens;
}

/** `$.a.b[0]["c d"]` as a reader; own properties only. */
function compilePath(path: string): (event: unknown) => unknown {
  const steps = [...path.slice(1).matchAll(/\.([\w$@*-]+)|\[(\d+)\]|\["([^"]*)"\]/g)].map(
    ([, name, index, quoted]) => name ?? quoted ?? Number(index),
  );
  return (event) => {
    let value: unknown = event;
    for (const step of steps) {
      if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return undefined;
      value = (value as Record<string | number, unknown>)[step];
    }
    return value;
  };
}

function is(read: (event: unknown) => unknown, what: string): Condition {
  const wanted = { TRUE: true, FALSE: false, NULL: null }[what];
  if (wanted === undefined) throw invalid();
  return (event) => read(event) === wanted;
}

function compare(read: (event: unknown) => unknown, operator: string, operand: Token): Condition {
  const number = operand.kind === 'word' && operand.text !== '' ? Number(operand.text) : Number.NaN;
  if (!Number.isNaN(number)) {
    const test = numeric[operator];
    if (!test) throw invalid();
    return (event) => {
      const value = read(event);
      return typeof value === 'number' && test(value, number);
    };
  }
  if (operator !== '=' && operator !== '!=') throw invalid();
  const matches = operand.kind === 'regex' ? new RegExp(operand.text) : wildcard(operand.text);
  return (event) => {
    const value = read(event);
    if (value === undefined || value === null || typeof value === 'object') return false;
    return matches.test(String(value)) === (operator === '=');
  };
}

const numeric: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function wildcard(text: string): RegExp {
  const escaped = text.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('[\\s\\S]*')}$`);
}

function invalid() {
  return new InvalidParameterException('Invalid filter pattern');
}
