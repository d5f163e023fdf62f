/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html */
import { partitionOf } from '../../kernel/index.ts';
import type { AuthorizationRequest, AuthorizationRule } from '../../platform/index.ts';
import { parseCopySource } from './domain/copySource.ts';
import type { S3Context, S3Room } from './room.ts';

interface Names {
  Bucket?: string;
  Key?: string;
  Prefix?: string;
  Delimiter?: string;
  MaxKeys?: number;
  Tagging?: unknown;
  ACL?: string;
  CopySource?: string;
  VersionId?: string;
  Delete?: { Objects?: { Key?: string; VersionId?: string }[] };
}

type Rule = (
  ctx: S3Context,
  input: Names,
) => AuthorizationRequest | AuthorizationRequest[] | Promise<AuthorizationRequest | AuthorizationRequest[]>;

function arnOf(ctx: S3Context, resource: string): string {
  return `arn:${partitionOf(ctx.region)}:s3:::${resource}`;
}

/** The question with the bucket's own policy. A bucket of another account is open only by that policy. */
async function ask(
  ctx: S3Context,
  bucketName: string,
  action: string,
  resources: string[],
  context?: Record<string, string>,
): Promise<AuthorizationRequest> {
  const { store } = ctx.room;
  const bucket = await store.bucket(store.reader, bucketName);
  const policy = bucket?.configuration.policy as string | undefined;
  return {
    action: `s3:${action}`,
    resources,
    ...(context ? { context } : {}),
    ...(bucket ? { resourceAccount: bucket.account } : {}),
    ...(policy === undefined ? {} : { resourcePolicy: policy }),
  };
}

function onBucket(action: string): Rule {
  return (ctx, { Bucket = '' }) => ask(ctx, Bucket, action, [arnOf(ctx, Bucket)]);
}

/** @param ofVersion the action when a version is named. */
function onObject(action: string, ofVersion = action): Rule {
  return (ctx, { Bucket = '', Key = '', VersionId }) =>
    ask(
      ctx,
      Bucket,
      VersionId ? ofVersion : action,
      [arnOf(ctx, `${Bucket}/${Key}`)],
      VersionId ? { 's3:versionid': VersionId } : undefined,
    );
}

function listing(action: string): Rule {
  return (ctx, { Bucket = '', Prefix, Delimiter, MaxKeys }) =>
    ask(ctx, Bucket, action, [arnOf(ctx, Bucket)], {
      ...(Prefix === undefined ? {} : { 's3:prefix': Prefix }),
      ...(Delimiter === undefined ? {} : { 's3:delimiter': Delimiter }),
      ...(MaxKeys === undefined ? {} : { 's3:max-keys': String(MaxKeys) }),
    });
}

const writing: Rule = async (ctx, input) => {
  const { Bucket = '', Key = '' } = input;
  const object = [arnOf(ctx, `${Bucket}/${Key}`)];
  const context = input.ACL === undefined ? undefined : { 's3:x-amz-acl': input.ACL };
  const asked = [await ask(ctx, Bucket, 'PutObject', object, context)];
  if (input.Tagging !== undefined) asked.push(await ask(ctx, Bucket, 'PutObjectTagging', object));
  return asked;
};

const copying: Rule = async (ctx, input) => {
  const source = parseCopySource(input.CopySource ?? '');
  const asked = [...[await writing(ctx, input)].flat()];
  if (source) {
    const action = source.versionId ? 'GetObjectVersion' : 'GetObject';
    asked.push(await ask(ctx, source.bucket, action, [arnOf(ctx, `${source.bucket}/${source.key}`)]));
  }
  return asked;
};

const deletingMany: Rule = async (ctx, { Bucket = '', Delete }) => {
  const objects = Delete?.Objects ?? [];
  const arnsOf = (chosen: typeof objects) => chosen.map(({ Key = '' }) => arnOf(ctx, `${Bucket}/${Key}`));
  const whole = arnsOf(objects.filter(({ VersionId }) => !VersionId));
  const versions = arnsOf(objects.filter(({ VersionId }) => VersionId));
  const asked = [];
  if (whole.length > 0) asked.push(await ask(ctx, Bucket, 'DeleteObject', whole));
  if (versions.length > 0) asked.push(await ask(ctx, Bucket, 'DeleteObjectVersion', versions));
  return asked;
};

const rules = {
  ListBuckets: (ctx: S3Context) => ({ action: 's3:ListAllMyBuckets', resources: [arnOf(ctx, '*')] }),
  CreateBucket: onBucket('CreateBucket'),
  HeadBucket: onBucket('ListBucket'),
  DeleteBucket: onBucket('DeleteBucket'),
  GetBucketLocation: onBucket('GetBucketLocation'),
  PutBucketTagging: onBucket('PutBucketTagging'),
  GetBucketTagging: onBucket('GetBucketTagging'),
  DeleteBucketTagging: onBucket('PutBucketTagging'),
  PutBucketPolicy: onBucket('PutBucketPolicy'),
  GetBucketPolicy: onBucket('GetBucketPolicy'),
  DeleteBucketPolicy: onBucket('DeleteBucketPolicy'),
  PutBucketCors: onBucket('PutBucketCORS'),
  GetBucketCors: onBucket('GetBucketCORS'),
  DeleteBucketCors: onBucket('PutBucketCORS'),
  PutBucketEncryption: onBucket('PutEncryptionConfiguration'),
  GetBucketEncryption: onBucket('GetEncryptionConfiguration'),
  DeleteBucketEncryption: onBucket('PutEncryptionConfiguration'),
  PutPublicAccessBlock: onBucket('PutBucketPublicAccessBlock'),
  GetPublicAccessBlock: onBucket('GetBucketPublicAccessBlock'),
  DeletePublicAccessBlock: onBucket('PutBucketPublicAccessBlock'),
  PutBucketOwnershipControls: onBucket('PutBucketOwnershipControls'),
  GetBucketOwnershipControls: onBucket('GetBucketOwnershipControls'),
  DeleteBucketOwnershipControls: onBucket('PutBucketOwnershipControls'),
  PutBucketVersioning: onBucket('PutBucketVersioning'),
  GetBucketVersioning: onBucket('GetBucketVersioning'),
  PutBucketNotificationConfiguration: onBucket('PutBucketNotification'),
  GetBucketNotificationConfiguration: onBucket('GetBucketNotification'),
  GetBucketLogging: onBucket('GetBucketLogging'),
  GetBucketAccelerateConfiguration: onBucket('GetAccelerateConfiguration'),
  GetBucketRequestPayment: onBucket('GetBucketRequestPayment'),
  GetBucketAcl: onBucket('GetBucketAcl'),
  GetBucketLifecycleConfiguration: onBucket('GetLifecycleConfiguration'),
  GetBucketWebsite: onBucket('GetBucketWebsite'),
  GetBucketReplication: onBucket('GetReplicationConfiguration'),
  GetObjectLockConfiguration: onBucket('GetBucketObjectLockConfiguration'),
  ListObjects: listing('ListBucket'),
  ListObjectsV2: listing('ListBucket'),
  ListObjectVersions: listing('ListBucketVersions'),
  ListMultipartUploads: listing('ListBucketMultipartUploads'),
  GetObject: onObject('GetObject', 'GetObjectVersion'),
  HeadObject: onObject('GetObject', 'GetObjectVersion'),
  PutObject: writing,
  CopyObject: copying,
  CreateMultipartUpload: writing,
  UploadPart: onObject('PutObject'),
  UploadPartCopy: copying,
  CompleteMultipartUpload: onObject('PutObject'),
  AbortMultipartUpload: onObject('AbortMultipartUpload'),
  ListParts: onObject('ListMultipartUploadParts'),
  DeleteObject: onObject('DeleteObject', 'DeleteObjectVersion'),
  DeleteObjects: deletingMany,
  GetObjectTagging: onObject('GetObjectTagging', 'GetObjectVersionTagging'),
  PutObjectTagging: onObject('PutObjectTagging', 'PutObjectVersionTagging'),
  DeleteObjectTagging: onObject('DeleteObjectTagging', 'DeleteObjectVersionTagging'),
} satisfies Record<string, Rule>;

export const authorize: Readonly<Record<string, AuthorizationRule<S3Room>>> = rules;
