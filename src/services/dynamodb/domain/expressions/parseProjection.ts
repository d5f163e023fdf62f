/** Projection expressions. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html */
import type { Parsed, Path } from './ast.ts';
import { Flaws, parsePath, tokensOf } from './grammar.ts';

/** @throws ExpressionError for a syntax error. */
export function parseProjection(text: string): Parsed<readonly Path[]> {
  const tokens = tokensOf(text);
  const flaws = new Flaws();
  const paths: Path[] = [];
  do {
    paths.push(parsePath(tokens, flaws));
  } while (tokens.take(','));
  if (tokens.current.kind !== 'end') throw tokens.unexpected();
  return { tree: paths, flaws: flaws.found };
}
