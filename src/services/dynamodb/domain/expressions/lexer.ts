/**
 * Splits an expression into tokens, in linear time. Words are keywords, functions or attribute names
 * depending on where they stand; that is the parsers' business.
 */
import { ExpressionError } from './errors.ts';

export type TokenKind = 'word' | 'name' | 'value' | 'integer' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const token =
  /\s*(?:([A-Za-z][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|(0|[1-9][0-9]*)|(<>|<=|>=|[=<>()[\],.+-]))/y;
const blank = /\s*/y;
/** What follows a character that starts no token: shown in the error. */
const neighbour = /\s*(\S[A-Za-z0-9_]*)/y;

/** Reads tokens one by one and remembers where it is, so that errors can show the neighbourhood. */
export class Tokens {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #at = 0;

  /** @throws ExpressionError for a character that no token starts with. */
  constructor(text: string) {
    this.#text = text;
    let position = 0;
    let bad: number | undefined;
    for (;;) {
      token.lastIndex = position;
      const match = token.exec(text);
      if (!match) break;
      const [whole, word, name, value, integer, symbol] = match;
      position += whole.length;
      const content = (word ?? name ?? value ?? integer ?? symbol) as string;
      const kind = word ? 'word' : name ? 'name' : value ? 'value' : integer ? 'integer' : 'symbol';
      this.#tokens.push({ kind, text: content, start: position - content.length, end: position });
    }
    blank.lastIndex = position;
    position += (blank.exec(text)?.[0] ?? '').length;
    if (position < text.length) {
      const character = String.fromCodePoint(text.codePointAt(position) as number);
      bad = this.#tokens.length;
      const end = position + character.length;
      this.#tokens.push({ kind: 'symbol', text: character, start: position, end });
      neighbour.lastIndex = end;
      const next = neighbour.exec(text)?.[1];
      if (next) {
        const until = neighbour.lastIndex;
        this.#tokens.push({ kind: 'word', text: next, start: until - next.length, end: until });
      }
    }
    this.#tokens.push({ kind: 'end', text: '<EOF>', start: text.length, end: text.length });
    if (bad !== undefined) {
      this.#at = bad;
      throw this.unexpected();
    }
  }

  /** How many tokens have been taken. */
  get position(): number {
    return this.#at;
  }

  get current(): Token {
    return this.#tokens[this.#at] as Token;
  }

  next(): Token {
    const current = this.current;
    if (current.kind !== 'end') this.#at++;
    return current;
  }

  peek(distance = 1): Token {
    return this.#tokens[Math.min(this.#at + distance, this.#tokens.length - 1)] as Token;
  }

  is(symbol: string): boolean {
    return this.current.kind === 'symbol' && this.current.text === symbol;
  }

  isWord(upperCase: string): boolean {
    const { kind, text } = this.current;
    return kind === 'word' && text.length === upperCase.length && text.toUpperCase() === upperCase;
  }

  take(symbol: string): boolean {
    const found = this.is(symbol);
    if (found) this.#at++;
    return found;
  }

  takeWord(upperCase: string): boolean {
    const found = this.isWord(upperCase);
    if (found) this.#at++;
    return found;
  }

  expect(symbol: string): void {
    if (!this.take(symbol)) throw this.unexpected();
  }

  /** The error DynamoDB gives for the current token: it shows the token before it and the one after. */
  unexpected(): ExpressionError {
    const bad = this.current;
    const before = this.#tokens[this.#at - 1];
    const after = this.#tokens[this.#at + 1];
    const from = before ? before.start : bad.kind === 'end' ? 0 : bad.start;
    const near = this.#text.slice(from, (after ?? bad).end);
    return new ExpressionError(`Syntax error; token: "${bad.text}", near: "${near}"`);
  }
}
