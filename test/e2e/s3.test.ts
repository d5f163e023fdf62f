/** S3 as the official JavaScript client sees it. */
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

let cloud: Cloud;
let s3: S3Client;
const Bucket = 'photos';

beforeAll(async () => {
  cloud = await startCloud();
  s3 = new S3Client(cloud.clientConfig);
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  s3.destroy();
  await cloud.close();
});

const fails = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it succeeded'),
    (error: { name: string; $metadata?: { httpStatusCode?: number } }) => ({
      name: error.name,
      status: error.$metadata?.httpStatusCode,
    }),
  );
const put = (Key: string, Body: string | Uint8Array = Key, more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, more: object = {}) => s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
const text = async (Key: string, more: object = {}) => (await get(Key, more)).Body?.transformToString();

describe('buckets', () => {
  it('are made once, found, listed and deleted when empty', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'made' }));
    await s3.send(new CreateBucketCommand({ Bucket: 'made' }));
    const head = await s3.send(new HeadBucketCommand({ Bucket: 'made' }));
    expect(head.BucketRegion).toBe('us-east-1');
    const { Buckets = [], Owner } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets.map((bucket) => bucket.Name)).toEqual(['made', Bucket]);
    expect(Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
    expect(
      (await s3.send(new GetBucketLocationCommand({ Bucket: 'made' }))).LocationConstraint,
    ).toBeUndefined();
    await s3.send(new PutObjectCommand({ Bucket: 'made', Key: 'a', Body: '' }));
    expect(await fails(s3.send(new DeleteBucketCommand({ Bucket: 'made' })))).toEqual({
      name: 'BucketNotEmpty',
      status: 409,
    });
    await s3.send(new DeleteObjectCommand({ Bucket: 'made', Key: 'a' }));
    await s3.send(new DeleteBucketCommand({ Bucket: 'made' }));
    expect(await fails(s3.send(new HeadBucketCommand({ Bucket: 'made' })))).toEqual({
      name: 'NotFound',
      status: 404,
    });
    expect(await fails(s3.send(new GetObjectCommand({ Bucket: 'made', Key: 'a' })))).toEqual({
      name: 'NoSuchBucket',
      status: 404,
    });
  });

  it('belong to a region and to one account', async () => {
    const west = new S3Client({ ...cloud.clientConfig, region: 'eu-west-1' });
    const LocationConstraint = 'eu-west-1' as const;
    expect(
      await fails(
        west.send(
          new CreateBucketCommand({
            Bucket: 'west',
            CreateBucketConfiguration: { LocationConstraint: 'eu-west-3' },
          }),
        ),
      ),
    ).toMatchObject({
      name: 'IllegalLocationConstraintException',
    });
    await west.send(
      new CreateBucketCommand({ Bucket: 'west', CreateBucketConfiguration: { LocationConstraint } }),
    );
    expect(
      await fails(
        west.send(
          new CreateBucketCommand({ Bucket: 'west', CreateBucketConfiguration: { LocationConstraint } }),
        ),
      ),
    ).toEqual({
      name: 'BucketAlreadyOwnedByYou',
      status: 409,
    });
    expect((await west.send(new GetBucketLocationCommand({ Bucket: 'west' }))).LocationConstraint).toBe(
      'eu-west-1',
    );
    const other = new S3Client({
      ...cloud.clientConfig,
      credentials: { accessKeyId: '111111111111', secretAccessKey: 'x' },
    });
    expect(await fails(other.send(new CreateBucketCommand({ Bucket })))).toEqual({
      name: 'BucketAlreadyExists',
      status: 409,
    });
    expect(await fails(s3.send(new CreateBucketCommand({ Bucket: 'Not_A_Name' })))).toEqual({
      name: 'InvalidBucketName',
      status: 400,
    });
    await west.send(new DeleteBucketCommand({ Bucket: 'west' }));
    west.destroy();
    other.destroy();
  });

  it('keep their configurations, start with those of AWS, and refuse what they cannot do', async () => {
    expect(await fails(s3.send(new GetBucketPolicyCommand({ Bucket })))).toEqual({
      name: 'NoSuchBucketPolicy',
      status: 404,
    });
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
      ],
    });
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toBe(Policy);
    expect(await fails(s3.send(new PutBucketPolicyCommand({ Bucket, Policy: '{}' })))).toEqual({
      name: 'MalformedPolicy',
      status: 400,
    });
    expect(await fails(s3.send(new GetBucketTaggingCommand({ Bucket })))).toEqual({
      name: 'NoSuchTagSet',
      status: 404,
    });
    await s3.send(
      new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'team', Value: 'é' }] } }),
    );
    expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual([
      { Key: 'team', Value: 'é' },
    ]);
    const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    expect(
      ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
    ).toBe('AES256');
    const block = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
    expect(block.PublicAccessBlockConfiguration?.BlockPublicPolicy).toBe(true);
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
    expect(await fails(s3.send(new GetPublicAccessBlockCommand({ Bucket })))).toMatchObject({
      name: 'NoSuchPublicAccessBlockConfiguration',
    });
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    const objectLock = new CreateBucketCommand({ Bucket: 'locked', ObjectLockEnabledForBucket: true });
    expect(await fails(s3.send(objectLock))).toEqual({ name: 'NotImplemented', status: 501 });
  });
});

describe('objects', () => {
  it('come back with their bytes, headers, metadata and tags', async () => {
    const stored = await put('a/ü +%&.txt', 'hello', {
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment',
      ContentEncoding: 'identity',
      ContentLanguage: 'fr',
      Metadata: { Colour: 'blue' },
      Tagging: 'a=1&b=x%20y',
    });
    const md5 = createHash('md5').update('hello').digest('hex');
    expect(stored.ETag).toBe(`"${md5}"`);
    expect(stored.ChecksumCRC32).toBe('NhCmhg==');
    const read = await get('a/ü +%&.txt', { ChecksumMode: 'ENABLED' });
    expect(await read.Body?.transformToString()).toBe('hello');
    expect(read).toMatchObject({
      ETag: `"${md5}"`,
      ContentLength: 5,
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment',
      ContentEncoding: 'identity',
      ContentLanguage: 'fr',
      Metadata: { colour: 'blue' },
      TagCount: 2,
      AcceptRanges: 'bytes',
      ServerSideEncryption: 'AES256',
      ChecksumCRC32: 'NhCmhg==',
    });
    const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'a/ü +%&.txt' }));
    expect(TagSet).toEqual([
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: 'x y' },
    ]);
    await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'a/ü +%&.txt', Tagging: { TagSet: [] } }));
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'a/ü +%&.txt' }))).TagCount).toBeUndefined();
    expect(await text('a/ü +%&.txt', { ResponseContentType: 'x/y' })).toBe('hello');
  });

  it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'are checked against their %s',
    async (ChecksumAlgorithm) => {
      const Key = `sum/${ChecksumAlgorithm}`;
      const member = `Checksum${ChecksumAlgorithm}` as const;
      const stored = await put(Key, 'some bytes', { ChecksumAlgorithm });
      expect(stored[member]).toBeTruthy();
      expect((await get(Key, { ChecksumMode: 'ENABLED' }))[member]).toBe(stored[member]);
      await put(Key, 'some bytes', { [member]: stored[member] });
      expect(await fails(put(Key, 'other bytes', { [member]: stored[member] }))).toEqual({
        name: 'BadDigest',
        status: 400,
      });
      expect(await text(Key)).toBe('some bytes');
    },
  );

  it('stream in and out, large, byte for byte', async () => {
    const chunk = randomBytes(1024 * 1024);
    const count = 24;
    const hash = createHash('sha256');
    for (let i = 0; i < count; i++) hash.update(chunk);
    const Body = Readable.from(
      (function* () {
        for (let i = 0; i < count; i++) yield chunk;
      })(),
    );
    await put('large', Body as never, { ContentLength: count * chunk.length });
    const back = createHash('sha256');
    const read = await get('large');
    for await (const piece of read.Body as Readable) back.update(piece as Buffer);
    expect(back.digest('hex')).toBe(hash.digest('hex'));
    const tail = await get('large', { Range: 'bytes=-10' });
    expect(Buffer.from((await tail.Body?.transformToByteArray()) ?? [])).toEqual(chunk.subarray(-10));
  });

  it('are read in ranges', async () => {
    await put('digits', '0123456789');
    const part = await get('digits', { Range: 'bytes=2-4' });
    expect(part).toMatchObject({ ContentRange: 'bytes 2-4/10', ContentLength: 3 });
    expect(part.$metadata.httpStatusCode).toBe(206);
    expect(await part.Body?.transformToString()).toBe('234');
    expect(await text('digits', { Range: 'bytes=7-' })).toBe('789');
    expect(await text('digits', { Range: 'bytes=-3' })).toBe('789');
    expect(await text('digits', { Range: 'bytes=8-99' })).toBe('89');
    expect(await text('digits', { Range: 'lines=1-2' })).toBe('0123456789');
    expect(await fails(get('digits', { Range: 'bytes=10-' }))).toEqual({ name: 'InvalidRange', status: 416 });
  });

  it('honour conditions on reads and writes', async () => {
    const { ETag } = await put('conditional', 'one');
    const status = async (promise: Promise<unknown>) => (await fails(promise)).status;
    expect(await text('conditional', { IfMatch: ETag })).toBe('one');
    expect(await status(get('conditional', { IfMatch: '"other"' }))).toBe(412);
    expect(await status(get('conditional', { IfNoneMatch: ETag }))).toBe(304);
    expect(await text('conditional', { IfNoneMatch: '"other"' })).toBe('one');
    const hour = 3_600_000;
    expect(await status(get('conditional', { IfModifiedSince: new Date(cloud.clock.now() + hour) }))).toBe(
      304,
    );
    expect(await status(get('conditional', { IfUnmodifiedSince: new Date(cloud.clock.now() - hour) }))).toBe(
      412,
    );
    expect(await fails(put('conditional', 'two', { IfNoneMatch: '*' }))).toEqual({
      name: 'PreconditionFailed',
      status: 412,
    });
    expect(await fails(put('conditional', 'two', { IfMatch: '"other"' }))).toEqual({
      name: 'PreconditionFailed',
      status: 412,
    });
    expect(await status(put('absent', 'two', { IfMatch: ETag }))).toBe(404);
    await put('conditional', 'two', { IfMatch: ETag });
    expect(await text('conditional')).toBe('two');
  });

  it('let one of many conditional creators win', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        put('lock', String(i), { IfNoneMatch: '*' }).then(
          () => 'won',
          (error: Error) => error.name,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'PreconditionFailed')).toHaveLength(11);
  });

  it('are copied with their metadata or new one', async () => {
    await put('source é', 'copied', { Metadata: { a: '1' }, ContentType: 'x/y', Tagging: 't=1' });
    const CopySource = encodeURIComponent(`${Bucket}/source é`);
    const copy = (Key: string, more: object = {}) =>
      s3.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...more }));
    const done = await copy('copy');
    expect(done.CopyObjectResult?.ETag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(await get('copy')).toMatchObject({ Metadata: { a: '1' }, ContentType: 'x/y', TagCount: 1 });
    await copy('copy', { MetadataDirective: 'REPLACE', Metadata: { b: '2' } });
    expect(await get('copy')).toMatchObject({ Metadata: { b: '2' }, ContentType: 'binary/octet-stream' });
    expect(await text('copy')).toBe('copied');
    expect(await fails(copy('source é'))).toMatchObject({ name: 'InvalidRequest' });
    expect(await fails(copy('copy', { CopySourceIfMatch: '"other"' }))).toMatchObject({
      name: 'PreconditionFailed',
    });
    expect(await fails(copy('copy', { CopySource: `${Bucket}/nothing` }))).toMatchObject({
      name: 'NoSuchKey',
    });
  });

  it('are deleted, alone and many at once; what is not there is a success', async () => {
    await Promise.all(['d1', 'd2', 'd3'].map((key) => put(key)));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'd1' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'd1' }));
    const { Deleted, Errors } = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: ['d2', 'd3', 'd4'].map((Key) => ({ Key })) } }),
    );
    expect(Deleted?.map(({ Key }) => Key)).toEqual(['d2', 'd3', 'd4']);
    expect(Errors ?? []).toEqual([]);
    expect(await fails(get('d2'))).toEqual({ name: 'NoSuchKey', status: 404 });
    expect(await fails(s3.send(new HeadObjectCommand({ Bucket, Key: 'd2' })))).toEqual({
      name: 'NotFound',
      status: 404,
    });
  });

  it('are by the managed key of KMS where the bucket or the request says so', async () => {
    const [sealed, plain] = ['sealed', 'plain'];
    for (const name of [sealed, plain]) await s3.send(new CreateBucketCommand({ Bucket: name }));
    const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const } };
    const ServerSideEncryptionConfiguration = { Rules: [rule] };
    await s3.send(new PutBucketEncryptionCommand({ Bucket: sealed, ServerSideEncryptionConfiguration }));
    expect(await s3.send(new GetBucketEncryptionCommand({ Bucket: sealed }))).toMatchObject({
      ServerSideEncryptionConfiguration,
    });
    const byKms = {
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'arn:aws:kms:us-east-1:000000000000:alias/aws/s3',
    };
    const own = { ServerSideEncryption: 'AES256' };
    const at = { Bucket: sealed, Key: 'a' };
    expect(await s3.send(new PutObjectCommand({ ...at, Body: 'a' }))).toMatchObject(byKms);
    expect(await s3.send(new HeadObjectCommand(at))).toMatchObject(byKms);
    const read = await s3.send(new GetObjectCommand(at));
    expect(read).toMatchObject(byKms);
    expect(await read.Body?.transformToString()).toBe('a');
    const asked = { Bucket: sealed, Key: 'b', Body: 'b', ServerSideEncryption: 'AES256' as const };
    expect(await s3.send(new PutObjectCommand(asked))).toMatchObject(own);
    expect(await s3.send(new HeadObjectCommand({ Bucket: sealed, Key: 'b' }))).not.toHaveProperty(
      'SSEKMSKeyId',
    );
    // A copy is encrypted as where it goes to, an upload in parts as it was begun.
    const copy = { Bucket: plain, Key: 'a', CopySource: `${sealed}/a` };
    expect(await s3.send(new CopyObjectCommand(copy))).toMatchObject(own);
    expect(await s3.send(new HeadObjectCommand({ Bucket: plain, Key: 'a' }))).toMatchObject(own);
    const part = { Bucket: sealed, Key: 'parts' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(part));
    const { ETag } = await s3.send(new UploadPartCommand({ ...part, UploadId, PartNumber: 1, Body: 'x' }));
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    expect(
      await s3.send(new CompleteMultipartUploadCommand({ ...part, UploadId, MultipartUpload })),
    ).toMatchObject(byKms);
    expect(await s3.send(new HeadObjectCommand(part))).toMatchObject(byKms);
    const mine = { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID: 'alias/mine' };
    const refused = { Rules: [{ ApplyServerSideEncryptionByDefault: mine }] };
    expect(
      await fails(
        s3.send(
          new PutBucketEncryptionCommand({ Bucket: plain, ServerSideEncryptionConfiguration: refused }),
        ),
      ),
    ).toEqual({ name: 'NotImplemented', status: 501 });
  });

  it('refuse what would be ignored elsewhere', async () => {
    for (const own of [
      { ServerSideEncryption: 'aws:kms:dsse' },
      { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'arn:aws:kms:us-east-1:000000000000:key/mine' },
    ] as const) {
      expect(await fails(put('x', 'x', own))).toEqual({ name: 'NotImplemented', status: 501 });
    }
    expect(await fails(put('x', 'x', { ACL: 'public-read' }))).toEqual({
      name: 'AccessControlListNotSupported',
      status: 400,
    });
    expect(await fails(put('k'.repeat(1025)))).toEqual({ name: 'KeyTooLongError', status: 400 });
    expect(await fails(put('x', 'x', { Metadata: { big: 'v'.repeat(2048) } }))).toEqual({
      name: 'MetadataTooLarge',
      status: 400,
    });
    expect(
      await fails(put('x', 'x', { ContentMD5: createHash('md5').update('y').digest('base64') })),
    ).toEqual({ name: 'BadDigest', status: 400 });
  });
});

describe('listings', () => {
  const listed = 'listed';
  const keys = ['a', 'b/1', 'b/2', 'b/c/3', 'b0', 'c/4', 'é', '\u{ffee}', '\u{1f600}'];
  beforeAll(async () => {
    await s3.send(new CreateBucketCommand({ Bucket: listed }));
    for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket: listed, Key, Body: Key }));
  });

  it('are in the order of UTF-8 bytes', async () => {
    const {
      Contents = [],
      KeyCount,
      IsTruncated,
    } = await s3.send(new ListObjectsV2Command({ Bucket: listed }));
    expect(Contents.map(({ Key }) => Key)).toEqual(keys);
    expect([KeyCount, IsTruncated]).toEqual([keys.length, false]);
    expect(Contents[0]).toMatchObject({
      Size: 1,
      StorageClass: 'STANDARD',
      ETag: '"0cc175b9c0f1b6a831c399e269772661"',
    });
  });

  it('page through keys and common prefixes, whatever the page size', async () => {
    for (const MaxKeys of [1, 2, 3, 1000]) {
      const seen: string[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await s3.send(
          new ListObjectsV2Command({ Bucket: listed, Delimiter: '/', MaxKeys, ContinuationToken }),
        );
        expect(page.KeyCount).toBeLessThanOrEqual(MaxKeys);
        seen.push(
          ...(page.Contents ?? []).map(({ Key = '' }) => Key),
          ...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix),
        );
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken);
      expect(seen.sort()).toEqual(['a', 'b/', 'b0', 'c/', 'é', '\u{ffee}', '\u{1f600}'].sort());
    }
    const inner = await s3.send(new ListObjectsV2Command({ Bucket: listed, Prefix: 'b/', Delimiter: '/' }));
    expect(inner.Contents?.map(({ Key }) => Key)).toEqual(['b/1', 'b/2']);
    expect(inner.CommonPrefixes).toEqual([{ Prefix: 'b/c/' }]);
  });

  it('start after a key, by markers in version 1, and URL-encoded', async () => {
    const after = await s3.send(new ListObjectsV2Command({ Bucket: listed, StartAfter: 'b/c/3' }));
    expect(after.Contents?.map(({ Key }) => Key)).toEqual(keys.slice(4));
    const first = await s3.send(new ListObjectsCommand({ Bucket: listed, MaxKeys: 2, Delimiter: '/' }));
    expect(first).toMatchObject({ IsTruncated: true, NextMarker: 'b/' });
    const second = await s3.send(
      new ListObjectsCommand({ Bucket: listed, Marker: 'b/', Delimiter: '/', EncodingType: 'url' }),
    );
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(['b0', '%C3%A9', '%EF%BF%AE', '%F0%9F%98%80']);
    expect(second.CommonPrefixes).toEqual([{ Prefix: 'c/' }]);
    expect(
      await fails(s3.send(new ListObjectsV2Command({ Bucket: listed, ContinuationToken: 'no token' }))),
    ).toMatchObject({ name: 'InvalidArgument' });
  });
});

describe('multipart uploads', () => {
  const size = 5 * 1024 * 1024;
  const first = Buffer.alloc(size, 1);
  const last = Buffer.from('the end');

  it('join their parts, with the entity tag and the composite checksum of AWS', async () => {
    const Key = 'parts';
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'x/y', ChecksumAlgorithm: 'CRC32' }),
    );
    const Parts = [];
    for (const [index, Body] of [first, last].entries()) {
      const PartNumber = index + 1;
      const { ETag, ChecksumCRC32 } = await s3.send(
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ChecksumAlgorithm: 'CRC32' }),
      );
      Parts.push({ PartNumber, ETag, ChecksumCRC32 });
    }
    expect(
      (await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads?.map((upload) => upload.Key),
    ).toEqual([Key]);
    const listed = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId, MaxParts: 1 }));
    expect(listed).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '1' });
    const done = await s3.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );
    const md5s = [first, last].map((part) => createHash('md5').update(part).digest());
    expect(done.ETag).toBe(`"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-2"`);
    expect(done.ChecksumCRC32).toMatch(/==-2$/);
    const read = await get(Key);
    expect(read.ContentType).toBe('x/y');
    const bytes = Buffer.from((await read.Body?.transformToByteArray()) ?? []);
    expect(Buffer.compare(bytes, Buffer.concat([first, last]))).toBe(0);
    expect(await text(Key, { Range: `bytes=${size - 1}-${size + 2}` })).toBe('\u0001the');
    const second = await get(Key, { PartNumber: 2 });
    expect(second.PartsCount).toBe(2);
    expect(await second.Body?.transformToString()).toBe('the end');
    expect((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
  });

  it('refuse parts that are too small, out of order, unknown or of another entity', async () => {
    const Key = 'refused';
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const part = async (PartNumber: number) => ({
      PartNumber,
      ETag: (await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: 'small' }))).ETag,
    });
    const [one, two] = [await part(1), await part(2)];
    const complete = (...Parts: object[]) =>
      fails(
        s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } })),
      );
    expect(await complete(one, two)).toEqual({ name: 'EntityTooSmall', status: 400 });
    expect(await complete(two, one)).toEqual({ name: 'InvalidPartOrder', status: 400 });
    expect(await complete({ ...one, PartNumber: 3 })).toEqual({ name: 'InvalidPart', status: 400 });
    expect(await complete({ ...one, ETag: '"other"' })).toEqual({ name: 'InvalidPart', status: 400 });
    expect(await complete()).toEqual({ name: 'MalformedXML', status: 400 });
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    expect(await complete(one)).toEqual({ name: 'NoSuchUpload', status: 404 });
    expect(await fails(get(Key))).toMatchObject({ name: 'NoSuchKey' });
  });

  it('take parts from other objects', async () => {
    await put('origin', '0123456789');
    const Key = 'assembled';
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const copied = await s3.send(
      new UploadPartCopyCommand({
        Bucket,
        Key,
        UploadId,
        PartNumber: 1,
        CopySource: `${Bucket}/origin`,
        CopySourceRange: 'bytes=2-5',
      }),
    );
    const Parts = [{ PartNumber: 1, ETag: copied.CopyPartResult?.ETag }];
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
    expect(await text(Key)).toBe('2345');
  });
});

describe('versions', () => {
  const versioned = 'versioned';
  const setVersioning = (Status: 'Enabled' | 'Suspended') =>
    s3.send(new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration: { Status } }));
  const write = async (Key: string, Body: string) =>
    (await s3.send(new PutObjectCommand({ Bucket: versioned, Key, Body }))).VersionId;
  const read = async (Key: string, VersionId?: string) =>
    (await s3.send(new GetObjectCommand({ Bucket: versioned, Key, VersionId }))).Body?.transformToString();
  const remove = (Key: string, VersionId?: string) =>
    s3.send(new DeleteObjectCommand({ Bucket: versioned, Key, VersionId }));
  /** `key version latest` of every version and marker, in the order of the pages. */
  async function history(MaxKeys: number): Promise<string[]> {
    const seen: string[] = [];
    let markers: { KeyMarker?: string; VersionIdMarker?: string } = {};
    for (let pages = 0; pages < 50; pages++) {
      const page = await s3.send(new ListObjectVersionsCommand({ Bucket: versioned, MaxKeys, ...markers }));
      const entries = [
        ...(page.Versions ?? []).map((each) => ({ ...each, kind: 'object' })),
        ...(page.DeleteMarkers ?? []).map((each) => ({ ...each, kind: 'marker' })),
      ];
      seen.push(
        ...entries.map(
          (each) => `${each.Key} ${each.VersionId} ${each.kind}${each.IsLatest ? ' latest' : ''}`,
        ),
      );
      if (!page.IsTruncated) return seen;
      markers = {
        ...(page.NextKeyMarker === undefined ? {} : { KeyMarker: page.NextKeyMarker }),
        ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }),
      };
    }
    return expect.fail('the pages do not end');
  }

  it('are kept, read, listed, hidden by markers and deleted one by one', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: versioned }));
    expect(await write('a', 'before')).toBeUndefined();
    await write('untouched', 'x');
    await setVersioning('Enabled');
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket: versioned }))).Status).toBe('Enabled');
    const first = await write('a', 'first');
    const second = await write('a', 'second');
    expect(first).toMatch(/^.{32}$/);
    expect(second).not.toBe(first);
    expect([await read('a'), await read('a', first), await read('a', 'null')]).toEqual([
      'second',
      'first',
      'before',
    ]);
    expect(await read('untouched', 'null')).toBe('x');

    const marker = await remove('a');
    expect(marker).toMatchObject({ DeleteMarker: true });
    expect(await fails(s3.send(new GetObjectCommand({ Bucket: versioned, Key: 'a' })))).toMatchObject({
      name: 'NoSuchKey',
    });
    expect(
      await fails(
        s3.send(new GetObjectCommand({ Bucket: versioned, Key: 'a', VersionId: marker.VersionId })),
      ),
    ).toEqual({
      name: 'MethodNotAllowed',
      status: 405,
    });
    expect(
      await fails(s3.send(new GetObjectCommand({ Bucket: versioned, Key: 'a', VersionId: 'x'.repeat(32) }))),
    ).toMatchObject({
      name: 'NoSuchVersion',
    });
    const listed = await s3.send(new ListObjectsV2Command({ Bucket: versioned }));
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual(['untouched']);
    const expected = [
      `a ${marker.VersionId} marker latest`,
      `a ${second} object`,
      `a ${first} object`,
      'a null object',
      'untouched null object latest',
    ];
    for (const size of [1, 2, 1000]) expect((await history(size)).sort()).toEqual([...expected].sort());
    expect(await history(1)).toEqual(expected);

    await remove('a', marker.VersionId);
    expect(await read('a')).toBe('second');
    await remove('a', second);
    expect(await read('a')).toBe('first');
    const CopySource = `${versioned}/a?versionId=null`;
    const copied = await s3.send(new CopyObjectCommand({ Bucket: versioned, Key: 'b', CopySource }));
    expect(copied.CopySourceVersionId).toBe('null');
    expect(await read('b', copied.VersionId)).toBe('before');
  });

  it('stop when versioning is suspended: one null version is replaced, the others stay', async () => {
    const kept = await write('s', 'kept');
    await setVersioning('Suspended');
    expect(await write('s', 'null 1')).toBe('null');
    await write('s', 'null 2');
    expect([await read('s'), await read('s', kept)]).toEqual(['null 2', 'kept']);
    const marker = await remove('s');
    expect(marker).toMatchObject({ DeleteMarker: true, VersionId: 'null' });
    const of = (key: string, all: string[]) => all.filter((each) => each.startsWith(`${key} `));
    expect(of('s', await history(1000)).sort()).toEqual([`s ${kept} object`, 's null marker latest'].sort());
    await remove('s', 'null');
    expect(await read('s')).toBe('kept');
    expect(await fails(s3.send(new DeleteBucketCommand({ Bucket: versioned })))).toMatchObject({
      name: 'BucketNotEmpty',
    });
    const { Versions = [], DeleteMarkers = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: versioned }),
    );
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    await s3.send(new DeleteObjectsCommand({ Bucket: versioned, Delete: { Objects } }));
    await s3.send(new DeleteBucketCommand({ Bucket: versioned }));
  });
});

describe('addresses', () => {
  /** By Node's own client: it sends the host it is told, whatever the machine's resolver knows. */
  const fetchAs = (host: string, path: string) =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const asked = request({ port: cloud.port, host: '127.0.0.1', path, headers: { host } }, (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode, body }));
      });
      asked.on('error', reject).end();
    });

  it('name the bucket in the host too', async () => {
    await put('hosted/é', 'by host');
    for (const host of [
      `${Bucket}.s3.localhost`,
      `${Bucket}.s3.us-east-1.amazonaws.com`,
      `${Bucket}.s3.amazonaws.com`,
    ]) {
      expect(await fetchAs(`${host}:${cloud.port}`, '/hosted/%C3%A9')).toEqual({
        status: 200,
        body: 'by host',
      });
    }
    expect((await fetchAs(`nowhere.s3.localhost:${cloud.port}`, '/hosted')).body).toContain(
      '<Code>NoSuchBucket</Code>',
    );
  });

  it('leave nothing of an upload that breaks off', async () => {
    const sent = request({
      port: cloud.port,
      host: '127.0.0.1',
      method: 'PUT',
      path: `/${Bucket}/broken`,
      headers: { host: 's3.localhost', 'content-length': 10_000_000 },
    });
    sent.on('error', () => {});
    await new Promise<void>((resolve) => sent.write(Buffer.alloc(1_000_000), () => resolve()));
    sent.destroy();
    expect(await fails(get('broken'))).toMatchObject({ name: 'NoSuchKey' });
    await put('broken', 'whole');
    expect(await text('broken')).toBe('whole');
  });
});
