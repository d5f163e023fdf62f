/** Tokens of the lists: the place after which to go on. */
import { InvalidParameterException } from '../errors.ts';

/** The first `size` of what was read, with one more to know whether there is more. */
export function pageOf<Entry>(found: readonly Entry[], size: number, placeOf: (entry: Entry) => string) {
  const shown = found.slice(0, size);
  const last = shown.at(-1);
  if (last === undefined || found.length === shown.length) return { shown };
  return { shown, NextToken: Buffer.from(JSON.stringify([placeOf(last)])).toString('base64url') };
}

/** @throws InvalidParameterException */
export function readPlace(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  try {
    const read: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(read) && typeof read[0] === 'string' && read[0].isWellFormed()) return read[0];
  } catch {
    // Falls through to the same complaint.
  }
  throw new InvalidParameterException('Invalid pagination token');
}
