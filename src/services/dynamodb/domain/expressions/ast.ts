/** What the parsers make of an expression's text, before names and values are known: cached by text. */

/** A name written in the expression, or a placeholder (`#name`), or an index into a list. */
export type PathStep = { name: string } | { placeholder: string } | number;

export interface Path {
  kind: 'path';
  steps: readonly [PathStep, ...PathStep[]];
}

export interface Value {
  kind: 'value';
  /** With its colon. */
  placeholder: string;
}

export interface FunctionCall {
  kind: 'function';
  name: string;
  operands: readonly Operand[];
}

export type Operand = Path | Value | FunctionCall;

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { kind: 'compare'; comparator: Comparator; left: Operand; right: Operand }
  | { kind: 'between'; operand: Operand; lower: Operand; upper: Operand }
  | { kind: 'in'; operand: Operand; candidates: readonly Operand[] }
  | FunctionCall
  | { kind: 'and' | 'or'; terms: readonly Condition[] }
  | { kind: 'not'; term: Condition };

export type SetOperand =
  | Operand
  | { kind: 'plus'; left: Operand; right: Operand }
  | { kind: 'minus'; left: Operand; right: Operand };

export type UpdateAction =
  | { kind: 'set'; path: Path; value: SetOperand }
  | { kind: 'remove'; path: Path }
  | { kind: 'add' | 'delete'; path: Path; value: Value };

/** A parsed expression with the mistakes that its text alone shows, which rank before or after others. */
export interface Parsed<Tree> {
  readonly tree: Tree;
  readonly flaws: Readonly<Partial<Record<Flaw, string>>>;
}

export type Flaw = 'parentheses' | 'unknownFunction' | 'misusedFunction' | 'reserved' | 'section';
