/**
 * How an alias's provisioned concurrency is divided among the versions behind it, in proportion to their weights.
 * @param weights share of invocations of other versions, 0 to 1. @returns executions by version; no version has none.
 */
export function shares(
  version: string,
  weights: Readonly<Record<string, number>>,
  requested: number,
): [version: string, count: number][] {
  const found: [string, number][] = [];
  let left = requested;
  for (const [other, weight] of Object.entries(weights)) {
    const count = Math.min(left, Math.round(requested * weight));
    if (count > 0) found.push([other, count]);
    left -= count;
  }
  return left > 0 ? [[version, left], ...found] : found;
}
