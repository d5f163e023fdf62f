import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../kernel/index.ts';
import { Wheel } from './wheel.ts';

interface Member {
  name: string;
  dueAt: number;
}

function opened(startAt = 0) {
  const clock = new VirtualClock(startAt);
  const fired: [string, number][] = [];
  const wheel: Wheel<Member> = new Wheel({
    clock,
    stepMs: 1000,
    dueAt: (member) => member.dueAt,
    onDue: (member) => {
      if (member.dueAt > clock.now()) wheel.add(member);
      else fired.push([member.name, clock.now()]);
    },
  });
  return { clock, wheel, fired };
}

describe('the wheel', () => {
  it('fires never early, and at most a step late', async () => {
    const { clock, wheel, fired } = opened();
    for (const [name, dueAt] of [
      ['b', 2500],
      ['a', 1000],
      ['c', 2600],
      ['d', 90_000],
    ] as const)
      wheel.add({ name, dueAt });
    await clock.advance(999);
    expect(fired).toEqual([]);
    await clock.advance(100_000);
    expect(fired).toEqual([
      ['a', 1000],
      ['b', 3000],
      ['c', 3000],
      ['d', 90_000],
    ]);
  });

  it('lets members that were busy wait anew, and forgets those that left', async () => {
    const { clock, wheel, fired } = opened();
    const busy: Member = { name: 'busy', dueAt: 2000 };
    const gone: Member = { name: 'gone', dueAt: 3000 };
    wheel.add(busy);
    const slot = wheel.add(gone);
    busy.dueAt = 5000;
    await clock.advance(2500);
    wheel.remove(gone, slot);
    await clock.advance(10_000);
    expect(fired).toEqual([['busy', 5000]]);
  });

  it('can be used again after it stood still', async () => {
    const { clock, wheel, fired } = opened();
    wheel.add({ name: 'first', dueAt: 1000 });
    await clock.advance(5000);
    wheel.add({ name: 'second', dueAt: 7000 });
    wheel.add({ name: 'sooner', dueAt: 6000 });
    await clock.advance(5000);
    expect(fired.map(([name]) => name)).toEqual(['first', 'sooner', 'second']);
  });
});
