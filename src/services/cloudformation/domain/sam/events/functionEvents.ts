import { apiEvent } from './api.ts';
import { documentDbEvent, mqEvent, mskEvent, selfManagedKafkaEvent } from './brokers.ts';
import { cognitoEvent } from './cognito.ts';
import type { EventSource } from './eventSource.ts';
import { httpApiEvent } from './httpApi.ts';
import { ruleEvent, scheduleEvent } from './rule.ts';
import { s3Event } from './s3.ts';
import { scheduleV2Event } from './scheduleV2.ts';
import { alexaSkillEvent, cloudWatchLogsEvent, iotRuleEvent } from './smallSources.ts';
import { snsEvent } from './sns.ts';
import { dynamoDbEvent, kinesisEvent, sqsEvent } from './streams.ts';

/** The event types of AWS::Serverless::Function. */
export const functionEvents: Readonly<Record<string, EventSource>> = {
  AlexaSkill: alexaSkillEvent,
  Api: apiEvent,
  CloudWatchEvent: ruleEvent,
  CloudWatchLogs: cloudWatchLogsEvent,
  Cognito: cognitoEvent,
  DocumentDB: documentDbEvent,
  DynamoDB: dynamoDbEvent,
  EventBridgeRule: ruleEvent,
  HttpApi: httpApiEvent,
  IoTRule: iotRuleEvent,
  Kinesis: kinesisEvent,
  MQ: mqEvent,
  MSK: mskEvent,
  S3: s3Event,
  SNS: snsEvent,
  SQS: sqsEvent,
  Schedule: scheduleEvent,
  ScheduleV2: scheduleV2Event,
  SelfManagedKafka: selfManagedKafkaEvent,
};
