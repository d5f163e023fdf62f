/** How an event reaches each kind of target: one line a service. New kinds arrive with their services. */
import { AwsError, parseArn } from '../kernel/index.ts';
import type { AwsCaller } from '../platform/index.ts';
import { TaskAbandoned } from '../tasks/index.ts';
import type { Delivery } from './port.ts';

type Target = (aws: AwsCaller, delivery: Delivery) => Promise<unknown>;

const targets: Readonly<Record<string, Target>> = {
  lambda: (aws, { targetArn, event }) =>
    aws.call('lambda', 'Invoke', {
      FunctionName: targetArn,
      InvocationType: 'Event',
      Payload: new TextEncoder().encode(event),
    }),
  sqs: (aws, { targetArn, event, attributes }) =>
    aws.call('sqs', 'SendMessage', {
      QueueUrl: queueUrl(targetArn),
      MessageBody: event,
      ...(attributes ? { MessageAttributes: messageAttributes(attributes) } : {}),
    }),
  sns: (aws, { targetArn, event, attributes }) =>
    aws.call('sns', 'Publish', {
      TopicArn: targetArn,
      Message: event,
      ...(attributes ? { MessageAttributes: messageAttributes(attributes) } : {}),
    }),
  events: async (aws, { targetArn, event, busEntry }) => {
    const { Entries } = await aws.call<{ Entries?: { ErrorCode?: string; ErrorMessage?: string }[] }>(
      'events',
      'PutEvents',
      {
        Entries: [
          {
            EventBusName: targetArn,
            Detail: event,
            ...(busEntry
              ? { Source: busEntry.source, DetailType: busEntry.detailType, Resources: busEntry.resources }
              : {}),
          },
        ],
      },
    );
    // A refused entry is told of in an answer of 200.
    const [entry] = Entries ?? [];
    if (entry?.ErrorCode !== undefined) throw new AwsError(entry.ErrorCode, entry.ErrorMessage ?? '');
  },
  s3: (aws, { targetArn, event, objectKey }) => {
    if (objectKey === undefined) throw new TaskAbandoned(`There is no key for an object in ${targetArn}`);
    const Bucket = parseArn(targetArn)?.resource;
    return aws.call('s3', 'PutObject', { Bucket, Key: objectKey, Body: Buffer.from(event) });
  },
};

/** @throws TaskAbandoned when the ARN is of no kind that takes events. */
export async function sendTo(aws: AwsCaller, delivery: Delivery): Promise<void> {
  const target = targets[parseArn(delivery.targetArn)?.service ?? ''];
  if (!target)
    throw new TaskAbandoned(`${delivery.targetArn} is not a target that events can be delivered to`);
  await target(aws, delivery);
}

function queueUrl(arn: string): string {
  const { region, account, resource } = parseArn(arn) ?? { region: '', account: '', resource: '' };
  return `https://sqs.${region}.amazonaws.com/${account}/${resource}`;
}

function messageAttributes(attributes: Record<string, string | number>) {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      { DataType: typeof value === 'number' ? 'Number' : 'String', StringValue: String(value) },
    ]),
  );
}
