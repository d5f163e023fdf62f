/** Tokens of the lists: the place after which to go on. */
import { InvalidParameterException } from '../errors.ts';

export function writePlace(place: string | undefined): string {
  return Buffer.from(JSON.stringify([place ?? ''])).toString('base64url');
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
