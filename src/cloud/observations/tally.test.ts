import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denialsMax, merge, newTally, resourcesMax, seeDenial, seeResource, type Tally } from './tally.ts';

const once = { count: 1, lastSeen: 1 };
const sizeOf = ({ resources, prefixes }: Tally) => resources.size + prefixes.size;
const countOf = ({ resources, prefixes }: Tally) =>
  [...resources.values(), ...prefixes.values()].reduce((sum, { count }) => sum + count, 0);
const covers = ({ resources, prefixes }: Tally, name: string) =>
  resources.has(name) || [...prefixes.keys()].some((prefix) => name.startsWith(prefix));

describe('what is remembered of an action', () => {
  it('stays bounded, and loses no resource of a kind that is many', () => {
    const name = fc.tuple(
      fc.constantFrom('table/', 'table/orders-', 'function:', 'bucket/a/b/'),
      fc.integer({ min: 0, max: 400 }),
    );
    fc.assert(
      fc.property(fc.array(name, { minLength: 200, maxLength: 600 }), (all) => {
        const names = all.map(([kind, i]) => `arn:aws:x:us-east-1:000000000000:${kind}${i}`);
        const tally = newTally(0);
        for (const each of names) seeResource(tally, each, once);
        expect(sizeOf(tally)).toBeLessThanOrEqual(resourcesMax);
        expect(names.filter((each) => !covers(tally, each))).toEqual([]);
        expect(countOf(tally)).toBe(names.length);
      }),
      { numRuns: 30 },
    );
  });

  it('stays bounded where nothing is alike, and becomes no wildcard for everything', () => {
    const tally = newTally(0);
    for (let i = 0; i < 500; i++) seeResource(tally, `arn:aws:s${i}:r:1:x`, once);
    for (let i = 0; i < 500; i++) seeResource(tally, `odd ${i}`, once);
    expect(sizeOf(tally)).toBeLessThanOrEqual(resourcesMax);
    expect([...tally.prefixes.keys()].filter((prefix) => !prefix.startsWith('arn:'))).toEqual([]);
  });

  it('counts denials of a resource together, and forgets the oldest of too many', () => {
    const tally = newTally(0);
    const denial = { ...once, effect: 'implicit-deny', reason: 'no', refused: false } as const;
    for (let i = 0; i < denialsMax + 5; i++) seeDenial(tally, `r${i}`, denial);
    seeDenial(tally, 'r10', { ...denial, effect: 'explicit-deny', reason: 'never', lastSeen: 2 });
    expect(tally.denials.size).toBe(denialsMax);
    expect(tally.denials.get('r10')).toEqual({
      count: 2,
      lastSeen: 2,
      effect: 'explicit-deny',
      reason: 'never',
      refused: false,
    });
  });

  it('adds up', () => {
    const [a, b] = [newTally(5), newTally(2)];
    Object.assign(a, { count: 2, lastSeen: 9, region: 'a' });
    Object.assign(b, { count: 3, lastSeen: 4, region: 'b' });
    seeResource(a, 'r', once);
    seeResource(b, 'r', once);
    const sum = merge(a, b);
    expect(sum).toMatchObject({ count: 5, firstSeen: 2, lastSeen: 9, region: 'a' });
    expect(sum.resources.get('r')?.count).toBe(2);
  });
});
