/** AWS::Logs::LogGroup, AWS::Logs::LogStream. */
import { AwsError } from '../../kernel/index.ts';
import type { Properties, ResourceContext, ResourceType } from '../../platform/index.ts';

interface Tag {
  Key: string;
  Value: string;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html */
const logGroup: ResourceType = {
  name: 'AWS::Logs::LogGroup',
  properties: {
    LogGroupName: { type: 'string', createOnly: true },
    RetentionInDays: { type: 'number' },
    LogGroupClass: { type: 'string', createOnly: true },
    KmsKeyId: { type: 'string', createOnly: true },
    Tags: { type: 'tags' },
  },
  attributes: ['Arn'],
  async create(ctx, properties) {
    const name = (properties.LogGroupName as string | undefined) ?? ctx.generateName(512);
    const tags = tagsOf(ctx, properties);
    await ctx.aws.call('logs', 'CreateLogGroup', {
      logGroupName: name,
      // No tags is no member: an empty map is refused.
      ...(Object.keys(tags).length === 0 ? {} : { tags }),
      ...(properties.LogGroupClass === undefined ? {} : { logGroupClass: properties.LogGroupClass }),
      ...(properties.KmsKeyId === undefined ? {} : { kmsKeyId: properties.KmsKeyId }),
    });
    await setRetention(ctx, name, properties);
    return stateOf(ctx, name);
  },
  async update(ctx, current, properties, previous) {
    await setRetention(ctx, current.physicalId, properties);
    const [before, after] = [tagsOf(ctx, previous), tagsOf(ctx, properties)];
    const gone = Object.keys(before).filter((key) => !(key in after));
    const resourceArn = arnOf(ctx, current.physicalId);
    if (gone.length > 0) await ctx.aws.call('logs', 'UntagResource', { resourceArn, tagKeys: gone });
    if (Object.keys(after).length > 0)
      await ctx.aws.call('logs', 'TagResource', { resourceArn, tags: after });
    return stateOf(ctx, current.physicalId);
  },
  async delete(ctx, current) {
    await unlessMissing(ctx.aws.call('logs', 'DeleteLogGroup', { logGroupName: current.physicalId }));
  },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-logstream.html */
const logStream: ResourceType = {
  name: 'AWS::Logs::LogStream',
  properties: {
    LogGroupName: { type: 'string', required: true, createOnly: true },
    LogStreamName: { type: 'string', createOnly: true },
  },
  attributes: [],
  async create(ctx, properties) {
    const name = (properties.LogStreamName as string | undefined) ?? ctx.generateName(512);
    await ctx.aws.call('logs', 'CreateLogStream', {
      logGroupName: properties.LogGroupName,
      logStreamName: name,
    });
    return { physicalId: name, attributes: {} };
  },
  async update(_ctx, current) {
    return current;
  },
  async delete(ctx, current, properties) {
    await unlessMissing(
      ctx.aws.call('logs', 'DeleteLogStream', {
        logGroupName: properties.LogGroupName,
        logStreamName: current.physicalId,
      }),
    );
  },
};

export const resources: readonly ResourceType[] = [logGroup, logStream];

async function setRetention(ctx: ResourceContext, name: string, properties: Properties): Promise<void> {
  if (properties.RetentionInDays === undefined) {
    await ctx.aws.call('logs', 'DeleteRetentionPolicy', { logGroupName: name });
  } else {
    await ctx.aws.call('logs', 'PutRetentionPolicy', {
      logGroupName: name,
      retentionInDays: Number(properties.RetentionInDays),
    });
  }
}

function tagsOf(ctx: ResourceContext, properties: Properties): Record<string, string> {
  const own = (properties.Tags ?? []) as Tag[];
  return { ...ctx.stackTags, ...Object.fromEntries(own.map(({ Key, Value }) => [Key, Value])) };
}

function stateOf(ctx: ResourceContext, name: string) {
  return { physicalId: name, attributes: { Arn: `${arnOf(ctx, name)}:*` } };
}

function arnOf({ region, account }: ResourceContext, name: string): string {
  return `arn:aws:logs:${region}:${account}:log-group:${name}`;
}

async function unlessMissing(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'ResourceNotFoundException')) throw error;
  }
}
