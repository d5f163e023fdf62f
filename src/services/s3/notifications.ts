/**
 * News of objects to who asked for them. Written in the transaction of the change, so that neither is without the
 * other; delivered after it, as S3 itself. https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html
 */
import { hostId, partitionOf } from '../../kernel/index.ts';
import { type Principal, servicePrincipal } from '../../platform/index.ts';
import type { Transaction } from '../../store/index.ts';
import { eventMessage, type ObjectEvent } from './domain/eventMessage.ts';
import { concerns, type Notification } from './domain/notificationConfiguration.ts';
import { customerIdOf } from './owner.ts';
import type { S3Context } from './room.ts';
import type { Bucket, StoredObject } from './store.ts';

/** What the bucket record says; undefined where nothing is notified. */
export function notificationsOf(bucket: Bucket): readonly Notification[] | undefined {
  return bucket.configuration.notification as readonly Notification[] | undefined;
}

/** S3, on behalf of a bucket: what resource policies are asked of. */
export function s3Principal(bucket: Bucket): Principal {
  return servicePrincipal('s3.amazonaws.com', bucket.account, bucketArn(bucket));
}

/** Costs nothing where the bucket, as the caller has read it in `tx`, notifies nobody. */
export async function notify(
  ctx: S3Context,
  tx: Transaction,
  bucket: Bucket,
  event: ObjectEvent,
): Promise<void> {
  const wanted = notificationsOf(bucket)?.filter((each) => concerns(each, event.name, event.key)) ?? [];
  if (wanted.length === 0) return;
  const { room, requestId } = ctx;
  const arn = bucketArn(bucket);
  const sequencer = room.nextSequencer();
  // A function that writes what it is told of would go on for ever: Lambda stops it by the lineage in its trace id.
  const traceId = ctx.request?.headers['x-amzn-trace-id'];
  for (const { id, arn: targetArn } of wanted) {
    const text = eventMessage(event, {
      bucket: { name: bucket.name, arn, region: bucket.region, ownerId: customerIdOf(bucket.account) },
      configurationId: id,
      time: ctx.now,
      principalId: principalIdOf(ctx.principal),
      sourceIp: ctx.sourceIp,
      requestId,
      hostId: hostId(requestId),
      sequencer,
    });
    await room.deliveries.send(tx, {
      targetArn,
      event: text,
      as: { service: 's3.amazonaws.com', sourceArn: arn },
      account: bucket.account,
      region: bucket.region,
      ...(traceId === undefined ? {} : { traceId }),
    });
  }
}

/** News of a new object. @param versionId what the store answered: undefined in a bucket without versions. */
export function created(
  how: 'Put' | 'Copy' | 'CompleteMultipartUpload',
  { key, size, etag }: StoredObject,
  versionId: string | undefined,
): ObjectEvent {
  return { name: `s3:ObjectCreated:${how}`, key, size, etag, versionId };
}

function bucketArn({ name, region }: Bucket): string {
  return `arn:${partitionOf(region)}:s3:::${name}`;
}

/** UserGuide/notification-content-structure: the customer id of who caused the event, an IAM id after `AWS:`. */
function principalIdOf(principal: Principal): string {
  switch (principal.type) {
    case 'user':
      return `AWS:${principal.userId}`;
    case 'role':
      return `AWS:${principal.roleId}:${principal.sessionName}`;
    case 'federatedUser':
      return `AWS:${principal.account}:${principal.name}`;
    case 'root':
      return customerIdOf(principal.account);
    case 'service':
      return principal.service;
    case 'federated':
    case 'anonymous':
      return 'Anonymous';
  }
}
