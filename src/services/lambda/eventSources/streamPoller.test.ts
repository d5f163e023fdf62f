import { afterEach, describe, expect, it } from 'vitest';
import { AwsError, VirtualClock } from '../../../kernel/index.ts';
import { type Bench, benchStart, type Handler, openBench } from '../testing/eventSourceBench.ts';
import { FakeStream } from '../testing/fakeStream.ts';
import type { MappingSettings } from './records.ts';

let bench: Bench;
let stream: FakeStream;
afterEach(() => bench.close());

function open(handler: Handler = () => undefined): void {
  const clock = new VirtualClock(benchStart);
  stream = new FakeStream(clock);
  bench = openBench(stream.answers, handler, { clock });
}

async function enabled(settings: Partial<MappingSettings> = {}): Promise<void> {
  await bench.create(settings);
  await bench.until(async () => (await bench.read())?.state === 'Enabled');
}

const given = () => bench.events.flat();
const failing =
  (poison: string): Handler =>
  ({ Records }) => {
    if (Records.some(({ dynamodb }) => dynamodb.Keys.id.S === poison)) throw new Error('poison');
  };
const bodies = () => bench.deliveries.map(({ event }) => JSON.parse(event));

describe('a mapping to a stream', () => {
  it('gives each record once and in order, in batches', async () => {
    open();
    stream.put('a', 'b', 'c', 'd', 'e');
    await enabled({ batchSize: 2 });
    await bench.until(() => given().length === 5);
    expect(bench.events).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    stream.put('f');
    await bench.touch();
    await bench.until(() => given().length === 6);
    await bench.until(async () => (await bench.read())?.lastResult === 'OK');
    await bench.clock.advance(600_000);
    expect(given()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('reads children after their parents', async () => {
    open(failing('b'));
    stream.put('a', 'b');
    stream.open('s2', 's1');
    stream.open('s3', 's1');
    stream.putInto('s2', 'c');
    stream.putInto('s3', 'd');
    await enabled({ batchSize: 1, maximumRetryAttempts: 3 });
    await bench.until(() => given().filter((id) => id === 'b').length === 4);
    expect(given()).not.toContain('c');
    stream.close('s1');
    await bench.touch();
    await bench.until(() => given().includes('c') && given().includes('d'));
    expect(given().slice(0, 5)).toEqual(['a', 'b', 'b', 'b', 'b']);
  });

  it('reads children too when the stream takes its time to tell of them', async () => {
    const clock = new VirtualClock(benchStart);
    stream = new FakeStream(clock);
    const describeStream = 'dynamodbstreams:DescribeStream';
    const answers = stream.answers;
    bench = openBench(
      {
        ...answers,
        [describeStream]: async (input) => {
          await clock.sleep(3_000);
          return answers[describeStream]?.(input);
        },
      },
      () => undefined,
      { clock },
    );
    stream.put('a');
    stream.open('s2', 's1');
    stream.putInto('s2', 'b');
    await enabled();
    await bench.until(() => given().length === 1, 100);
    stream.close('s1');
    await bench.touch();
    const at = clock.now();
    await bench.until(() => given().length === 2, 100);
    expect(given()).toEqual(['a', 'b']);
    expect(clock.now() - at).toBeLessThan(20_000);
  });

  it('begins at the end for LATEST, and reads new shards from their beginning', async () => {
    open();
    stream.put('old');
    await enabled({ startingPosition: 'LATEST' });
    stream.put('new');
    stream.close('s1');
    stream.open('s2', 's1');
    stream.putInto('s2', 'child');
    await bench.touch();
    await bench.until(() => given().length === 2);
    expect(given()).toEqual(['new', 'child']);
  });

  it('loses nothing when the iterator it was to begin with has expired', async () => {
    open();
    stream.put(...Array.from({ length: 2_500 }, () => 'old'));
    await bench.clock.advance(5_000);
    await enabled({ startingPosition: 'LATEST' });
    await bench.clock.advance(3_000);
    stream.put('new');
    stream.expireIterators();
    await bench.touch();
    await bench.until(() => given().length === 1);
    expect(given()).toEqual(['new']);
    stream.expireIterators();
    stream.put('newer');
    await bench.touch();
    await bench.until(() => given().length === 2);
    expect(given()).toEqual(['new', 'newer']);
  });

  it('sleeps while nothing stirs, and looks only as often as its gaps allow when others write', async () => {
    open();
    stream.put('a');
    await enabled();
    await bench.until(() => given().length === 1);
    await bench.clock.advance(5_000);
    const before = bench.calls.length;
    await bench.clock.advance(120_000);
    expect(bench.calls.length).toBe(before);
    for (let turn = 0; turn < 1_000; turn++) {
      await bench.touch();
      await bench.clock.advance(10);
    }
    expect(bench.calls.length - before).toBeLessThan(50);
    expect(given()).toEqual(['a']);
  });

  it('gives only what a filter lets pass, and does not look at the rest again', async () => {
    open();
    stream.put('a', 'b', 'c');
    await enabled({ filters: [JSON.stringify({ dynamodb: { Keys: { id: { S: ['b'] } } } })] });
    await bench.until(() => given().length === 1);
    expect(given()).toEqual(['b']);
    await bench.until(
      async () => (await bench.store.shards('aaaaaaaa-0000-0000-0000-000000000001')).get('s1')?.after === '3',
    );
  });

  it('gathers records while its window is open', async () => {
    open();
    await enabled({ windowSeconds: 5, batchSize: 3 });
    stream.put('a');
    await bench.touch();
    await bench.clock.advance(3_000);
    expect(bench.events).toEqual([]);
    await bench.idle();
    stream.put('b');
    await bench.touch();
    await bench.until(() => bench.events.length === 1);
    expect(bench.events).toEqual([['a', 'b']]);
    expect(bench.clock.now() - benchStart).toBeGreaterThanOrEqual(5_000);
    stream.put('c', 'd', 'e');
    await bench.touch();
    const at = bench.clock.now();
    await bench.until(() => bench.events.length === 2);
    expect(bench.clock.now() - at).toBeLessThan(1_000);
  });
});

describe('a function that is slow', () => {
  it('costs no looking while it works, however much is written', async () => {
    let release = () => {};
    open(
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    const ids = Array.from({ length: 500 }, (_, n) => String(n));
    stream.put(...ids);
    await enabled({ batchSize: 1 });
    await bench.until(() => bench.events.length === 1);
    const before = bench.calls.length;
    for (let turn = 0; turn < 200; turn++) {
      await bench.touch();
      await bench.clock.advance(10);
    }
    expect(bench.calls.length - before).toBeLessThan(5);
    await bench.until(() => {
      release();
      return bench.events.length === 500;
    });
    expect(given()).toEqual(ids);
    release();
  });
});

describe('a function that fails', () => {
  it('has its batch again, with more time between, until it is given up', async () => {
    open(failing('b'));
    stream.put('a', 'b', 'c');
    const onFailure = 'arn:aws:sqs:us-east-1:000000000000:dead';
    await enabled({ maximumRetryAttempts: 2, onFailure });
    await bench.until(() => bench.events.length === 1);
    expect((await bench.read())?.lastResult).toBe('PROBLEM: Function call failed');
    stream.put('d');
    await bench.touch();
    await bench.until(() => given().includes('d'));
    expect(bench.events).toEqual([['a', 'b', 'c'], ['a', 'b', 'c'], ['a', 'b', 'c'], ['d']]);
    expect(bodies()).toEqual([
      {
        requestContext: {
          requestId: expect.any(String),
          functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
          condition: 'RetryAttemptsExhausted',
          approximateInvokeCount: 3,
        },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        version: '1.0',
        timestamp: expect.stringMatching(/^2026-01-01T00:00:0\d\.\d{3}Z$/),
        DDBStreamBatchInfo: {
          shardId: 's1',
          startSequenceNumber: '1',
          endSequenceNumber: '3',
          approximateArrivalOfFirstRecord: '2026-01-01T00:00:00Z',
          approximateArrivalOfLastRecord: '2026-01-01T00:00:00Z',
          batchSize: 3,
          streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000',
        },
      },
    ]);
    expect(bench.deliveries[0]).toMatchObject({
      targetArn: onFailure,
      as: { roleArn: 'arn:aws:iam::000000000000:role/r' },
    });
  });

  it('leaves nothing running between attempts, and has as many as it may', async () => {
    open(failing('a'));
    stream.put('a', 'b');
    await enabled({ maximumRetryAttempts: 8, batchSize: 1 });
    await bench.until(() => bench.events.length === 6);
    await bench.clock.advance(1_000);
    await bench.idle();
    // Others write, and the function is not asked before its time.
    for (let turn = 0; turn < 100; turn++) {
      await bench.touch();
      await bench.clock.advance(10);
    }
    expect(bench.events.length).toBe(6);
    await bench.until(() => given().includes('b'));
    expect(given()).toEqual([...'aaaaaaaaa', 'b']);
  });

  it('has its batch halved until the poison is alone', async () => {
    open(failing('c'));
    stream.put('a', 'b', 'c', 'd');
    await enabled({
      bisect: true,
      maximumRetryAttempts: 1,
      onFailure: 'arn:aws:sns:us-east-1:000000000000:t',
    });
    await bench.until(() => given().at(-1) === 'd' && bench.events.at(-1)?.length === 1);
    expect(bench.events).toEqual([['a', 'b', 'c', 'd'], ['a', 'b'], ['c', 'd'], ['c'], ['c'], ['d']]);
    expect(
      bodies().map(({ DDBStreamBatchInfo: info }) => [info.startSequenceNumber, info.batchSize]),
    ).toEqual([['3', 1]]);
  });

  it('says from where on it failed', async () => {
    let failures = 1;
    open(({ Records }) => {
      const bad = Records.find(({ dynamodb }) => dynamodb.Keys.id.S === 'c');
      return bad && failures-- > 0
        ? { batchItemFailures: [{ itemIdentifier: bad.dynamodb.SequenceNumber }] }
        : { batchItemFailures: [] };
    });
    stream.put('a', 'b', 'c', 'd');
    await enabled({ functionResponseTypes: ['ReportBatchItemFailures'] });
    await bench.until(() => bench.events.length === 2);
    expect(bench.events).toEqual([
      ['a', 'b', 'c', 'd'],
      ['c', 'd'],
    ]);
  });

  it('is tried again while it is throttled, without using up attempts', async () => {
    let throttles = 5;
    open(() => {
      if (throttles-- > 0) throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429 });
    });
    stream.put('a');
    await enabled({ maximumRetryAttempts: 0 });
    await bench.until(() => bench.events.length === 6);
    await bench.until(async () => (await bench.read())?.lastResult === 'OK');
    expect(bench.deliveries).toEqual([]);
  });

  it('loses records that are too old', async () => {
    open(failing('a'));
    stream.put('a');
    await enabled({ maximumRecordAge: 60, onFailure: 'arn:aws:sqs:us-east-1:000000000000:dead' });
    await bench.clock.advance(30_000);
    stream.put('b');
    await bench.until(() => given().includes('b'), 100);
    expect(bench.clock.now() - benchStart).toBeGreaterThan(60_000);
    expect(bodies().map(({ requestContext }) => requestContext.condition)).toEqual(['RecordAgeExceeded']);
  });
});

describe('several lanes', () => {
  it('run at the same time, each group in its own order', async () => {
    const open_: (() => void)[] = [];
    let most = 0;
    let running = 0;
    open(async () => {
      running++;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => open_.push(resolve));
      running--;
    });
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    stream.put(...ids, ...ids, ...ids);
    await enabled({ batchSize: 1, parallelizationFactor: 3 });
    await bench.until(() => {
      for (const release of open_.splice(0).reverse()) release();
      return given().length === 18;
    });
    await bench.until(() => {
      for (const release of open_.splice(0)) release();
      return running === 0;
    });
    expect(most).toBe(3);
    for (const id of ids) expect(given().filter((one) => one === id)).toHaveLength(3);
  });
});

describe('lanes after a crash', () => {
  it('do again only what was not done', async () => {
    let isBlocked = true;
    open(({ Records }) =>
      isBlocked && Records.some(({ dynamodb }) => dynamodb.Keys.id.S === 'a')
        ? new Promise(() => {})
        : undefined,
    );
    // The first waits; those of other lanes go on.
    stream.put('a', 'b', 'c', 'd', 'e', 'f', 'a', 'b', 'c', 'd', 'e', 'f');
    await enabled({ batchSize: 1, parallelizationFactor: 2 });
    await bench.until(() => given().length > 4);
    await bench.clock.advance(1_000);
    const before = [...given()];
    isBlocked = false;
    bench = await bench.restart();
    await bench.until(() => given().length >= 13);
    await bench.clock.advance(600_000);
    const after = given().slice(before.length);
    const done = before.filter((id) => id !== 'a');
    expect(done.length).toBeGreaterThan(2);
    expect([...done, ...after].sort()).toEqual([...'aabbccddeeff']);
  });
});

describe('a tumbling window', () => {
  it('hands the state on, and ends with an invocation without records', async () => {
    open(({ Records, state, isFinalInvokeForWindow }) =>
      isFinalInvokeForWindow
        ? undefined
        : { state: { sum: ((state as { sum?: number }).sum ?? 0) + Records.length } },
    );
    await enabled({ tumblingWindow: 30 });
    stream.put('a', 'b');
    await bench.touch();
    await bench.until(() => given().length === 2);
    stream.put('c');
    await bench.touch();
    await bench.until(() => given().length === 3);
    await bench.clock.advance(40_000);
    stream.put('d');
    await bench.touch();
    await bench.until(() => given().length === 4);
    const windows = bench.whole.map(({ Records, state, window, isFinalInvokeForWindow: final }) => [
      (Records as unknown[]).length,
      state,
      (window as { start: string }).start,
      final,
    ]);
    expect(windows).toEqual([
      [2, {}, '2026-01-01T00:00:00Z', false],
      [1, { sum: 2 }, '2026-01-01T00:00:00Z', false],
      [0, { sum: 3 }, '2026-01-01T00:00:00Z', true],
      [1, {}, '2026-01-01T00:00:30Z', false],
    ]);
    expect(bench.whole[0]).toMatchObject({
      shardId: 's1',
      eventSourceARN: expect.stringContaining('table/t/stream'),
      isWindowTerminatedEarly: false,
      window: { end: '2026-01-01T00:00:30Z' },
    });
  });

  it('knows its state after a crash, and ends though nothing more comes', async () => {
    open(({ Records, state }) => ({
      state: { sum: ((state as { sum?: number }).sum ?? 0) + Records.length },
    }));
    stream.put('a', 'b');
    await enabled({ tumblingWindow: 30, batchSize: 1 });
    await bench.until(() => given().length === 2);
    await bench.clock.advance(5_000);
    bench = await bench.restart();
    await bench.until(() => bench.whole.length === 1);
    expect(bench.whole[0]).toMatchObject({ Records: [], state: { sum: 2 }, isFinalInvokeForWindow: true });
    expect(bench.clock.now() - benchStart).toBeLessThan(33_000);
    expect(bench.clock.now() - benchStart).toBeGreaterThanOrEqual(30_000);
  });

  it('fails when the function answers no state', async () => {
    open(() => ({ batchItemFailures: [] }));
    stream.put('a');
    await enabled({ tumblingWindow: 30, maximumRetryAttempts: 1 });
    await bench.until(() => bench.events.length === 2);
    expect(bench.events).toEqual([['a'], ['a']]);
  });
});

describe('a restart', () => {
  it('goes on behind the last checkpoint', async () => {
    open();
    stream.put('a', 'b', 'c');
    await enabled({ batchSize: 1 });
    await bench.until(() => given().length === 3);
    await bench.until(
      async () => (await bench.store.shards('aaaaaaaa-0000-0000-0000-000000000001')).get('s1')?.after === '3',
    );
    stream.put('d');
    bench = await bench.restart();
    await bench.until(() => given().length === 4);
    await bench.clock.advance(600_000);
    expect(given()).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('a source that is not there', () => {
  it('is waited for, and says what is missing', async () => {
    open();
    const describeStream = 'dynamodbstreams:DescribeStream';
    const { [describeStream]: answer, ...rest } = stream.answers;
    const answers = { ...rest };
    bench = openBench(answers, () => undefined, { clock: bench.clock });
    stream.put('a');
    await enabled();
    await bench.until(async () => (await bench.read())?.lastResult?.startsWith('PROBLEM: ') === true);
    expect((await bench.read())?.lastResult).toBe('PROBLEM: Brume has no service dynamodbstreams yet.');
    answers[describeStream] = answer as never;
    await bench.until(() => given().length === 1, 100);
    await bench.until(async () => (await bench.read())?.lastResult === 'OK');
  });
});

describe('changes of a mapping', () => {
  async function change(how: object): Promise<void> {
    await bench.store.transact(async (tx) => {
      const record = (await bench.store.all(1))[0];
      if (!record) return;
      const next = { ...record, revision: record.revision + 1, ...how };
      bench.store.put(tx, next);
      await bench.pollers.wake(tx, next);
    });
    bench.pollers.changed('aaaaaaaa-0000-0000-0000-000000000001');
  }

  it('pause it and let it go on from where it was', async () => {
    open();
    stream.put('a');
    await enabled();
    await bench.until(() => given().length === 1);
    await change({ state: 'Disabling', enabled: false });
    await bench.until(async () => (await bench.read())?.state === 'Disabled');
    stream.put('b');
    await bench.touch();
    await bench.clock.advance(60_000);
    expect(given()).toEqual(['a']);
    await change({ state: 'Enabling', enabled: true });
    await bench.until(() => given().length === 2);
    expect(given()).toEqual(['a', 'b']);
  });

  it('take effect while a batch is tried again and again', async () => {
    open(failing('a'));
    stream.put('a', 'b');
    await enabled({ batchSize: 1 });
    await bench.until(() => given().length > 3);
    await change({
      state: 'Updating',
      settings: { ...(await bench.read())?.settings, maximumRetryAttempts: 0 },
    });
    await bench.until(() => given().includes('b'));
  });

  it('delete it with all it knew', async () => {
    open();
    stream.put('a');
    await enabled();
    await bench.until(() => given().length === 1);
    await change({ state: 'Deleting' });
    await bench.until(async () => (await bench.read()) === undefined);
    expect((await bench.store.shards('aaaaaaaa-0000-0000-0000-000000000001')).size).toBe(0);
    stream.put('b');
    await bench.touch();
    await bench.clock.advance(600_000);
    expect(given()).toEqual(['a']);
  });
});
