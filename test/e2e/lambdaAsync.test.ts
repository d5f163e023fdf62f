/** Asynchronous invocation through the official client: destinations that are there, refusals, and what is counted. */

import {
  CreateFunctionCommand,
  type DestinationConfig,
  GetAccountSettingsCommand,
  InvokeCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let lambda: LambdaClient;
let s3: S3Client;
const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;

beforeAll(async () => {
  cloud = await startCloud();
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  s3 = new S3Client(cloud.clientConfig);
  await create('flaky', 'exports.handler = async () => { throw new Error("always") }');
});
afterAll(async () => {
  lambda.destroy();
  s3.destroy();
  await cloud.close();
});

async function create(FunctionName: string, source: string): Promise<number> {
  const { CodeSize } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: 'arn:aws:iam::000000000000:role/functions',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile: await zipped({ 'index.js': source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName });
  return CodeSize ?? 0;
}

const configure = (FunctionName: string, DestinationConfig: DestinationConfig, more: object = {}) =>
  lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig, ...more }));

const invokeLater = (FunctionName: string, event: object) =>
  lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(event) }));

const errorOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'no error',
    ({ name, message }: Error) => `${name}: ${message}`,
  );

async function counted(name: string): Promise<number[]> {
  const answer = await fetch(`${cloud.endpoint}/_brume/metrics?namespace=AWS/Lambda&name=${name}`);
  return ((await answer.json()) as { metrics: { value: number }[] }).metrics.map(({ value }) => value);
}

it('records of failures are put into a bucket', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'failures' }));
  await configure(
    'flaky',
    { OnFailure: { Destination: 'arn:aws:s3:::failures' } },
    { MaximumRetryAttempts: 0 },
  );
  await invokeLater('flaky', { order: 7 });
  await cloud.settled();
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'failures' }));
  expect(Contents).toHaveLength(1);
  const Key = Contents?.[0]?.Key ?? '';
  expect(Key).toMatch(
    /^aws\/lambda\/async\/flaky\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/,
  );
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'failures', Key }));
  expect(JSON.parse((await Body?.transformToString()) ?? '')).toMatchObject({
    version: '1.0',
    requestContext: {
      functionArn: `${arn('flaky')}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: 1,
    },
    requestPayload: { order: 7 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorMessage: 'always', errorType: 'Error' },
  });
  expect(await counted('AsyncEventsReceived')).toEqual([1]);
  expect(await counted('AsyncEventsDropped')).toEqual([1]);
  expect(await counted('AsyncEventAge')).toHaveLength(1);
});

it('a destination that can’t be reached is counted, and the event is dropped', async () => {
  await configure(
    'flaky',
    { OnFailure: { Destination: 'arn:aws:s3:::nowhere' } },
    { MaximumRetryAttempts: 0 },
  );
  await invokeLater('flaky', {});
  await cloud.settled();
  expect(await counted('DestinationDeliveryFailures')).toEqual([1]);
});

it.each([
  ['Event', 1024 * 1024],
  ['RequestResponse', 6 * 1024 * 1024],
] as const)('a payload of %s has up to %d bytes', async (InvocationType, limit) => {
  const Payload = JSON.stringify('x'.repeat(limit - 1));
  const error = await errorOf(
    lambda.send(new InvokeCommand({ FunctionName: 'flaky', InvocationType, Payload })),
  );
  expect(error).toBe(
    `RequestEntityTooLargeException: ${limit + 1} byte payload is too large for the ${InvocationType} invocation type (limit ${limit} bytes)`,
  );
});

it('a function that may not run is not tried', async () => {
  await create('stopped', 'exports.handler = async () => 1');
  await lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName: 'stopped', ReservedConcurrentExecutions: 0 }),
  );
  await s3.send(new CreateBucketCommand({ Bucket: 'stopped' }));
  await configure('stopped', { OnFailure: { Destination: 'arn:aws:s3:::stopped' } });
  await invokeLater('stopped', {});
  await cloud.settled();
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'stopped' }));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'stopped', Key: Contents?.[0]?.Key }));
  expect(JSON.parse((await Body?.transformToString()) ?? '').requestContext).toMatchObject({
    condition: 'ZeroReservedConcurrency',
    approximateInvokeCount: 0,
  });
  const { name, $metadata, ...refused } = await lambda
    .send(new InvokeCommand({ FunctionName: 'stopped' }))
    .then(
      () => ({ name: 'no error', $metadata: undefined }),
      (error: Error & { $metadata: unknown; Reason?: string }) => error,
    );
  expect([name, 'Reason' in refused && refused.Reason]).toEqual([
    'TooManyRequestsException',
    'ReservedFunctionConcurrentInvocationLimitExceeded',
  ]);
  expect($metadata).toMatchObject({ httpStatusCode: 429 });
});

describe('settings are refused', () => {
  it.each([
    [
      { OnSuccess: { Destination: 'arn:aws:s3:::failures' } },
      /OnSuccess\(destination=arn:aws:s3:::failures\)/,
    ],
    [{ OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:q.fifo' } }, /is invalid\.$/],
    [
      { OnFailure: { Destination: arn('flaky') } },
      /You can't specify the function as a destination for itself/,
    ],
    [{ OnFailure: { Destination: arn('nobody') } }, /The destination ARN arn:.*:nobody is invalid\./],
  ])('%j', async (config, message) => {
    const error = await errorOf(configure('flaky', config));
    expect(error).toMatch(/^InvalidParameterValueException: /);
    expect(error).toMatch(message);
  });

  it('that say nothing, or name what takes no dead letters', async () => {
    expect(
      await errorOf(lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: 'flaky' }))),
    ).toBe(
      'InvalidParameterValueException: You must specify at least one of error handling or destination setting.',
    );
    const DeadLetterConfig = { TargetArn: 'arn:aws:lambda:us-east-1:000000000000:function:flaky' };
    const update = new UpdateFunctionConfigurationCommand({ FunctionName: 'flaky', DeadLetterConfig });
    expect(await errorOf(lambda.send(update))).toMatch(
      /^InvalidParameterValueException: Invalid dead letter queue ARN/,
    );
  });
});

it('an account is told how much code it keeps: every version, and layers too', async () => {
  const before = (await lambda.send(new GetAccountSettingsCommand({}))).AccountUsage;
  const size = await create('kept', 'exports.handler = async () => "kept"');
  await lambda.send(new PublishVersionCommand({ FunctionName: 'kept' }));
  const ZipFile = await zipped({ 'data.txt': 'a layer' });
  await lambda.send(new PublishLayerVersionCommand({ LayerName: 'data', Content: { ZipFile } }));
  const after = (await lambda.send(new GetAccountSettingsCommand({}))).AccountUsage;
  expect(after).toEqual({
    FunctionCount: (before?.FunctionCount ?? 0) + 1,
    TotalCodeSize: (before?.TotalCodeSize ?? 0) + 2 * size + ZipFile.length,
  });
});
