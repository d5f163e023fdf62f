import type { ListObjectsCommandInput, ListObjectsV2CommandInput } from '@aws-sdk/client-s3';
import { comesBefore, Lister, type Page, urlEncoded } from '../domain/listing.ts';
import { InvalidArgument } from '../errors.ts';
import { pageMax } from '../limits.ts';
import { ownerOf } from '../owner.ts';
import { bucketOf, type S3Context } from '../room.ts';
import type { Bucket, ListStart, StoredObject } from '../store.ts';

export interface ListInput {
  Prefix?: string | undefined;
  Delimiter?: string | undefined;
  MaxKeys?: number | undefined;
  EncodingType?: string | undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export async function ListObjectsV2(ctx: S3Context, input: ListObjectsV2CommandInput): Promise<object> {
  const bucket = await bucketOf(ctx, input);
  const after =
    input.ContinuationToken === undefined ? input.StartAfter : decodeToken(input.ContinuationToken);
  const page = await list(ctx, bucket, input, after);
  const encode = encoderOf(input);
  return {
    ...echo(input, encode),
    ...contents(page, bucket, encode, input.FetchOwner === true),
    KeyCount: page.items.length + page.commonPrefixes.length,
    ...(input.StartAfter === undefined ? {} : { StartAfter: encode(input.StartAfter) }),
    ...(input.ContinuationToken === undefined ? {} : { ContinuationToken: input.ContinuationToken }),
    ...(page.next === undefined ? {} : { NextContinuationToken: encodeToken(page.next) }),
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export async function ListObjects(ctx: S3Context, input: ListObjectsCommandInput): Promise<object> {
  const bucket = await bucketOf(ctx, input);
  const page = await list(ctx, bucket, input, input.Marker);
  const encode = encoderOf(input);
  return {
    ...echo(input, encode),
    ...contents(page, bucket, encode, true),
    Marker: encode(input.Marker ?? ''),
    // Without a delimiter the last key is the next marker, and clients take it from there.
    ...(page.next === undefined || !input.Delimiter ? {} : { NextMarker: encode(page.next) }),
  };
}

async function list(
  ctx: S3Context,
  bucket: Bucket,
  input: ListInput,
  after: string | undefined,
): Promise<Page<StoredObject>> {
  const { store } = ctx.room;
  const prefix = input.Prefix ?? '';
  const limit = limitOf(input.MaxKeys);
  const lister = new Lister<StoredObject>(
    { prefix, delimiter: input.Delimiter ?? '', limit },
    after || undefined,
  );
  if (limit === 0) return lister.page;
  let start: ListStart = after !== undefined && !comesBefore(after, prefix) ? { after } : { from: prefix };
  for (;;) {
    const objects: StoredObject[] = await store.objects(
      store.reader,
      bucket,
      start,
      Math.min(limit + 1, pageMax),
    );
    let skipped: string | undefined;
    for (const object of objects) {
      // Once a common prefix is taken, what the page still holds of it is passed over.
      if (skipped !== undefined && object.key.startsWith(skipped)) continue;
      skipped = undefined;
      const step = lister.offer(object.key, object);
      if (step === 'past' || step === 'full') return lister.page;
      if (typeof step === 'object') skipped = step.skip;
    }
    const last = objects.at(-1);
    if (!last) return lister.page;
    start = skipped === undefined ? { after: last.key } : { afterPrefix: skipped };
  }
}

export function limitOf(maxKeys: number | undefined): number {
  if (maxKeys === undefined) return pageMax;
  if (!Number.isInteger(maxKeys) || maxKeys < 0) {
    throw new InvalidArgument('Argument maxKeys must be an integer between 0 and 2147483647', {
      ArgumentName: 'maxKeys',
      ArgumentValue: String(maxKeys),
    });
  }
  return Math.min(maxKeys, pageMax);
}

export function encoderOf(input: ListInput): (text: string) => string {
  if (input.EncodingType === undefined) return (text) => text;
  if (input.EncodingType === 'url') return urlEncoded;
  throw new InvalidArgument('Invalid Encoding Method specified in Request', {
    ArgumentName: 'encoding-type',
    ArgumentValue: input.EncodingType,
  });
}

export function echo(input: ListInput & { Bucket?: string | undefined }, encode: (text: string) => string) {
  return {
    Name: input.Bucket,
    Prefix: encode(input.Prefix ?? ''),
    MaxKeys: limitOf(input.MaxKeys),
    ...(input.Delimiter ? { Delimiter: encode(input.Delimiter) } : {}),
    ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
  };
}

function contents(
  page: Page<StoredObject>,
  bucket: Bucket,
  encode: (text: string) => string,
  withOwner: boolean,
) {
  return {
    IsTruncated: page.next !== undefined,
    Contents: page.items.map((object) => ({
      Key: encode(object.key),
      LastModified: new Date(object.modifiedAt),
      ETag: `"${object.etag}"`,
      ...(object.checksum
        ? { ChecksumAlgorithm: [object.checksum.algorithm], ChecksumType: object.checksum.type }
        : {}),
      Size: object.size,
      StorageClass: object.storageClass ?? 'STANDARD',
      ...(withOwner ? { Owner: ownerOf(bucket.account) } : {}),
    })),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

function encodeToken(last: string): string {
  return Buffer.from(last).toString('base64');
}

function decodeToken(token: string): string {
  const last = Buffer.from(token, 'base64').toString();
  if (token !== '' && encodeToken(last) === token) return last;
  throw new InvalidArgument('The continuation token provided is incorrect', {
    ArgumentName: 'continuation-token',
  });
}
