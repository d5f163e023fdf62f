import { describe, expect, it } from 'vitest';
import { AwsError, RandomIds, VirtualClock } from '../kernel/index.ts';
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

function workbench(answer: (call: Call) => void) {
  const clock = new VirtualClock(start);
  const store = new MemoryStore();
  const telemetry = new LocalTelemetry({ clock, write: () => {}, format: 'json', level: 'error' });
  const tasks = new DurableTasks({ store, clock, ids: new RandomIds(), telemetry, exclusive: true });
  const calls: Call[] = [];
  const aws: AwsCaller = {
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
  return { clock, store, tasks, deliveries, calls };
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
