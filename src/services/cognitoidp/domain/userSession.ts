/** Sessions of users, where a pool tracks them. https://docs.aws.amazon.com/cognito/latest/developerguide/managing-user-sessions.html */

/** SetUserPoolSessionConfiguration's. */
export interface SessionConfiguration {
  tracking: 'ENABLED' | 'DISABLED';
  /** Token sessions that a user may have at once. */
  maxPerUser: number;
}

interface Tracked {
  clientId: string;
  createdAt: number;
  /** Of the last activity: when, from where and with what. */
  activeAt: number;
  address: string;
  device: string;
}

/** An app's sign-in: it lives as long as the family of its refresh tokens. */
export interface TokenSession extends Tracked {
  type: 'TOKEN';
  originJti: string;
  /** The SSO session that it came through. */
  origin?: string;
}

/** A sign-in to managed login: it lives as long as the browser's session. */
export interface SsoSession extends Tracked {
  type: 'SSO';
  /** Hash of the browser's cookie. */
  browser: Uint8Array;
}

export type UserSession = TokenSession | SsoSession;

/** @param prefix what the session is, as its id tells. @param random 25 letters and digits. */
export const sessionId = (prefix: 'tkn' | 'sso', random: string): string => `${prefix}${random}`;

/** Random characters of a session's id. */
export const sessionIdLength = 25;

const unknown = 'unknown';
/** [A] SessionDescriptionType: characters of DeviceType and of LastIPAddress. */
const deviceMax = 1_024;
const addressMax = 128;

const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:Chrome|CriOS)\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+)(?:\.[\d.]*)? (?:Mobile\/\S+ )?Safari\//, 'Safari'],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid (\d+)/, 'Android'],
  [/\b(?:iPhone|iPad)\b[^)]* OS (\d+)(?:_[_\d]*)? like/, 'iOS'],
  [/\bWindows NT (\d+)/, 'Windows'],
  [/\bMac OS X (\d+(?:[._]\d+)?)/, 'macOS'],
  [/\bmacos[/#](\d+(?:\.\d+)?)/i, 'macOS'],
  [/\bLinux\b()/i, 'Linux'],
];

/** `Chrome 125 / macOS 15.0` for a browser, the name of any other client (`aws-sdk-js/3.1169.0 / Linux`), or `unknown`. */
export function deviceType(userAgent: string | undefined): string {
  const text = userAgent?.slice(0, deviceMax).trim();
  if (!text) return unknown;
  const client = named(browsers, text) ?? text.split(' ')[0];
  const system = named(systems, text);
  return [client, system].filter((part) => part !== undefined).join(' / ');
}

function named(kinds: readonly (readonly [RegExp, string])[], text: string): string | undefined {
  for (const [pattern, name] of kinds) {
    const version = pattern.exec(text)?.[1];
    if (version !== undefined) return `${name} ${version.replace('_', '.')}`.trim();
  }
  return undefined;
}

/** As GetUserPoolSessionConfiguration shows it: the defaults, when nobody has set anything. */
export const defaultConfiguration: SessionConfiguration = { tracking: 'DISABLED', maxPerUser: 20 };

export const tracks = ({ sessions }: { sessions?: SessionConfiguration }): boolean =>
  sessions?.tracking === 'ENABLED';

/** SessionDescriptionType, as the lists show a session. @param isCurrent the one of the token that asks. */
export function describeSession(id: string, session: UserSession, isCurrent: boolean) {
  return {
    SessionId: id,
    SessionType: session.type,
    ClientId: session.clientId,
    CreateDate: new Date(session.createdAt),
    LastActiveDate: new Date(session.activeAt),
    DeviceType: session.device,
    LastIPAddress: session.address.slice(0, addressMax),
    // Where addresses are on the map isn't known here: "can be `unknown` if geo-IP resolution fails".
    LastLocation: { Country: unknown },
    ...(session.type === 'TOKEN' && session.origin !== undefined ? { OriginSessionId: session.origin } : {}),
    IsCurrentSession: isCurrent,
  };
}
