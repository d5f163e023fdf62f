/** When the next attempt of a failed task is due. Pure. */
import type { RetryPolicy } from './port.ts';

/**
 * @param attempt the attempt that failed, from 1. @param chance a number in [0, 1) that spreads the wait.
 * @returns milliseconds to wait before the next attempt, or undefined when there is none left.
 */
export function waitBeforeNextAttempt(
  policy: RetryPolicy,
  attempt: number,
  chance: number,
): number | undefined {
  if (attempt >= policy.attemptsMax) return undefined;
  const wait = policy.waitsMs
    ? (policy.waitsMs[attempt - 1] ?? policy.waitsMs.at(-1) ?? policy.baseMs)
    : Math.min(
        policy.capMs ?? Number.POSITIVE_INFINITY,
        policy.baseMs * (policy.factor ?? 2) ** (attempt - 1),
      );
  // Spread downwards, so that a cap stays a cap.
  return Math.round(wait * (1 - (policy.jitter ?? 0) * chance));
}
