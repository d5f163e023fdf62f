/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
import type {
  DeleteObjectTaggingCommandInput,
  GetObjectTaggingCommandInput,
  PutObjectTaggingCommandInput,
} from '@aws-sdk/client-s3';
import type { Reader } from '../../../store/index.ts';
import { tagSet, tagsFrom } from '../domain/tags.ts';
import { objectTagsMax } from '../limits.ts';
import { notify } from '../notifications.ts';
import { checkKey } from '../objectInput.ts';
import { bucketOf, type S3Context } from '../room.ts';
import type { Bucket, StoredObject } from '../store.ts';
import { versionOf, versionOutput } from './GetObject.ts';

export async function PutObjectTagging(ctx: S3Context, input: PutObjectTaggingCommandInput): Promise<object> {
  return setTags(ctx, input, tagsFrom(input.Tagging?.TagSet ?? [], objectTagsMax), 'Put');
}

export async function GetObjectTagging(ctx: S3Context, input: GetObjectTaggingCommandInput): Promise<object> {
  const { bucket, object } = await objectOf(ctx, input);
  return { ...versionOutput(bucket, object), TagSet: tagSet(object.tags) };
}

export async function DeleteObjectTagging(
  ctx: S3Context,
  input: DeleteObjectTaggingCommandInput,
): Promise<object> {
  return setTags(ctx, input, {}, 'Delete');
}

interface NamesObject {
  Bucket?: string | undefined;
  Key?: string | undefined;
  VersionId?: string | undefined;
  ExpectedBucketOwner?: string | undefined;
}

async function setTags(
  ctx: S3Context,
  input: NamesObject,
  tags: Record<string, string>,
  how: 'Put' | 'Delete',
): Promise<object> {
  const { store } = ctx.room;
  return store.transact(async (tx) => {
    const { bucket, object } = await objectOf(ctx, input, tx);
    await store.updateObject(tx, bucket, { ...object, tags });
    const { key, etag } = object;
    const versionId = versionOutput(bucket, object).VersionId;
    await notify(ctx, tx, bucket, { name: `s3:ObjectTagging:${how}`, key, etag, versionId });
    return versionOutput(bucket, object);
  });
}

async function objectOf(
  ctx: S3Context,
  input: NamesObject,
  reader?: Reader,
): Promise<{ bucket: Bucket; object: StoredObject }> {
  const { store } = ctx.room;
  const key = checkKey(input.Key);
  const bucket = await bucketOf(ctx, input, reader);
  const object = await versionOf(store, reader ?? store.reader, bucket, key, input.VersionId);
  return { bucket, object };
}
