/** Where the statements of a policy document stand in its text, as the policy simulator tells it. */

export interface Position {
  /** From 1. */
  readonly Line: number;
  /** From 1: the column after the last character that was read. */
  readonly Column: number;
}

export interface Span {
  readonly start: Position;
  readonly end: Position;
}

/**
 * The spans of the statements of a document that is JSON, in their order.
 *
 * As in the simulator's published answers, a statement starts behind the bracket that opens it or the list it is first
 * in (`{"Version":"2012-10-17","Statement":{` is column 38), and ends behind its own last brace.
 * https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html#examples
 */
export function statementSpans(document: string): Span[] {
  const spans: Span[] = [];
  const walker = new Walker(document);
  walker.object((name) => {
    if (name !== 'Statement') return walker.value();
    if (walker.peek() === '{') {
      const start = walker.at + 1;
      walker.value();
      spans.push(spanOf(document, start, walker.at));
      return;
    }
    walker.list(() => {
      // Of those that follow others: behind the comma.
      const start = walker.opened;
      walker.value();
      spans.push(spanOf(document, start, walker.at));
    });
  });
  return spans;
}

/** Steps through text that `JSON.parse` has accepted. */
class Walker {
  readonly #text: string;
  at = 0;
  /** Behind the last bracket or comma. */
  opened = 0;

  constructor(text: string) {
    this.#text = text;
  }

  peek(): string {
    while (/\s/.test(this.#text.charAt(this.at))) this.at++;
    return this.#text.charAt(this.at);
  }

  object(member: (name: string) => void): void {
    this.#between('}', () => {
      const from = this.#skipString();
      const name = JSON.parse(this.#text.slice(from, this.at)) as string;
      this.peek();
      this.at++;
      member(name);
    });
  }

  list(element: () => void): void {
    this.#between(']', element);
  }

  value(): void {
    const first = this.peek();
    if (first === '{') this.object(() => this.value());
    else if (first === '[') this.list(() => this.value());
    else if (first === '"') this.#skipString();
    else while (this.at < this.#text.length && !/[\s,\]}]/.test(this.#text.charAt(this.at))) this.at++;
  }

  #between(close: string, each: () => void): void {
    this.peek();
    this.at++;
    this.opened = this.at;
    while (this.peek() !== close) {
      if (this.peek() === ',') {
        this.at++;
        this.opened = this.at;
      } else each();
    }
    this.at++;
  }

  /** @returns where the string begins. */
  #skipString(): number {
    this.peek();
    const from = this.at;
    for (this.at++; this.#text.charAt(this.at) !== '"'; this.at++)
      if (this.#text.charAt(this.at) === '\\') this.at++;
    this.at++;
    return from;
  }
}

function spanOf(text: string, start: number, end: number): Span {
  return { start: positionOf(text, start), end: positionOf(text, end) };
}

function positionOf(text: string, at: number): Position {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { Line: before.split('\n').length, Column: at - lineStart + 1 };
}
