/**
 * What S3 keeps. Bucket names are of all accounts; everything under a bucket goes by its id, so that a bucket
 * that is deleted and made again starts empty.
 *
 *   s3.bucket    [name]                       → Bucket
 *   s3.bucketOf  [account, name]              → nothing      the buckets of an account
 *   s3.object    [bucketId, key]              → StoredObject  in the order ListObjects answers in: UTF-8 bytes
 *   s3.version   [bucketId, key, order]        → Version       see store/versions.ts
 *   s3.upload    [bucketId, key, uploadId]    → Upload
 *   s3.part      [uploadId, partNumber]       → Part
 */
import { type Blobs, type Reader, recordSet, type Store, type Transaction } from '../../store/index.ts';
import type { StoredChecksum } from './domain/checksum.ts';
import {
  type DeleteMarker,
  drop,
  hasVersions,
  isVersioned,
  nullVersion,
  type PlacedVersion,
  place,
  push,
  replace,
  type Version,
  versionsFrom,
  versionsOf,
} from './store/versions.ts';

export interface Bucket {
  id: string;
  name: string;
  account: string;
  region: string;
  createdAt: number;
  /** Configurations as their Put operation gave them, by their name. */
  configuration: Record<string, unknown>;
}

/** What an object carries besides its bytes. */
export interface ObjectHeaders {
  contentType: string;
  cacheControl?: string;
  contentDisposition?: string;
  contentEncoding?: string;
  contentLanguage?: string;
  expires?: string;
  websiteRedirectLocation?: string;
  storageClass?: string;
  /** Absent: by S3's own keys (AES256). */
  encryption?: 'aws:kms';
  metadata: Record<string, string>;
  tags: Record<string, string>;
}

/** A run of an object's bytes: the whole of it, or a part it was uploaded in. */
export interface Segment {
  blob: string;
  size: number;
}

export interface StoredObject extends ObjectHeaders {
  key: string;
  /** Absent when the bucket keeps no versions, and as long as nothing has touched the key since it does. */
  versionId?: string;
  /** Without quotes. */
  etag: string;
  size: number;
  modifiedAt: number;
  segments: Segment[];
  /** True when it was uploaded in parts; `segments` are these parts then. */
  isMultipart: boolean;
  checksum?: StoredChecksum;
}

export interface Upload extends ObjectHeaders {
  id: string;
  key: string;
  startedAt: number;
  checksumAlgorithm?: StoredChecksum['algorithm'];
  checksumType?: StoredChecksum['type'];
}

export interface Part {
  number: number;
  etag: string;
  size: number;
  modifiedAt: number;
  blob: string;
  checksum?: StoredChecksum;
}

const buckets = recordSet<[name: string], Bucket>('s3.bucket');
const bucketsOf = recordSet<[account: string, name: string], null>('s3.bucketOf');
const objects = recordSet<[bucketId: string, key: string], StoredObject>('s3.object');
const uploads = recordSet<[bucketId: string, key: string, uploadId: string], Upload>('s3.upload');
const parts = recordSet<[uploadId: string, number: number], Part>('s3.part');

/** Where a listing goes on: from a key on, after a key, or after all keys that start with a prefix. */
export type ListStart = { from: string } | { after: string } | { afterPrefix: string };

export class S3Store {
  readonly #store: Store;
  readonly #blobs: Blobs;

  constructor(store: Store, blobs: Blobs) {
    this.#store = store;
    this.#blobs = blobs;
  }

  get reader(): Reader {
    return this.#store;
  }

  transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#store.transact(body);
  }

  bucket(reader: Reader, name: string): Promise<Bucket | undefined> {
    return buckets.get(reader, name);
  }

  putBucket(tx: Transaction, bucket: Bucket): void {
    buckets.put(tx, [bucket.name], bucket);
    bucketsOf.put(tx, [bucket.account, bucket.name], null);
  }

  /** The bucket must hold no objects; uploads under way go with it. */
  async deleteBucket(tx: Transaction, bucket: Bucket): Promise<void> {
    for (const upload of await uploads.values(tx, { under: [bucket.id], limit: Number.MAX_SAFE_INTEGER })) {
      await this.deleteUpload(tx, bucket, upload, { releaseParts: true });
    }
    buckets.delete(tx, bucket.name);
    bucketsOf.delete(tx, bucket.account, bucket.name);
  }

  async bucketsOf(
    account: string,
    options: { after: string; prefix: string; limit: number },
  ): Promise<Bucket[]> {
    const { after, prefix, limit } = options;
    const found = await bucketsOf.range(this.#store, {
      under: [account],
      ...(after >= prefix && after !== '' ? { gt: [account, after] } : { gte: [account, prefix] }),
      limit,
    });
    const names = found.map(({ key }) => key[1]).filter((name) => name.startsWith(prefix));
    const read = await Promise.all(names.map((name) => buckets.get(this.#store, name)));
    return read.filter((bucket) => bucket !== undefined);
  }

  object(reader: Reader, bucket: Bucket, key: string): Promise<StoredObject | undefined> {
    return objects.get(reader, bucket.id, key);
  }

  /** A version of an object, `null` for the one from before versioning; undefined when there is no such version. */
  async version(
    reader: Reader,
    bucket: Bucket,
    key: string,
    versionId: string,
  ): Promise<Version | undefined> {
    const current = await objects.get(reader, bucket.id, key);
    if (current && (current.versionId ?? nullVersion) === versionId) return { ...current, versionId };
    return (await this.#placed(reader, bucket, key, versionId))?.version;
  }

  /**
   * Puts an object on top of its versions, or in the place of what was there; its blobs must be claimed.
   * @returns its version id; undefined in a bucket that never kept versions.
   */
  async putObject(
    tx: Transaction,
    bucket: Bucket,
    object: StoredObject,
    newVersionId: () => string,
  ): Promise<string | undefined> {
    const current = await objects.get(tx, bucket.id, object.key);
    if (!isVersioned(bucket)) {
      if (current) this.#release(tx, current);
      objects.put(tx, [bucket.id, object.key], object);
      return undefined;
    }
    await place(tx, bucket, current);
    const version = { ...object, versionId: nextVersionId(bucket, newVersionId) };
    await push(tx, this.#blobs, bucket, version);
    objects.put(tx, [bucket.id, object.key], version);
    return version.versionId;
  }

  /** Changes what a version carries; its bytes stay. */
  async updateObject(tx: Transaction, bucket: Bucket, object: StoredObject): Promise<void> {
    const current = await objects.get(tx, bucket.id, object.key);
    if (current && current.versionId === object.versionId) objects.put(tx, [bucket.id, object.key], object);
    if (object.versionId === undefined) return;
    const placed = await this.#placed(tx, bucket, object.key, object.versionId);
    if (placed) {
      replace(tx, bucket, { ...placed, version: { ...object, versionId: object.versionId } });
    } else if (current && current.versionId === undefined && object.versionId === nullVersion) {
      const { versionId: _null, ...unversioned } = object;
      objects.put(tx, [bucket.id, object.key], unversioned);
    }
  }

  /** Deletes the object, or puts a delete marker on top of its versions. @returns the marker, or what was deleted. */
  async deleteObject(
    tx: Transaction,
    bucket: Bucket,
    key: string,
    now: number,
    newVersionId: () => string,
  ): Promise<{ marker?: DeleteMarker; removed?: StoredObject | undefined }> {
    const current = await objects.get(tx, bucket.id, key);
    if (!isVersioned(bucket)) {
      if (current) this.#release(tx, current);
      objects.delete(tx, bucket.id, key);
      return { removed: current };
    }
    await place(tx, bucket, current);
    const marker: DeleteMarker = {
      isDeleteMarker: true,
      key,
      versionId: nextVersionId(bucket, newVersionId),
      modifiedAt: now,
    };
    await push(tx, this.#blobs, bucket, marker);
    objects.delete(tx, bucket.id, key);
    return { marker };
  }

  /** Deletes a version for good; the newest that is left becomes the current one. @returns what was deleted. */
  async deleteVersion(
    tx: Transaction,
    bucket: Bucket,
    key: string,
    versionId: string,
  ): Promise<Version | undefined> {
    const current = await objects.get(tx, bucket.id, key);
    if (current && current.versionId === undefined) {
      if (versionId !== nullVersion) return undefined;
      this.#release(tx, current);
      objects.delete(tx, bucket.id, key);
      return { ...current, versionId };
    }
    const found = await this.#placed(tx, bucket, key, versionId);
    if (!found) return undefined;
    drop(tx, this.#blobs, bucket, found);
    const [newest] = await versionsOf(tx, bucket, key, 1);
    if (!newest || newest.version.isDeleteMarker) objects.delete(tx, bucket.id, key);
    else objects.put(tx, [bucket.id, key], newest.version);
    return found.version;
  }

  async isEmpty(reader: Reader, bucket: Bucket): Promise<boolean> {
    const some = await objects.range(reader, { under: [bucket.id], limit: 1 });
    return some.length === 0 && !(await hasVersions(reader, bucket));
  }

  versionsFrom(
    reader: Reader,
    bucket: Bucket,
    start: { from: string } | { after: string; order: number },
    limit: number,
  ) {
    return versionsFrom(reader, bucket, start, limit);
  }

  async #placed(
    reader: Reader,
    bucket: Bucket,
    key: string,
    versionId: string,
  ): Promise<PlacedVersion | undefined> {
    return (await versionsOf(reader, bucket, key)).find((each) => each.version.versionId === versionId);
  }

  #release(tx: Transaction, { segments }: StoredObject): void {
    for (const { blob } of segments) this.#blobs.release(tx, blob);
  }

  objects(reader: Reader, bucket: Bucket, start: ListStart, limit: number): Promise<StoredObject[]> {
    return objects.values(reader, { under: [bucket.id], ...boundOf(bucket.id, start), limit });
  }

  upload(reader: Reader, bucket: Bucket, key: string, id: string): Promise<Upload | undefined> {
    return uploads.get(reader, bucket.id, key, id);
  }

  putUpload(tx: Transaction, bucket: Bucket, upload: Upload): void {
    uploads.put(tx, [bucket.id, upload.key, upload.id], upload);
  }

  uploads(
    reader: Reader,
    bucket: Bucket,
    start: ListStart | { after: string; afterId: string },
    limit: number,
  ): Promise<Upload[]> {
    const bound =
      'afterId' in start
        ? { gt: [bucket.id, start.after, start.afterId] }
        : 'after' in start
          ? { gt: [bucket.id, start.after, true] } // Ids are text, which sorts before booleans: past all of them.
          : boundOf(bucket.id, start);
    return uploads.values(reader, { under: [bucket.id], ...bound, limit });
  }

  /** @param options.releaseParts false when the parts have become segments of an object. */
  async deleteUpload(
    tx: Transaction,
    bucket: Bucket,
    upload: Upload,
    options: { releaseParts: boolean; kept?: ReadonlySet<number> },
  ): Promise<void> {
    for (const part of await this.parts(tx, upload.id, { after: 0, limit: Number.MAX_SAFE_INTEGER })) {
      if (options.releaseParts || !options.kept?.has(part.number)) this.#blobs.release(tx, part.blob);
    }
    parts.deleteUnder(tx, upload.id);
    uploads.delete(tx, bucket.id, upload.key, upload.id);
  }

  async putPart(tx: Transaction, uploadId: string, part: Part): Promise<void> {
    const previous = await parts.get(tx, uploadId, part.number);
    if (previous) this.#blobs.release(tx, previous.blob);
    parts.put(tx, [uploadId, part.number], part);
  }

  parts(reader: Reader, uploadId: string, options: { after: number; limit: number }): Promise<Part[]> {
    return parts.values(reader, {
      under: [uploadId],
      gt: [uploadId, options.after],
      limit: options.limit,
    });
  }
}

function nextVersionId(bucket: Bucket, newVersionId: () => string): string {
  return bucket.configuration.versioning === 'Enabled' ? newVersionId() : nullVersion;
}

function boundOf(bucketId: string, start: ListStart): { gt: string[] } | { gte: string[] } {
  if ('after' in start) return { gt: [bucketId, start.after] };
  if ('from' in start) return { gte: [bucketId, start.from] };
  // The last code point: what starts with the prefix and sorts after this is skipped one by one by the reader.
  return { gt: [bucketId, `${start.afterPrefix}\u{10ffff}`] };
}
