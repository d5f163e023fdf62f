/** Splits a statement into tokens, in linear time. */
import type { Span } from './ast.ts';
import { malformed } from './errors.ts';
import { keywords } from './keywords.ts';

export type TokenKind = 'keyword' | 'identifier' | 'quoted' | 'string' | 'number' | 'symbol' | 'ion' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** A keyword in lower case; a name or string without its quotes; else as it was written. */
  readonly text: string;
  readonly at: Span;
}

const blank = /(?:\s+|--[^\r\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*/y;
const token =
  /([A-Za-z_$][A-Za-z0-9_$]*)|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|((?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![eE]))|`([^`]*)`|(<<|>>|<>|<=|>=|!=|\|\||[=<>()[\]{},.:;*+\-/%?@~])/y;

/** @throws ValidationException for a character that no token starts with, or a text without its end. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const lines = new Lines(text);
  let position = 0;
  for (;;) {
    blank.lastIndex = position;
    blank.exec(text);
    position = blank.lastIndex;
    if (position >= text.length) break;
    token.lastIndex = position;
    const match = token.exec(text);
    // Of characters that are no token DynamoDB says no more than that.
    if (!match) throw malformed('');
    const [whole, word, quoted, string, number, ion, symbol] = match;
    const at = lines.spanOf(position, whole.length);
    if (word !== undefined) {
      const lower = word.toLowerCase();
      tokens.push(
        keywords.has(lower) ? { kind: 'keyword', text: lower, at } : { kind: 'identifier', text: word, at },
      );
    } else if (quoted !== undefined) {
      tokens.push({ kind: 'quoted', text: quoted.replaceAll('""', '"'), at });
    } else if (string !== undefined) {
      tokens.push({ kind: 'string', text: string.replaceAll("''", "'"), at });
    } else if (number !== undefined) {
      tokens.push({ kind: 'number', text: number, at });
    } else if (ion !== undefined) {
      tokens.push({ kind: 'ion', text: ion, at });
    } else {
      tokens.push({ kind: 'symbol', text: symbol === '!=' ? '<>' : (symbol as string), at });
    }
    position += whole.length;
  }
  tokens.push({ kind: 'end', text: 'EOF', at: lines.spanOf(text.length, 0) });
  return tokens;
}

/** Turns rising positions into lines and columns. */
class Lines {
  readonly #text: string;
  #line = 1;
  #start = 0;
  #seen = 0;

  constructor(text: string) {
    this.#text = text;
  }

  spanOf(position: number, length: number): Span {
    for (; this.#seen < position; this.#seen++) {
      if (this.#text.charCodeAt(this.#seen) !== 10) continue;
      this.#line++;
      this.#start = this.#seen + 1;
    }
    return { line: this.#line, column: position - this.#start + 1, length };
  }
}
