/**
 * What the parser makes of a statement, before its parameters and its table are known: cached by text.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
 */

/** Where a word stands in the text; lines and columns count from 1. DynamoDB shows it in some messages. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export interface Path {
  readonly kind: 'path';
  readonly steps: readonly [string, ...(string | number)[]];
  readonly at: Span;
}

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export interface Call {
  readonly kind: 'call';
  /** As it was written. */
  readonly name: string;
  readonly operands: readonly Expression[];
  readonly at: Span;
}

export interface Collection {
  readonly kind: 'list' | 'bag';
  readonly items: readonly Expression[];
  readonly at: Span;
}

export interface Struct {
  readonly kind: 'struct';
  readonly members: readonly { readonly name: Expression; readonly value: Expression }[];
  readonly at: Span;
}

export type Expression =
  | Path
  | Call
  | Collection
  | Struct
  | { readonly kind: 'string'; readonly text: string; readonly at: Span }
  | { readonly kind: 'number'; readonly text: string; readonly at: Span }
  | { readonly kind: 'boolean'; readonly value: boolean; readonly at: Span }
  | { readonly kind: 'null' | 'missing'; readonly at: Span }
  /** `?`: its place among the parameters. */
  | { readonly kind: 'parameter'; readonly index: number; readonly at: Span }
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Expression[]; readonly at: Span }
  | { readonly kind: 'not'; readonly term: Expression; readonly at: Span }
  | {
      readonly kind: 'compare';
      readonly comparator: Comparator;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: Span;
    }
  /** `+`, `-`, and operators of PartiQL that DynamoDB reads and refuses. */
  | {
      readonly kind: 'operator';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: Span;
    }
  | { readonly kind: 'sign'; readonly operator: '+' | '-'; readonly term: Expression; readonly at: Span }
  | {
      readonly kind: 'between';
      readonly negated: boolean;
      readonly operand: Expression;
      readonly lower: Expression;
      readonly upper: Expression;
      readonly at: Span;
    }
  | {
      readonly kind: 'in';
      readonly negated: boolean;
      readonly operand: Expression;
      readonly list: Expression;
      readonly at: Span;
    }
  | {
      readonly kind: 'is';
      readonly negated: boolean;
      readonly operand: Expression;
      /** In lower case: `missing`, `null`. */
      readonly type: string;
      readonly at: Span;
    };

export interface Select {
  readonly kind: 'select';
  /** Undefined: `*`. */
  readonly paths: readonly Path[] | undefined;
  readonly table: string;
  readonly index: string | undefined;
  readonly where: Expression | undefined;
  readonly orderBy: readonly { readonly path: Path; readonly descending: boolean }[];
}

export interface Insert {
  readonly kind: 'insert';
  readonly table: string;
  readonly item: Expression;
}

export type Change =
  | { readonly kind: 'set'; readonly path: Path; readonly value: Expression }
  | { readonly kind: 'remove'; readonly path: Path };

export type Returning = 'ALL OLD' | 'ALL NEW' | 'MODIFIED OLD' | 'MODIFIED NEW';

export interface Update {
  readonly kind: 'update';
  readonly table: string;
  readonly changes: readonly Change[];
  readonly where: Expression | undefined;
  readonly returning: Returning | undefined;
}

export interface Delete {
  readonly kind: 'delete';
  readonly table: string;
  readonly where: Expression | undefined;
  readonly returning: Returning | undefined;
}

/** A check in a transaction: `EXISTS(SELECT … )`. */
export interface Exists {
  readonly kind: 'exists';
  readonly select: Select;
}

export type Statement = Select | Insert | Update | Delete | Exists;

export interface Parsed {
  readonly statement: Statement;
  /** How many `?` it has. */
  readonly parameters: number;
}
