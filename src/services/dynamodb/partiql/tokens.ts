/** Reads tokens one by one, and says in PartiQL's words what it doesn't understand. */
import { malformed } from './errors.ts';
import { type Token, tokensOf } from './lexer.ts';

/** Levels of parentheses, brackets and signs in one statement; ours, so that no text exhausts the stack. */
const nestingMax = 250;

export class Tokens {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  /** `?` taken so far. */
  parameters = 0;
  /** The first complaint about what parses but isn't supported; a malformed rest of the text outranks it. */
  flaw: Error | undefined;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  get current(): Token {
    return this.#tokens[this.#at] as Token;
  }

  peek(distance = 1): Token {
    return this.#tokens[Math.min(this.#at + distance, this.#tokens.length - 1)] as Token;
  }

  next(): Token {
    const { current } = this;
    if (current.kind !== 'end') this.#at++;
    return current;
  }

  is(symbol: string): boolean {
    return this.current.kind === 'symbol' && this.current.text === symbol;
  }

  isKeyword(...words: readonly string[]): boolean {
    return words.every((word, distance) => {
      const { kind, text } = this.peek(distance);
      return kind === 'keyword' && text === word;
    });
  }

  take(symbol: string): boolean {
    const found = this.is(symbol);
    if (found) this.#at++;
    return found;
  }

  takeKeyword(...words: readonly string[]): boolean {
    const found = this.isKeyword(...words);
    if (found) this.#at += words.length;
    return found;
  }

  /** @param name PartiQL's name for the symbol, `RIGHT_PAREN`. */
  expect(symbol: string, name: string): void {
    if (!this.take(symbol)) throw malformed(`Expected ${name}`);
  }

  /** Runs `parse` one level deeper. @throws ValidationException when that is too deep. */
  nested<T>(parse: () => T): T {
    if (this.#depth === nestingMax) throw malformed('Expression is nested too deeply');
    this.#depth++;
    try {
      return parse();
    } finally {
      this.#depth--;
    }
  }

  note(flaw: Error): void {
    this.flaw ??= flaw;
  }
}
