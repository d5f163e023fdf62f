/** Configurations of buckets through the official SDK: what is put is told, what is deleted isn't, and what a bucket has that was given none. */
import {
  CreateBucketCommand,
  DeleteBucketCorsCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketTaggingCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketReplicationCommand,
  GetBucketRequestPaymentCommand,
  GetBucketTaggingCommand,
  GetBucketWebsiteCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketTaggingCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const Bucket = 'photos';
let cloud: Cloud;
let s3: S3Client;
beforeAll(async () => {
  cloud = await startCloud();
  s3 = new S3Client(cloud.clientConfig);
});
afterAll(async () => {
  s3.destroy();
  await cloud.close();
});
beforeEach(async () => {
  await cloud.reset();
  await s3.send(new CreateBucketCommand({ Bucket }));
});

const refused = (name: string, httpStatusCode: number) => ({ name, $metadata: { httpStatusCode } });
const noBucket = refused('NoSuchBucket', 404);

describe('CORS', () => {
  const none = refused('NoSuchCORSConfiguration', 404);
  const shown = () => s3.send(new GetBucketCorsCommand({ Bucket }));
  const put = (rule: object, bucket = Bucket) =>
    s3.send(
      new PutBucketCorsCommand({
        Bucket: bucket,
        CORSConfiguration: {
          CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['https://app.example.com'], ...rule }],
        },
      }),
    );

  it('is kept until it is deleted', async () => {
    await expect(shown()).rejects.toMatchObject(none);
    const rule = {
      ID: 'app',
      AllowedHeaders: ['*'],
      AllowedMethods: ['GET', 'PUT'],
      AllowedOrigins: ['https://app.example.com', 'https://*.example.org'],
      ExposeHeaders: ['ETag'],
      MaxAgeSeconds: 600,
    };
    await put(rule);
    expect((await shown()).CORSRules).toEqual([rule]);
    await put({});
    expect((await shown()).CORSRules).toEqual([
      { AllowedMethods: ['GET'], AllowedOrigins: ['https://app.example.com'] },
    ]);
    await s3.send(new DeleteBucketCorsCommand({ Bucket }));
    await expect(shown()).rejects.toMatchObject(none);
    await s3.send(new DeleteBucketCorsCommand({ Bucket }));
  });

  it('is refused for methods that S3 doesn’t know, without origins, and where there is no bucket', async () => {
    await expect(put({ AllowedMethods: ['PATCH'] })).rejects.toMatchObject({
      ...refused('InvalidRequest', 400),
      message: 'Found unsupported HTTP method in CORS config. Unsupported method is PATCH',
    });
    await expect(put({ AllowedOrigins: [] })).rejects.toMatchObject(refused('MalformedXML', 400));
    await expect(shown()).rejects.toMatchObject(none);
    await expect(put({}, 'nowhere')).rejects.toMatchObject(noBucket);
    await expect(s3.send(new DeleteBucketCorsCommand({ Bucket: 'nowhere' }))).rejects.toMatchObject(noBucket);
  });
});

describe('encryption', () => {
  const shown = async () =>
    (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules;

  it('is S3’s own again once it is deleted: there are no buckets without', async () => {
    const initial = await shown();
    expect(initial).toMatchObject([{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }]);
    await s3.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: true }],
        },
      }),
    );
    expect(await shown()).toMatchObject([{ BucketKeyEnabled: true }]);
    await s3.send(new DeleteBucketEncryptionCommand({ Bucket }));
    expect(await shown()).toEqual(initial);
    await expect(s3.send(new DeleteBucketEncryptionCommand({ Bucket: 'nowhere' }))).rejects.toMatchObject(
      noBucket,
    );
  });
});

describe('ownership of objects', () => {
  const shown = async () =>
    (await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls?.Rules;
  const enforced = [{ ObjectOwnership: 'BucketOwnerEnforced' as const }];

  it('is the bucket’s from the beginning, can be deleted and put back', async () => {
    expect(await shown()).toEqual(enforced);
    await s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
    await expect(shown()).rejects.toMatchObject(refused('OwnershipControlsNotFoundError', 404));
    const put = (Rules: typeof enforced, bucket = Bucket) =>
      s3.send(new PutBucketOwnershipControlsCommand({ Bucket: bucket, OwnershipControls: { Rules } }));
    await put(enforced);
    expect(await shown()).toEqual(enforced);
    await expect(put([...enforced, ...enforced])).rejects.toMatchObject(refused('MalformedXML', 400));
    await expect(put(enforced, 'nowhere')).rejects.toMatchObject(noBucket);
    await expect(s3.send(new GetBucketOwnershipControlsCommand({ Bucket: 'nowhere' }))).rejects.toMatchObject(
      noBucket,
    );
  });
});

describe('tags', () => {
  it('are gone when they are deleted', async () => {
    const shown = async () => (await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet;
    const TagSet = [{ Key: 'team', Value: 'red' }];
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    expect(await shown()).toEqual(TagSet);
    await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
    await expect(shown()).rejects.toMatchObject(refused('NoSuchTagSet', 404));
    await expect(s3.send(new DeleteBucketTaggingCommand({ Bucket: 'nowhere' }))).rejects.toMatchObject(
      noBucket,
    );
  });
});

describe('blocks of public access', () => {
  it('are on from the beginning, and off where a put doesn’t name them', async () => {
    const shown = async () =>
      (await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration;
    const all = (on: boolean) => ({
      BlockPublicAcls: on,
      IgnorePublicAcls: on,
      BlockPublicPolicy: on,
      RestrictPublicBuckets: on,
    });
    expect(await shown()).toEqual(all(true));
    const put = (bucket: string, PublicAccessBlockConfiguration: object) =>
      s3.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration }));
    await put(Bucket, { BlockPublicAcls: true });
    expect(await shown()).toEqual({ ...all(false), BlockPublicAcls: true });
    await expect(put('nowhere', all(true))).rejects.toMatchObject(noBucket);
  });
});

describe('a bucket that was given nothing', () => {
  it('is its owner’s alone', async () => {
    const { Owner } = await s3.send(new ListBucketsCommand({}));
    const acl = await s3.send(new GetBucketAclCommand({ Bucket }));
    expect(acl.Owner?.ID).toBe(Owner?.ID);
    expect(acl.Grants).toMatchObject([
      { Grantee: { ID: Owner?.ID, Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' },
    ]);
  });

  it('is paid by its owner, isn’t accelerated, and isn’t logged', async () => {
    expect((await s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer).toBe('BucketOwner');
    const accelerated = await s3.send(new GetBucketAccelerateConfigurationCommand({ Bucket }));
    expect(accelerated.Status).toBeUndefined();
    const logged = await s3.send(new GetBucketLoggingCommand({ Bucket }));
    expect(logged.LoggingEnabled).toBeUndefined();
  });

  const reads: [string, (bucket: string) => Promise<unknown>, string | undefined][] = [
    ['acl', (b) => s3.send(new GetBucketAclCommand({ Bucket: b })), undefined],
    ['accelerate', (b) => s3.send(new GetBucketAccelerateConfigurationCommand({ Bucket: b })), undefined],
    ['logging', (b) => s3.send(new GetBucketLoggingCommand({ Bucket: b })), undefined],
    ['requestPayment', (b) => s3.send(new GetBucketRequestPaymentCommand({ Bucket: b })), undefined],
    [
      'lifecycle',
      (b) => s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: b })),
      'NoSuchLifecycleConfiguration',
    ],
    ['website', (b) => s3.send(new GetBucketWebsiteCommand({ Bucket: b })), 'NoSuchWebsiteConfiguration'],
    [
      'replication',
      (b) => s3.send(new GetBucketReplicationCommand({ Bucket: b })),
      'ReplicationConfigurationNotFoundError',
    ],
    [
      'object lock',
      (b) => s3.send(new GetObjectLockConfigurationCommand({ Bucket: b })),
      'ObjectLockConfigurationNotFoundError',
    ],
  ];
  it.each(reads)('says so of %s, and so does one that isn’t there', async (_name, read, missing) => {
    if (missing !== undefined) await expect(read(Bucket)).rejects.toMatchObject(refused(missing, 404));
    await expect(read('nowhere')).rejects.toMatchObject(noBucket);
  });
});
