import type { PutBucketNotificationConfigurationCommandInput } from '@aws-sdk/client-s3';
import { AwsError, hostId, NotImplemented, parseArn } from '../../../kernel/index.ts';
import { testMessage } from '../domain/eventMessage.ts';
import {
  type GivenNotifications,
  type Kind,
  type Notification,
  readNotifications,
  showNotifications,
} from '../domain/notificationConfiguration.ts';
import { InvalidArgument } from '../errors.ts';
import { notificationsOf, s3Principal } from '../notifications.ts';
import { bucketOf, type S3Context } from '../room.ts';
import type { Bucket } from '../store.ts';

/**
 * Takes the place of all that the bucket notified before.
 * @throws AwsError InvalidArgument, also when a destination isn't there or doesn't let S3 in; NotImplemented when the
 * destination's service isn't here.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
 */
export async function PutBucketNotificationConfiguration(
  ctx: S3Context,
  input: PutBucketNotificationConfigurationCommandInput,
): Promise<object> {
  const { store } = ctx.room;
  const bucket = await bucketOf(ctx, input);
  const given = (input.NotificationConfiguration ?? {}) as GivenNotifications;
  if (given.EventBridgeConfiguration !== undefined) throw new NotImplemented('s3: EventBridgeConfiguration');
  const notifications = readNotifications(given, bucket.region, ctx.room.newId);
  for (const each of notifications)
    await validate(ctx, bucket, each, input.SkipDestinationValidation === true);
  await store.transact(async (tx) => {
    const current = await bucketOf(ctx, input, tx);
    const { notification: _before, ...others } = current.configuration;
    const configuration = notifications.length > 0 ? { ...others, notification: notifications } : others;
    store.putBucket(tx, { ...current, configuration });
  });
  return {};
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html */
export async function GetBucketNotificationConfiguration(
  ctx: S3Context,
  input: { Bucket?: string; ExpectedBucketOwner?: string },
): Promise<object> {
  return showNotifications(notificationsOf(await bucketOf(ctx, input)) ?? []);
}

/** A destination whose service isn't here is refused even unchecked: nothing could ever arrive there. */
async function validate(
  ctx: S3Context,
  bucket: Bucket,
  { kind, arn }: Notification,
  isSkipped: boolean,
): Promise<void> {
  const { account = '', resource = '' } = parseArn(arn) ?? {};
  const s3 = ctx.aws.as({ principal: s3Principal(bucket), account, region: bucket.region });
  const text = testMessage(bucket.name, ctx.now, ctx.requestId, hostId(ctx.requestId));
  const QueueUrl = `https://sqs.${bucket.region}.amazonaws.com/${account}/${resource}`;
  const calls: Record<Kind, { check: () => Promise<unknown>; look?: () => Promise<unknown> }> = {
    function: { check: () => s3.call('lambda', 'Invoke', { FunctionName: arn, InvocationType: 'DryRun' }) },
    queue: {
      check: () => s3.call('sqs', 'SendMessage', { QueueUrl, MessageBody: text }),
      look: () => s3.call('sqs', 'GetQueueUrl', { QueueName: resource, QueueOwnerAWSAccountId: account }),
    },
    topic: {
      check: () =>
        s3.call('sns', 'Publish', { TopicArn: arn, Subject: 'Amazon S3 Notification', Message: text }),
      look: () => s3.call('sns', 'GetTopicAttributes', { TopicArn: arn }),
    },
  };
  const { check, look } = calls[kind];
  try {
    await (isSkipped ? look?.() : check());
  } catch (error) {
    if (!(error instanceof AwsError) || error.status === 501) throw error;
    // Busy is there, and open to S3.
    if (!isSkipped && !/Conflict|TooMany|Throttl/.test(error.code)) throw refusal(kind, arn, error);
  }
}

function refusal(kind: Kind, arn: string, { code }: AwsError): AwsError {
  const isMissing = /NotFound|NonExistent|DoesNotExist/.test(code);
  const name = kind === 'function' ? 'Lambda' : kind;
  const why = isMissing
    ? `The destination ${name} does not exist`
    : kind === 'function'
      ? `Not authorized to invoke function [${arn}]`
      : `Permissions on the destination ${name} do not allow S3 to publish notifications from this bucket`;
  return new InvalidArgument('Unable to validate the following destination configurations', {
    // As S3 writes it for a function that refuses.
    ArgumentName: kind === 'function' && !isMissing ? `${arn}, null` : arn,
    ArgumentValue: why,
  });
}
