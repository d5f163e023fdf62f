/**
 * One-time codes of virtual MFA devices: RFC 6238 with six digits, 30 seconds and SHA-1, as AWS's are.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_virtual.html
 */
import { Secret, TOTP } from 'otpauth';

/** Codes of this many steps before and after the device's own are taken: clocks differ, people type. */
const window = 1;
/** When a device is enabled or resynchronised its clock may be off by this many steps (an hour), since two codes prove it. */
const resyncWindow = 120;

/** What is known of a device's clock and of the codes it has shown. */
export interface DeviceClock {
  drift: number;
  lastStep: number;
}

/**
 * Whether `code` is the device's, and none that was taken before.
 * @param seed in Base32. @param now milliseconds since the epoch.
 * @returns what is to be kept, so that the code counts once; undefined when it is wrong.
 */
export function acceptCode(
  seed: string,
  code: string,
  clock: DeviceClock,
  now: number,
): DeviceClock | undefined {
  const expected = stepAt(now) + clock.drift;
  const step = stepOf(seed, code, expected, window);
  if (step === undefined || step <= clock.lastStep) return undefined;
  return { drift: clock.drift, lastStep: step };
}

/** Two consecutive codes show how far the device's clock is off. @returns undefined when they aren't consecutive, or not its own. */
export function synchronise(
  seed: string,
  [first, second]: readonly [string, string],
  now: number,
  lastStep: number,
): DeviceClock | undefined {
  const current = stepAt(now);
  // Six digits repeat by chance within the wide window: every step that shows the first code is tried, the nearest first.
  for (let distance = 0; distance <= resyncWindow; distance++) {
    for (const step of distance === 0 ? [current] : [current - distance, current + distance]) {
      if (stepOf(seed, first, step, 0) === undefined || stepOf(seed, second, step + 1, 0) === undefined)
        continue;
      if (step + 1 <= lastStep) continue;
      const drift = step + 1 - current;
      return { drift: Math.abs(drift) <= window ? 0 : drift, lastStep: step + 1 };
    }
  }
  return undefined;
}

/** The code of the step before and that of now, as `synchronise` wants them. */
export function consecutiveCodes(seed: string, now: number): readonly [string, string] {
  const totp = totpOf(seed);
  const stepMs = periodSeconds * 1000;
  return [totp.generate({ timestamp: now - stepMs }), totp.generate({ timestamp: now })];
}

const periodSeconds = 30;

function stepAt(now: number): number {
  return Math.floor(now / 1000 / periodSeconds);
}

/** In constant time for each step of the window. */
function stepOf(seed: string, token: string, step: number, around: number): number | undefined {
  const delta = totpOf(seed).validate({ token, timestamp: step * periodSeconds * 1000, window: around });
  return delta === null ? undefined : step + delta;
}

function totpOf(seed: string): TOTP {
  return new TOTP({
    algorithm: 'SHA1',
    digits: 6,
    period: periodSeconds,
    secret: Secret.fromBase32(seed),
  });
}
