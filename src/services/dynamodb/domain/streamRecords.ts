/** What a stream tells of a change. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html */
import { equalItems, type Item } from './attributeValues.ts';
import { itemBytes } from './itemSize.ts';
import { keyOf } from './keys.ts';
import type { KeySchema, StreamViewType } from './table.ts';

export interface ChangeRecord {
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  keys: Item;
  newImage?: Item;
  oldImage?: Item;
  sizeBytes: number;
  viewType: StreamViewType;
  userIdentity?: { type: string; principalId: string };
}

/** @returns undefined when nothing changed: a write that leaves an item as it was makes no record. */
export function changeRecord(
  key: KeySchema,
  viewType: StreamViewType,
  before: Item | undefined,
  after: Item | undefined,
  userIdentity?: { type: string; principalId: string },
): ChangeRecord | undefined {
  if (!before && !after) return undefined;
  if (before && after && equalItems(before, after)) return undefined;
  const keys = keyOf((after ?? before) as Item, key);
  const withNew = viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES';
  const withOld = viewType === 'OLD_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES';
  const newImage = withNew ? after : undefined;
  const oldImage = withOld ? before : undefined;
  return {
    eventName: !before ? 'INSERT' : !after ? 'REMOVE' : 'MODIFY',
    keys,
    ...(newImage ? { newImage } : {}),
    ...(oldImage ? { oldImage } : {}),
    sizeBytes: itemBytes(keys) + (newImage ? itemBytes(newImage) : 0) + (oldImage ? itemBytes(oldImage) : 0),
    viewType,
    ...(userIdentity ? { userIdentity } : {}),
  };
}
