import { afterEach, describe, expect, it } from 'vitest';
import { AwsError, VirtualClock } from '../../../kernel/index.ts';
import { type Bench, benchStart, type Handler, openBench } from '../testing/eventSourceBench.ts';
import { FakeQueue } from '../testing/fakeQueue.ts';
import type { MappingSettings } from './records.ts';

let bench: Bench;
let queue: FakeQueue;
afterEach(() => bench.close());

function open(handler: Handler = () => undefined, isFifo = false): void {
  const clock = new VirtualClock(benchStart);
  queue = new FakeQueue(clock, isFifo);
  bench = openBench(queue.answers, handler, { clock });
}

async function enabled(settings: Partial<MappingSettings> = {}): Promise<void> {
  await bench.create({ startingPosition: undefined, ...settings }, 'sqs');
  await bench.until(async () => (await bench.read())?.state === 'Enabled');
}

const given = () => bench.events.flat();

describe('a mapping to a queue', () => {
  it('deletes what the function is done with, and tells it all there is to tell', async () => {
    open();
    queue.send('a', 'b');
    await enabled();
    await bench.until(() => queue.left().length === 0);
    expect(given().sort()).toEqual(['a', 'b']);
    expect(bench.whole[0]?.Records).toContainEqual({
      messageId: 'm1',
      receiptHandle: 'm1 1',
      body: 'a',
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(benchStart) },
      messageAttributes: {
        kind: { stringValue: 'x', stringListValues: [], binaryListValues: [], dataType: 'String' },
        raw: { binaryValue: 'AQI=', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
      },
      md5OfBody: 'md5',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:q',
      awsRegion: 'us-east-1',
    });
    queue.send('c');
    await bench.until(() => given().includes('c'));
  });

  it('has back what the function fails with, when its visibility is over', async () => {
    let failures = 1;
    open(() => {
      if (failures-- > 0) throw new Error('once');
    });
    queue.send('a');
    await enabled();
    await bench.until(() => queue.left().length === 0, 100);
    expect(bench.events).toEqual([['a'], ['a']]);
    expect(bench.clock.now() - benchStart).toBeGreaterThanOrEqual(30_000);
  });

  it('deletes what a partial answer does not name', async () => {
    let isFirst = true;
    open(({ Records }) => {
      if (!isFirst) return { batchItemFailures: [] };
      isFirst = false;
      const records = Records as unknown as { body: string; messageId: string }[];
      return {
        batchItemFailures: records
          .filter(({ body }) => body === 'b')
          .map(({ messageId }) => ({ itemIdentifier: messageId })),
      };
    });
    queue.send('a', 'b', 'c');
    await enabled({ functionResponseTypes: ['ReportBatchItemFailures'] });
    await bench.until(() => queue.left().length === 1);
    expect(queue.left()).toEqual(['b']);
    await bench.until(() => queue.left().length === 0, 100);
    expect(bench.events).toEqual([['a', 'b', 'c'], ['b']]);
  });

  it.each([
    ['an unknown message', { batchItemFailures: [{ itemIdentifier: 'nobody' }] }],
    ['no identifier', { batchItemFailures: [{ itemIdentifier: '' }] }],
  ])('keeps all when the answer names %s', async (_what, answer) => {
    open(() => answer);
    queue.send('a', 'b');
    await enabled({ functionResponseTypes: ['ReportBatchItemFailures'] });
    await bench.until(() => given().length === 2);
    await bench.clock.advance(1_000);
    expect(queue.left()).toEqual(['a', 'b']);
  });

  it('gathers a batch while its window is open', async () => {
    open();
    await enabled({ windowSeconds: 5, batchSize: 100 });
    queue.send('a');
    await bench.clock.advance(2_000);
    queue.send('b');
    await bench.clock.advance(1_000);
    expect(bench.events).toEqual([]);
    await bench.until(() => queue.left().length === 0);
    expect(bench.events).toEqual([['a', 'b']]);
  });

  it('deletes what no filter lets pass, and counts it', async () => {
    open();
    queue.send('{"kind":"order"}', '{"kind":"other"}', 'text');
    await enabled({ filters: ['{"body":{"kind":["order"]}}'], metrics: ['EventCount'] });
    await bench.until(() => queue.left().length === 0);
    expect(given()).toEqual(['{"kind":"order"}']);
    const counted = (name: string) =>
      bench.telemetry.recentMetrics('AWS/Lambda', name, 0).reduce((sum, { value }) => sum + value, 0);
    await bench.until(() => counted('DeletedEventCount') > 0);
    expect(['PolledEventCount', 'FilteredOutEventCount', 'InvokedEventCount'].map(counted)).toEqual([
      3, 2, 1,
    ]);
  });

  it.each([
    [2, 2],
    [undefined, 5],
  ])('runs with a MaximumConcurrency of %s at most %s at a time', async (maximumConcurrency, expected) => {
    const waiting: (() => void)[] = [];
    let most = 0;
    let running = 0;
    open(async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => waiting.push(resolve));
      running--;
    });
    queue.send(...Array.from({ length: 12 }, (_, n) => String(n)));
    await enabled({ batchSize: 1, maximumConcurrency });
    await bench.clock.advance(1_000);
    expect(running).toBe(expected);
    await bench.until(() => {
      for (const release of waiting.splice(0)) release();
      return queue.left().length === 0;
    });
    expect(most).toBe(expected);
  });

  it('gives the messages of a group in order', async () => {
    const waiting: (() => void)[] = [];
    open(() => new Promise<void>((resolve) => waiting.push(resolve)), true);
    queue.send('g1-a', 'g1-b', 'g2-a', 'g1-c', 'g2-b');
    await enabled({ batchSize: 1 });
    await bench.until(() => {
      for (const release of waiting.splice(0).reverse()) release();
      return queue.left().length === 0;
    });
    expect(given().filter((body) => body.startsWith('g1'))).toEqual(['g1-a', 'g1-b', 'g1-c']);
    expect(given().filter((body) => body.startsWith('g2'))).toEqual(['g2-a', 'g2-b']);
  });

  it('waits for a service that is not there, and says so until it is', async () => {
    open();
    const receive = queue.answers['sqs:ReceiveMessage'];
    let isThere = false;
    const answers = {
      ...queue.answers,
      'sqs:ReceiveMessage': (input: Record<string, unknown>) => {
        if (!isThere) throw new AwsError('NotImplemented', 'Brume has no service sqs yet.', { status: 501 });
        return receive?.(input);
      },
    };
    bench = openBench(answers, () => undefined, { clock: bench.clock });
    queue.send('a');
    await enabled();
    await bench.until(
      async () => (await bench.read())?.lastResult === 'PROBLEM: Brume has no service sqs yet.',
    );
    isThere = true;
    await bench.until(() => queue.left().length === 0, 100);
    expect((await bench.read())?.lastResult).toBeUndefined();
  });

  it('gives back what it holds when it is switched off', async () => {
    open();
    await enabled({ windowSeconds: 60, batchSize: 100 });
    queue.send('a');
    await bench.clock.advance(1_000);
    await bench.store.transact(async (tx) => {
      const record = (await bench.store.all(1))[0];
      if (!record) return;
      bench.store.put(tx, { ...record, state: 'Disabling', enabled: false, revision: 2 });
      await bench.pollers.wake(tx, record);
    });
    bench.pollers.changed('aaaaaaaa-0000-0000-0000-000000000001');
    await bench.until(() => queue.visible().length === 1);
    await bench.until(async () => (await bench.read())?.state === 'Disabled');
    expect(bench.events).toEqual([]);
  });
});
