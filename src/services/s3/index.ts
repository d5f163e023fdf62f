/** S3: buckets, objects as streams, listings, multipart uploads. */
import { defineService } from '../../platform/index.ts';
import { authorize } from './authorize.ts';
import { bucketConfiguration } from './operations/bucketConfiguration.ts';
import {
  GetBucketNotificationConfiguration,
  PutBucketNotificationConfiguration,
} from './operations/bucketNotification.ts';
import {
  CreateBucket,
  DeleteBucket,
  GetBucketLocation,
  HeadBucket,
  ListBuckets,
} from './operations/buckets.ts';
import { CompleteMultipartUpload } from './operations/CompleteMultipartUpload.ts';
import { CopyObject } from './operations/CopyObject.ts';
import { DeleteObject, DeleteObjects } from './operations/deleteObjects.ts';
import { GetObject, HeadObject } from './operations/GetObject.ts';
import { ListObjectVersions } from './operations/ListObjectVersions.ts';
import { ListObjects, ListObjectsV2 } from './operations/listObjects.ts';
import {
  AbortMultipartUpload,
  CreateMultipartUpload,
  ListMultipartUploads,
  ListParts,
  UploadPart,
  UploadPartCopy,
} from './operations/multipart.ts';
import { DeleteObjectTagging, GetObjectTagging, PutObjectTagging } from './operations/objectTagging.ts';
import { PutObject } from './operations/PutObject.ts';
import { resources } from './resources.ts';
import type { S3Room } from './room.ts';
import { sequencer } from './sequencer.ts';
import { S3Store } from './store.ts';

export const s3 = defineService<S3Room>({
  name: 's3',
  open(platform) {
    return {
      store: new S3Store(platform.store, platform.blobs),
      blobs: platform.blobs,
      deliveries: platform.deliveries,
      newId: () => platform.ids.token(32),
      nextSequencer: sequencer(platform.clock),
    };
  },
  operations: {
    CreateBucket,
    HeadBucket,
    ListBuckets,
    DeleteBucket,
    GetBucketLocation,
    ...bucketConfiguration,
    PutBucketNotificationConfiguration,
    GetBucketNotificationConfiguration,
    PutObject,
    GetObject,
    HeadObject,
    CopyObject,
    DeleteObject,
    DeleteObjects,
    ListObjects,
    ListObjectsV2,
    ListObjectVersions,
    CreateMultipartUpload,
    UploadPart,
    UploadPartCopy,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListParts,
    ListMultipartUploads,
    PutObjectTagging,
    GetObjectTagging,
    DeleteObjectTagging,
  },
  authorize,
  resources,
});
