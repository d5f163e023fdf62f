/** What becomes of asynchronous events in time, over real tasks and deliveries; the function and the other services are played. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DurableDeliveries } from '../../delivery/index.ts';
import { AwsError, RandomIds, VirtualClock } from '../../kernel/index.ts';
import type { AwsCaller, Platform } from '../../platform/index.ts';
import { MemoryStore } from '../../store/index.ts';
import { DurableTasks } from '../../tasks/index.ts';
import { LocalTelemetry } from '../../telemetry/index.ts';
import { Asynchronous } from './asynchronous.ts';
import { RecursiveInvocationException, TooManyRequestsException } from './errors.ts';
import type { Executor } from './executor.ts';
import type { Configuration, FunctionRecord, InvokeConfigRecord } from './records.ts';
import { LambdaStore } from './store.ts';

const start = Date.UTC(2026, 0, 2, 3, 4, 5);
const second = 1_000;
const minute = 60 * second;
const place = { account: '000000000000', region: 'us-east-1', name: 'f' };
const arns = {
  queue: 'arn:aws:sqs:us-east-1:000000000000:q',
  dead: 'arn:aws:sqs:us-east-1:000000000000:dead',
  topic: 'arn:aws:sns:us-east-1:000000000000:t',
  bus: 'arn:aws:events:us-east-1:000000000000:event-bus/default',
  bucket: 'arn:aws:s3:::failures',
};

type Answer = { ok: boolean; payload: object } | Error;
const failure: Answer = { ok: false, payload: { errorMessage: 'no', errorType: 'Error' } };
const success: Answer = { ok: true, payload: { done: true } };

let clock: VirtualClock;
let tasks: DurableTasks;
let store: LambdaStore;
let telemetry: LocalTelemetry;
let asynchronous: Asynchronous;
/** When the function was tried, since the start. */
let triedAt: number[];
let calls: { name: string; input: Record<string, unknown> }[];
let answers: (attempt: number) => Answer;
let services: (name: string) => unknown;

beforeEach(async () => {
  clock = new VirtualClock(start);
  triedAt = [];
  calls = [];
  answers = () => failure;
  services = () => ({});
  const memory = new MemoryStore();
  store = new LambdaStore(memory);
  telemetry = new LocalTelemetry({ clock, write: () => {}, format: 'json', level: 'error' });
  const ids = new RandomIds();
  tasks = new DurableTasks({ store: memory, clock, ids, telemetry, exclusive: true });
  const aws: AwsCaller = {
    async call<Output>(service: string, operation: string, input: object) {
      calls.push({ name: `${service}:${operation}`, input: input as Record<string, unknown> });
      return services(`${service}:${operation}`) as Output;
    },
    as: () => aws,
    asRole: async (role) => {
      expect(role).toBe('arn:aws:iam::000000000000:role/r');
      return aws;
    },
  };
  const deliveries = new DurableDeliveries({ tasks, telemetry, clock, aws: () => aws });
  const executor = {
    run: async () => {
      triedAt.push(clock.now() - start);
      const answer = answers(triedAt.length);
      if (answer instanceof Error) throw answer;
      const payload = Buffer.from(JSON.stringify(answer.payload));
      return { result: { ok: answer.ok, kind: 'Unhandled', payload } };
    },
  } as unknown as Executor;
  asynchronous = new Asynchronous(
    { store: memory, tasks, deliveries, telemetry, clock, ids } as unknown as Platform,
    store,
    executor,
  );
});
afterEach(() => tasks.close());

async function define(
  config: Partial<InvokeConfigRecord>,
  more: { deadLetterArn?: string; reserved?: number } = {},
): Promise<void> {
  const latest = {
    functionName: 'f',
    version: '$LATEST',
    role: 'arn:aws:iam::000000000000:role/r',
    deadLetterArn: more.deadLetterArn,
  } as Configuration;
  await store.transact(async (tx) => {
    store.putFunction(tx, place, { latest, reservedConcurrency: more.reserved } as FunctionRecord);
    store.invokeConfigs.put(tx, place, '$LATEST', {
      maximumRetryAttempts: undefined,
      maximumEventAgeSeconds: undefined,
      onSuccess: undefined,
      onFailure: undefined,
      lastModified: start,
      ...config,
    });
  });
}

async function accept(payload: object = { n: 1 }): Promise<void> {
  await asynchronous.accept({
    ...{ place, qualifier: undefined, clientContext: undefined, traceId: undefined },
    requestId: 'request-1',
    payload: Buffer.from(JSON.stringify(payload)),
  });
  await tasks.idle();
}

/** Moves the clock in steps, so that what falls due on the way is done at its time. */
async function pass(ms: number, step = second): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    await clock.advance(step);
    await tasks.idle();
  }
}

const counted = (name: string) =>
  telemetry.recentMetrics('AWS/Lambda', name, 0).reduce((sum, { value }) => sum + value, 0);
/** What a queue was sent. */
const sent = (queue: string) =>
  calls.find(({ input }) => String(input.QueueUrl).endsWith(`/${queue}`))?.input;
const recordOf = (text: unknown) => JSON.parse(String(text)) as Record<string, unknown>;

describe('an event that the function fails with', () => {
  it('is tried again after one minute and after two more, then told to destination and dead-letter queue', async () => {
    await define({ onFailure: arns.queue }, { deadLetterArn: arns.dead });
    await accept();
    await pass(10 * minute, minute);
    expect(triedAt).toEqual([0, minute, 3 * minute]);
    expect(calls.map(({ name }) => name)).toEqual(['sqs:SendMessage', 'sqs:SendMessage']);
    expect(recordOf(sent('q')?.MessageBody)).toEqual({
      version: '1.0',
      timestamp: new Date(start + 3 * minute).toISOString(),
      requestContext: {
        requestId: 'request-1',
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST',
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: { n: 1 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorMessage: 'no', errorType: 'Error' },
    });
    expect(sent('dead')).toMatchObject({
      MessageBody: '{"n":1}',
      MessageAttributes: {
        RequestID: { DataType: 'String', StringValue: 'request-1' },
        ErrorCode: { DataType: 'Number', StringValue: '200' },
        ErrorMessage: { DataType: 'String', StringValue: 'no' },
      },
    });
    expect([counted('AsyncEventsReceived'), counted('AsyncEventsDropped')]).toEqual([1, 1]);
    expect(telemetry.recentMetrics('AWS/Lambda', 'AsyncEventAge', 0).map(({ value }) => value)).toEqual([
      3 * minute,
      minute,
      0,
    ]);
  });

  it.each([0, 1])('is tried again %d times when that is what was asked for', async (retries) => {
    await define({ maximumRetryAttempts: retries, onFailure: arns.queue });
    await accept();
    await pass(10 * minute, minute);
    expect(triedAt).toHaveLength(retries + 1);
    expect(recordOf(calls[0]?.input.MessageBody).requestContext).toMatchObject({
      condition: 'RetriesExhausted',
      approximateInvokeCount: retries + 1,
    });
  });

  it('is given up when the next attempt would find it too old', async () => {
    await define({ maximumEventAgeSeconds: 60, onFailure: arns.queue });
    await accept();
    await pass(10 * minute, minute);
    expect(triedAt).toEqual([0, minute]);
    expect(recordOf(calls[0]?.input.MessageBody).requestContext).toMatchObject({
      condition: 'EventAgeExceeded',
      approximateInvokeCount: 2,
    });
  });
});

describe('an event that the function has no room for', () => {
  it('waits one second, two, four and so on up to five minutes, and loses no attempt by that', async () => {
    const throttled = new TooManyRequestsException('Rate Exceeded.');
    answers = (attempt) => (attempt <= 11 ? throttled : failure);
    await define({ maximumRetryAttempts: 1 });
    await accept();
    await pass(30 * minute);
    const waits = triedAt.map((at, n) => (at - (triedAt[n - 1] ?? 0)) / second);
    expect(waits).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 60]);
    expect(counted('AsyncEventsDropped')).toBe(1);
  });

  it('is given up in time, with what the last attempt was answered', async () => {
    answers = () => new TooManyRequestsException('Rate Exceeded.');
    await define({ maximumEventAgeSeconds: 60, onFailure: arns.queue }, { deadLetterArn: arns.dead });
    await accept();
    await pass(2 * minute);
    expect(triedAt.map((at) => at / second)).toEqual([0, 1, 3, 7, 15, 31]);
    const [record, dead] = [sent('q'), sent('dead')];
    expect(recordOf(record?.MessageBody)).toMatchObject({
      requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 0 },
      responseContext: { statusCode: 429 },
    });
    expect(recordOf(record?.MessageBody)).not.toHaveProperty('responsePayload');
    expect(dead?.MessageAttributes).toMatchObject({
      ErrorCode: { StringValue: '429' },
      ErrorMessage: { StringValue: 'Rate Exceeded.' },
    });
  });

  it('waits as well when the cloud itself fails, however it fails', async () => {
    const failures = [new AwsError('ServiceException', 'x', { status: 500 }), new Error('a bug')];
    answers = () => failures.pop() ?? success;
    await define({ maximumRetryAttempts: 0, onFailure: arns.queue });
    await accept();
    await pass(10 * second);
    expect(triedAt).toEqual([0, second, 3 * second]);
    expect(calls).toEqual([]);
  });

  it('is given up at once when the function may not run at all', async () => {
    answers = () => new TooManyRequestsException('Rate Exceeded.');
    await define({ onFailure: arns.queue }, { reserved: 0, deadLetterArn: arns.dead });
    await accept();
    expect(triedAt).toEqual([0]);
    const [record, dead] = [sent('q'), sent('dead')];
    expect(recordOf(record?.MessageBody).requestContext).toMatchObject({
      condition: 'ZeroReservedConcurrency',
      approximateInvokeCount: 0,
    });
    expect(Object.keys(dead?.MessageAttributes ?? {})).toEqual(['RequestID', 'ErrorMessage']);
  });

  it('is given up at once when it goes round in a loop', async () => {
    answers = () => new RecursiveInvocationException('a loop');
    await define({ onFailure: arns.queue });
    await accept();
    expect(triedAt).toEqual([0]);
    expect(recordOf(calls[0]?.input.MessageBody)).toMatchObject({
      requestContext: { condition: 'RecursiveInvocation' },
      responseContext: { statusCode: 400 },
    });
  });
});

describe('a destination', () => {
  it('may be an event bus', async () => {
    answers = () => success;
    await define({ onSuccess: arns.bus });
    await accept();
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      name: 'events:PutEvents',
      input: {
        Entries: [
          {
            EventBusName: arns.bus,
            Source: 'lambda',
            DetailType: 'Lambda Function Invocation Result - Success',
            Resources: [arns.bus, 'arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST'],
          },
        ],
      },
    });
    const [entry] = (calls[0]?.input.Entries ?? []) as { Detail: string }[];
    expect(recordOf(entry?.Detail)).toMatchObject({
      requestContext: { condition: 'Success', approximateInvokeCount: 1 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST' },
      responsePayload: { done: true },
    });
    expect(counted('AsyncEventsDropped')).toBe(0);
  });

  it('that refuses the entry is told to the metrics', async () => {
    answers = () => success;
    services = () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'AccessDenied', ErrorMessage: 'no' }] });
    await define({ onSuccess: arns.bus });
    await accept();
    expect(counted('DestinationDeliveryFailures')).toBe(1);
  });

  it('may be a bucket, whose objects are named after function and time', async () => {
    await define({ maximumRetryAttempts: 0, onFailure: arns.bucket });
    await accept();
    expect(calls.map(({ name }) => name)).toEqual(['s3:PutObject']);
    const { Bucket, Key, Body } = calls[0]?.input ?? {};
    expect(Bucket).toBe('failures');
    expect(Key).toMatch(/^aws\/lambda\/async\/f\/2026\/01\/02\/2026-01-02T03\.04\.05-[0-9a-f-]{36}$/);
    expect(recordOf(Body).requestContext).toMatchObject({ condition: 'RetriesExhausted' });
  });

  it('that is a topic gets no payload where that would be too long', async () => {
    await define({ maximumRetryAttempts: 0, onFailure: arns.topic });
    await accept({ long: 'x'.repeat(300_000) });
    const record = recordOf(calls[0]?.input.Message);
    expect(record).toHaveProperty('requestContext');
    expect(record).not.toHaveProperty('requestPayload');
    expect(record).not.toHaveProperty('responsePayload');
  });

  it('of a service that is not there is counted, and nothing else goes wrong', async () => {
    services = (name) => {
      throw new AwsError('NotImplemented', `Brume has no service ${name}.`, { status: 501 });
    };
    await define({ maximumRetryAttempts: 0, onFailure: arns.queue }, { deadLetterArn: arns.dead });
    await accept();
    await pass(minute, minute);
    expect(calls.map(({ name }) => name)).toEqual(['sqs:SendMessage', 'sqs:SendMessage']);
    expect([counted('DestinationDeliveryFailures'), counted('DeadLetterErrors')]).toEqual([1, 1]);
  });
});

it('an event whose function is gone is dropped and counted', async () => {
  await accept();
  await pass(minute, minute);
  expect(triedAt).toEqual([]);
  expect(counted('AsyncEventsDropped')).toBe(1);
});
