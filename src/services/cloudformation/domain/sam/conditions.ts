import type { Dict } from './values.ts';

/** Fn::Or takes at most ten conditions, so a longer list becomes a chain. */
const orConditionsMax = 10;

/** Named conditions that together are true when any of the given is; undefined for fewer than two. */
export function combineConditions(names: readonly string[], name: string): Dict | undefined {
  if (names.length < 2) return undefined;
  const combined: Dict = {};
  let rest = [...names];
  let chained = Math.floor((names.length - 2) / (orConditionsMax - 1));
  while (rest.length > 1) {
    const current = chained > 0 ? `${name}${chained}` : name;
    chained -= 1;
    combined[current] = { 'Fn::Or': rest.slice(0, orConditionsMax).map((Condition) => ({ Condition })) };
    rest = [...rest.slice(orConditionsMax), current];
  }
  return combined;
}
