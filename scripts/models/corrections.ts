/** Where AWS does otherwise than its published models say: facts that take the place of botocore's, each with its evidence. */
import type { Constraints } from './sdk.ts';

const corrections: Readonly<Record<string, Constraints['shapes']>> = {
  cognitoidp: {
    // "For custom domains, this is the fully-qualified domain name, such as auth.example.com": the published pattern
    // knows no dots, and AWS doesn't hold custom domains against it.
    DomainType: { type: 'string', max: 63, min: 1, pattern: '^[a-z0-9](?:[a-z0-9\\-.]{0,61}[a-z0-9])?$' },
  },
};

/** @param name of the model's file. */
export function corrected(name: string, constraints: Constraints): Constraints {
  return { ...constraints, shapes: { ...constraints.shapes, ...corrections[name] } };
}
