import type {
  CreateBucketCommandInput,
  DeleteBucketCommandInput,
  GetBucketLocationCommandInput,
  HeadBucketCommandInput,
  ListBucketsCommandInput,
} from '@aws-sdk/client-s3';
import { AwsError, NotImplemented } from '../../../kernel/index.ts';
import { isBucketName } from '../domain/bucketName.ts';
import { tagsFrom } from '../domain/tags.ts';
import { InvalidArgument, InvalidBucketName, notFound } from '../errors.ts';
import { bucketPageMax, bucketTagsMax } from '../limits.ts';
import { checkAcl } from '../objectInput.ts';
import { ownerOf } from '../owner.ts';
import { bucketOf, type S3Context } from '../room.ts';
import type { Bucket } from '../store.ts';

/** The region whose endpoint makes buckets anywhere and whose name is no location constraint. */
const homeRegion = 'us-east-1';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export async function CreateBucket(ctx: S3Context, input: CreateBucketCommandInput): Promise<object> {
  const { store } = ctx.room;
  const name = input.Bucket ?? '';
  if (!isBucketName(name)) {
    throw new InvalidBucketName('The specified bucket is not valid.', { BucketName: name });
  }
  checkSupported(input);
  const region = regionOf(ctx, input.CreateBucketConfiguration?.LocationConstraint);
  const tags = tagsFrom(input.CreateBucketConfiguration?.Tags ?? [], bucketTagsMax);
  const bucket: Bucket = {
    id: ctx.room.newId(),
    name,
    account: ctx.account,
    region,
    createdAt: ctx.now,
    configuration: {
      ...(Object.keys(tags).length > 0 ? { tagging: tags } : {}),
      ...(input.ObjectOwnership === undefined
        ? {}
        : { ownership: { Rules: [{ ObjectOwnership: input.ObjectOwnership }] } }),
    },
  };
  await store.transact(async (tx) => {
    const existing = await store.bucket(tx, name);
    if (!existing) return store.putBucket(tx, bucket);
    if (existing.account !== ctx.account) {
      throw new AwsError(
        'BucketAlreadyExists',
        'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
        { status: 409, members: { BucketName: name } },
      );
    }
    // In us-east-1 making one's own bucket again succeeds, and leaves it as it is.
    if (existing.region === homeRegion && region === homeRegion) return;
    throw new AwsError(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      { status: 409, members: { BucketName: name } },
    );
  });
  return {
    Location: region === homeRegion ? `/${name}` : `http://${name}.s3.amazonaws.com/`,
    BucketArn: `arn:aws:s3:::${name}`,
  };
}

function checkSupported(input: CreateBucketCommandInput): void {
  if (input.ObjectLockEnabledForBucket) throw new NotImplemented('s3: ObjectLockEnabledForBucket');
  if (input.CreateBucketConfiguration?.Bucket || input.CreateBucketConfiguration?.Location) {
    throw new NotImplemented('s3: directory buckets');
  }
  for (const grant of [
    'GrantFullControl',
    'GrantRead',
    'GrantReadACP',
    'GrantWrite',
    'GrantWriteACP',
  ] as const) {
    if (input[grant] !== undefined) throw new NotImplemented(`s3: ${grant}`);
  }
  if (input.ObjectOwnership !== undefined && input.ObjectOwnership !== 'BucketOwnerEnforced') {
    throw new NotImplemented(`s3: ObjectOwnership ${input.ObjectOwnership}`);
  }
  if (input.ACL !== undefined && input.ACL !== 'private') {
    throw new AwsError(
      'InvalidBucketAclWithObjectOwnership',
      "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
      { status: 400 },
    );
  }
  checkAcl(input.ACL);
}

function regionOf(ctx: S3Context, constraint: string | undefined): string {
  const asked = constraint === 'EU' ? 'eu-west-1' : constraint;
  if (asked === undefined && ctx.region === homeRegion) return homeRegion;
  if (asked !== undefined && asked !== homeRegion && (ctx.region === homeRegion || ctx.region === asked)) {
    return asked;
  }
  if (asked === homeRegion && ctx.region === homeRegion) {
    throw new AwsError('InvalidLocationConstraint', 'The specified location-constraint is not valid', {
      status: 400,
      members: { LocationConstraint: asked },
    });
  }
  throw new AwsError(
    'IllegalLocationConstraintException',
    `The ${asked ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    { status: 400 },
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html */
export async function DeleteBucket(ctx: S3Context, input: DeleteBucketCommandInput): Promise<object> {
  const { store } = ctx.room;
  await store.transact(async (tx) => {
    const bucket = await bucketOf(ctx, input, tx);
    if (!(await store.isEmpty(tx, bucket))) {
      throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', {
        status: 409,
        members: { BucketName: bucket.name },
      });
    }
    await store.deleteBucket(tx, bucket);
  });
  return {};
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export async function HeadBucket(ctx: S3Context, input: HeadBucketCommandInput): Promise<object> {
  try {
    const { name, region } = await bucketOf(ctx, input);
    return { BucketArn: `arn:aws:s3:::${name}`, BucketRegion: region, AccessPointAlias: false };
  } catch (error) {
    if (error instanceof AwsError && error.status === 404) throw notFound();
    throw error;
  }
}

export async function GetBucketLocation(
  ctx: S3Context,
  input: GetBucketLocationCommandInput,
): Promise<object> {
  const { region } = await bucketOf(ctx, input);
  return region === homeRegion ? {} : { LocationConstraint: region };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export async function ListBuckets(ctx: S3Context, input: ListBucketsCommandInput): Promise<object> {
  const { store } = ctx.room;
  const { MaxBuckets: limit = bucketPageMax, Prefix: prefix = '', BucketRegion: region } = input;
  if (!Number.isInteger(limit) || limit < 1 || limit > bucketPageMax) {
    throw new InvalidArgument(`Argument max-buckets must be an integer between 1 and ${bucketPageMax}.`, {
      ArgumentName: 'max-buckets',
      ArgumentValue: String(limit),
    });
  }
  const buckets: Bucket[] = [];
  let after =
    input.ContinuationToken === undefined ? '' : Buffer.from(input.ContinuationToken, 'base64').toString();
  let isMore = true;
  while (isMore && buckets.length <= limit) {
    const page = await store.bucketsOf(ctx.account, { after, prefix, limit: limit + 1 });
    buckets.push(...page.filter((bucket) => region === undefined || bucket.region === region));
    after = page.at(-1)?.name ?? after;
    isMore = page.length > limit;
  }
  const shown = buckets.slice(0, limit);
  return {
    Owner: ownerOf(ctx.account),
    Buckets: shown.map((bucket) => ({
      Name: bucket.name,
      CreationDate: new Date(bucket.createdAt),
      BucketRegion: bucket.region,
      BucketArn: `arn:aws:s3:::${bucket.name}`,
    })),
    ...(prefix === '' ? {} : { Prefix: prefix }),
    ...(buckets.length > limit
      ? { ContinuationToken: Buffer.from(shown.at(-1)?.name ?? '').toString('base64') }
      : {}),
  };
}
