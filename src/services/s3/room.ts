import type { Deliveries } from '../../delivery/index.ts';
import type { OperationContext } from '../../platform/index.ts';
import type { Blobs, Reader } from '../../store/index.ts';
import { AccessDenied, noSuchBucket } from './errors.ts';
import type { Bucket, S3Store } from './store.ts';

export interface S3Room {
  readonly store: S3Store;
  readonly blobs: Blobs;
  readonly deliveries: Deliveries;
  newId(): string;
  /** Greater with each call, over restarts too; called in the transaction whose event it numbers. 18 hexadecimal digits. */
  nextSequencer(): string;
}

export type S3Context = OperationContext<S3Room>;

interface NamesBucket {
  Bucket?: string | undefined;
  ExpectedBucketOwner?: string | undefined;
}

/** @throws AwsError NoSuchBucket, or AccessDenied when the bucket isn't the expected owner's. */
export async function bucketOf(ctx: S3Context, input: NamesBucket, reader?: Reader): Promise<Bucket> {
  const name = input.Bucket ?? '';
  const { store } = ctx.room;
  const bucket = await store.bucket(reader ?? store.reader, name);
  if (!bucket) throw noSuchBucket(name);
  if (input.ExpectedBucketOwner !== undefined && input.ExpectedBucketOwner !== bucket.account) {
    throw new AccessDenied('Access Denied');
  }
  return bucket;
}
