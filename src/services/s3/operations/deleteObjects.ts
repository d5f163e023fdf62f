import type {
  DeleteObjectCommandInput,
  DeleteObjectsCommandInput,
  DeleteObjectsCommandOutput,
} from '@aws-sdk/client-s3';
import { AwsError } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { matches } from '../domain/conditions.ts';
import { malformedXml, preconditionFailed } from '../errors.ts';
import { pageMax } from '../limits.ts';
import { notify } from '../notifications.ts';
import { checkKey } from '../objectInput.ts';
import { bucketOf, type S3Context } from '../room.ts';
import type { Bucket } from '../store.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html: what isn't there is a success. */
export async function DeleteObject(ctx: S3Context, input: DeleteObjectCommandInput): Promise<object> {
  const key = checkKey(input.Key);
  const { store } = ctx.room;
  return store.transact(async (tx) => {
    const bucket = await bucketOf(ctx, input, tx);
    const done = await deleteOne(ctx, tx, bucket, {
      key,
      versionId: input.VersionId,
      ifMatch: input.IfMatch,
    });
    return {
      ...(done.isMarker ? { DeleteMarker: true } : {}),
      ...(done.versionId === undefined ? {} : { VersionId: done.versionId }),
    };
  });
}

/** What events say of a delete marker: the digest of no bytes. */
const emptyEtag = 'd41d8cd98f00b204e9800998ecf8427e';

interface Deletion {
  /** True when the version that was made or deleted is a delete marker. */
  isMarker: boolean;
  versionId: string | undefined;
}

async function deleteOne(
  ctx: S3Context,
  tx: Transaction,
  bucket: Bucket,
  what: { key: string; versionId: string | undefined; ifMatch: string | undefined },
): Promise<Deletion> {
  const { store, newId } = ctx.room;
  const { key, versionId, ifMatch } = what;
  if (ifMatch !== undefined) {
    const object = await store.object(tx, bucket, key);
    if (object && !matches(ifMatch, object.etag)) throw preconditionFailed('If-Match');
  }
  if (versionId) {
    const deleted = await store.deleteVersion(tx, bucket, key, versionId);
    if (deleted) await notify(ctx, tx, bucket, { name: 's3:ObjectRemoved:Delete', key, versionId });
    return { isMarker: deleted?.isDeleteMarker === true, versionId };
  }
  const { marker, removed } = await store.deleteObject(tx, bucket, key, ctx.now, newId);
  if (marker) {
    const made = { key, etag: emptyEtag, versionId: marker.versionId };
    await notify(ctx, tx, bucket, { name: 's3:ObjectRemoved:DeleteMarkerCreated', ...made });
  } else if (removed) {
    await notify(ctx, tx, bucket, { name: 's3:ObjectRemoved:Delete', key });
  }
  return { isMarker: marker !== undefined, versionId: marker?.versionId };
}

type Output = Pick<DeleteObjectsCommandOutput, 'Deleted' | 'Errors'>;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export async function DeleteObjects(ctx: S3Context, input: DeleteObjectsCommandInput): Promise<Output> {
  const { store } = ctx.room;
  const wanted = input.Delete?.Objects ?? [];
  if (wanted.length === 0 || wanted.length > pageMax) throw malformedXml();
  await bucketOf(ctx, input);
  return store.transact(async (tx) => {
    const bucket = await bucketOf(ctx, input, tx);
    const output = {
      Deleted: [] as NonNullable<Output['Deleted']>,
      Errors: [] as NonNullable<Output['Errors']>,
    };
    for (const { Key, VersionId, ETag } of wanted) {
      try {
        const key = checkKey(Key);
        const done = await deleteOne(ctx, tx, bucket, { key, versionId: VersionId, ifMatch: ETag });
        if (input.Delete?.Quiet) continue;
        output.Deleted.push({
          Key,
          ...(VersionId === undefined ? {} : { VersionId }),
          ...(done.isMarker ? { DeleteMarker: true, DeleteMarkerVersionId: done.versionId } : {}),
        });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        output.Errors.push({ Key, Code: error.code, Message: error.message });
      }
    }
    return output;
  });
}
