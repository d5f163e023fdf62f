import { arnTemplate } from '../context.ts';
import { CfnResource } from '../resource.ts';
import { optional, required, string } from '../schema.ts';
import { isPresent, ref, sub } from '../values.ts';
import type { EventSource } from './eventSource.ts';
import { invokePermission } from './permission.ts';

/** Event of type AlexaSkill: a skill invokes the function. */
export const alexaSkillEvent: EventSource = {
  schema: { SkillId: optional(string) },
  transform: (event, { target }) => [
    invokePermission(event.logicalId, target, {
      principal: 'alexa-appkit.amazon.com',
      eventSourceToken: event.properties.SkillId,
    }),
  ],
};

/** Event of type IoTRule: a topic rule invokes the function. */
export const iotRuleEvent: EventSource = {
  schema: { Sql: required(string), AwsIotSqlVersion: optional(string) },
  transform: (event, { target, context }) => {
    const { Sql, AwsIotSqlVersion } = event.properties;
    const permission = invokePermission(event.logicalId, target, {
      principal: 'iot.amazonaws.com',
      sourceArn: sub(arnTemplate(context.partition, 'iot', 'rule/${RuleName}'), {
        RuleName: ref(event.logicalId),
      }),
      sourceAccount: sub('${AWS::AccountId}'),
    });
    const payload = {
      Sql,
      RuleDisabled: false,
      Actions: [{ Lambda: { FunctionArn: target.arn } }],
      ...(isPresent(AwsIotSqlVersion) ? { AwsIotSqlVersion } : {}),
    };
    const rule = new CfnResource(
      event.logicalId,
      'AWS::IoT::TopicRule',
      { TopicRulePayload: payload },
      { attributes: target.inherited },
    );
    return [permission, rule];
  },
};

/** Event of type CloudWatchLogs: a subscription filter of a log group invokes the function. */
export const cloudWatchLogsEvent: EventSource = {
  schema: { LogGroupName: required(string), FilterPattern: required(string) },
  transform: (event, { target, context }) => {
    const { LogGroupName, FilterPattern } = event.properties;
    const permission = invokePermission(event.logicalId, target, {
      principal: 'logs.amazonaws.com',
      sourceArn: sub(arnTemplate(context.partition, 'logs', 'log-group:${__LogGroupName__}:*'), {
        __LogGroupName__: LogGroupName,
      }),
    });
    const filter = new CfnResource(
      event.logicalId,
      'AWS::Logs::SubscriptionFilter',
      { LogGroupName, FilterPattern, DestinationArn: target.arn },
      { attributes: target.inherited, dependsOn: [permission.logicalId] },
    );
    return [permission, filter];
  },
};
