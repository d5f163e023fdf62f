/** How an event reaches each kind of target: one line a service. New kinds arrive with their services. */
import { Readable } from 'node:stream';
import { AwsError, type HttpRequest, parseArn } from '../kernel/index.ts';
import type { AwsCaller } from '../platform/index.ts';
import { TaskAbandoned } from '../tasks/index.ts';
import type { Delivery } from './port.ts';

type Target = (aws: AwsCaller, delivery: Delivery) => Promise<unknown>;

const targets: Readonly<Record<string, Target>> = {
  lambda: invoke,
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

async function invoke(aws: AwsCaller, { targetArn, event, traceId }: Delivery): Promise<void> {
  const payload = new TextEncoder().encode(event);
  if (traceId === undefined || !aws.http) {
    await aws.call('lambda', 'Invoke', {
      FunctionName: targetArn,
      InvocationType: 'Event',
      Payload: payload,
    });
    return;
  }
  const { status, headers } = await aws.http(
    'lambda',
    tracedInvocation(targetArn, payload, traceId),
    'Invoke',
  );
  if (status < 300) return;
  const code = String(headers['x-amzn-errortype'] ?? 'Unknown');
  throw new AwsError(code, `${targetArn} answered ${status} ${code}`, { status });
}

/** What a chain of functions has come through is said by a header, which a call of an operation doesn't have. */
function tracedInvocation(functionArn: string, payload: Uint8Array, traceId: string): HttpRequest {
  return {
    method: 'POST',
    path: `/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`,
    query: '',
    headers: {
      'content-type': 'application/json',
      'x-amz-invocation-type': 'Event',
      'x-amzn-trace-id': traceId,
    },
    rawHeaders: [],
    body: { length: payload.length, bytes: async () => payload, stream: () => Readable.from([payload]) },
    remoteAddress: '127.0.0.1',
    secure: true,
    signal: new AbortController().signal,
  };
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
