/** Who may do what, with official clients, as a self-hoster runs it (`enforce`) and as a developer does (`audit`). */
import { Readable } from 'node:stream';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCloud } from '../../src/cloud/index.ts';
import { presignQuery } from '../../src/identity/index.ts';

type Cloud = Awaited<ReturnType<typeof startCloud>>;
const root = { accessKeyId: 'test', secretAccessKey: 'test' };

function clients(cloud: Cloud, credentials = root) {
  const config = { region: 'eu-west-1', endpoint: cloud.endpoint, credentials, maxAttempts: 1 };
  return {
    dynamodb: new DynamoDBClient(config),
    iam: new IAMClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sts: new STSClient(config),
  };
}

async function createAnn(cloud: Cloud) {
  const { iam } = clients(cloud);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  return { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' };
}

describe('enforce', () => {
  let cloud: Cloud;
  let ann: typeof root;
  beforeAll(async () => {
    cloud = await startCloud({ iam: 'enforce' });
    ann = await createAnn(cloud);
  });
  afterAll(() => cloud.close());

  it('knows users by their keys and refuses the others, in the words of each service', async () => {
    const { sts } = clients(cloud, ann);
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe('arn:aws:iam::000000000000:user/ann');
    const wrong = clients(cloud, { ...ann, secretAccessKey: 'wrong' });
    await expect(wrong.dynamodb.send(new ListTablesCommand({}))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
    await expect(wrong.sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
    const nobody = clients(cloud, { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' });
    await expect(nobody.dynamodb.send(new ListTablesCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
    await expect(nobody.s3.send(new CreateBucketCommand({ Bucket: 'nope' }))).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
    });
    const unsigned = await fetch(`${cloud.endpoint}/`, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables' },
      body: '{}',
    });
    expect(await unsigned.json()).toMatchObject({
      __type: expect.stringContaining('MissingAuthenticationToken'),
    });
  });

  it('answers a presigned URL of signature version 2 as S3 does', async () => {
    const query = 'AWSAccessKeyId=test&Signature=c2lnbmF0dXJl&Expires=4102444800';
    const refused = await fetch(`${cloud.endpoint}/uploads/key?${query}`);
    expect(refused.status).toBe(400);
    // S3's own shape, though the request was refused before its operation was known.
    expect(await refused.text()).toMatch(
      /^<\?xml [^>]+>\s*<Error><Code>InvalidRequest<\/Code><Message>The authorization mechanism you have provided is not supported\. Please use AWS4-HMAC-SHA256\.<\/Message><RequestId>/,
    );
  });

  it('lets a user do what its policies say, from the next request on', async () => {
    const { dynamodb } = clients(cloud, ann);
    await expect(dynamodb.send(new ListTablesCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(
        'because no identity-based policy allows the dynamodb:ListTables action',
      ),
    });
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'dynamodb:List*', Resource: '*' }],
    });
    await clients(cloud).iam.send(
      new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'lists', PolicyDocument }),
    );
    expect((await dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual([]);
  });

  it('takes uploads with every trailing checksum, and presigned URLs for what they name', async () => {
    const { s3 } = clients(cloud);
    await s3.send(new CreateBucketCommand({ Bucket: 'uploads' }));
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
      await s3.send(
        new PutObjectCommand({
          Bucket: 'uploads',
          Key: `a/b c+${ChecksumAlgorithm}`,
          Body: Readable.from([Buffer.alloc(70_000, 'a'), Buffer.alloc(50_000, 'b')]),
          ContentLength: 120_000,
          ChecksumAlgorithm,
        }),
      );
    }
    const got = await s3.send(new GetObjectCommand({ Bucket: 'uploads', Key: 'a/b c+CRC64NVME' }));
    expect(await got.Body?.transformToByteArray()).toHaveLength(120_000);

    const host = new URL(cloud.endpoint).host;
    const path = '/uploads/a/b%20c%2BCRC32';
    const query = presignQuery(
      { method: 'GET', path, headers: { host } },
      { ...root, region: 'eu-west-1', service: 's3', now: Date.now(), expiresSeconds: 60 },
    );
    const answers = await Promise.all(
      [`${path}?${query}`, `${path}C?${query}`, path].map(
        async (target) => (await fetch(`http://${host}${target}`)).status,
      ),
    );
    expect(answers).toEqual([200, 403, 403]);
    await cloud.clock.advance(61_000);
    const late = await fetch(`http://${host}${path}?${query}`);
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
  });
});

it('audit refuses nobody', async () => {
  const cloud = await startCloud({ iam: 'audit' });
  try {
    const ann = await createAnn(cloud);
    for (const credentials of [
      ann,
      { ...ann, secretAccessKey: 'wrong' },
      { accessKeyId: 'whoever', secretAccessKey: 'x' },
    ]) {
      expect((await clients(cloud, credentials).dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual(
        [],
      );
    }
    const account = clients(cloud, { accessKeyId: '123456789012', secretAccessKey: 'x' });
    expect((await account.sts.send(new GetCallerIdentityCommand({}))).Account).toBe('123456789012');
  } finally {
    await cloud.close();
  }
});
