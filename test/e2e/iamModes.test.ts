/** What policies decide, switched by account while the cloud runs: at once, for good, and only by whoever owns the cloud. */

import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { runBrume } from './support/server.ts';

const clouds: Cloud[] = [];
const open = async (options: Parameters<typeof startCloud>[0] = {}) => {
  const cloud = await startCloud(options);
  clouds.push(cloud);
  return cloud;
};
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.close();
});

const mode = async (cloud: Cloud, body: object) => {
  const response = await fetch(`${cloud.endpoint}/_brume/iam/mode`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const as = (
  cloud: Cloud,
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
) => ({
  ...cloud.clientConfig,
  credentials,
  maxAttempts: 1,
});
const ann = async (cloud: Cloud) => {
  const iam = new IAMClient(cloud.clientConfig);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  iam.destroy();
  return {
    accessKeyId: AccessKey?.AccessKeyId as string,
    secretAccessKey: AccessKey?.SecretAccessKey as string,
  };
};
const denied = { name: 'AccessDeniedException' };

it('is in effect from the next request on, for its account only', async () => {
  const cloud = await open();
  const dynamodb = new DynamoDBClient(as(cloud, await ann(cloud)));
  const list = () => dynamodb.send(new ListTablesCommand({}));
  await list();
  expect((await mode(cloud, { mode: 'enforce' })).body).toEqual({
    default: 'audit',
    account: '000000000000',
    accounts: { '000000000000': 'enforce' },
  });
  await expect(list()).rejects.toMatchObject(denied);
  const elsewhere = new DynamoDBClient(as(cloud, { accessKeyId: '111122223333', secretAccessKey: 'any' }));
  await elsewhere.send(new ListTablesCommand({}));
  await mode(cloud, { mode: 'off' });
  await list();
  await mode(cloud, { mode: 'default' });
  await list();
  for (const client of [dynamodb, elsewhere]) client.destroy();
});

it('verifies signatures of an account that is enforced, the root user’s too', async () => {
  const cloud = await open();
  const wrong = new DynamoDBClient(as(cloud, { accessKeyId: '111122223333', secretAccessKey: 'wrong' }));
  const right = new DynamoDBClient(as(cloud, { accessKeyId: '111122223333', secretAccessKey: 'test' }));
  await wrong.send(new ListTablesCommand({}));
  await mode(cloud, { mode: 'enforce', account: '111122223333' });
  await expect(wrong.send(new ListTablesCommand({}))).rejects.toMatchObject({
    name: 'InvalidSignatureException',
  });
  await right.send(new ListTablesCommand({}));
  for (const client of [wrong, right]) client.destroy();
});

it('opens no other account: nobody takes an unproven identity across', async () => {
  const cloud = await open();
  const strict = '111122223333';
  const owner = as(cloud, { accessKeyId: strict, secretAccessKey: 'test' });
  const s3 = new S3Client({ ...owner, forcePathStyle: true });
  const iam = new IAMClient(owner);
  await s3.send(new CreateBucketCommand({ Bucket: 'vault' }));
  await s3.send(
    new PutBucketPolicyCommand({
      Bucket: 'vault',
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: '000000000000' },
            Action: 's3:*',
            Resource: ['arn:aws:s3:::vault', 'arn:aws:s3:::vault/*'],
          },
        ],
      }),
    }),
  );
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'open',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: '000000000000' }, Action: 'sts:AssumeRole' }],
      }),
    }),
  );
  await mode(cloud, { mode: 'enforce', account: strict });
  // The root user of the other account, whose secret nobody asks for in `audit`.
  const pretender = as(cloud, { accessKeyId: '000000000000', secretAccessKey: 'made up' });
  const thief = new S3Client({ ...pretender, forcePathStyle: true });
  const sts = new STSClient(pretender);
  await expect(thief.send(new ListObjectsV2Command({ Bucket: 'vault' }))).rejects.toMatchObject({
    name: 'SignatureDoesNotMatch',
  });
  await expect(
    sts.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${strict}:role/open`, RoleSessionName: 'thief' }),
    ),
  ).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  // Nor one that it gave itself: in `audit` anyone may make keys for a user, or a session of a role.
  const helper = new IAMClient(pretender);
  await helper.send(
    new CreateRoleCommand({
      RoleName: 'mule',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: '000000000000' }, Action: 'sts:AssumeRole' }],
      }),
    }),
  );
  await helper.send(
    new PutRolePolicyCommand({
      RoleName: 'mule',
      PolicyName: 'all',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
      }),
    }),
  );
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::000000000000:role/mule', RoleSessionName: 'thief' }),
  );
  const session = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  const minted = new S3Client({ ...as(cloud, session), forcePathStyle: true });
  const mule = new STSClient(as(cloud, session));
  const steal = () => minted.send(new ListObjectsV2Command({ Bucket: 'vault' }));
  const enter = () =>
    mule.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${strict}:role/open`, RoleSessionName: 'thief' }),
    );
  const refused = {
    name: 'AccessDenied',
    message: expect.stringContaining('because the policies of its account 000000000000 are not enforced'),
  };
  await expect(steal()).rejects.toMatchObject(refused);
  await expect(enter()).rejects.toMatchObject(refused);
  // Once its own account is enforced, too, policies say who comes in.
  await mode(cloud, { mode: 'enforce' });
  await steal();
  await enter();
  for (const client of [s3, iam, thief, sts, helper, minted, mule]) client.destroy();
});

it('outlives the process', async () => {
  const data = mkdtempSync(join(tmpdir(), 'brume-modes-'));
  try {
    const first = await open({ data });
    const key = await ann(first);
    await mode(first, { mode: 'enforce' });
    await clouds.pop()?.close();
    const second = await open({ data });
    const dynamodb = new DynamoDBClient(as(second, key));
    await expect(dynamodb.send(new ListTablesCommand({}))).rejects.toMatchObject(denied);
    dynamodb.destroy();
  } finally {
    for (const cloud of clouds.splice(0)) await cloud.close();
    rmSync(data, { recursive: true, force: true });
  }
});

it('is loosened by no page of another site that names this machine', async () => {
  const cloud = await open({ iam: 'enforce' });
  const status = await new Promise((resolve, reject) => {
    const asked = request(`${cloud.endpoint}/_brume/iam/mode`, {
      method: 'POST',
      headers: { host: 'evil.example' },
    });
    asked.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject);
    asked.end('{"mode":"off"}');
  });
  expect(status).toBe(403);
  const { default: usual, accounts } = (await (
    await fetch(`${cloud.endpoint}/_brume/iam/mode`)
  ).json()) as Record<string, unknown>;
  expect([usual, accounts]).toEqual(['enforce', {}]);
});

it('is never loosened where the network reaches the cloud', async () => {
  const cloud = await open({ iam: 'enforce', host: '0.0.0.0' });
  const response = await fetch(`http://127.0.0.1:${cloud.port}/_brume/iam/mode`, {
    method: 'POST',
    body: '{"mode":"audit"}',
  });
  expect([response.status, await response.text()]).toEqual([
    403,
    expect.stringContaining('--unsafe-open-to-network'),
  ]);
});

it.each([{ mode: 'loose' }, { mode: 'audit', account: '12' }, { account: '000000000000' }, []])(
  'refuses %j',
  async (body) => {
    expect((await mode(await open(), body)).status).toBe(400);
  },
);

it('is told and set on the command line', async () => {
  const cloud = await open();
  const shown = await runBrume(cloud.endpoint, ['iam', 'mode']);
  expect(shown.stdout).toMatch(/^every account\s+audit/);
  const set = await runBrume(cloud.endpoint, ['iam', 'mode', 'enforce', '--account', '111122223333']);
  expect(set.stdout).toMatch(/^111122223333\s+enforce.*\nothers\s+audit/);
  const wrong = await runBrume(cloud.endpoint, ['iam', 'mode', 'strict']);
  expect(wrong.code).toBe(2);
});
