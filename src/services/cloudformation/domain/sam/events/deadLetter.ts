import { InvalidEvent } from '../errors.ts';
import { CfnResource } from '../resource.ts';
import { type Dict, isMap, isText, text } from '../values.ts';
import type { LinkedEvent } from './eventSource.ts';
import { queuePolicy } from './sqsQueue.ts';

export interface DeadLetterQueue {
  /** The queue's ARN; undefined when the event has none. */
  readonly arn: unknown;
  readonly resources: CfnResource[];
}

/**
 * `DeadLetterConfig` of a rule or schedule: the author's queue, or one made here. `ruleArn` is who may send to it,
 * for sources that send by themselves.
 */
export function deadLetterQueue(event: LinkedEvent, attributes: Dict, ruleArn?: unknown): DeadLetterQueue {
  const config = event.properties.DeadLetterConfig;
  if (config === undefined || !isMap(config)) return { arn: undefined, resources: [] };
  checkConfig(event.logicalId, config);
  if (config.Arn !== undefined && config.Arn !== null) return { arn: config.Arn, resources: [] };
  const given = config.QueueLogicalId;
  if (given !== undefined && given !== null && !isText(given)) {
    throw new InvalidEvent(event.logicalId, 'QueueLogicalId must be a string');
  }
  const queueId = given ? text(given) : `${event.logicalId}Queue`;
  const queue = new CfnResource(queueId, 'AWS::SQS::Queue', {}, { attributes });
  if (ruleArn === undefined) return { arn: queue.arn, resources: [queue] };
  const source = { arn: ruleArn, principal: { Service: 'events.amazonaws.com' } };
  const policy = queuePolicy(
    `${event.logicalId}QueuePolicy`,
    { arn: queue.arn, url: queue.ref },
    source,
    attributes,
  );
  return { arn: queue.arn, resources: [queue, policy] };
}

function checkConfig(eventId: string, config: Dict): void {
  const hasArn = 'Arn' in config;
  const hasType = 'Type' in config;
  if (hasArn && hasType) {
    throw new InvalidEvent(eventId, "You can either define 'Arn' or 'Type' property of DeadLetterConfig.");
  }
  if (hasType && text(config.Type) !== 'SQS') {
    throw new InvalidEvent(eventId, "The only valid value for 'Type' property of DeadLetterConfig is 'SQS'.");
  }
  if (!hasArn && !hasType) {
    throw new InvalidEvent(eventId, "No 'Arn' or 'Type' property provided for DeadLetterConfig.");
  }
}
