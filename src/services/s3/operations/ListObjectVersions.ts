import type { ListObjectVersionsCommandInput } from '@aws-sdk/client-s3';
import { comesBefore, Lister } from '../domain/listing.ts';
import { InvalidArgument } from '../errors.ts';
import { pageMax } from '../limits.ts';
import { ownerOf } from '../owner.ts';
import { bucketOf, type S3Context } from '../room.ts';
import { nullVersion, type Version } from '../store/versions.ts';
import type { Bucket } from '../store.ts';
import { echo, encoderOf, limitOf } from './listObjects.ts';

interface Listed {
  version: Version;
  isLatest: boolean;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html: keys in order, of each the newest first. */
export async function ListObjectVersions(
  ctx: S3Context,
  input: ListObjectVersionsCommandInput,
): Promise<object> {
  const bucket = await bucketOf(ctx, input);
  const { KeyMarker: keyMarker = '', VersionIdMarker: idMarker = '' } = input;
  if (idMarker !== '' && keyMarker === '') {
    throw new InvalidArgument('A version-id marker cannot be specified without a key marker.', {
      ArgumentName: 'version-id-marker',
      ArgumentValue: idMarker,
    });
  }
  const limit = limitOf(input.MaxKeys);
  const prefix = input.Prefix ?? '';
  const lister = new Lister<Listed>(
    { prefix, delimiter: input.Delimiter ?? '', limit },
    idMarker === '' && keyMarker !== '' ? keyMarker : undefined,
  );
  let isPast = idMarker === '';
  for await (const listed of limit === 0
    ? []
    : versionsFrom(ctx, bucket, comesBefore(prefix, keyMarker) ? keyMarker : prefix)) {
    const { key, versionId } = listed.version;
    if (key === keyMarker && keyMarker !== '') {
      // All versions of the marker's key up to the marked one were on the page before.
      const wasPast = isPast;
      if (versionId === idMarker) isPast = true;
      if (idMarker === '' || !wasPast || versionId === idMarker) continue;
    }
    const step = lister.offer(key, listed);
    if (step === 'past' || step === 'full') break;
  }
  const { items, commonPrefixes, next } = lister.page;
  const encode = encoderOf(input);
  const last = items.at(-1)?.version;
  return {
    ...echo(input, encode),
    IsTruncated: next !== undefined,
    KeyMarker: encode(keyMarker),
    VersionIdMarker: idMarker,
    ...(next === undefined
      ? {}
      : {
          NextKeyMarker: encode(next),
          ...(last?.key === next ? { NextVersionIdMarker: last.versionId } : {}),
        }),
    Versions: items.flatMap(({ version, isLatest }) =>
      version.isDeleteMarker
        ? []
        : [
            {
              Key: encode(version.key),
              VersionId: version.versionId,
              IsLatest: isLatest,
              LastModified: new Date(version.modifiedAt),
              ETag: `"${version.etag}"`,
              Size: version.size,
              StorageClass: version.storageClass ?? 'STANDARD',
              Owner: ownerOf(bucket.account),
            },
          ],
    ),
    DeleteMarkers: items.flatMap(({ version, isLatest }) =>
      version.isDeleteMarker
        ? [
            {
              Key: encode(version.key),
              VersionId: version.versionId,
              IsLatest: isLatest,
              LastModified: new Date(version.modifiedAt),
              Owner: ownerOf(bucket.account),
            },
          ]
        : [],
    ),
    CommonPrefixes: commonPrefixes.map((each) => ({ Prefix: encode(each) })),
  };
}

/** Objects that have no place among the versions yet, and versions, merged by key: no key is in both. */
async function* versionsFrom(ctx: S3Context, bucket: Bucket, from: string): AsyncGenerator<Listed> {
  const unplaced = unplacedFrom(ctx, bucket, from);
  const placed = placedFrom(ctx, bucket, from);
  let [left, right] = [await unplaced.next(), await placed.next()];
  while (!left.done || !right.done) {
    const takesLeft =
      right.done || (!left.done && comesBefore(left.value.version.key, right.value.version.key));
    if (takesLeft && !left.done) {
      yield left.value;
      left = await unplaced.next();
    } else if (!right.done) {
      yield right.value;
      right = await placed.next();
    }
  }
}

async function* unplacedFrom(ctx: S3Context, bucket: Bucket, from: string): AsyncGenerator<Listed> {
  const { store } = ctx.room;
  let start: { from: string } | { after: string } = { from };
  for (;;) {
    const page = await store.objects(store.reader, bucket, start, pageMax);
    for (const object of page) {
      if (object.versionId === undefined) {
        yield { version: { ...object, versionId: nullVersion }, isLatest: true };
      }
    }
    const last = page.at(-1);
    if (!last) return;
    start = { after: last.key };
  }
}

async function* placedFrom(ctx: S3Context, bucket: Bucket, from: string): AsyncGenerator<Listed> {
  const { store } = ctx.room;
  let start: { from: string } | { after: string; order: number } = { from };
  let previous: string | undefined;
  for (;;) {
    const page = await store.versionsFrom(store.reader, bucket, start, pageMax);
    for (const {
      key: [, key, order],
      value,
    } of page) {
      yield { version: value, isLatest: key !== previous };
      previous = key;
      start = { after: key, order };
    }
    if (page.length === 0) return;
  }
}
