/** Statements as requests bring them: a text and its parameters. */
import type { AttributeValue } from '../domain/attributeValues.ts';
import { checkAttributeValue } from '../domain/attributeValues.ts';
import { ValidationException } from '../errors.ts';
import type { Statement } from './ast.ts';
import { statementOf } from './cache.ts';

export interface StatementInput {
  Statement: string;
  Parameters?: AttributeValue[];
}

/** @throws ValidationException for values that are none. */
export function checkParameters({ Parameters }: Pick<StatementInput, 'Parameters'>): void {
  for (const value of Parameters ?? []) checkAttributeValue(value);
}

/** @throws ValidationException when the statement is malformed, or has another number of `?`. */
export function readStatement({ Statement, Parameters }: StatementInput): Statement {
  const { statement, parameters } = statementOf(Statement);
  if (parameters !== (Parameters?.length ?? 0)) {
    throw new ValidationException("Number of parameters in request and statement don't match.");
  }
  return statement;
}
