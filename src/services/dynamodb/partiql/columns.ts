/** The columns of a SELECT: a path's value under the last name of the path. */
import { type Item, setAttribute } from '../domain/attributeValues.ts';
import { ExpressionError } from '../domain/expressions/errors.ts';
import { checkPaths, readPath } from '../domain/expressions/paths.ts';
import type { DocumentPath } from '../domain/expressions/placeholders.ts';
import { ValidationException } from '../errors.ts';
import type { Path } from './ast.ts';
import { columnName } from './parseSelect.ts';

export interface Columns {
  readonly paths: readonly DocumentPath[];
  apply(item: Item): Item;
}

/** @returns undefined for `*`. @throws ValidationException when two paths overlap. */
export function columnsOf(columns: readonly Path[] | undefined): Columns | undefined {
  if (!columns) return undefined;
  const paths = columns.map(({ steps }) => steps);
  try {
    checkPaths(paths);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new ValidationException(error.message);
  }
  const named = columns.map((path) => ({ name: columnName(path), steps: path.steps }));
  return {
    paths,
    apply: (item) => {
      const row: Item = {};
      for (const { name, steps } of named) {
        const value = readPath(item, steps);
        if (value !== undefined) setAttribute(row, name, value);
      }
      return row;
    },
  };
}
