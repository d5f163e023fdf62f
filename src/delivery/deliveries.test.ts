import { describe, expect, it } from 'vitest';
import { AwsError, type HttpRequest, RandomIds, VirtualClock } from '../kernel/index.ts';
import type { AwsCaller } from '../platform/index.ts';
import { MemoryStore } from '../store/memory.ts';
import { DurableTasks } from '../tasks/index.ts';
import { LocalTelemetry } from '../telemetry/index.ts';
import { type Delivery, DurableDeliveries } from './index.ts';

const start = Date.UTC(2026, 0, 1);
const functionArn = 'arn:aws:lambda:eu-west-1:000000000000:function:f';
const deadLetterArn = 'arn:aws:sqs:eu-west-1:000000000000:dead';
const delivery: Delivery = {
  targetArn: functionArn,
  event: '{"hello":"world"}',
  as: { service: 'events.amazonaws.com' },
  account: '000000000000',
  region: 'eu-west-1',
};

interface Call {
  operation: string;
  input: Record<string, unknown>;
}

/** @param status what an HTTP request is answered with; absent: the caller can't send any. */
function workbench(answer: (call: Call) => void, status?: () => number) {
  const clock = new VirtualClock(start);
  const store = new MemoryStore();
  const telemetry = new LocalTelemetry({ clock, write: () => {}, format: 'json', level: 'error' });
  const tasks = new DurableTasks({ store, clock, ids: new RandomIds(), telemetry, exclusive: true });
  const calls: Call[] = [];
  const requests: HttpRequest[] = [];
  const aws: AwsCaller = {
    ...(status
      ? {
          async http(_service: string, request: HttpRequest) {
            requests.push(request);
            const headers = { 'x-amzn-errortype': 'SomeException' };
            return { status: status(), headers };
          },
        }
      : {}),
    async call<Output>(service: string, operation: string, input: object) {
      const call = { operation: `${service}:${operation}`, input: input as Record<string, unknown> };
      calls.push(call);
      answer(call);
      return {} as Output;
    },
    as: () => aws,
    asRole: async () => aws,
  };
  const deliveries = new DurableDeliveries({ tasks, telemetry, clock, aws: () => aws });
  return { clock, store, tasks, deliveries, calls, requests };
}

describe('deliveries', () => {
  it('reaches a function as an asynchronous invocation, once', async () => {
    const { store, tasks, deliveries, calls } = workbench(() => {});
    await store.transact((tx) => deliveries.send(tx, delivery));
    await tasks.idle();
    expect(calls).toEqual([
      {
        operation: 'lambda:Invoke',
        input: {
          FunctionName: functionArn,
          InvocationType: 'Event',
          Payload: new TextEncoder().encode(delivery.event),
        },
      },
    ]);
  });

  it('says where the event comes from, to a function that may have caused it', async () => {
    const statuses = [429, 500, 202];
    const bench = workbench(
      () => {},
      () => statuses.shift() ?? 202,
    );
    const traceId = 'Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a87bd80c:0';
    await bench.store.transact((tx) => bench.deliveries.send(tx, { ...delivery, traceId }));
    for (let step = 0; step < 5; step++) {
      await bench.tasks.idle();
      await bench.clock.advance(10_000);
    }
    expect(bench.calls).toEqual([]);
    expect(bench.requests).toHaveLength(3);
    const [request] = bench.requests;
    expect(request?.path).toBe(`/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`);
    expect(request?.headers).toMatchObject({
      'x-amz-invocation-type': 'Event',
      'x-amzn-trace-id': traceId,
    });
    expect(Buffer.from((await request?.body.bytes()) ?? []).toString()).toBe(delivery.event);
  });

  it('a traced event is given up when its function is missing', async () => {
    const bench = workbench(
      () => {},
      () => 404,
    );
    await bench.store.transact((tx) =>
      bench.deliveries.send(tx, { ...delivery, traceId: 'Root=1-a', deadLetterArn }),
    );
    await bench.tasks.idle();
    await bench.clock.advance(60_000);
    await bench.tasks.idle();
    expect(bench.requests).toHaveLength(1);
    expect(bench.calls[0]).toMatchObject({
      operation: 'sqs:SendMessage',
      input: { MessageAttributes: { ERROR_CODE: { StringValue: 'SomeException' } } },
    });
  });

  it('tries again while the target is throttled, then arrives', async () => {
    let failures = 2;
    const { store, tasks, deliveries, calls, clock } = workbench(() => {
      if (failures-- > 0) throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429 });
    });
    await store.transact((tx) => deliveries.send(tx, delivery));
    await tasks.idle();
    for (let step = 0; step < 5; step++) {
      await clock.advance(10_000);
      await tasks.idle();
    }
    expect(calls.length).toBe(3);
  });

  it('a missing target is not tried again: the event goes to the dead-letter queue with its reason', async () => {
    const { store, tasks, deliveries, calls, clock } = workbench((call) => {
      if (call.operation === 'lambda:Invoke') {
        throw new AwsError('ResourceNotFoundException', 'Function not found', { status: 404 });
      }
    });
    await store.transact((tx) => deliveries.send(tx, { ...delivery, deadLetterArn }));
    await tasks.idle();
    await clock.advance(60_000);
    await tasks.idle();
    expect(calls.map(({ operation }) => operation)).toEqual(['lambda:Invoke', 'sqs:SendMessage']);
    expect(calls[1]?.input).toMatchObject({
      QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/000000000000/dead',
      MessageBody: delivery.event,
      MessageAttributes: {
        ERROR_CODE: { DataType: 'String', StringValue: 'ResourceNotFoundException' },
        TARGET_ARN: { DataType: 'String', StringValue: functionArn },
      },
    });
  });

  it('an ARN that takes no events is given up without a call', async () => {
    const { store, tasks, deliveries, calls } = workbench(() => {});
    await store.transact((tx) =>
      deliveries.send(tx, { ...delivery, targetArn: 'arn:aws:iam::000000000000:role/r' }),
    );
    await tasks.idle();
    expect(calls).toEqual([]);
  });
});
