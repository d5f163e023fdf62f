/** Complaints about statements. */
import { ValidationException } from '../errors.ts';
import type { Span } from './ast.ts';

/** @param what PartiQL's own words, as DynamoDB passes them on. */
export function malformed(what: string): Error {
  return new ValidationException(`Statement wasn't well formed, can't be processed: ${what}`);
}

/** `1:8:5`: line, column, length. */
export function showSpan({ line, column, length }: Span): string {
  return `${line}:${column}:${length}`;
}

export function tooManyOperands(count: number): Error {
  // The blank at the end is DynamoDB's own.
  return new ValidationException(
    `The IN operator is provided with too many operands; number of operands: ${count} `,
  );
}
