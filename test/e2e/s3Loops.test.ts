/** A function that writes into the bucket which tells it of what is written is stopped. */
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let s3: S3Client;
let lambda: LambdaClient;

beforeAll(async () => {
  cloud = await startCloud();
  s3 = new S3Client({ ...cloud.clientConfig, forcePathStyle: true });
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
});
afterAll(() => cloud.close());

/** Writes into a bucket under the number after that in the key it is told of, until thirty. */
const looping = `
const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3');
const s3 = new S3Client({ forcePathStyle: true });
exports.handler = async ({ Records: [{ s3: { bucket, object } }] }) => {
  const n = Number(object.key) + 1;
  if (n <= 30) await s3.send(new PutObjectCommand({ Bucket: bucket.name, Key: String(n), Body: 'x' }));
};`;

const collector = `
const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3');
const s3 = new S3Client({ forcePathStyle: true });
exports.handler = async ({ requestPayload: { Records: [{ s3: { object } }] } }) => {
  await s3.send(new PutObjectCommand({ Bucket: 'dropped', Key: object.key, Body: 'x' }));
};`;

async function create(FunctionName: string, source: string): Promise<string> {
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: 'arn:aws:iam::000000000000:role/functions',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Timeout: 20,
      Code: { ZipFile: await zipped({ 'index.js': source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 0.05 }, { FunctionName });
  return FunctionArn;
}

async function keysOf(Bucket: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

it('is stopped after sixteen invocations; the event goes where failures go', async () => {
  for (const Bucket of ['endless', 'dropped']) await s3.send(new CreateBucketCommand({ Bucket }));
  const LambdaFunctionArn = await create('looping', looping);
  const Destination = await create('collector', collector);
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: 'looping',
      DestinationConfig: { OnFailure: { Destination } },
    }),
  );
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'looping',
      StatementId: 's3',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
    }),
  );
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: 'endless',
      NotificationConfiguration: {
        LambdaFunctionConfigurations: [{ LambdaFunctionArn, Events: ['s3:ObjectCreated:*'] }],
      },
    }),
  );
  await s3.send(new PutObjectCommand({ Bucket: 'endless', Key: '1', Body: 'x' }));
  await expect.poll(() => keysOf('dropped')).toEqual(['17']);
  expect(await keysOf('endless')).toHaveLength(17);
});
