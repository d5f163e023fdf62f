/**
 * Versions of objects. The current version of a key lies in `s3.object`, as in a bucket that never had versions, so
 * reads and listings cost the same. A bucket that has or had versioning also keeps every version, newest first:
 *
 *   s3.version   [bucketId, key, order]   → Version      order falls with each new version
 *
 * An object from before versioning was turned on gets its place there, as version `null`, with the first change of
 * its key. https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html
 */
import { type Blobs, type Reader, recordSet, type Transaction } from '../../../store/index.ts';
import type { Bucket, StoredObject } from '../store.ts';

/** The version of an object that was stored while its bucket kept no versions. */
export const nullVersion = 'null';

export interface DeleteMarker {
  isDeleteMarker: true;
  key: string;
  versionId: string;
  modifiedAt: number;
}

export type Version = (StoredObject & { versionId: string; isDeleteMarker?: never }) | DeleteMarker;

export interface PlacedVersion {
  order: number;
  version: Version;
}

const versions = recordSet<[bucketId: string, key: string, order: number], Version>('s3.version');
const all = Number.MAX_SAFE_INTEGER;

/** Newest first. */
export async function versionsOf(
  reader: Reader,
  bucket: Bucket,
  key: string,
  limit = all,
): Promise<PlacedVersion[]> {
  const found = await versions.range(reader, { under: [bucket.id, key], limit });
  return found.map((entry) => ({ order: entry.key[2], version: entry.value }));
}

/** Versions of a bucket's keys in order, from a key on. */
export function versionsFrom(
  reader: Reader,
  bucket: Bucket,
  start: { from: string } | { after: string; order: number },
  limit: number,
) {
  const bound =
    'from' in start ? { gte: [bucket.id, start.from] } : { gt: [bucket.id, start.after, start.order] };
  return versions.range(reader, { under: [bucket.id], ...bound, limit });
}

export async function hasVersions(reader: Reader, bucket: Bucket): Promise<boolean> {
  return (await versions.range(reader, { under: [bucket.id], limit: 1 })).length > 0;
}

export function isVersioned(bucket: Bucket): boolean {
  return bucket.configuration.versioning !== undefined;
}

/** Gives an object from before versioning its place among the versions. */
export async function place(
  tx: Transaction,
  bucket: Bucket,
  current: StoredObject | undefined,
): Promise<void> {
  if (!current || current.versionId !== undefined) return;
  versions.put(tx, [bucket.id, current.key, 0], { ...current, versionId: nullVersion });
}

/** Puts a version on top of the others; a new `null` takes the place of the one there was. */
export async function push(tx: Transaction, blobs: Blobs, bucket: Bucket, version: Version): Promise<void> {
  if (version.versionId === nullVersion) {
    for (const each of await versionsOf(tx, bucket, version.key)) {
      if (each.version.versionId === nullVersion) drop(tx, blobs, bucket, each);
    }
  }
  const [newest] = await versionsOf(tx, bucket, version.key, 1);
  versions.put(tx, [bucket.id, version.key, (newest?.order ?? 0) - 1], version);
}

export function drop(tx: Transaction, blobs: Blobs, bucket: Bucket, { order, version }: PlacedVersion): void {
  if (!version.isDeleteMarker) for (const { blob } of version.segments) blobs.release(tx, blob);
  versions.delete(tx, bucket.id, version.key, order);
}

export function replace(tx: Transaction, bucket: Bucket, { order, version }: PlacedVersion): void {
  versions.put(tx, [bucket.id, version.key, order], version);
}
