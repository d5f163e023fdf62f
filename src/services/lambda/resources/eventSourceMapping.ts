import { AwsError } from '../../../kernel/index.ts';
import type { Properties, PropertyRule, ResourceContext, ResourceType } from '../../../platform/index.ts';
import { call, pick, unlessMissing } from './steps.ts';

const destination: PropertyRule = {
  type: 'object',
  members: { Destination: { required: true, type: 'string' } },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html */
export const eventSourceMapping: ResourceType = {
  name: 'AWS::Lambda::EventSourceMapping',
  properties: {
    FunctionName: { required: true, type: 'string' },
    EventSourceArn: { type: 'string', createOnly: true },
    StartingPosition: { type: 'string', createOnly: true },
    StartingPositionTimestamp: { type: 'number', createOnly: true },
    Enabled: { type: 'boolean' },
    BatchSize: { type: 'number' },
    MaximumBatchingWindowInSeconds: { type: 'number' },
    BisectBatchOnFunctionError: { type: 'boolean' },
    DestinationConfig: { type: 'object', members: { OnFailure: destination, OnSuccess: destination } },
    FilterCriteria: {
      type: 'object',
      members: { Filters: { type: 'array', members: { Pattern: { type: 'string' } } } },
    },
    FunctionResponseTypes: { type: 'array' },
    KmsKeyArn: { type: 'string' },
    MaximumRecordAgeInSeconds: { type: 'number' },
    MaximumRetryAttempts: { type: 'number' },
    MetricsConfig: { type: 'object', members: { Metrics: { type: 'array' } } },
    ParallelizationFactor: { type: 'number' },
    ProvisionedPollerConfig: {
      type: 'object',
      members: {
        MinimumPollers: { type: 'number' },
        MaximumPollers: { type: 'number' },
        PollerGroupName: { type: 'string' },
      },
    },
    ScalingConfig: { type: 'object', members: { MaximumConcurrency: { type: 'number' } } },
    Tags: { type: 'tags' },
    TumblingWindowInSeconds: { type: 'number' },
    // Of sources that this cloud doesn't have: Lambda says so by name.
    AmazonManagedKafkaEventSourceConfig: { type: 'object', createOnly: true },
    DocumentDBEventSourceConfig: { type: 'object' },
    LoggingConfig: { type: 'object' },
    Queues: { type: 'array' },
    SelfManagedEventSource: { type: 'object', createOnly: true },
    SelfManagedKafkaEventSourceConfig: { type: 'object', createOnly: true },
    SourceAccessConfigurations: { type: 'array' },
    Topics: { type: 'array', createOnly: true },
  },
  attributes: ['Id', 'EventSourceMappingArn'],
  async create(ctx, properties) {
    const { StartingPositionTimestamp: seconds } = properties;
    const { UUID } = await call<{ UUID: string }>(ctx, 'CreateEventSourceMapping', {
      ...inputOf(properties),
      ...pick(properties, ['EventSourceArn', 'StartingPosition', 'SelfManagedEventSource', 'Topics']),
      ...(seconds === undefined ? {} : { StartingPositionTimestamp: new Date(Number(seconds) * 1000) }),
      Tags: tagsOf(ctx, properties),
    });
    await settled(ctx, UUID);
    return stateOf(ctx, UUID);
  },
  async update(ctx, current, properties, previous) {
    const UUID = current.physicalId;
    // What the template no longer says goes back to its default.
    const removed = pick(
      defaults(String(properties.EventSourceArn)),
      Object.keys(previous).filter((name) => properties[name] === undefined),
    );
    await unlessInUse(ctx, UUID, () =>
      call(ctx, 'UpdateEventSourceMapping', { UUID, ...removed, ...inputOf(properties) }),
    );
    await settled(ctx, UUID);
    await setTags(ctx, UUID, properties, previous);
    return stateOf(ctx, UUID);
  },
  async delete(ctx, current) {
    const UUID = current.physicalId;
    await unlessMissing(
      unlessInUse(ctx, UUID, () => call(ctx, 'DeleteEventSourceMapping', { UUID })).then(() =>
        settled(ctx, UUID),
      ),
    );
  },
};

const sameNames = [
  'FunctionName',
  'Enabled',
  'BatchSize',
  'MaximumBatchingWindowInSeconds',
  'BisectBatchOnFunctionError',
  'DestinationConfig',
  'FilterCriteria',
  'FunctionResponseTypes',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'MetricsConfig',
  'ParallelizationFactor',
  'ProvisionedPollerConfig',
  'ScalingConfig',
  'TumblingWindowInSeconds',
  'AmazonManagedKafkaEventSourceConfig',
  'DocumentDBEventSourceConfig',
  'LoggingConfig',
  'Queues',
  'SelfManagedKafkaEventSourceConfig',
  'SourceAccessConfigurations',
];

function inputOf(properties: Properties): Record<string, unknown> {
  const { KmsKeyArn } = properties;
  return { ...pick(properties, sameNames), ...(KmsKeyArn === undefined ? {} : { KMSKeyArn: KmsKeyArn }) };
}

/** Members that the source's kind has, as Create leaves them. */
function defaults(sourceArn: string): Properties {
  const common = {
    Enabled: true,
    MaximumBatchingWindowInSeconds: 0,
    FilterCriteria: { Filters: [] },
    FunctionResponseTypes: [],
    MetricsConfig: { Metrics: [] },
  };
  if (sourceArn.split(':')[2] === 'sqs') return { ...common, BatchSize: 10, ScalingConfig: {} };
  return {
    ...common,
    BatchSize: 100,
    BisectBatchOnFunctionError: false,
    DestinationConfig: { OnFailure: {} },
    MaximumRecordAgeInSeconds: -1,
    MaximumRetryAttempts: -1,
    ParallelizationFactor: 1,
    TumblingWindowInSeconds: 0,
  };
}

/** Between two looks at a state that is on its way, milliseconds. */
const lookMs = 50;

/** Waits until the mapping is Enabled or Disabled. @throws ResourceNotFoundException when it is gone. */
async function settled(ctx: ResourceContext, UUID: string): Promise<void> {
  for (;;) {
    const { State } = await call<{ State?: string }>(ctx, 'GetEventSourceMapping', { UUID });
    if (State === 'Enabled' || State === 'Disabled') return;
    await ctx.clock.sleep(lookMs, ctx.signal);
  }
}

/** Changes what is being changed when that is over. */
async function unlessInUse(
  ctx: ResourceContext,
  UUID: string,
  change: () => Promise<unknown>,
): Promise<void> {
  for (;;) {
    try {
      await change();
      return;
    } catch (error) {
      if (!(error instanceof AwsError && error.code === 'ResourceInUseException')) throw error;
      await settled(ctx, UUID);
    }
  }
}

function tagsOf(ctx: ResourceContext, properties: Properties): Record<string, string> {
  const own = (properties.Tags as { Key: string; Value: string }[] | undefined) ?? [];
  return { ...ctx.stackTags, ...Object.fromEntries(own.map(({ Key, Value }) => [Key, String(Value)])) };
}

async function setTags(ctx: ResourceContext, UUID: string, properties: Properties, previous: Properties) {
  const Resource = stateOf(ctx, UUID).attributes.EventSourceMappingArn;
  const [before, after] = [tagsOf(ctx, previous), tagsOf(ctx, properties)];
  const TagKeys = Object.keys(before).filter((key) => !(key in after));
  if (TagKeys.length > 0) await call(ctx, 'UntagResource', { Resource, TagKeys });
  if (Object.keys(after).length > 0) await call(ctx, 'TagResource', { Resource, Tags: after });
}

function stateOf({ region, account }: ResourceContext, Id: string) {
  const EventSourceMappingArn = `arn:aws:lambda:${region}:${account}:event-source-mapping:${Id}`;
  return { physicalId: Id, attributes: { Id, EventSourceMappingArn } };
}
