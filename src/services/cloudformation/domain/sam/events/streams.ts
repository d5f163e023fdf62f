import { managedPolicyArn, type SamContext } from '../context.ts';
import { InvalidEvent } from '../errors.ts';
import { eventProperty, expectMap } from '../expect.ts';
import { grant, type InlinePolicy, publishPolicy, putObjectPolicy, sendMessagePolicy } from '../iam.ts';
import { CfnResource } from '../resource.ts';
import {
  boolean,
  integer,
  list,
  map,
  optional,
  passThrough,
  requiredPassThrough,
  type Schema,
  string,
} from '../schema.ts';
import { type Dict, isEmpty, isIntrinsic, isMap, isPresent, text } from '../values.ts';
import type { EventSource, EventTarget, LinkedEvent } from './eventSource.ts';

/** What all event sources that Lambda polls have in common. */
export const mappingSchema: Schema = {
  BatchSize: optional(integer),
  StartingPosition: passThrough,
  StartingPositionTimestamp: passThrough,
  Enabled: optional(boolean),
  MaximumBatchingWindowInSeconds: optional(integer),
  MaximumRetryAttempts: optional(integer),
  BisectBatchOnFunctionError: optional(boolean),
  MaximumRecordAgeInSeconds: optional(integer),
  DestinationConfig: optional(map),
  ParallelizationFactor: optional(integer),
  Topics: optional(list),
  Queues: optional(list),
  SourceAccessConfigurations: optional(list),
  SecretsManagerKmsKeyId: optional(string),
  TumblingWindowInSeconds: optional(integer),
  FunctionResponseTypes: optional(list),
  KafkaBootstrapServers: optional(list),
  FilterCriteria: optional(map),
  KmsKeyArn: passThrough,
  ConsumerGroupId: optional(string),
  ScalingConfig: optional(map),
  ProvisionedPollerConfig: optional(map),
  SchemaRegistryConfig: optional(map),
  MetricsConfig: optional(map),
  LoggingConfig: optional(map),
};

/** Properties that AWS::Lambda::EventSourceMapping takes under the same name. */
const sameNames = [
  'StartingPosition',
  'StartingPositionTimestamp',
  'BatchSize',
  'Enabled',
  'MaximumBatchingWindowInSeconds',
  'MaximumRetryAttempts',
  'BisectBatchOnFunctionError',
  'MaximumRecordAgeInSeconds',
  'ParallelizationFactor',
  'Topics',
  'Queues',
  'SourceAccessConfigurations',
  'TumblingWindowInSeconds',
  'FunctionResponseTypes',
  'FilterCriteria',
  'KmsKeyArn',
  'ScalingConfig',
  'ProvisionedPollerConfig',
  'MetricsConfig',
  'LoggingConfig',
] as const;

/** What tells one polled source from another. */
export interface PolledSource {
  readonly schema: Schema;
  /** The property that names the source; undefined for a Kafka of one's own. */
  readonly sourceProperty?: string;
  /** The managed policy that the execution role needs. */
  readonly managedPolicy?: string;
  readonly policies?: (event: LinkedEvent, context: SamContext) => InlinePolicy[];
  /** Members that only this source has. */
  readonly extend?: (event: LinkedEvent) => Dict;
}

/** An event source that Lambda polls through a mapping. */
export function polledEvent(source: PolledSource): EventSource {
  return { schema: source.schema, transform: (event, to) => [eventSourceMapping(event, source, to)] };
}

function eventSourceMapping(event: LinkedEvent, source: PolledSource, to: EventTarget): CfnResource {
  const { properties } = event;
  const mapping: Dict = {
    FunctionName: to.target.ref,
    EventSourceArn: source.sourceProperty ? properties[source.sourceProperty] : undefined,
  };
  for (const name of sameNames) mapping[name] = properties[name];
  checkFilter(event);
  if (isPresent(properties.KafkaBootstrapServers)) {
    mapping.SelfManagedEventSource = {
      Endpoints: { KafkaBootstrapServers: properties.KafkaBootstrapServers },
    };
  }
  Object.assign(mapping, kafkaConfig(event));
  const destination = failureDestination(event);
  mapping.DestinationConfig = isPresent(properties.DestinationConfig)
    ? properties.DestinationConfig
    : undefined;
  Object.assign(mapping, source.extend?.(event));
  grant(
    to.role,
    source.managedPolicy ? managedPolicyArn(to.context, source.managedPolicy) : undefined,
    source.policies?.(event, to.context) ?? [],
  );
  if (destination) grant(to.role, undefined, [destination]);
  return new CfnResource(event.logicalId, 'AWS::Lambda::EventSourceMapping', mapping, {
    attributes: to.target.inherited,
  });
}

function kafkaConfig(event: LinkedEvent): Dict {
  const { ConsumerGroupId, SchemaRegistryConfig } = event.properties;
  const names: Readonly<Record<string, string>> = {
    MSK: 'AmazonManagedKafkaEventSourceConfig',
    SelfManagedKafka: 'SelfManagedKafkaEventSourceConfig',
  };
  const name = names[event.type];
  if (isPresent(ConsumerGroupId) && !name) {
    throw new InvalidEvent(
      event.logicalId,
      `Property ConsumerGroupId not defined for resource of type ${event.type}.`,
    );
  }
  const config: Dict = {};
  if (isPresent(ConsumerGroupId)) config.ConsumerGroupId = ConsumerGroupId;
  if (isPresent(SchemaRegistryConfig)) config.SchemaRegistryConfig = SchemaRegistryConfig;
  return name && isPresent(config) ? { [name]: config } : {};
}

const filtered = ['DocumentDB', 'DynamoDB', 'Kinesis', 'MQ', 'MSK', 'SelfManagedKafka', 'SQS'];

function checkFilter(event: LinkedEvent): void {
  const criteria = event.properties.FilterCriteria;
  if (isEmpty(criteria) || isIntrinsic(criteria) || !isMap(criteria)) return;
  if (!filtered.includes(event.type)) {
    throw new InvalidEvent(event.id, `FilterCriteria is only available for ${filtered.join(', ')} events.`);
  }
  if (Object.keys(criteria).join() !== 'Filters') {
    throw new InvalidEvent(event.id, 'FilterCriteria field has a wrong format');
  }
}

/** `DestinationConfig.OnFailure`: its `Type` is SAM's own, and says what the role needs. */
function failureDestination(event: LinkedEvent): InlinePolicy | undefined {
  const config = event.properties.DestinationConfig;
  if (isEmpty(config) || !isMap(config)) return undefined;
  const onFailure = expectMap(
    config.OnFailure,
    eventProperty(event.logicalId, 'DestinationConfig.OnFailure'),
  );
  const type = onFailure.Type;
  if (isEmpty(type)) return undefined;
  delete onFailure.Type;
  switch (text(type)) {
    case 'SQS':
      return sendMessagePolicy(onFailure.Destination, event.logicalId);
    case 'SNS':
      return publishPolicy(onFailure.Destination, event.logicalId);
    case 'S3':
      return putObjectPolicy(onFailure.Destination, event.logicalId);
    case 'Kafka':
      return undefined;
    default:
      throw new InvalidEvent(
        event.logicalId,
        "The only valid values for 'Type' are 'SQS', 'SNS', 'S3', and 'Kafka'",
      );
  }
}

const stream = (schema: Schema, policy: string): EventSource =>
  polledEvent({
    schema: { ...mappingSchema, ...schema },
    sourceProperty: 'Stream',
    managedPolicy: `service-role/${policy}`,
  });

const streamSchema: Schema = { Stream: requiredPassThrough, StartingPosition: requiredPassThrough };

export const kinesisEvent = stream(streamSchema, 'AWSLambdaKinesisExecutionRole');
export const dynamoDbEvent = stream(streamSchema, 'AWSLambdaDynamoDBExecutionRole');

const sqsSource: PolledSource = {
  schema: { ...mappingSchema, Queue: requiredPassThrough },
  sourceProperty: 'Queue',
  managedPolicy: 'service-role/AWSLambdaSQSQueueExecutionRole',
};

export const sqsEvent = polledEvent(sqsSource);

/** The mapping of a queue that stands between a topic and a function. */
export function sqsMapping(
  logicalId: string,
  queueArn: unknown,
  batchSize: unknown,
  to: EventTarget,
): CfnResource[] {
  const properties = { Queue: queueArn, BatchSize: batchSize, Enabled: true };
  const event: LinkedEvent = {
    id: logicalId,
    type: 'SQS',
    logicalId,
    properties,
    source: sqsEvent,
    link: {},
  };
  return sqsEvent.transform(event, to);
}
