/**
 * Configurations of a bucket that are kept and read back: a Put, a Get and mostly a Delete each. And the answers of
 * a bucket that has none of those that can't be set here, which Terraform and the CDK read of every bucket.
 */
import { AwsError, NotImplemented } from '../../../kernel/index.ts';
import { type Tag, tagSet, tagsFrom } from '../domain/tags.ts';
import { checkEncryption, type EncryptionRule } from '../encryption.ts';
import { malformedXml } from '../errors.ts';
import { bucketPolicyBytesMax, bucketTagsMax } from '../limits.ts';
import { ownerOf } from '../owner.ts';
import { bucketOf, type S3Context } from '../room.ts';
import type { Bucket } from '../store.ts';

interface BucketInput {
  Bucket?: string;
  ExpectedBucketOwner?: string;
}

type Handler<Input> = (ctx: S3Context, input: Input & BucketInput) => Promise<object>;

interface Configuration<Input, Value> {
  /** Under this name the bucket keeps it. */
  name: string;
  /** @throws AwsError when the input isn't valid. */
  read(input: Input, bucket: string): Value;
  show(value: Value): object;
  /** What a bucket has that was never given one; absent: `missing` is thrown. */
  initial?: Value;
  missing?: (bucket: string) => AwsError;
}

function handlers<Input, Value>(configuration: Configuration<Input, Value>) {
  const { name, read, show, initial, missing } = configuration;
  const put: Handler<Input> = async (ctx, input) => {
    const value = read(input, input.Bucket ?? '');
    await change(ctx, input, (bucket) => ({ ...bucket.configuration, [name]: value }));
    return {};
  };
  const get: Handler<object> = async (ctx, input) => {
    const bucket = await bucketOf(ctx, input);
    // Null: deleted, also where a new bucket has an initial value.
    const value =
      name in bucket.configuration ? (bucket.configuration[name] as Value | null) : (initial ?? null);
    if (value === null) throw missing?.(bucket.name) ?? new Error(`no initial ${name}`);
    return show(value);
  };
  const remove: Handler<object> = async (ctx, input) => {
    await change(ctx, input, (bucket) => {
      const { [name]: _gone, ...rest } = bucket.configuration;
      // What has an initial value and an error for its absence is absent once deleted.
      return initial !== undefined && missing ? { ...rest, [name]: null } : rest;
    });
    return {};
  };
  return { put, get, remove };
}

async function change(
  ctx: S3Context,
  input: BucketInput,
  next: (bucket: Bucket) => Record<string, unknown>,
): Promise<void> {
  const { store } = ctx.room;
  await store.transact(async (tx) => {
    const bucket = await bucketOf(ctx, input, tx);
    store.putBucket(tx, { ...bucket, configuration: next(bucket) });
  });
}

function missing(code: string, message: string): (bucket: string) => AwsError {
  return (bucket) => new AwsError(code, message, { status: 404, members: { BucketName: bucket } });
}

const tagging = handlers<{ Tagging?: { TagSet?: Tag[] } }, Record<string, string>>({
  name: 'tagging',
  read: (input) => tagsFrom(input.Tagging?.TagSet ?? [], bucketTagsMax),
  show: (tags) => ({ TagSet: tagSet(tags) }),
  missing: missing('NoSuchTagSet', 'The TagSet does not exist'),
});

const policy = handlers<{ Policy?: string }, string>({
  name: 'policy',
  read: (input) => checkedPolicy(input.Policy ?? ''),
  show: (text) => ({ Policy: text }),
  missing: missing('NoSuchBucketPolicy', 'The bucket policy does not exist'),
});

const cors = handlers<
  { CORSConfiguration?: { CORSRules?: { AllowedMethods?: string[]; AllowedOrigins?: string[] }[] } },
  object
>({
  name: 'cors',
  read: ({ CORSConfiguration }) => {
    const rules = CORSConfiguration?.CORSRules ?? [];
    if (rules.length === 0 || rules.length > 100) throw malformedXml();
    for (const { AllowedMethods = [], AllowedOrigins = [] } of rules) {
      if (AllowedMethods.length === 0 || AllowedOrigins.length === 0) throw malformedXml();
      const other = AllowedMethods.find(
        (method) => !['GET', 'PUT', 'HEAD', 'POST', 'DELETE'].includes(method),
      );
      if (other !== undefined) {
        throw new AwsError(
          'InvalidRequest',
          `Found unsupported HTTP method in CORS config. Unsupported method is ${other}`,
          { status: 400 },
        );
      }
    }
    return { CORSRules: rules };
  },
  show: (value) => value,
  missing: missing('NoSuchCORSConfiguration', 'The CORS configuration does not exist'),
});

/** Every bucket since January 2023: UserGuide/default-encryption-faq. */
const defaultEncryption = [
  { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false },
];

const encryption = handlers<
  { ServerSideEncryptionConfiguration?: { Rules?: EncryptionRule[] } },
  EncryptionRule[]
>({
  name: 'encryption',
  read: ({ ServerSideEncryptionConfiguration }) => {
    const rules = ServerSideEncryptionConfiguration?.Rules ?? [];
    if (rules.length !== 1) throw malformedXml();
    const { SSEAlgorithm, KMSMasterKeyID } = rules[0]?.ApplyServerSideEncryptionByDefault ?? {};
    if (SSEAlgorithm === undefined) throw malformedXml();
    checkEncryption(SSEAlgorithm, KMSMasterKeyID);
    return rules.map((rule) => ({ BucketKeyEnabled: false, ...rule }));
  },
  show: (Rules) => ({ ServerSideEncryptionConfiguration: { Rules } }),
  initial: defaultEncryption,
});

const blocks = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;
type Blocks = { [Block in (typeof blocks)[number]]?: boolean };

/** Every bucket since April 2023: UserGuide/access-control-block-public-access. */
const publicAccess = handlers<{ PublicAccessBlockConfiguration?: Blocks }, Blocks>({
  name: 'publicAccessBlock',
  read: (input) =>
    Object.fromEntries(
      blocks.map((block) => [block, input.PublicAccessBlockConfiguration?.[block] ?? false]),
    ),
  show: (value) => ({ PublicAccessBlockConfiguration: value }),
  initial: Object.fromEntries(blocks.map((block) => [block, true])),
  missing: missing(
    'NoSuchPublicAccessBlockConfiguration',
    'The public access block configuration was not found',
  ),
});

interface Ownership {
  Rules?: { ObjectOwnership?: string }[];
}

const ownership = handlers<{ OwnershipControls?: Ownership }, Ownership>({
  name: 'ownership',
  read: ({ OwnershipControls }) => {
    const rules = OwnershipControls?.Rules ?? [];
    if (rules.length !== 1) throw malformedXml();
    const rule = rules[0]?.ObjectOwnership;
    // The other two bring ACLs back.
    if (rule !== 'BucketOwnerEnforced') throw new NotImplemented(`s3: ObjectOwnership ${rule}`);
    return { Rules: rules };
  },
  show: (value) => ({ OwnershipControls: value }),
  initial: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
  missing: missing('OwnershipControlsNotFoundError', 'The bucket ownership controls were not found'),
});

/** Once on, versioning can be suspended but not taken back. */
async function PutBucketVersioning(
  ctx: S3Context,
  input: BucketInput & { VersioningConfiguration?: { Status?: string; MFADelete?: string }; MFA?: string },
): Promise<object> {
  const { Status, MFADelete } = input.VersioningConfiguration ?? {};
  if (MFADelete === 'Enabled') throw new NotImplemented('s3: MFADelete');
  if (Status !== 'Enabled' && Status !== 'Suspended') {
    throw new AwsError(
      'IllegalVersioningConfigurationException',
      'The Versioning element must be specified',
      { status: 400 },
    );
  }
  await change(ctx, input, (bucket) => ({ ...bucket.configuration, versioning: Status }));
  return {};
}

/** The answer of a bucket that has no such configuration. */
function none(answer: (bucket: Bucket) => object): Handler<object> {
  return async (ctx, input) => answer(await bucketOf(ctx, input));
}

function noneBut(code: string, message: string): Handler<object> {
  const error = missing(code, message);
  return none((bucket) => {
    throw error(bucket.name);
  });
}

export const bucketConfiguration = {
  PutBucketTagging: tagging.put,
  GetBucketTagging: tagging.get,
  DeleteBucketTagging: tagging.remove,
  PutBucketPolicy: policy.put,
  GetBucketPolicy: policy.get,
  DeleteBucketPolicy: policy.remove,
  PutBucketCors: cors.put,
  GetBucketCors: cors.get,
  DeleteBucketCors: cors.remove,
  PutBucketEncryption: encryption.put,
  GetBucketEncryption: encryption.get,
  DeleteBucketEncryption: encryption.remove,
  PutPublicAccessBlock: publicAccess.put,
  GetPublicAccessBlock: publicAccess.get,
  DeletePublicAccessBlock: publicAccess.remove,
  PutBucketOwnershipControls: ownership.put,
  GetBucketOwnershipControls: ownership.get,
  DeleteBucketOwnershipControls: ownership.remove,
  PutBucketVersioning,
  GetBucketVersioning: none(({ configuration: { versioning } }) =>
    versioning === undefined ? {} : { Status: versioning },
  ),
  GetBucketLogging: none(() => ({})),
  GetBucketAccelerateConfiguration: none(() => ({})),
  GetBucketRequestPayment: none(() => ({ Payer: 'BucketOwner' })),
  GetBucketAcl: none((bucket) => ({
    Owner: ownerOf(bucket.account),
    Grants: [{ Grantee: { ...ownerOf(bucket.account), Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' }],
  })),
  GetBucketLifecycleConfiguration: noneBut(
    'NoSuchLifecycleConfiguration',
    'The lifecycle configuration does not exist',
  ),
  GetBucketWebsite: noneBut(
    'NoSuchWebsiteConfiguration',
    'The specified bucket does not have a website configuration',
  ),
  GetBucketReplication: noneBut(
    'ReplicationConfigurationNotFoundError',
    'The replication configuration was not found',
  ),
  GetObjectLockConfiguration: noneBut(
    'ObjectLockConfigurationNotFoundError',
    'Object Lock configuration does not exist for this bucket',
  ),
};

function checkedPolicy(text: string): string {
  const malformed = (why: string) => new AwsError('MalformedPolicy', why, { status: 400 });
  if (Buffer.byteLength(text) > bucketPolicyBytesMax) {
    throw malformed(`Policies must not exceed ${bucketPolicyBytesMax} bytes`);
  }
  let document: { Statement?: unknown } | null;
  try {
    document = JSON.parse(text) as { Statement?: unknown } | null;
  } catch {
    throw malformed("Policies must be valid JSON and the first byte must be '{'");
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw malformed("Policies must be valid JSON and the first byte must be '{'");
  }
  const statements = [document.Statement].flat();
  if (document.Statement === undefined || statements.length === 0)
    throw malformed('Missing required field Statement');
  for (const statement of statements as Record<string, unknown>[]) {
    if (statement?.Effect !== 'Allow' && statement?.Effect !== 'Deny') {
      throw malformed(`Invalid effect: ${String(statement?.Effect)}`);
    }
    for (const field of ['Principal', 'Action', 'Resource']) {
      if (statement[field] === undefined && statement[`Not${field}`] === undefined) {
        throw malformed(`Missing required field ${field}`);
      }
    }
  }
  return text;
}
