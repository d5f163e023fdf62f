/** Parsed expressions by text: applications send the same few texts over and over. */
import { limits } from '../../limits.ts';
import type { Condition, Parsed, Path, UpdateAction } from './ast.ts';
import { parseCondition } from './parseCondition.ts';
import { parseProjection } from './parseProjection.ts';
import { parseUpdate } from './parseUpdate.ts';

/** Least recently used out first: a Map keeps the order of insertion, and a hit inserts again. */
function cached<Tree>(parse: (text: string) => Parsed<Tree>): (text: string) => Parsed<Tree> {
  const known = new Map<string, Parsed<Tree>>();
  let latest: string | undefined;
  let latestParsed: Parsed<Tree> | undefined;
  return (text) => {
    if (text === latest && latestParsed) return latestParsed;
    let parsed = known.get(text);
    if (parsed) {
      known.delete(text);
    } else {
      parsed = parse(text);
      if (known.size >= limits.expressionCacheEntries) known.delete(known.keys().next().value as string);
    }
    known.set(text, parsed);
    latest = text;
    latestParsed = parsed;
    return parsed;
  };
}

export const conditionOf: (text: string) => Parsed<Condition> = cached(parseCondition);
export const updateOf: (text: string) => Parsed<readonly UpdateAction[]> = cached(parseUpdate);
export const projectionOf: (text: string) => Parsed<readonly Path[]> = cached(parseProjection);
