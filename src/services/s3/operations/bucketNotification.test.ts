/** That destinations are there and open, asked of the services that have them. */
import { describe, expect, it } from 'vitest';
import { AwsError, RandomIds, VirtualClock } from '../../../kernel/index.ts';
import { type AwsCaller, type Platform, type Principal, rootOf } from '../../../platform/index.ts';
import { MemoryStore } from '../../../store/index.ts';
import { s3 } from '../index.ts';

const account = '123456789012';
const region = 'us-east-1';
const Events = ['s3:ObjectCreated:*'];
const function_ = `arn:aws:lambda:${region}:${account}:function:f`;
const queue = `arn:aws:sqs:${region}:${account}:q`;
const topic = `arn:aws:sns:${region}:999999999999:t`;

interface Asked {
  service: string;
  operation: string;
  input: Record<string, unknown>;
  by: Principal | undefined;
}

/** A bucket, and services that answer every call with `failure` or with nothing. */
async function bucketBeside(failure?: AwsError) {
  const asked: Asked[] = [];
  const callerOf = (by: Principal | undefined): AwsCaller => ({
    call: async (service, operation, input) => {
      asked.push({ service, operation, input: input as Record<string, unknown>, by });
      if (failure) throw failure;
      return {} as never;
    },
    as: ({ principal }) => callerOf(principal),
    asRole: () => Promise.reject(new Error('no role is needed')),
  });
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const platform = { store: new MemoryStore(), clock, ids: new RandomIds() };
  const room = await s3.open(platform as unknown as Platform);
  const call = (operation: string, input: object) => {
    const handler = s3.operations[operation] as (ctx: object, input: object) => Promise<unknown>;
    const principal = rootOf(account);
    const ctx = {
      room,
      account,
      region,
      principal,
      requestId: 'r',
      now: clock.now(),
      aws: callerOf(principal),
    };
    return handler(ctx, { Bucket: 'photos', ...input });
  };
  await call('CreateBucket', {});
  const put = (NotificationConfiguration: object, more: object = {}) =>
    call('PutBucketNotificationConfiguration', { NotificationConfiguration, ...more });
  const get = () => call('GetBucketNotificationConfiguration', {});
  return { asked, put, get };
}

const all = {
  TopicConfigurations: [{ TopicArn: topic, Events: ['s3:ObjectRemoved:*'] }],
  QueueConfigurations: [{ QueueArn: queue, Events }],
  LambdaFunctionConfigurations: [{ LambdaFunctionArn: function_, Events: ['s3:ObjectTagging:*'] }],
};

describe('PutBucketNotificationConfiguration', () => {
  it('tries every destination as S3 for the bucket', async () => {
    const { asked, put, get } = await bucketBeside();
    await put(all);
    expect(asked.map(({ service, operation }) => `${service}:${operation}`)).toEqual([
      'sns:Publish',
      'sqs:SendMessage',
      'lambda:Invoke',
    ]);
    for (const { by } of asked) {
      expect(by).toMatchObject({ service: 's3.amazonaws.com', account, sourceArn: 'arn:aws:s3:::photos' });
    }
    expect(asked[2]?.input).toEqual({ FunctionName: function_, InvocationType: 'DryRun' });
    expect(asked[1]?.input.QueueUrl).toBe(`https://sqs.${region}.amazonaws.com/${account}/q`);
    expect(JSON.parse(String(asked[1]?.input.MessageBody))).toMatchObject({
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Bucket: 'photos',
    });
    expect(await get()).toMatchObject(all);
    await put({});
    expect(await get()).toEqual({});
  });

  it.each([
    [
      'LambdaFunctionConfigurations',
      { LambdaFunctionArn: function_ },
      'AccessDeniedException',
      `Not authorized to invoke function [${function_}]`,
    ],
    [
      'LambdaFunctionConfigurations',
      { LambdaFunctionArn: function_ },
      'ResourceNotFoundException',
      'The destination Lambda does not exist',
    ],
    [
      'QueueConfigurations',
      { QueueArn: queue },
      'AccessDenied',
      'Permissions on the destination queue do not allow S3 to publish notifications from this bucket',
    ],
    [
      'QueueConfigurations',
      { QueueArn: queue },
      'AWS.SimpleQueueService.NonExistentQueue',
      'The destination queue does not exist',
    ],
    ['TopicConfigurations', { TopicArn: topic }, 'NotFound', 'The destination topic does not exist'],
  ])('is refused for one of %s: %o answers %s', async (list, destination, code, ArgumentValue) => {
    const { put, get } = await bucketBeside(new AwsError(code, 'no', { status: 400 }));
    await expect(put({ [list]: [{ ...destination, Events }] })).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: 'Unable to validate the following destination configurations',
      members: { ArgumentValue },
    });
    expect(await get()).toEqual({});
  });

  it('takes a function that is not ready yet', async () => {
    const { put, get } = await bucketBeside(
      new AwsError('ResourceConflictException', 'Pending', { status: 409 }),
    );
    await put({ LambdaFunctionConfigurations: [{ LambdaFunctionArn: function_, Events }] });
    expect(await get()).toMatchObject({ LambdaFunctionConfigurations: [{ Events }] });
  });

  it('asks nobody to take a test event when validation is skipped', async () => {
    const { asked, put, get } = await bucketBeside(new AwsError('AccessDenied', 'no', { status: 403 }));
    await put(all, { SkipDestinationValidation: true });
    expect(asked.map(({ operation }) => operation)).toEqual(['GetTopicAttributes', 'GetQueueUrl']);
    expect(await get()).toMatchObject(all);
  });

  it.each([true, false])('says that a service is not here (validation skipped: %s)', async (isSkipped) => {
    const { put } = await bucketBeside(new AwsError('NotImplemented', 'no service sqs', { status: 501 }));
    await expect(
      put({ QueueConfigurations: [{ QueueArn: queue, Events }] }, { SkipDestinationValidation: isSkipped }),
    ).rejects.toMatchObject({ status: 501, message: 'no service sqs' });
  });
});
