import { InvalidEvent } from '../errors.ts';
import { assumeRolePolicy, invokeFunctionPolicy, sendMessagePolicy, startExecutionPolicy } from '../iam.ts';
import { CfnResource } from '../resource.ts';
import { boolean, literal, map, optional, required, type Schema, string } from '../schema.ts';
import { type Dict, isPresent } from '../values.ts';
import { deadLetterQueue } from './deadLetter.ts';
import type { EventSource, LinkedEvent } from './eventSource.ts';

const schema: Schema = {
  PermissionsBoundary: optional(string),
  ScheduleExpression: required(string),
  FlexibleTimeWindow: optional(map),
  Name: optional(string),
  State: optional(string),
  Description: optional(string),
  StartDate: optional(string),
  EndDate: optional(string),
  ScheduleExpressionTimezone: optional(string),
  GroupName: optional(string),
  KmsKeyArn: optional(string),
  Input: optional(string),
  RoleArn: optional(string),
  DeadLetterConfig: optional(map),
  RetryPolicy: optional(map),
  OmitName: literal(boolean),
};

const sameNames = [
  'Description',
  'StartDate',
  'EndDate',
  'ScheduleExpressionTimezone',
  'GroupName',
  'KmsKeyArn',
];

/** Event of type ScheduleV2: a schedule of EventBridge Scheduler, for functions and state machines alike. */
export const scheduleV2Event: EventSource = {
  schema,
  transform: (event, { target }) => {
    const attributes = target.inherited;
    const { properties, logicalId } = event;
    const schedule: Dict = {
      ScheduleExpression: properties.ScheduleExpression,
      State: isPresent(properties.State) ? properties.State : undefined,
      Name: scheduleName(event),
      FlexibleTimeWindow: isPresent(properties.FlexibleTimeWindow)
        ? properties.FlexibleTimeWindow
        : { Mode: 'OFF' },
    };
    for (const name of sameNames) schedule[name] = properties[name];
    const queue = deadLetterQueue(event, attributes);
    const role = isPresent(properties.RoleArn)
      ? undefined
      : scheduleRole(event, target, queue.arn, attributes);
    const scheduleTarget: Dict = { Arn: target.arn, RoleArn: role?.arn ?? properties.RoleArn };
    for (const name of ['Input', 'RetryPolicy']) {
      if (properties[name] !== undefined) scheduleTarget[name] = properties[name];
    }
    if (properties.DeadLetterConfig !== undefined) scheduleTarget.DeadLetterConfig = { Arn: queue.arn };
    schedule.Target = scheduleTarget;
    const made = new CfnResource(logicalId, 'AWS::Scheduler::Schedule', schedule, { attributes });
    return [made, ...queue.resources, ...(role ? [role] : [])];
  },
};

function scheduleName(event: LinkedEvent): unknown {
  const { OmitName, Name } = event.properties;
  if (!isPresent(OmitName)) return isPresent(Name) ? Name : event.logicalId;
  if (isPresent(Name)) throw new InvalidEvent(event.logicalId, 'Name cannot be set when OmitName is True');
  return undefined;
}

function scheduleRole(
  event: LinkedEvent,
  target: CfnResource,
  queueArn: unknown,
  attributes: Dict,
): CfnResource {
  const { logicalId, properties } = event;
  const startsExecution = target.type.startsWith('AWS::StepFunctions::');
  const call = startsExecution ? startExecutionPolicy : invokeFunctionPolicy;
  const policies = [call(target.arn, logicalId)];
  if (isPresent(queueArn)) policies.push(sendMessagePolicy(queueArn, logicalId));
  return new CfnResource(
    `${logicalId}Role`,
    'AWS::IAM::Role',
    {
      AssumeRolePolicyDocument: assumeRolePolicy('scheduler.amazonaws.com'),
      Policies: policies,
      PermissionsBoundary: isPresent(properties.PermissionsBoundary)
        ? properties.PermissionsBoundary
        : undefined,
    },
    { attributes },
  );
}
