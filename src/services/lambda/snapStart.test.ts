/** From the publication of a version to its first environment. */
import { describe, expect, it } from 'vitest';
import { type EnvironmentSpec, MissingRuntime } from '../../compute/index.ts';
import type { Platform } from '../../platform/index.ts';
import { MemoryStore } from '../../store/index.ts';
import type { Task, TaskQueueOptions } from '../../tasks/index.ts';
import type { Executor } from './executor.ts';
import type { Configuration } from './records.ts';
import { SnapStart } from './snapStart.ts';
import { LambdaStore } from './store.ts';

const place = { account: '000000000000', region: 'us-east-1', name: 'f' };
interface Publication {
  place: typeof place;
  version: number;
}

function bench() {
  const store = new LambdaStore(new MemoryStore());
  const queued: Publication[] = [];
  const made: string[] = [];
  let options: TaskQueueOptions<Publication> | undefined;
  let snapshot: () => Promise<void> = async () => {};
  const platform = {
    tasks: {
      queue(given: TaskQueueOptions<Publication>) {
        options = given;
        return { enqueue: async (_tx: unknown, payload: Publication) => queued.push(payload) };
      },
    },
    compute: {
      snapshot({ key }: EnvironmentSpec) {
        made.push(key);
        return snapshot();
      },
    },
  } as unknown as Platform;
  const executor = { specOf: async () => ({ key: 'f:1' }) } as unknown as Executor;
  const snapStart = new SnapStart(platform, store, executor);
  return {
    made,
    store,
    failWith: (cause: Error) => {
      snapshot = () => Promise.reject(cause);
    },
    publish: () =>
      store.transact(async (tx) => {
        store.putVersion(tx, place, 1, { version: '1', snapshot: { status: 'Pending' } } as Configuration);
        await snapStart.begin(tx, place, 1);
      }),
    /** Whatever is queued, as often as a crash makes it happen. */
    async work() {
      for (const payload of queued)
        await options?.run({ payload } as Task<Publication>, new AbortController().signal);
    },
    giveUp: () =>
      store.transact(async (tx) => {
        for (const payload of queued)
          await options?.giveUp?.(tx, { payload } as Task<Publication>, new Error('the disk is full'));
      }),
    snapshot: async () => (await store.version(place, 1))?.snapshot,
  };
}

describe('a version published with SnapStart', () => {
  it('is Pending until its environment stands by, and is initialized once', async () => {
    const { publish, work, snapshot, made } = bench();
    await publish();
    expect(await snapshot()).toEqual({ status: 'Pending' });
    await work();
    expect(await snapshot()).toEqual({ status: 'Active' });
    await work();
    expect(made).toEqual(['f:1']);
  });

  it('is Failed when it can’t be initialized, and says why', async () => {
    const { publish, work, snapshot, failWith } = bench();
    failWith(new Error('RangeError'));
    await publish();
    await work();
    expect(await snapshot()).toEqual({
      status: 'Failed',
      reasonCode: 'FunctionError',
      reason: 'An error occurred during function initialization: RangeError',
    });
  });

  it('is Failed where nothing runs it, and when all attempts have come to nothing', async () => {
    const missing = bench();
    missing.failWith(new MissingRuntime('java21 needs Java'));
    await missing.publish();
    await missing.work();
    expect(await missing.snapshot()).toMatchObject({ status: 'Failed', reasonCode: 'InvalidRuntime' });
    const lost = bench();
    await lost.publish();
    await lost.giveUp();
    expect(await lost.snapshot()).toMatchObject({ status: 'Failed', reasonCode: 'InternalError' });
  });

  it('may be gone before its turn comes', async () => {
    const { publish, work, snapshot, made, store } = bench();
    await publish();
    await store.transact(async (tx) => store.deleteVersion(tx, place, 1));
    await work();
    expect([made, await snapshot()]).toEqual([[], undefined]);
  });
});
