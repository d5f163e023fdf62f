import { describe, expect, it, vi } from 'vitest';
import { RandomIds, VirtualClock } from '../../kernel/index.ts';
import { type OperationContext, type Platform, rootOf } from '../../platform/index.ts';
import { MemoryStore } from '../../store/index.ts';
import { DurableTasks } from '../../tasks/index.ts';
import { LocalTelemetry } from '../../telemetry/index.ts';
import { logs } from './index.ts';
import type { LogsRoom } from './store.ts';

const start = Date.UTC(2026, 0, 1);
const dayMs = 24 * 60 * 60_000;

async function service() {
  const clock = new VirtualClock(start);
  const store = new MemoryStore();
  const telemetry = new LocalTelemetry({ clock, write: () => {}, format: 'json', level: 'error' });
  const ids = new RandomIds();
  const tasks = new DurableTasks({ store, clock, ids, telemetry, exclusive: true });
  const room = await logs.open({ store, clock, ids, tasks, telemetry } as unknown as Platform);
  const call = async (operation: string, input: object, account = '000000000000') => {
    const handler = logs.operations[operation] as (
      ctx: OperationContext<LogsRoom>,
      input: object,
    ) => Promise<unknown>;
    const ctx = { room, account, region: 'eu-west-1', principal: rootOf(account), now: clock.now() };
    return (await handler(ctx as OperationContext<LogsRoom>, input)) as Record<string, never>;
  };
  return { call, clock, tasks, store };
}

async function withStream() {
  const bench = await service();
  await bench.call('CreateLogGroup', { logGroupName: 'g' });
  await bench.call('CreateLogStream', { logGroupName: 'g', logStreamName: 's' });
  const put = (events: [offset: number, message: string][], logStreamName = 's') =>
    bench.call('PutLogEvents', {
      logGroupName: 'g',
      logStreamName,
      logEvents: events.map(([offset, message]) => ({ timestamp: start + offset, message })),
    });
  return { ...bench, put };
}

const messages = (answer: Record<string, unknown>) =>
  (answer.events as { message: string }[]).map(({ message }) => message);

describe('CloudWatch Logs', () => {
  it('keeps accounts apart, and says what exists already and what is missing', async () => {
    const { call } = await service();
    await call('CreateLogGroup', { logGroupName: 'g' });
    await expect(call('CreateLogGroup', { logGroupName: 'g' })).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
      message: 'The specified log group already exists',
    });
    await call('CreateLogGroup', { logGroupName: 'g' }, '111111111111');
    await expect(call('CreateLogStream', { logGroupName: 'no', logStreamName: 's' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'The specified log group does not exist.',
    });
  });

  it('pages groups by name and prefix', async () => {
    const { call } = await service();
    for (const name of ['/a/1', '/a/2', '/a/3', '/b/1']) await call('CreateLogGroup', { logGroupName: name });
    const first = await call('DescribeLogGroups', { logGroupNamePrefix: '/a', limit: 2 });
    const second = await call('DescribeLogGroups', {
      logGroupNamePrefix: '/a',
      limit: 2,
      nextToken: first.nextToken,
    });
    const names = [first, second].flatMap(({ logGroups }) =>
      (logGroups as unknown as { logGroupName: string }[]).map((g) => g.logGroupName),
    );
    expect(names).toEqual(['/a/1', '/a/2', '/a/3']);
    expect(second.nextToken).toBeUndefined();
  });

  it('returns events of all streams in time order, by pattern, in pages', async () => {
    const { call, put } = await withStream();
    await call('CreateLogStream', { logGroupName: 'g', logStreamName: 't' });
    await put([
      [1, 'one'],
      [3, 'ERROR three'],
      [3, 'ERROR three again'],
    ]);
    await put([[2, 'ERROR two']], 't');
    expect(messages(await call('FilterLogEvents', { logGroupName: 'g' }))).toEqual([
      'one',
      'ERROR two',
      'ERROR three',
      'ERROR three again',
    ]);
    const first = await call('FilterLogEvents', { logGroupName: 'g', filterPattern: 'ERROR', limit: 2 });
    expect(messages(first)).toEqual(['ERROR two', 'ERROR three']);
    const second = await call('FilterLogEvents', {
      logGroupName: 'g',
      filterPattern: 'ERROR',
      limit: 2,
      nextToken: first.nextToken,
    });
    expect(messages(second)).toEqual(['ERROR three again']);
    expect(messages(await call('FilterLogEvents', { logGroupName: 'g', logStreamNames: ['t'] }))).toEqual([
      'ERROR two',
    ]);
    expect(
      messages(
        await call('FilterLogEvents', { logGroupName: 'g', startTime: start + 2, endTime: start + 2 }),
      ),
    ).toEqual(['ERROR two']);
  });

  it('reads a stream from either end, and the token of an end stays the same', async () => {
    const { call, put } = await withStream();
    await put([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ]);
    const stream = { logGroupName: 'g', logStreamName: 's' };
    const newest = await call('GetLogEvents', { ...stream, limit: 2 });
    expect(messages(newest)).toEqual(['b', 'c']);
    expect(
      messages(await call('GetLogEvents', { ...stream, limit: 2, nextToken: newest.nextBackwardToken })),
    ).toEqual(['a']);
    const end = await call('GetLogEvents', { ...stream, nextToken: newest.nextForwardToken });
    expect(messages(end)).toEqual([]);
    expect(end.nextForwardToken).toBe(newest.nextForwardToken);
    await put([[4, 'd']]);
    expect(messages(await call('GetLogEvents', { ...stream, nextToken: end.nextForwardToken }))).toEqual([
      'd',
    ]);
    expect(messages(await call('GetLogEvents', { ...stream, startFromHead: true, limit: 1 }))).toEqual(['a']);
  });

  it('pages through events of the same milliseconds, from either end and by group, losing and doubling none', async () => {
    const { call, put } = await withStream();
    const all: string[] = [];
    for (const [size, offset] of [
      [3, 0],
      [1, 0],
      [70, 1],
      [2, 1],
      [5, 2],
    ] as const) {
      const batch = Array.from({ length: size }, () => `m${all.push('') - 1}`);
      for (const message of batch) all[Number(message.slice(1))] = message;
      await put(batch.map((message) => [offset, message]));
    }
    const stream = { logGroupName: 'g', logStreamName: 's' };
    for (const limit of [1, 2, 7, 64, 200]) {
      const pages = async (startFromHead: boolean, tokenName: string) => {
        const seen: string[][] = [];
        let nextToken: string | undefined;
        for (;;) {
          const page = await call('GetLogEvents', { ...stream, limit, startFromHead, nextToken });
          if (messages(page).length === 0) return seen;
          seen.push(messages(page));
          nextToken = page[tokenName];
        }
      };
      expect((await pages(true, 'nextForwardToken')).flat()).toEqual(all);
      expect((await pages(false, 'nextBackwardToken')).reverse().flat()).toEqual(all);
      const filtered: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await call('FilterLogEvents', { logGroupName: 'g', limit, nextToken });
        filtered.push(...messages(page));
        nextToken = page.nextToken;
      } while (nextToken);
      expect(filtered).toEqual(all);
    }
    const ids = await call('FilterLogEvents', { logGroupName: 'g' });
    expect(new Set((ids.events as unknown as { eventId: string }[]).map(({ eventId }) => eventId)).size).toBe(
      all.length,
    );
  });

  it('refuses a batch out of order, and names the events it rejects', async () => {
    const { put } = await withStream();
    await expect(
      put([
        [2, 'b'],
        [1, 'a'],
      ]),
    ).rejects.toMatchObject({ code: 'InvalidParameterException', message: /chronological order/ });
    const answer = await put([[-14 * dayMs - 1, 'too old']]);
    expect(answer.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
    expect((await put([[3 * 60 * 60_000, 'too new']])).rejectedLogEventsInfo).toEqual({
      tooNewLogEventStartIndex: 0,
    });
  });

  it('drops what is older than the retention, and keeps the rest', async () => {
    const { call, put, clock, tasks } = await withStream();
    await call('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 1 });
    await put([[0, 'old']]);
    await clock.advance(dayMs / 2);
    await put([[dayMs / 2, 'young']]);
    await clock.advance(dayMs / 2 + 2 * 60 * 60_000);
    await tasks.idle();
    expect(messages(await call('FilterLogEvents', { logGroupName: 'g' }))).toEqual(['young']);
    expect(messages(await call('GetLogEvents', { logGroupName: 'g', logStreamName: 's' }))).toEqual([
      'young',
    ]);
  });

  it('a group that is deleted and made again is empty, and leaves nothing in the store', async () => {
    const { call, put, store, tasks } = await withStream();
    await put([[1, 'a']]);
    await call('DeleteLogGroup', { logGroupName: 'g' });
    await expect(call('FilterLogEvents', { logGroupName: 'g' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
    expect((await call('DescribeLogGroups', {})).logGroups).toEqual([]);
    // Made again at once, before anything of the old one is removed.
    await call('CreateLogGroup', { logGroupName: 'g' });
    expect((await call('DescribeLogStreams', { logGroupName: 'g' })).logStreams).toEqual([]);
    expect(messages(await call('FilterLogEvents', { logGroupName: 'g' }))).toEqual([]);
    await call('CreateLogStream', { logGroupName: 'g', logStreamName: 's' });
    await put([[2, 'b']]);
    await tasks.idle();
    expect(messages(await call('FilterLogEvents', { logGroupName: 'g' }))).toEqual(['b']);
    await call('DeleteLogGroup', { logGroupName: 'g' });
    await tasks.idle();
    expect(await store.range({ prefix: [], limit: 10 })).toEqual([]);
  });

  it('removes a large group in slices, none of which keeps a writer waiting', async () => {
    const { call, put, store, tasks } = await withStream();
    await put(Array.from({ length: 2_500 }, (_, index) => [index, 'x'] as [number, string]));
    const transact = store.transact.bind(store);
    const deletes: number[] = [];
    vi.spyOn(store, 'transact').mockImplementation((body) =>
      transact((tx) => {
        const at = deletes.push(0) - 1;
        const remove = tx.delete.bind(tx);
        tx.delete = (key) => {
          deletes[at] = (deletes[at] ?? 0) + 1;
          remove(key);
        };
        tx.deletePrefix = () => expect.unreachable('a prefix may hold any number of keys');
        return body(tx);
      }),
    );
    await call('DeleteLogGroup', { logGroupName: 'g' });
    await tasks.idle();
    expect(await store.range({ prefix: [], limit: 10 })).toEqual([]);
    // An event is two keys.
    expect(deletes.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(5_000);
    expect(Math.max(...deletes)).toBeLessThanOrEqual(3_000);
  });
});
