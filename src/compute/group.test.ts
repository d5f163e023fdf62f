import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../kernel/index.ts';
import type { Environment } from './environment.ts';
import { Group, type Start } from './group.ts';

const environment = { phase: 'ready' } as Environment;

/** A group with one environment at work, whose invocations take `paceMs`. */
function working(paceMs: number) {
  const group = new Group('key');
  group.began();
  group.ended(paceMs);
  group.began();
  const starts: Start[] = [];
  const clock = new VirtualClock(0);
  return { group, starts, clock, wait: () => group.wait(clock, 5, (start) => starts.push(start)) };
}

describe('Group', () => {
  it('starts an environment at once when it is not known how long the others take, or when they take long', () => {
    const unknown = new Group('key');
    const starts: Start[] = [];
    unknown.began();
    void unknown.wait(new VirtualClock(0), 5, (start) => starts.push(start));
    expect(starts).toHaveLength(1);
    const slow = working(50);
    void slow.wait();
    expect(slow.starts).toHaveLength(1);
  });

  it('waits for a quick one to be done', async () => {
    const { group, starts, wait } = working(0.1);
    const waiting = wait();
    expect(starts).toHaveLength(0);
    group.waiting.shift()?.resolve(environment);
    expect(await waiting).toBe(environment);
    expect(starts).toHaveLength(0);
  });

  it('starts one after all when the quick one turns out to be slow', async () => {
    const { clock, starts, wait } = working(0.1);
    const waiting = wait();
    await expect
      .poll(async () => {
        await clock.advance(5);
        return starts.length;
      })
      .toBe(1);
    starts[0]?.end()?.resolve(environment);
    expect(await waiting).toBe(environment);
  });

  it('wants no more starts than there are waiters that need one', () => {
    const { group, starts, wait } = working(50);
    void wait();
    void wait();
    expect(starts.map(({ isWanted }) => isWanted)).toEqual([true, true]);
    // One of them gets an environment that has become free.
    group.waiting.shift()?.resolve(environment);
    expect(starts[0]?.isWanted).toBe(false);
    starts[0]?.withdraw();
    expect(starts[1]?.isWanted).toBe(true);
    expect(starts[1]?.end()).toBeDefined();
    expect(starts[1]?.end()).toBeUndefined();
    expect(group.starting).toBe(0);
  });
});
