import type { CopyObjectCommandInput } from '@aws-sdk/client-s3';
import { NotImplemented } from '../../../kernel/index.ts';
import { bytesOf, stageBody } from '../content.ts';
import { checksumOutput, isAlgorithm } from '../domain/checksum.ts';
import { check } from '../domain/conditions.ts';
import { parseCopySource } from '../domain/copySource.ts';
import { encryptionFor, encryptionOutput } from '../encryption.ts';
import { InvalidArgument, InvalidRequest, preconditionFailed } from '../errors.ts';
import { copyBytesMax } from '../limits.ts';
import { created, notify } from '../notifications.ts';
import { checkKey, objectHeaders } from '../objectInput.ts';
import { bucketOf, type S3Context } from '../room.ts';
import type { Bucket, ObjectHeaders, StoredObject } from '../store.ts';
import { versionOf, versionOutput } from './GetObject.ts';
import { checkWrite } from './PutObject.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export async function CopyObject(ctx: S3Context, input: CopyObjectCommandInput): Promise<object> {
  const { store, blobs } = ctx.room;
  const key = checkKey(input.Key);
  const given = objectHeaders(input as Parameters<typeof objectHeaders>[0]);
  const destination = await bucketOf(ctx, input);
  const { object: source, bucket: sourceBucket, isCurrent } = await copySourceOf(ctx, input);
  const replaces = directive('x-amz-metadata-directive', input.MetadataDirective);
  const retags = directive('x-amz-tagging-directive', input.TaggingDirective);
  if (
    isCurrent &&
    sourceBucket.name === input.Bucket &&
    source.key === key &&
    !replaces &&
    !retags &&
    changesNothing(input)
  ) {
    throw new InvalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  if (source.size > copyBytesMax) {
    throw new InvalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${copyBytesMax}`,
    );
  }
  const named = input.ChecksumAlgorithm;
  const algorithm = named && isAlgorithm(named) ? named : source.checksum?.algorithm;
  const { blob, checksum } = await stageBody(
    blobs,
    { Body: bytesOf(blobs, source.segments) },
    { bytesMax: copyBytesMax, algorithm },
  );
  const object: StoredObject = {
    ...carried(source, given, replaces, retags, input),
    ...encryptionFor(input.ServerSideEncryption, destination),
    key,
    etag: blob.md5,
    size: blob.size,
    modifiedAt: ctx.now,
    segments: [{ blob: blob.id, size: blob.size }],
    isMultipart: false,
    checksum: { ...checksum, type: 'FULL_OBJECT' },
  };
  let versionId: string | undefined;
  try {
    versionId = await store.transact(async (tx) => {
      const bucket = await bucketOf(ctx, input, tx);
      checkWrite(input, key, await store.object(tx, bucket, key));
      blobs.claim(tx, blob.id);
      const made = await store.putObject(tx, bucket, object, ctx.room.newId);
      await notify(ctx, tx, bucket, created('Copy', object, made));
      return made;
    });
  } catch (error) {
    await blobs.discard(blob.id);
    throw error;
  }
  return {
    ...encryptionOutput(object, destination),
    ...(versionId === undefined ? {} : { VersionId: versionId }),
    ...(versionOutput(sourceBucket, source).VersionId === undefined
      ? {}
      : { CopySourceVersionId: versionOutput(sourceBucket, source).VersionId }),
    CopyObjectResult: {
      ETag: `"${object.etag}"`,
      LastModified: new Date(object.modifiedAt),
      ...checksumOutput(object.checksum),
    },
  };
}

interface CopyInput {
  CopySource?: string | undefined;
  CopySourceIfMatch?: string | undefined;
  CopySourceIfNoneMatch?: string | undefined;
  CopySourceIfModifiedSince?: Date | undefined;
  CopySourceIfUnmodifiedSince?: Date | undefined;
  ExpectedSourceBucketOwner?: string | undefined;
}

/** The object that `x-amz-copy-source` names, when its conditions hold. */
export async function copySourceOf(
  ctx: S3Context,
  input: CopyInput,
): Promise<{ object: StoredObject; bucket: Bucket; isCurrent: boolean }> {
  const source = parseCopySource(input.CopySource ?? '');
  if (!source) {
    throw new InvalidArgument('Copy Source must mention the source bucket and key: sourcebucket/sourcekey', {
      ArgumentName: 'x-amz-copy-source',
      ArgumentValue: input.CopySource,
    });
  }
  const { store } = ctx.room;
  const bucket = await bucketOf(ctx, {
    Bucket: source.bucket,
    ExpectedBucketOwner: input.ExpectedSourceBucketOwner,
  });
  const object = await versionOf(store, store.reader, bucket, source.key, source.versionId);
  const outcome = check(
    {
      ifMatch: input.CopySourceIfMatch,
      ifNoneMatch: input.CopySourceIfNoneMatch,
      ifModifiedSince: input.CopySourceIfModifiedSince,
      ifUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
    },
    object,
  );
  // A copy has no 304: what a read would call not modified fails here.
  if (outcome !== undefined) {
    throw preconditionFailed(
      `x-amz-copy-source-${outcome === 'not-modified' ? 'If-None-Match' : outcome.failed}`,
    );
  }
  return { object, bucket, isCurrent: source.versionId === undefined };
}

function directive(header: string, value: string | undefined): boolean {
  if (value === undefined || value === 'COPY') return false;
  if (value === 'REPLACE') return true;
  throw new InvalidArgument(`Unknown ${header.replace('x-amz-', '').replace('-', ' ')}.`, {
    ArgumentName: header,
    ArgumentValue: value,
  });
}

function changesNothing(input: CopyObjectCommandInput): boolean {
  return (
    input.StorageClass === undefined &&
    input.WebsiteRedirectLocation === undefined &&
    input.ServerSideEncryption === undefined
  );
}

/** Storage class, redirect and encryption are never the source's: they are the request's or the defaults. */
function carried(
  source: ObjectHeaders,
  given: ObjectHeaders,
  replaces: boolean,
  retags: boolean,
  input: CopyObjectCommandInput,
): ObjectHeaders {
  if (input.Tagging !== undefined && !retags) {
    throw new NotImplemented('s3: x-amz-tagging without x-amz-tagging-directive: REPLACE');
  }
  const {
    storageClass: _class,
    websiteRedirectLocation: _redirect,
    encryption: _encryption,
    tags,
    ...own
  } = source;
  return {
    ...(replaces ? given : own),
    ...(given.storageClass === undefined ? {} : { storageClass: given.storageClass }),
    ...(given.websiteRedirectLocation === undefined
      ? {}
      : { websiteRedirectLocation: given.websiteRedirectLocation }),
    contentType: replaces ? given.contentType : source.contentType,
    metadata: replaces ? given.metadata : source.metadata,
    tags: retags ? given.tags : tags,
  };
}
