/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-notificationconfiguration.html */
import type { PropertyRule } from '../../platform/index.ts';

const filter: PropertyRule = {
  type: 'object',
  members: {
    S3Key: {
      type: 'object',
      required: true,
      members: {
        Rules: {
          type: 'array',
          required: true,
          members: { Name: { type: 'string', required: true }, Value: { type: 'string', required: true } },
        },
      },
    },
  },
};

function listOf(destination: string): PropertyRule {
  return {
    type: 'array',
    members: {
      Event: { type: 'string', required: true },
      Filter: filter,
      [destination]: { type: 'string', required: true },
    },
  };
}

/** EventBridge isn't here: a template that asks for it fails before anything is created. */
export const notificationRule: PropertyRule = {
  type: 'object',
  members: {
    LambdaConfigurations: listOf('Function'),
    QueueConfigurations: listOf('Queue'),
    TopicConfigurations: listOf('Topic'),
  },
};

interface TemplateConfiguration {
  Event: string;
  Filter?: { S3Key: { Rules: { Name: string; Value: string }[] } };
  Function?: string;
  Queue?: string;
  Topic?: string;
}

type TemplateNotifications = Partial<
  Record<'LambdaConfigurations' | 'QueueConfigurations' | 'TopicConfigurations', TemplateConfiguration[]>
>;

/** What PutBucketNotificationConfiguration is given for the property's value; nothing takes all away. */
export function notificationInput(value: unknown): object {
  const { LambdaConfigurations, QueueConfigurations, TopicConfigurations } = (value ??
    {}) as TemplateNotifications;
  return {
    NotificationConfiguration: {
      LambdaFunctionConfigurations: LambdaConfigurations?.map((each) => ({
        LambdaFunctionArn: each.Function,
        ...whatAndWhich(each),
      })),
      QueueConfigurations: QueueConfigurations?.map((each) => ({
        QueueArn: each.Queue,
        ...whatAndWhich(each),
      })),
      TopicConfigurations: TopicConfigurations?.map((each) => ({
        TopicArn: each.Topic,
        ...whatAndWhich(each),
      })),
    },
  };
}

function whatAndWhich({ Event, Filter }: TemplateConfiguration): object {
  return { Events: [Event], ...(Filter ? { Filter: { Key: { FilterRules: Filter.S3Key.Rules } } } : {}) };
}
