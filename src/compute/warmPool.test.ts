import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../kernel/index.ts';
import type { Environment } from './environment.ts';
import { WarmPool } from './warmPool.ts';

/** As much of an environment as a pool sees. */
interface Fake {
  phase: string;
  stopped: boolean;
  stop(): void;
}

function createPool(base: number, max: number) {
  const clock = new VirtualClock(0);
  const started: Fake[] = [];
  let fail: Error | undefined;
  const pool = new WarmPool({
    clock,
    base,
    max,
    start: async () => {
      if (fail) throw fail;
      const fake: Fake = { phase: 'idle', stopped: false, stop: () => {} };
      fake.stop = () => {
        fake.stopped = true;
        fake.phase = 'stopping';
      };
      started.push(fake);
      return fake as unknown as Environment;
    },
  });
  return {
    pool,
    clock,
    started,
    failWith: (error: Error) => {
      fail = error;
    },
  };
}

describe('WarmPool', () => {
  it('keeps its number ready, and refills a little after one is taken', async () => {
    const { pool, clock, started } = createPool(2, 2);
    pool.fill();
    await clock.advance(0);
    expect(pool.size).toBe(2);
    expect(pool.take()).toBe(started[0]);
    expect(pool.size).toBe(1);
    await clock.advance(10);
    expect(started).toHaveLength(2);
    await clock.advance(10);
    expect(started).toHaveLength(3);
    expect(pool.size).toBe(2);
  });

  it('never gives one that has ended', async () => {
    const { pool, clock, started } = createPool(1, 1);
    pool.fill();
    await clock.advance(0);
    (started[0] as Fake).phase = 'stopped';
    expect(pool.take()).toBeUndefined();
  });

  it('gives the next that comes up to whoever waits, before it keeps any', async () => {
    const { pool, clock, started } = createPool(1, 1);
    const demands = [pool.demand(), pool.demand()];
    expect(await Promise.all(demands)).toEqual(started.slice(0, 2));
    await clock.advance(0);
    expect(pool.size).toBe(1);
  });

  it('grows while it is emptied, and shrinks when that is over', async () => {
    const { pool, clock } = createPool(1, 3);
    pool.fill();
    for (let round = 0; round < 3; round++) {
      await clock.advance(20);
      while (pool.take());
    }
    await clock.advance(20);
    expect(pool.size).toBe(3);
    await clock.advance(61_000);
    expect(pool.size).toBe(1);
  });

  it('ends what it has too many when a rush is over', async () => {
    const { pool, clock, started } = createPool(1, 4);
    pool.fill();
    await clock.advance(0);
    for (let n = 0; n < 3; n++) pool.take();
    await clock.advance(20);
    expect(pool.size).toBe(4);
    await clock.advance(30_000);
    pool.take();
    pool.take();
    pool.take();
    pool.take();
    await clock.advance(59_000);
    expect(pool.size).toBe(4);
    await clock.advance(1_000);
    expect(pool.size).toBe(1);
    expect(started.filter(({ stopped }) => stopped)).toHaveLength(3);
  });

  it('tells who waits why nothing comes up, and has no place once closed', async () => {
    const { pool, failWith } = createPool(1, 1);
    failWith(new Error('no runtime'));
    await expect(pool.demand()).rejects.toThrow('no runtime');
    const waiting = pool.demand();
    pool.close();
    await expect(waiting).rejects.toThrow();
    expect(pool.offer({ phase: 'idle' } as Environment)).toBe(false);
  });

  it('leaves nothing running when it closes', async () => {
    const { pool, clock, started } = createPool(2, 2);
    pool.fill();
    await clock.advance(0);
    expect(pool.size).toBe(2);
    pool.close();
    expect(started.map(({ stopped }) => stopped)).toEqual([true, true]);
  });
});
