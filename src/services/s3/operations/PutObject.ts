import type { PutObjectCommandInput, PutObjectCommandOutput } from '@aws-sdk/client-s3';
import { NotImplemented } from '../../../kernel/index.ts';
import { stageBody } from '../content.ts';
import { checksumOutput } from '../domain/checksum.ts';
import { matches } from '../domain/conditions.ts';
import { encryptionFor, encryptionOutput } from '../encryption.ts';
import { noSuchKey, preconditionFailed } from '../errors.ts';
import { putBytesMax } from '../limits.ts';
import { created, notify } from '../notifications.ts';
import { checkKey, objectHeaders } from '../objectInput.ts';
import { bucketOf, type S3Context } from '../room.ts';
import type { StoredObject } from '../store.ts';

type Output = Omit<PutObjectCommandOutput, '$metadata'>;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export async function PutObject(ctx: S3Context, input: PutObjectCommandInput): Promise<Output> {
  const { store, blobs } = ctx.room;
  const key = checkKey(input.Key);
  const headers = objectHeaders(input as Parameters<typeof objectHeaders>[0]);
  const bucket = await bucketOf(ctx, input);
  // Asked before the body is taken, so that a refused upload costs nothing, and again when it is stored.
  checkWrite(input, key, await store.object(store.reader, bucket, key));
  const { blob, checksum } = await stageBody(blobs, input, { bytesMax: putBytesMax, request: ctx.request });
  const object: StoredObject = {
    ...headers,
    ...encryptionFor(input.ServerSideEncryption, bucket),
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
      const current = await bucketOf(ctx, input, tx);
      checkWrite(input, key, await store.object(tx, current, key));
      blobs.claim(tx, blob.id);
      const made = await store.putObject(tx, current, object, ctx.room.newId);
      await notify(ctx, tx, current, created('Put', object, made));
      return made;
    });
  } catch (error) {
    await blobs.discard(blob.id);
    throw error;
  }
  return {
    ETag: `"${object.etag}"`,
    ...encryptionOutput(object, bucket),
    ...(versionId === undefined ? {} : { VersionId: versionId }),
    ...checksumOutput(object.checksum),
  } as Output;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export function checkWrite(
  input: { IfMatch?: string | undefined; IfNoneMatch?: string | undefined },
  key: string,
  existing: { etag: string } | undefined,
): void {
  if (input.IfNoneMatch !== undefined) {
    if (input.IfNoneMatch !== '*') throw new NotImplemented('s3: If-None-Match with a value other than *');
    if (existing) throw preconditionFailed('If-None-Match');
  }
  if (input.IfMatch !== undefined) {
    if (!existing) throw noSuchKey(key);
    if (!matches(input.IfMatch, existing.etag)) throw preconditionFailed('If-Match');
  }
}
