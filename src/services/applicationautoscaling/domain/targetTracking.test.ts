import { describe, expect, it } from 'vitest';
import { trackedCapacity } from './targetTracking.ts';

const base = { provisioned: 100, min: 5, max: 500, target: 70, mayScaleOut: true, mayScaleIn: true };
/** @param perSecond newest minute first. */
const minutes = (...perSecond: (number | undefined)[]) =>
  perSecond.map((units) => (units === undefined ? undefined : units * 60));
const low = (perSecond: number, count = 15) => minutes(...new Array<number>(count).fill(perSecond));

describe('target tracking', () => {
  it('adds capacity after two minutes above the target, as much as the busier one asks for', () => {
    expect(trackedCapacity({ ...base, consumed: minutes(80, 140) })).toBe(200);
    expect(trackedCapacity({ ...base, consumed: minutes(80, 70) })).toBeUndefined();
    expect(trackedCapacity({ ...base, consumed: minutes(80, undefined) })).toBeUndefined();
    expect(trackedCapacity({ ...base, consumed: minutes(80) })).toBeUndefined();
  });

  it('takes capacity away after fifteen minutes well below it', () => {
    expect(trackedCapacity({ ...base, consumed: low(35) })).toBe(50);
    expect(trackedCapacity({ ...base, consumed: low(35, 14) })).toBeUndefined();
    expect(trackedCapacity({ ...base, consumed: [51 * 60, ...low(35, 14)] })).toBeUndefined();
  });

  it('stays between the bounds', () => {
    expect(trackedCapacity({ ...base, consumed: minutes(900, 900) })).toBe(500);
    expect(trackedCapacity({ ...base, provisioned: 500, consumed: minutes(900, 900) })).toBeUndefined();
    expect(trackedCapacity({ ...base, consumed: low(0.1) })).toBe(5);
  });

  it('does nothing that is suspended or cooling down', () => {
    expect(trackedCapacity({ ...base, consumed: minutes(90, 90), mayScaleOut: false })).toBeUndefined();
    expect(trackedCapacity({ ...base, consumed: low(10), mayScaleIn: false })).toBeUndefined();
  });
});
