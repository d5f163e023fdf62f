/**
 * How likely it is that a sign-in isn't the user's. AWS doesn't say how it reckons: this is ours, of what a cloud on one
 * machine can know (addresses, devices, wrong answers, feedback; no map of where addresses are). Every point has its
 * reason, so that a score can be explained.
 */
import { isNear } from './addresses.ts';
import type { RiskLevel } from './settings.ts';

/** A sign-in as far as it says something of the next one. */
export interface Sighting {
  at: number;
  address?: string | undefined;
  /** An id where the client tells one, its name otherwise. */
  device?: string | undefined;
  passed: boolean;
  feedback?: 'Valid' | 'Invalid' | undefined;
}

export type Reason =
  | 'new address'
  | 'new network'
  | 'new device'
  | 'two networks within an hour'
  | 'wrong answers of late'
  | 'seen in a sign-in that the user disowned';

export interface Assessment {
  score: number;
  level?: RiskLevel;
  reasons: Reason[];
}

const points: Readonly<Record<Reason, number>> = {
  'new address': 10,
  'new network': 25,
  'new device': 25,
  'two networks within an hour': 20,
  'wrong answers of late': 20,
  'seen in a sign-in that the user disowned': 70,
};
const levels: readonly (readonly [RiskLevel, number])[] = [
  ['High', 70],
  ['Medium', 45],
  ['Low', 20],
];
const hourMs = 3_600_000;
const lateMs = hourMs / 6;
const wrongAnswers = 3;

/** @param past of the same user, newest first. A user who never signed in has nothing to differ from. */
export function assess(now: Omit<Sighting, 'passed' | 'feedback'>, past: readonly Sighting[]): Assessment {
  const own = past.filter(
    ({ passed, feedback }) => (passed || feedback === 'Valid') && feedback !== 'Invalid',
  );
  const reasons = [...newThings(now, own), ...suspicions(now, past, own)];
  const score = reasons.reduce((sum, reason) => sum + points[reason], 0);
  const level = levels.find(([, least]) => score >= least)?.[0];
  return { score, ...(level ? { level } : {}), reasons };
}

type Now = Parameters<typeof assess>[0];

function newThings({ address, device }: Now, own: readonly Sighting[]): Reason[] {
  if (own.length === 0) return [];
  const reasons: Reason[] = [];
  const addresses = own.flatMap((one) => one.address ?? []);
  if (address !== undefined && addresses.length > 0 && !addresses.includes(address)) {
    reasons.push(addresses.some((one) => isNear(address, one)) ? 'new address' : 'new network');
  }
  const devices = own.flatMap((one) => one.device ?? []);
  if (device !== undefined && devices.length > 0 && !devices.includes(device)) reasons.push('new device');
  return reasons;
}

function suspicions(
  { at, address, device }: Now,
  past: readonly Sighting[],
  own: readonly Sighting[],
): Reason[] {
  const reasons: Reason[] = [];
  const last = own.find((one) => one.address !== undefined);
  const isElsewhere =
    address !== undefined &&
    last?.address !== undefined &&
    !isNear(address, last.address) &&
    !own.some((one) => one.address === address);
  if (isElsewhere && last.at > at - hourMs) reasons.push('two networks within an hour');
  const wrong = past.filter(({ passed, at: then, feedback }) => !passed && !feedback && then > at - lateMs);
  if (wrong.length >= wrongAnswers) reasons.push('wrong answers of late');
  const isDisowned = past.some(
    (one) =>
      one.feedback === 'Invalid' &&
      ((address !== undefined && one.address === address) || (device !== undefined && one.device === device)),
  );
  if (isDisowned) reasons.push('seen in a sign-in that the user disowned');
  return reasons;
}
