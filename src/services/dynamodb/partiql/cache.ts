/** Parsed statements by text: applications send the same few texts over and over. */
import { limits } from '../limits.ts';
import type { Parsed } from './ast.ts';
import { parse } from './parse.ts';

/** Least recently used out first: a Map keeps the order of insertion, and a hit inserts again. */
const known = new Map<string, Parsed>();
let characters = 0;

/** @throws ValidationException when the statement is malformed; such a one isn't kept. */
export function statementOf(text: string): Parsed {
  let parsed = known.get(text);
  if (parsed) {
    known.delete(text);
  } else {
    parsed = parse(text);
    characters += text.length;
    for (const oldest of known.keys()) {
      if (characters <= limits.statementCacheCharacters) break;
      known.delete(oldest);
      characters -= oldest.length;
    }
  }
  known.set(text, parsed);
  return parsed;
}
