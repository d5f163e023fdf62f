/** A parsed projection with the names of a request: the paths it asks for. */
import type { Parsed, Path } from './ast.ts';
import { reportFlaws } from './flaws.ts';
import { checkPaths } from './paths.ts';
import type { DocumentPath, Placeholders } from './placeholders.ts';

/** @throws ExpressionError for the first mistake in DynamoDB's order. */
export function bindProjection(
  parsed: Parsed<readonly Path[]>,
  placeholders: Placeholders,
): readonly DocumentPath[] {
  reportFlaws(parsed);
  const paths = parsed.tree.map((path) => placeholders.path(path));
  checkPaths(paths);
  return paths;
}
