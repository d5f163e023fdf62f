/** AWS::S3::Bucket, AWS::S3::BucketPolicy. */
import { AwsError, urlSuffixOf } from '../../kernel/index.ts';
import type { Properties, ResourceContext, ResourceState, ResourceType } from '../../platform/index.ts';
import { notificationInput, notificationRule } from './notificationProperties.ts';

type Call = (operation: string, input?: object) => Promise<unknown>;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html */
const bucket: ResourceType = {
  name: 'AWS::S3::Bucket',
  properties: {
    BucketName: { type: 'string', createOnly: true },
    Tags: { type: 'tags' },
    VersioningConfiguration: { type: 'object', members: { Status: { type: 'string', required: true } } },
    PublicAccessBlockConfiguration: {
      type: 'object',
      members: {
        BlockPublicAcls: { type: 'boolean' },
        BlockPublicPolicy: { type: 'boolean' },
        IgnorePublicAcls: { type: 'boolean' },
        RestrictPublicBuckets: { type: 'boolean' },
      },
    },
    BucketEncryption: {
      type: 'object',
      members: {
        ServerSideEncryptionConfiguration: {
          type: 'array',
          required: true,
          members: {
            BucketKeyEnabled: { type: 'boolean' },
            ServerSideEncryptionByDefault: {
              type: 'object',
              members: { SSEAlgorithm: { type: 'string', required: true } },
            },
          },
        },
      },
    },
    CorsConfiguration: {
      type: 'object',
      members: {
        CorsRules: {
          type: 'array',
          required: true,
          members: {
            AllowedHeaders: { type: 'array' },
            AllowedMethods: { type: 'array', required: true },
            AllowedOrigins: { type: 'array', required: true },
            ExposedHeaders: { type: 'array' },
            Id: { type: 'string' },
            MaxAge: { type: 'number' },
          },
        },
      },
    },
    OwnershipControls: {
      type: 'object',
      members: {
        Rules: { type: 'array', required: true, members: { ObjectOwnership: { type: 'string' } } },
      },
    },
    NotificationConfiguration: notificationRule,
  },
  attributes: ['Arn', 'DomainName', 'DualStackDomainName', 'RegionalDomainName', 'WebsiteURL'],
  async create(ctx, properties) {
    const name = (properties.BucketName as string | undefined) ?? ctx.generateName(63, { lowerCase: true });
    await ctx.aws.call('s3', 'CreateBucket', {
      Bucket: name,
      ...(ctx.region === 'us-east-1'
        ? {}
        : { CreateBucketConfiguration: { LocationConstraint: ctx.region } }),
    });
    try {
      await configure(ctx, name, properties, {});
    } catch (error) {
      // Half made, under a name of the template's own: who deploys again must find it free.
      if (properties.BucketName !== undefined && error instanceof AwsError) {
        await unlessMissing(ctx.aws.call('s3', 'DeleteBucket', { Bucket: name }));
      }
      throw error;
    }
    return stateOf(ctx, name);
  },
  async update(ctx, current, properties, previous) {
    await configure(ctx, current.physicalId, properties, previous);
    return stateOf(ctx, current.physicalId);
  },
  async delete(ctx, current) {
    await unlessMissing(ctx.aws.call('s3', 'DeleteBucket', { Bucket: current.physicalId }));
  },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html */
const bucketPolicy: ResourceType = {
  name: 'AWS::S3::BucketPolicy',
  properties: {
    Bucket: { type: 'string', required: true, createOnly: true },
    PolicyDocument: { type: 'json', required: true },
  },
  attributes: [],
  async create(ctx, properties) {
    await putPolicy(ctx, properties);
    return { physicalId: properties.Bucket as string, attributes: {} };
  },
  async update(ctx, current, properties) {
    await putPolicy(ctx, properties);
    return current;
  },
  async delete(ctx, current) {
    await unlessMissing(ctx.aws.call('s3', 'DeleteBucketPolicy', { Bucket: current.physicalId }));
  },
};

export const resources: readonly ResourceType[] = [bucket, bucketPolicy];

async function putPolicy(ctx: ResourceContext, { Bucket, PolicyDocument }: Properties): Promise<void> {
  const Policy = typeof PolicyDocument === 'string' ? PolicyDocument : JSON.stringify(PolicyDocument);
  await ctx.aws.call('s3', 'PutBucketPolicy', { Bucket, Policy });
}

/** Sets what is given and takes away what was given before and no longer is. */
async function configure(
  ctx: ResourceContext,
  name: string,
  properties: Properties,
  previous: Properties,
): Promise<void> {
  const call: Call = (operation, input = {}) => ctx.aws.call('s3', operation, { Bucket: name, ...input });
  const tags = tagsOf(ctx, properties);
  if (tags.length > 0) await call('PutBucketTagging', { Tagging: { TagSet: tags } });
  else if (tagsOf(ctx, previous).length > 0) await call('DeleteBucketTagging');
  if (properties.VersioningConfiguration !== undefined) {
    await call('PutBucketVersioning', { VersioningConfiguration: properties.VersioningConfiguration });
  } else if (previous.VersioningConfiguration !== undefined) {
    // There is no way back to a bucket without versioning.
    await call('PutBucketVersioning', { VersioningConfiguration: { Status: 'Suspended' } });
  }
  await settle(
    call,
    'PublicAccessBlock',
    properties.PublicAccessBlockConfiguration,
    previous.PublicAccessBlockConfiguration,
    (value) => ({
      PublicAccessBlockConfiguration: booleans(value as Record<string, unknown>),
    }),
  );
  await settle(
    call,
    'BucketEncryption',
    properties.BucketEncryption,
    previous.BucketEncryption,
    encryptionInput,
  );
  await settle(call, 'BucketCors', properties.CorsConfiguration, previous.CorsConfiguration, corsInput);
  await settle(
    call,
    'BucketOwnershipControls',
    properties.OwnershipControls,
    previous.OwnershipControls,
    (value) => ({
      OwnershipControls: value,
    }),
  );
  const { NotificationConfiguration: notifications } = properties;
  if (notifications !== undefined || previous.NotificationConfiguration !== undefined) {
    await call('PutBucketNotificationConfiguration', notificationInput(notifications));
  }
}

async function settle(
  call: Call,
  name: string,
  value: unknown,
  previous: unknown,
  input: (value: unknown) => object,
): Promise<void> {
  if (value !== undefined) await call(`Put${name}`, input(value));
  else if (previous !== undefined) await call(`Delete${name}`);
}

interface EncryptionRule {
  BucketKeyEnabled?: unknown;
  ServerSideEncryptionByDefault?: { SSEAlgorithm?: string };
}

function encryptionInput(value: unknown): object {
  const { ServerSideEncryptionConfiguration: rules } = value as {
    ServerSideEncryptionConfiguration: EncryptionRule[];
  };
  return {
    ServerSideEncryptionConfiguration: {
      Rules: rules.map((rule) => ({
        ApplyServerSideEncryptionByDefault: rule.ServerSideEncryptionByDefault,
        ...(rule.BucketKeyEnabled === undefined ? {} : { BucketKeyEnabled: isTrue(rule.BucketKeyEnabled) }),
      })),
    },
  };
}

interface CorsRule {
  Id?: string;
  ExposedHeaders?: string[];
  MaxAge?: number | string;
}

function corsInput(value: unknown): object {
  const { CorsRules: rules } = value as { CorsRules: CorsRule[] };
  return {
    CORSConfiguration: {
      CORSRules: rules.map(({ Id, ExposedHeaders, MaxAge, ...same }) => ({
        ...same,
        ...(Id === undefined ? {} : { ID: Id }),
        ...(ExposedHeaders === undefined ? {} : { ExposeHeaders: ExposedHeaders }),
        ...(MaxAge === undefined ? {} : { MaxAgeSeconds: Number(MaxAge) }),
      })),
    },
  };
}

function booleans(members: Record<string, unknown>): Record<string, boolean> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, isTrue(value)]));
}

/** Templates write booleans as text too. */
function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

interface Tag {
  Key: string;
  Value: string;
}

function tagsOf(ctx: ResourceContext, properties: Properties): Tag[] {
  const own = (properties.Tags ?? []) as Tag[];
  const tags = { ...ctx.stackTags, ...Object.fromEntries(own.map(({ Key, Value }) => [Key, Value])) };
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function stateOf({ region }: ResourceContext, name: string): ResourceState {
  const suffix = urlSuffixOf(region);
  return {
    physicalId: name,
    attributes: {
      Arn: `arn:aws:s3:::${name}`,
      DomainName: `${name}.s3.${suffix}`,
      DualStackDomainName: `${name}.s3.dualstack.${region}.${suffix}`,
      RegionalDomainName: `${name}.s3.${region}.${suffix}`,
      WebsiteURL: `http://${name}.s3-website-${region}.${suffix}`,
    },
  };
}

async function unlessMissing(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'NoSuchBucket')) throw error;
  }
}
