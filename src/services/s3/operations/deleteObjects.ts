import type {
  DeleteObjectCommandInput,
  DeleteObjectsCommandInput,
  DeleteObjectsCommandOutput,
} from '@aws-sdk/client-s3';
import { AwsError } from '../../../kernel/index.ts';
import { matches } from '../domain/conditions.ts';
import { malformedXml, preconditionFailed } from '../errors.ts';
import { pageMax } from '../limits.ts';
import { checkKey } from '../objectInput.ts';
import { bucketOf, type S3Context } from '../room.ts';
import { checkVersion } from './GetObject.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html: what isn't there is a success. */
export async function DeleteObject(ctx: S3Context, input: DeleteObjectCommandInput): Promise<object> {
  const key = checkKey(input.Key);
  const { store } = ctx.room;
  await bucketOf(ctx, input);
  checkVersion(input.VersionId);
  await store.transact(async (tx) => {
    const bucket = await bucketOf(ctx, input, tx);
    if (input.IfMatch !== undefined) {
      const object = await store.object(tx, bucket, key);
      if (object && !matches(input.IfMatch, object.etag)) throw preconditionFailed('If-Match');
    }
    await store.deleteObject(tx, bucket, key);
  });
  return {};
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
        checkVersion(VersionId);
        if (ETag !== undefined) {
          const object = await store.object(tx, bucket, key);
          if (object && !matches(ETag, object.etag)) throw preconditionFailed('If-Match');
        }
        await store.deleteObject(tx, bucket, key);
        if (!input.Delete?.Quiet)
          output.Deleted.push({ Key, ...(VersionId === undefined ? {} : { VersionId }) });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        output.Errors.push({ Key, Code: error.code, Message: error.message });
      }
    }
    return output;
  });
}
