/** Parsed statements by text: applications send the same few texts over and over. */
import { limits } from '../limits.ts';
import type { Parsed } from './ast.ts';
import { parse } from './parse.ts';

/** Least recently used out first: a Map keeps the order of insertion, and a hit inserts again. */
const known = new Map<string, Parsed>();

/** @throws ValidationException when the statement is malformed. */
export function statementOf(text: string): Parsed {
  let parsed = known.get(text);
  if (parsed) {
    known.delete(text);
  } else {
    parsed = parse(text);
    if (known.size >= limits.expressionCacheEntries) known.delete(known.keys().next().value as string);
  }
  known.set(text, parsed);
  return parsed;
}
