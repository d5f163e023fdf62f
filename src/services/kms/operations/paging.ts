/** Pages: Limit, Marker, NextMarker, Truncated. */
import { InvalidMarkerException } from '../errors.ts';

export interface Paged {
  Limit?: number;
  Marker?: string;
}

/** The first `size` of what was read, with one more to know whether there is more. */
export function pageOf<Entry>(found: readonly Entry[], size: number, placeOf: (entry: Entry) => string) {
  const shown = found.slice(0, size);
  const last = shown.at(-1);
  if (last === undefined || found.length === shown.length) return { shown, more: { Truncated: false } };
  const NextMarker = Buffer.from(JSON.stringify([placeOf(last)])).toString('base64url');
  return { shown, more: { Truncated: true, NextMarker } };
}

/** After which entry to go on. @throws InvalidMarkerException */
export function readMarker(marker: string | undefined): string | undefined {
  if (marker === undefined) return undefined;
  try {
    const read: unknown = JSON.parse(Buffer.from(marker, 'base64url').toString());
    if (Array.isArray(read) && typeof read[0] === 'string' && read[0].isWellFormed()) return read[0];
  } catch {
    // Falls through to the same complaint.
  }
  throw new InvalidMarkerException(`Could not deserialize marker '${marker}'`);
}
