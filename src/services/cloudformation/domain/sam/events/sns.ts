import { InvalidEvent } from '../errors.ts';
import { eventProperty, expectMap } from '../expect.ts';
import { resolveParameters } from '../intrinsics.ts';
import { CfnResource } from '../resource.ts';
import { boolean, map, oneOf, optional, passThrough, required, type Schema, string } from '../schema.ts';
import { asMap, type Dict, isEmpty, isPresent, referencedId, text } from '../values.ts';
import type { EventSource, EventTarget, LinkedEvent } from './eventSource.ts';
import { invokePermission } from './permission.ts';
import { queuePolicy } from './sqsQueue.ts';
import { sqsMapping } from './streams.ts';

const schema: Schema = {
  Topic: required(string),
  Region: optional(string),
  FilterPolicy: passThrough,
  FilterPolicyScope: passThrough,
  SqsSubscription: optional(oneOf(boolean, map)),
  RedrivePolicy: optional(map),
};

/** Event of type SNS: a topic invokes the function, directly or through a queue. */
export const snsEvent: EventSource = {
  schema,
  transform: (event, to) => {
    const { SqsSubscription: through, Topic } = event.properties;
    if (isPresent(through)) return throughQueue(event, to, through);
    const subscribed = subscription(event, 'lambda', to.target.arn, to.target.inherited);
    const permission = invokePermission(event.logicalId, to.target, {
      principal: 'sns.amazonaws.com',
      sourceArn: Topic,
    });
    return [permission, subscribed];
  },
};

function throughQueue(event: LinkedEvent, to: EventTarget, through: unknown): CfnResource[] {
  const attributes = to.target.inherited;
  const { id, logicalId, properties } = event;
  let queue: { arn: unknown; url: unknown };
  let policyId = `${logicalId}QueuePolicy`;
  let batchSize: unknown = 10;
  const made: CfnResource[] = [];
  if (through === true) {
    const fifo = isFifo(properties.Topic, to);
    const own = new CfnResource(
      `${logicalId}Queue`,
      'AWS::SQS::Queue',
      { FifoQueue: isPresent(fifo) ? fifo : undefined },
      { attributes },
    );
    queue = { arn: own.arn, url: own.ref };
    made.push(own);
  } else {
    const settings = expectMap(through, eventProperty(id, 'SqsSubscription'));
    if (isEmpty(settings.QueueArn) || isEmpty(settings.QueueUrl)) {
      throw new InvalidEvent(id, 'No QueueARN or QueueURL provided.');
    }
    queue = { arn: settings.QueueArn, url: settings.QueueUrl };
    if (isPresent(settings.QueuePolicyLogicalId)) policyId = text(settings.QueuePolicyLogicalId);
    if (isPresent(settings.BatchSize)) batchSize = settings.BatchSize;
  }
  return [
    ...sqsMapping(`${logicalId}EventSourceMapping`, queue.arn, batchSize, to),
    ...made,
    queuePolicy(policyId, queue, { arn: properties.Topic, principal: '*' }, attributes),
    subscription(event, 'sqs', queue.arn, attributes),
  ];
}

/** A FIFO topic needs a FIFO queue. */
function isFifo(topic: unknown, to: EventTarget): unknown {
  const topicId = referencedId(topic);
  if (topicId === undefined) return false;
  const declared = asMap(asMap(to.context.resources[topicId]).Properties).FifoTopic ?? false;
  return resolveParameters(declared, to.context.parameters);
}

function subscription(
  event: LinkedEvent,
  protocol: string,
  endpoint: unknown,
  attributes: Dict,
): CfnResource {
  const { Topic, Region, FilterPolicy, FilterPolicyScope, RedrivePolicy } = event.properties;
  return new CfnResource(
    event.logicalId,
    'AWS::SNS::Subscription',
    {
      Protocol: protocol,
      Endpoint: endpoint,
      TopicArn: Topic,
      Region,
      FilterPolicy,
      FilterPolicyScope,
      RedrivePolicy,
    },
    { attributes },
  );
}
