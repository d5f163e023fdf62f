import { describe, expect, it } from 'vitest';
import { RandomIds, VirtualClock } from '../kernel/index.ts';
import { MemoryStore } from '../store/memory.ts';
import type { Store } from '../store/port.ts';
import { LocalTelemetry } from '../telemetry/index.ts';
import {
  DurableTasks,
  type RetryPolicy,
  TaskAbandoned,
  TaskPostponed,
  type TaskQueueOptions,
} from './index.ts';

const start = Date.UTC(2026, 0, 1);
const minute = 60_000;

function workbench(options: { exclusive?: boolean; store?: Store; clock?: VirtualClock } = {}) {
  const clock = options.clock ?? new VirtualClock(start);
  const store = options.store ?? new MemoryStore();
  const telemetry = new LocalTelemetry({ clock, write: () => {}, format: 'json', level: 'error' });
  const tasks = new DurableTasks({
    store,
    clock,
    ids: new RandomIds(),
    telemetry,
    exclusive: options.exclusive ?? true,
  });
  return { clock, store, tasks };
}

const noRetry: RetryPolicy = { attemptsMax: 1, baseMs: 0 };

function recorder(overrides: Partial<TaskQueueOptions<string>> = {}) {
  const ran: { payload: string; attempt: number }[] = [];
  const givenUp: { payload: string; cause: unknown }[] = [];
  const options: TaskQueueOptions<string> = {
    name: 'test.queue',
    retry: noRetry,
    concurrency: 4,
    run: async (task) => {
      ran.push({ payload: task.payload, attempt: task.attempt });
    },
    giveUp: async (_tx, task, cause) => {
      givenUp.push({ payload: task.payload, cause });
    },
    ...overrides,
  };
  return { options, ran, givenUp };
}

describe('durable tasks', () => {
  it('runs a task once, and leaves nothing behind', async () => {
    const { store, tasks } = workbench();
    const { options, ran } = recorder();
    const queue = tasks.queue(options);
    await store.transact((tx) => queue.enqueue(tx, 'a'));
    await tasks.idle();
    expect(ran).toEqual([{ payload: 'a', attempt: 1 }]);
    expect(await store.range({ prefix: ['task'], limit: 10 })).toEqual([]);
  });

  it('runs nothing when the transaction that enqueued fails', async () => {
    const { store, tasks } = workbench();
    const { options, ran } = recorder();
    const queue = tasks.queue(options);
    await expect(
      store.transact(async (tx) => {
        await queue.enqueue(tx, 'a');
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await tasks.idle();
    expect(ran).toEqual([]);
  });

  it('waits until a task is due', async () => {
    const { store, tasks, clock } = workbench();
    const { options, ran } = recorder();
    const queue = tasks.queue(options);
    await store.transact((tx) => queue.enqueue(tx, 'later', { dueAt: start + 10 * minute }));
    await tasks.idle();
    await clock.advance(9 * minute);
    await tasks.idle();
    expect(ran).toEqual([]);
    await clock.advance(minute);
    await tasks.idle();
    expect(ran.map(({ payload }) => payload)).toEqual(['later']);
  });

  it('retries with the waits of its policy and gives up in a transaction', async () => {
    const { store, tasks, clock } = workbench();
    const attemptedAt: number[] = [];
    const { options, givenUp } = recorder({
      retry: { attemptsMax: 3, baseMs: 0, waitsMs: [minute, 2 * minute] },
      run: async () => {
        attemptedAt.push(clock.now() - start);
        throw new Error('still broken');
      },
    });
    const queue = tasks.queue(options);
    await store.transact((tx) => queue.enqueue(tx, 'a'));
    await tasks.idle();
    for (let step = 0; step < 4; step++) {
      await clock.advance(minute);
      await tasks.idle();
    }
    expect(attemptedAt).toEqual([0, minute, 3 * minute]);
    expect(givenUp.map(({ cause }) => String(cause))).toEqual(['Error: still broken']);
    expect(await store.range({ prefix: ['task'], limit: 10 })).toEqual([]);
  });

  it('gives up at once when told so, and when the next attempt would be too late', async () => {
    const { store, tasks } = workbench();
    const { options, ran, givenUp } = recorder({
      retry: { attemptsMax: 10, baseMs: 10 * minute },
      run: async (task) => {
        ran.push({ payload: task.payload, attempt: task.attempt });
        throw task.payload === 'hopeless' ? new TaskAbandoned('hopeless') : new Error('x');
      },
    });
    const queue = tasks.queue(options);
    await store.transact((tx) => queue.enqueue(tx, 'hopeless'));
    await store.transact((tx) => queue.enqueue(tx, 'short-lived', { ageMaxMs: minute }));
    await tasks.idle();
    expect(ran.map(({ payload }) => payload).sort()).toEqual(['hopeless', 'short-lived']);
    expect(givenUp.map(({ payload }) => payload).sort()).toEqual(['hopeless', 'short-lived']);
  });

  it('a postponed task does not use up an attempt', async () => {
    const { store, tasks, clock } = workbench();
    const attempts: number[] = [];
    const { options } = recorder({
      run: async (task) => {
        attempts.push(task.attempt);
        if (clock.now() < start + minute) throw new TaskPostponed(start + minute);
      },
    });
    const queue = tasks.queue(options);
    await store.transact((tx) => queue.enqueue(tx, 'a'));
    await tasks.idle();
    await clock.advance(minute);
    await tasks.idle();
    expect(attempts).toEqual([1, 1]);
  });

  it('an id is enqueued once while it is pending, and can be cancelled', async () => {
    const { store, tasks, clock } = workbench();
    const { options, ran } = recorder();
    const queue = tasks.queue(options);
    const due = { dueAt: start + minute };
    await store.transact((tx) => queue.enqueue(tx, 'first', { ...due, id: 'same' }));
    await store.transact((tx) => queue.enqueue(tx, 'second', { ...due, id: 'same' }));
    await store.transact((tx) => queue.enqueue(tx, 'cancelled', { ...due, id: 'other' }));
    await store.transact((tx) => queue.cancel(tx, 'other'));
    await clock.advance(minute);
    await tasks.idle();
    expect(ran.map(({ payload }) => payload)).toEqual(['first']);
  });

  it('never runs more at once than its concurrency', async () => {
    const { store, tasks } = workbench();
    let running = 0;
    let most = 0;
    let done = 0;
    const { options } = recorder({
      concurrency: 3,
      run: async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        done++;
      },
    });
    const queue = tasks.queue(options);
    await store.transact(async (tx) => {
      for (let n = 0; n < 50; n++) await queue.enqueue(tx, String(n));
    });
    await tasks.idle();
    expect(done).toBe(50);
    expect(most).toBe(3);
  });

  it('a task that a dead process had claimed goes on: at once when the store is ours alone, else after its lease', async () => {
    for (const exclusive of [true, false]) {
      const dead = workbench({ exclusive });
      const never = recorder({ run: () => new Promise(() => {}) });
      const queue = dead.tasks.queue(never.options);
      await dead.store.transact((tx) => queue.enqueue(tx, 'a'));
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));

      const heir = workbench({ exclusive, store: dead.store, clock: new VirtualClock(start + 1_000) });
      const { options, ran } = recorder();
      heir.tasks.queue(options);
      await heir.tasks.idle();
      expect(ran.length).toBe(exclusive ? 1 : 0);
      await heir.clock.advance(minute);
      await heir.tasks.idle();
      expect(ran).toEqual([{ payload: 'a', attempt: 2 }]);
    }
  });

  it('a task that runs long keeps its lease', async () => {
    const { store, tasks, clock } = workbench({ exclusive: false });
    let finish: () => void = () => {};
    let starts = 0;
    const { options } = recorder({
      run: () => {
        starts++;
        return new Promise<void>((resolve) => {
          finish = resolve;
        });
      },
    });
    const queue = tasks.queue(options);
    await store.transact((tx) => queue.enqueue(tx, 'long'));
    for (let step = 0; step < 20; step++) await clock.advance(10_000);
    expect(starts).toBe(1);
    finish();
    await tasks.idle();
    expect(await store.range({ prefix: ['task'], limit: 10 })).toEqual([]);
  });

  it('tells which queues hold tasks before their services are loaded', async () => {
    const { store, tasks } = workbench();
    const later = { dueAt: start + minute };
    const a = tasks.queue(recorder({ name: 'a.one' }).options);
    const b = tasks.queue(recorder({ name: 'b.two' }).options);
    await store.transact((tx) => a.enqueue(tx, 'x', later));
    await store.transact((tx) => b.enqueue(tx, 'y', later));
    await store.transact((tx) => b.enqueue(tx, 'z', later));
    expect(await workbench({ store }).tasks.pendingQueues()).toEqual(['a.one', 'b.two']);
  });

  it('stops without losing what it interrupts', async () => {
    const first = workbench();
    const { options } = recorder({
      run: (_task, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    const queue = first.tasks.queue(options);
    await first.store.transact((tx) => queue.enqueue(tx, 'a'));
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    await first.tasks.close();

    const second = workbench({ store: first.store });
    const { options: next, ran } = recorder();
    second.tasks.queue(next);
    await second.tasks.idle();
    expect(ran).toEqual([{ payload: 'a', attempt: 1 }]);
  });
});
