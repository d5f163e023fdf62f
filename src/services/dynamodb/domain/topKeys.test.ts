import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TopKeys } from './topKeys.ts';

describe('the count of the most frequent keys', () => {
  it('is exact as long as all keys fit', () => {
    const top = new TopKeys(10);
    for (const [key, weight] of [
      ['a', 1],
      ['b', 2.5],
      ['a', 2],
    ] as const) {
      top.add([key], weight);
    }
    expect(top.top(10)).toEqual([
      { keys: ['a'], count: 3, error: 0 },
      { keys: ['b'], count: 2.5, error: 0 },
    ]);
  });

  it('is never too low, and finds every key that is frequent enough', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 400 }), (stream) => {
        const size = 8;
        const top = new TopKeys(size);
        const exact = new Map<string, number>();
        for (const number of stream) {
          // Small numbers come more often.
          const key = String(Math.floor(number / 3) % 20);
          top.add([key], 1);
          exact.set(key, (exact.get(key) ?? 0) + 1);
        }
        const found = new Map(top.top(size).map((one) => [one.keys[0] as string, one]));
        for (const [key, count] of exact) {
          const one = found.get(key);
          if (count > stream.length / size) expect(one).toBeDefined();
          if (!one) continue;
          expect(one.count).toBeGreaterThanOrEqual(count);
          expect(one.count - one.error).toBeLessThanOrEqual(count);
        }
      }),
    );
  });
});
