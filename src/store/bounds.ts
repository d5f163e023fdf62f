/** Ranges of encoded keys. */
import { type KeyText, keyText } from './keys.ts';
import type { KeyRange } from './port.ts';

export interface Bounds {
  low: KeyText;
  lowExclusive: boolean;
  /** Undefined: to the end of the store. */
  high: KeyText | undefined;
  highInclusive: boolean;
}

/** The tightest bounds that say what `range` says. */
export function boundsOf(range: KeyRange): Bounds {
  const bounds: Bounds = { low: '', lowExclusive: false, high: undefined, highInclusive: false };
  if (range.prefix && range.prefix.length > 0) {
    bounds.low = keyText(range.prefix);
    bounds.high = `${bounds.low}\xff`;
  }
  if (range.gte) raise(bounds, keyText(range.gte), false);
  if (range.gt) raise(bounds, keyText(range.gt), true);
  if (range.lte) lower(bounds, keyText(range.lte), true);
  if (range.lt) lower(bounds, keyText(range.lt), false);
  return bounds;
}

export function isEmpty(bounds: Bounds): boolean {
  const { low, lowExclusive, high, highInclusive } = bounds;
  if (high === undefined) return false;
  return low > high || (low === high && (lowExclusive || !highInclusive));
}

export function isWithin(bounds: Bounds, key: KeyText): boolean {
  const { low, lowExclusive, high, highInclusive } = bounds;
  if (lowExclusive ? key <= low : key < low) return false;
  return high === undefined || (highInclusive ? key <= high : key < high);
}

function raise(bounds: Bounds, low: KeyText, exclusive: boolean): void {
  if (low < bounds.low || (low === bounds.low && !exclusive)) return;
  bounds.low = low;
  bounds.lowExclusive = exclusive;
}

function lower(bounds: Bounds, high: KeyText, inclusive: boolean): void {
  if (bounds.high !== undefined && (high > bounds.high || (high === bounds.high && inclusive))) return;
  bounds.high = high;
  bounds.highInclusive = inclusive;
}
