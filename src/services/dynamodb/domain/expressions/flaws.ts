/** Reports what the text alone showed, in DynamoDB's order of rank. */
import type { Flaw, Parsed } from './ast.ts';
import { ExpressionError } from './errors.ts';

const ranks: readonly Flaw[] = ['parentheses', 'unknownFunction', 'misusedFunction', 'reserved'];
const updateRanks: readonly Flaw[] = [
  'parentheses',
  'reserved',
  'unknownFunction',
  'misusedFunction',
  'section',
];

export function reportFlaws(parsed: Parsed<unknown>, kind: 'condition' | 'update' = 'condition'): void {
  for (const flaw of kind === 'update' ? updateRanks : ranks) {
    const message = parsed.flaws[flaw];
    if (message) throw new ExpressionError(message);
  }
}
