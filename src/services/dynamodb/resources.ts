/** AWS::DynamoDB::Table. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html */
import { AwsError } from '../../kernel/index.ts';
import type {
  Properties,
  PropertyRule,
  ResourceContext,
  ResourceState,
  ResourceType,
} from '../../platform/index.ts';

interface Tag {
  Key: string;
  Value: string;
}

const keySchema: PropertyRule = {
  type: 'array',
  members: { AttributeName: { type: 'string', required: true }, KeyType: { type: 'string', required: true } },
};
const projection: PropertyRule = {
  type: 'object',
  members: { ProjectionType: { type: 'string' }, NonKeyAttributes: { type: 'array' } },
};
const throughput: PropertyRule = {
  type: 'object',
  members: {
    ReadCapacityUnits: { type: 'number', required: true },
    WriteCapacityUnits: { type: 'number', required: true },
  },
};
const onDemandThroughput: PropertyRule = {
  type: 'object',
  members: { MaxReadRequestUnits: { type: 'number' }, MaxWriteRequestUnits: { type: 'number' } },
};
const indexName: PropertyRule = { type: 'string', required: true };

/** Streams by CloudFormation are always enabled; the API has a switch besides. */
const properties: Readonly<Record<string, PropertyRule>> = {
  TableName: { type: 'string', createOnly: true },
  AttributeDefinitions: {
    type: 'array',
    members: {
      AttributeName: { type: 'string', required: true },
      AttributeType: { type: 'string', required: true },
    },
  },
  KeySchema: { ...keySchema, required: true, createOnly: true },
  BillingMode: { type: 'string' },
  ProvisionedThroughput: throughput,
  OnDemandThroughput: onDemandThroughput,
  LocalSecondaryIndexes: {
    type: 'array',
    createOnly: true,
    members: {
      IndexName: indexName,
      KeySchema: { ...keySchema, required: true },
      Projection: { ...projection, required: true },
    },
  },
  GlobalSecondaryIndexes: {
    type: 'array',
    members: {
      IndexName: indexName,
      KeySchema: { ...keySchema, required: true },
      Projection: { ...projection, required: true },
      ProvisionedThroughput: throughput,
      OnDemandThroughput: onDemandThroughput,
    },
  },
  StreamSpecification: {
    type: 'object',
    members: { StreamViewType: { type: 'string', required: true } },
  },
  SSESpecification: {
    type: 'object',
    members: {
      SSEEnabled: { type: 'boolean', required: true },
      SSEType: { type: 'string' },
      KMSMasterKeyId: { type: 'string' },
    },
  },
  TimeToLiveSpecification: {
    type: 'object',
    members: { AttributeName: { type: 'string' }, Enabled: { type: 'boolean', required: true } },
  },
  TableClass: { type: 'string' },
  DeletionProtectionEnabled: { type: 'boolean' },
  Tags: { type: 'tags' },
};

interface TimeToLive {
  AttributeName?: string;
  Enabled: boolean | string;
}

const table: ResourceType = {
  name: 'AWS::DynamoDB::Table',
  properties,
  attributes: ['Arn', 'StreamArn'],
  async create(ctx, given) {
    const name = (given.TableName as string | undefined) ?? ctx.generateName(255);
    await ctx.aws.call('dynamodb', 'CreateTable', {
      TableName: name,
      ...tableInput(given),
      ...(given.LocalSecondaryIndexes === undefined
        ? {}
        : { LocalSecondaryIndexes: given.LocalSecondaryIndexes }),
      ...(given.GlobalSecondaryIndexes === undefined ? {} : { GlobalSecondaryIndexes: indexesOf(given) }),
      AttributeDefinitions: given.AttributeDefinitions ?? [],
      KeySchema: given.KeySchema,
      Tags: tagsOf(ctx, given),
    });
    const ttl = given.TimeToLiveSpecification as TimeToLive | undefined;
    if (ttl && isTrue(ttl.Enabled)) await setTimeToLive(ctx, name, ttl.AttributeName, true);
    return stateOf(ctx, name);
  },
  async update(ctx, current, given, previous) {
    const name = current.physicalId;
    await updateSettings(ctx, name, given, previous);
    await updateIndexes(ctx, name, given, previous);
    await updateTimeToLive(ctx, name, given, previous);
    await updateTags(ctx, current, given, previous);
    return stateOf(ctx, name);
  },
  async delete(ctx, current) {
    try {
      await ctx.aws.call('dynamodb', 'DeleteTable', { TableName: current.physicalId });
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') throw error;
    }
  },
};

export const resources: readonly ResourceType[] = [table];

/** What CreateTable and UpdateTable name alike. */
function tableInput(given: Properties): Record<string, unknown> {
  const stream = given.StreamSpecification as { StreamViewType: string } | undefined;
  const sse = given.SSESpecification as
    | { SSEEnabled: boolean | string; SSEType?: string; KMSMasterKeyId?: string }
    | undefined;
  const input: Record<string, unknown> = {
    BillingMode: given.BillingMode ?? 'PROVISIONED',
    ProvisionedThroughput: unitsOf(given.ProvisionedThroughput),
    OnDemandThroughput: given.OnDemandThroughput,
    TableClass: given.TableClass,
    DeletionProtectionEnabled:
      given.DeletionProtectionEnabled === undefined ? undefined : isTrue(given.DeletionProtectionEnabled),
    StreamSpecification: stream && { StreamEnabled: true, StreamViewType: stream.StreamViewType },
    SSESpecification: sse && {
      Enabled: isTrue(sse.SSEEnabled),
      ...(sse.SSEType === undefined ? {} : { SSEType: sse.SSEType }),
      ...(sse.KMSMasterKeyId === undefined ? {} : { KMSMasterKeyId: sse.KMSMasterKeyId }),
    },
  };
  return defined(input);
}

function defined(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

function unitsOf(given: unknown): object | undefined {
  if (given === undefined) return undefined;
  const { ReadCapacityUnits: read, WriteCapacityUnits: write } = given as Record<string, unknown>;
  return { ReadCapacityUnits: Number(read), WriteCapacityUnits: Number(write) };
}

interface IndexProperties {
  IndexName: string;
  ProvisionedThroughput?: unknown;
  [member: string]: unknown;
}

function indexesOf(given: Properties): IndexProperties[] {
  return ((given.GlobalSecondaryIndexes ?? []) as IndexProperties[]).map((index) => {
    const { ProvisionedThroughput, ...rest } = index;
    return ProvisionedThroughput === undefined
      ? rest
      : { ...rest, ProvisionedThroughput: unitsOf(ProvisionedThroughput) };
  });
}

async function updateSettings(
  ctx: ResourceContext,
  name: string,
  given: Properties,
  previous: Properties,
): Promise<void> {
  const [after, before] = [tableInput(given), tableInput(previous)];
  const changed = Object.entries(after).filter(
    ([member, value]) => JSON.stringify(value) !== JSON.stringify(before[member]),
  );
  const { StreamSpecification: stream, ...rest } = Object.fromEntries(changed);
  // A change of the view type switches the stream off and on: AWS has no other way.
  const streamGoes = before.StreamSpecification !== undefined && (stream || !after.StreamSpecification);
  if (streamGoes) await updateTable(ctx, name, { StreamSpecification: { StreamEnabled: false } });
  if (stream) await updateTable(ctx, name, { StreamSpecification: stream });
  const { BillingMode, ProvisionedThroughput, OnDemandThroughput, ...others } = rest;
  const throughput =
    BillingMode === 'PROVISIONED'
      ? provisioned(after, given, previous)
      : defined({ BillingMode, ProvisionedThroughput, OnDemandThroughput });
  if (Object.keys(throughput).length > 0) await updateTable(ctx, name, throughput);
  // UpdateTable takes each of them only alone.
  for (const [member, value] of Object.entries(others)) await updateTable(ctx, name, { [member]: value });
}

/** A table and its indexes leave on-demand mode together. */
function provisioned(after: Record<string, unknown>, given: Properties, previous: Properties): object {
  const throughputs = new Map(
    indexesOf(given).map((index) => [index.IndexName, index.ProvisionedThroughput]),
  );
  const updates = indexesOf(previous).map(({ IndexName }) => ({
    Update: { IndexName, ProvisionedThroughput: throughputs.get(IndexName) ?? after.ProvisionedThroughput },
  }));
  return defined({
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: after.ProvisionedThroughput,
    GlobalSecondaryIndexUpdates: updates.length > 0 ? updates : undefined,
  });
}

/** CloudFormation creates or deletes one index an update; several here go one after another. */
async function updateIndexes(
  ctx: ResourceContext,
  name: string,
  given: Properties,
  previous: Properties,
): Promise<void> {
  const after = new Map(indexesOf(given).map((index) => [index.IndexName, index]));
  const before = new Map(indexesOf(previous).map((index) => [index.IndexName, index]));
  const change = (update: object) =>
    updateTable(ctx, name, {
      AttributeDefinitions: given.AttributeDefinitions,
      GlobalSecondaryIndexUpdates: [update],
    });
  for (const [indexName, old] of before) {
    const fresh = after.get(indexName);
    if (!fresh || shapeOf(fresh) !== shapeOf(old)) {
      await change({ Delete: { IndexName: indexName } });
      before.delete(indexName);
    }
  }
  for (const [indexName, fresh] of after) {
    const old = before.get(indexName);
    if (!old) {
      await change({ Create: fresh });
    } else if (given.BillingMode === previous.BillingMode || given.BillingMode === 'PAY_PER_REQUEST') {
      const updates = Object.entries({
        ProvisionedThroughput: fresh.ProvisionedThroughput,
        OnDemandThroughput: fresh.OnDemandThroughput,
      }).filter(
        ([member, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(old[member]),
      );
      if (updates.length > 0) {
        await change({ Update: { IndexName: indexName, ...Object.fromEntries(updates) } });
      }
    }
  }
}

function shapeOf({ KeySchema, Projection }: IndexProperties): string {
  return JSON.stringify([KeySchema, Projection]);
}

function updateTable(ctx: ResourceContext, name: string, input: object): Promise<object> {
  return ctx.aws.call('dynamodb', 'UpdateTable', { TableName: name, ...input });
}

async function updateTimeToLive(
  ctx: ResourceContext,
  name: string,
  given: Properties,
  previous: Properties,
): Promise<void> {
  const after = given.TimeToLiveSpecification as TimeToLive | undefined;
  const before = previous.TimeToLiveSpecification as TimeToLive | undefined;
  const [isOn, wasOn] = [isTrue(after?.Enabled), isTrue(before?.Enabled)];
  if (wasOn && (!isOn || after?.AttributeName !== before?.AttributeName)) {
    await setTimeToLive(ctx, name, before?.AttributeName, false);
  }
  if (isOn && !(wasOn && after?.AttributeName === before?.AttributeName)) {
    await setTimeToLive(ctx, name, after?.AttributeName, true);
  }
}

function setTimeToLive(
  ctx: ResourceContext,
  name: string,
  attribute: string | undefined,
  enabled: boolean,
): Promise<object> {
  return ctx.aws.call('dynamodb', 'UpdateTimeToLive', {
    TableName: name,
    TimeToLiveSpecification: { Enabled: enabled, AttributeName: attribute },
  });
}

async function updateTags(
  ctx: ResourceContext,
  current: ResourceState,
  given: Properties,
  previous: Properties,
): Promise<void> {
  const ResourceArn = current.attributes.Arn;
  const after = tagsOf(ctx, given);
  const kept = new Set(after.map(({ Key }) => Key));
  const gone = tagsOf(ctx, previous).filter(({ Key }) => !kept.has(Key));
  if (gone.length > 0) {
    await ctx.aws.call('dynamodb', 'UntagResource', { ResourceArn, TagKeys: gone.map(({ Key }) => Key) });
  }
  if (after.length > 0) await ctx.aws.call('dynamodb', 'TagResource', { ResourceArn, Tags: after });
}

/** CloudFormation's own `aws:cloudformation:` tags can't be set through the API; the stack's others can. */
function tagsOf(ctx: ResourceContext, given: Properties): Tag[] {
  const own = Object.fromEntries(((given.Tags ?? []) as Tag[]).map(({ Key, Value }) => [Key, Value]));
  return Object.entries({ ...ctx.stackTags, ...own })
    .filter(([key]) => !key.startsWith('aws:'))
    .map(([Key, Value]) => ({ Key, Value: String(Value) }));
}

async function stateOf(ctx: ResourceContext, name: string): Promise<ResourceState> {
  const { Table } = await ctx.aws.call<{ Table: { TableArn: string; LatestStreamArn?: string } }>(
    'dynamodb',
    'DescribeTable',
    { TableName: name },
  );
  return {
    physicalId: name,
    attributes: {
      Arn: Table.TableArn,
      ...(Table.LatestStreamArn === undefined ? {} : { StreamArn: Table.LatestStreamArn }),
    },
  };
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}
