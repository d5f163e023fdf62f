/** The columns of a SELECT: a path's value under the last name of the path. */
import { type Item, setAttribute } from '../domain/attributeValues.ts';
import { ExpressionError } from '../domain/expressions/errors.ts';
import { checkPaths, readPath } from '../domain/expressions/paths.ts';
import { ValidationException } from '../errors.ts';
import type { Path } from './ast.ts';
import { columnName } from './parseSelect.ts';

/** @returns undefined for `*`. @throws ValidationException when two paths overlap. */
export function columnsOf(paths: readonly Path[] | undefined): ((item: Item) => Item) | undefined {
  if (!paths) return undefined;
  try {
    checkPaths(paths.map(({ steps }) => steps));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new ValidationException(error.message);
  }
  const columns = paths.map((path) => ({ name: columnName(path), steps: path.steps }));
  return (item) => {
    const row: Item = {};
    for (const { name, steps } of columns) {
      const value = readPath(item, steps);
      if (value !== undefined) setAttribute(row, name, value);
    }
    return row;
  };
}
