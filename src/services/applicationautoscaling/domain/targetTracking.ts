/**
 * Target tracking of DynamoDB's utilisation: more capacity after two minutes above the target, less after fifteen
 * well below it. Minutes without a datum decide nothing, as alarms without data don't.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html
 */
import { limits } from '../limits.ts';

export interface Tracking {
  /** Units a second that are provisioned. */
  provisioned: number;
  min: number;
  max: number;
  /** Percent of what is provisioned. */
  target: number;
  /** Units consumed in each of the last minutes, newest first; undefined where nothing was heard of a minute. */
  consumed: readonly (number | undefined)[];
  mayScaleOut: boolean;
  mayScaleIn: boolean;
}

/** @returns the capacity to provision; undefined to leave it. */
export function trackedCapacity(tracking: Tracking): number | undefined {
  const { provisioned, min, max, target, consumed } = tracking;
  const fitting = (seen: readonly number[]) =>
    Math.min(max, Math.max(min, Math.ceil((perSecond(seen) * 100) / target)));
  const utilised = (units: number) => (units / 60 / provisioned) * 100;

  const recent = known(consumed, limits.scaleOutMinutes);
  if (tracking.mayScaleOut && recent?.every((units) => utilised(units) > target)) {
    const wanted = fitting(recent);
    if (wanted > provisioned) return wanted;
  }
  const long = known(consumed, limits.scaleInMinutes);
  const low = Math.max(target - limits.scaleInMargin, 0);
  if (tracking.mayScaleIn && long?.every((units) => utilised(units) <= low)) {
    const wanted = fitting(long);
    if (wanted < provisioned) return wanted;
  }
  return undefined;
}

/** The newest `count` minutes, when all of them are known. */
function known(consumed: readonly (number | undefined)[], count: number): number[] | undefined {
  const seen = consumed.slice(0, count).filter((units) => units !== undefined);
  return seen.length === count ? seen : undefined;
}

/** Of the busiest minute. */
function perSecond(seen: readonly number[]): number {
  return Math.max(...seen) / 60;
}
