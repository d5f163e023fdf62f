/** From what a Query or a Scan reads to a range of store keys (items.ts has their tables). */
import type { Key, KeyPart, KeyRange } from '../../../store/index.ts';
import { identityPart, placeText } from '../domain/keys.ts';

/** Which keys a Query or a Scan reads; bounds on the sort key are in the order of the index. */
export interface Selection {
  /** One partition (Query), else all of them between two places (Scan). */
  partition?: KeyPart;
  /** The further attributes of a composed partition key. */
  morePartition?: readonly KeyPart[];
  place?: string;
  sort?: SortRange;
  fromPlace?: number;
  toPlace?: number;
  /** Key of the item after which to go on. */
  after?: Key;
  reverse?: boolean;
  limit: number;
  bytesMax: number;
}

export interface SortRange {
  /** Values of the leading attributes of a composed sort key; the bounds are on the one after them. */
  leading?: readonly KeyPart[];
  equal?: KeyPart;
  /** Inclusive. */
  from?: KeyPart;
  /** Exclusive. */
  above?: KeyPart;
  /** Exclusive. */
  below?: KeyPart;
  /** Inclusive. */
  to?: KeyPart;
}

// What follows a sort key in the key of an index entry is less than `true`, whatever it is: `[…, sort, true]` is
// just past all entries with that sort key.
/** @param root what the keys of the table or index begin with. */
export function rangeOf(root: Key, selection: Selection): KeyRange {
  const range: KeyRange = { limit: selection.limit, bytesMax: selection.bytesMax };
  if (selection.reverse) range.reverse = true;
  if (selection.partition !== undefined) {
    let under: Key = [...root, selection.place as string, identityPart(selection.partition as string)];
    for (const part of selection.morePartition ?? []) under = [...under, identityPart(part as string)];
    const { leading, equal, from, above, below, to } = selection.sort ?? {};
    if (leading) under = [...under, ...leading];
    range.prefix = equal === undefined ? under : [...under, equal];
    if (from !== undefined) range.gte = [...under, from];
    if (above !== undefined) range.gt = [...under, above, true];
    if (below !== undefined) range.lt = [...under, below];
    if (to !== undefined) range.lt = [...under, to, true];
  } else {
    range.prefix = root;
    if (selection.fromPlace !== undefined) range.gte = [...root, placeText(selection.fromPlace)];
    if (selection.toPlace !== undefined) range.lt = [...root, placeText(selection.toPlace)];
  }
  if (selection.after) {
    if (selection.reverse) {
      range.lt = selection.after;
    } else {
      delete range.gte;
      range.gt = selection.after;
    }
  }
  return range;
}
