import { InvalidEvent } from '../errors.ts';
import { CfnResource } from '../resource.ts';
import { boolean, map, optional, required, type Schema, string } from '../schema.ts';
import { asMap, type Dict, getAtt, isPresent } from '../values.ts';
import { deadLetterQueue } from './deadLetter.ts';
import type { EventSource, LinkedEvent } from './eventSource.ts';
import { invokePermission } from './permission.ts';

export const scheduleSchema: Schema = {
  Schedule: required(string),
  RuleName: optional(string),
  Input: optional(string),
  Enabled: optional(boolean),
  State: optional(string),
  Name: optional(string),
  Description: optional(string),
  DeadLetterConfig: optional(map),
  RetryPolicy: optional(map),
};

export const ruleSchema: Schema = {
  EventBusName: optional(string),
  RuleName: optional(string),
  Pattern: optional(map),
  DeadLetterConfig: optional(map),
  RetryPolicy: optional(map),
  Input: optional(string),
  InputPath: optional(string),
  Target: optional(map),
  Enabled: optional(boolean),
  State: optional(string),
  InputTransformer: optional(map),
};

/** Event of type Schedule: a rule of EventBridge invokes the function at times. */
export const scheduleEvent: EventSource = {
  schema: scheduleSchema,
  transform: (event, { target }) => {
    const { Schedule, Name, Description } = event.properties;
    const rule = {
      ScheduleExpression: Schedule,
      State: ruleState(event),
      Name,
      Description,
    };
    return functionRule(event, target, rule);
  },
};

/** Events of type CloudWatchEvent and EventBridgeRule: a rule invokes the function on matching events. */
export const ruleEvent: EventSource = {
  schema: ruleSchema,
  transform: (event, { target }) => {
    const { EventBusName, Pattern, RuleName } = event.properties;
    return functionRule(event, target, {
      EventBusName,
      EventPattern: Pattern,
      Name: RuleName,
      State: ruleState(event),
    });
  },
};

function functionRule(event: LinkedEvent, target: CfnResource, properties: Dict): CfnResource[] {
  const attributes = target.inherited;
  const ruleArn = getAtt(event.logicalId, 'Arn');
  const queue = deadLetterQueue(event, attributes, ruleArn);
  const rule = new CfnResource(
    event.logicalId,
    'AWS::Events::Rule',
    { ...properties, Targets: [ruleTarget(event, target.arn, 'LambdaTarget', queue.arn)] },
    { attributes },
  );
  const permission = invokePermission(event.logicalId, target, {
    principal: 'events.amazonaws.com',
    sourceArn: ruleArn,
  });
  return [rule, ...queue.resources, permission];
}

/** `State`, or `Enabled` as a state; not both. */
export function ruleState(event: LinkedEvent): unknown {
  const { State, Enabled } = event.properties;
  if (isPresent(State) && Enabled !== undefined) {
    throw new InvalidEvent(event.id, 'State and Enabled Properties cannot both be specified.');
  }
  if (Enabled !== undefined) return isPresent(Enabled) ? 'ENABLED' : 'DISABLED';
  return isPresent(State) ? State : undefined;
}

/** The longest id a rule's target may have (EventBridge API reference, Target). */
const targetIdMax = 64;

export function ruleTarget(event: LinkedEvent, arn: unknown, suffix: string, deadLetterArn: unknown): Dict {
  const given = asMap(event.properties.Target).Id;
  const generated = event.logicalId.slice(0, targetIdMax - suffix.length) + suffix;
  const target: Dict = { Arn: arn, Id: given === undefined ? generated : given };
  for (const name of ['Input', 'InputPath', 'RetryPolicy', 'InputTransformer']) {
    if (event.properties[name] !== undefined) target[name] = event.properties[name];
  }
  if (event.properties.DeadLetterConfig !== undefined) target.DeadLetterConfig = { Arn: deadLetterArn };
  return target;
}
