/** What clients tell of the device they run on. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-viewing-threat-protection-app.html */
import type { Pool } from '../store.ts';

export interface DeviceTold {
  id?: string;
  /** `Chrome, Windows`. */
  name?: string;
  timezone?: string;
}

interface Told {
  DeviceId?: string;
  UserAgent?: string;
  ClientTimezone?: string;
}

/** What one sends is at most this long; longer is nobody's. */
const encodedMax = 16_384;
const textMax = 256;

/**
 * @param encodedData of the advanced-security libraries: base 64 of JSON with a `payload` that is JSON again. Its
 * signature is made with the client's id, which everybody knows: what it says is a hint, and used as one.
 * @param userAgent where a server handed it on.
 */
export function deviceOf(
  pool: Pool,
  encodedData: string | undefined,
  userAgent: string | undefined,
): DeviceTold {
  const { DeviceId, UserAgent = userAgent, ClientTimezone } = read(pool, encodedData);
  const told: DeviceTold = {};
  if (DeviceId) told.id = DeviceId.slice(0, textMax);
  if (UserAgent) told.name = deviceName(UserAgent);
  if (ClientTimezone) told.timezone = ClientTimezone.slice(0, textMax);
  return told;
}

function read(pool: Pool, encodedData: string | undefined): Told {
  if (!encodedData || encodedData.length > encodedMax) return {};
  try {
    const { payload } = JSON.parse(Buffer.from(encodedData, 'base64').toString()) as { payload: string };
    const { contextData, userPoolId } = JSON.parse(payload) as {
      contextData?: Record<string, unknown>;
      userPoolId?: string;
    };
    if (userPoolId !== undefined && userPoolId !== '' && userPoolId !== pool.id) return {};
    return Object.fromEntries(
      Object.entries(contextData ?? {}).filter(([, value]) => typeof value === 'string'),
    );
  } catch {
    return {};
  }
}

const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\b(Chrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, 'Android'],
  [/\b(iPhone|iPad)\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

/** `Chrome, Windows` for a browser; the first words of anything else. */
export function deviceName(userAgent: string): string {
  const text = userAgent.slice(0, 1_024);
  const known = [browsers, systems].flatMap((kinds) => {
    const found = kinds.find(([pattern]) => pattern.test(text));
    return found ? [found[1]] : [];
  });
  return known.length > 0 ? known.join(', ') : (text.split(' ')[0] ?? '').slice(0, textMax);
}
