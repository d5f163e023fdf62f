/** Codes of the authorization endpoint, and browsers that are signed in: random texts, kept as their hashes until they expire. */
import { createHash } from 'node:crypto';
import type { Reader, Transaction } from '../../../store/index.ts';
import { type AuthorizationCode, type BrowserSession, records } from '../store.ts';

/** Those that have expired and are forgotten at once when another one is kept. */
const prunedMax = 20;

const hashOf = (text: string): Uint8Array => createHash('sha256').update(text).digest();

/** Under which a browser's session is kept. */
export const browserHash = hashOf;

export async function keepCode(
  tx: Transaction,
  now: number,
  poolId: string,
  text: string,
  code: AuthorizationCode,
): Promise<void> {
  records.authorizationCodes.put(tx, [poolId, hashOf(text)], code);
  await noteExpiry(tx, now, poolId, 'code', text, code.expiresAt);
}

export function findCode(
  reader: Reader,
  poolId: string,
  text: string,
): Promise<AuthorizationCode | undefined> {
  return records.authorizationCodes.get(reader, poolId, hashOf(text));
}

/** The code was used: what came of it is remembered until it expires. */
export function markUsed(
  tx: Transaction,
  poolId: string,
  text: string,
  code: AuthorizationCode,
  originJti: string,
): void {
  records.authorizationCodes.put(tx, [poolId, hashOf(text)], { ...code, originJti });
}

export async function keepBrowser(
  tx: Transaction,
  now: number,
  poolId: string,
  text: string,
  session: BrowserSession,
): Promise<void> {
  records.browserSessions.put(tx, [poolId, hashOf(text)], session);
  await noteExpiry(tx, now, poolId, 'browser', text, session.expiresAt);
}

export function findBrowser(
  reader: Reader,
  poolId: string,
  text: string,
): Promise<BrowserSession | undefined> {
  return records.browserSessions.get(reader, poolId, hashOf(text));
}

export function forgetBrowser(tx: Transaction, poolId: string, text: string): void {
  records.browserSessions.delete(tx, poolId, hashOf(text));
}

async function noteExpiry(
  tx: Transaction,
  now: number,
  poolId: string,
  kind: 'code' | 'browser',
  text: string,
  expiresAt: number,
): Promise<void> {
  records.grantExpiries.put(tx, [poolId, expiresAt, kind, hashOf(text)], null);
  const expired = await records.grantExpiries.range(tx, {
    under: [poolId],
    lt: [poolId, now],
    limit: prunedMax,
  });
  for (const { key } of expired) {
    const [, , what, hash] = key;
    const set = what === 'code' ? records.authorizationCodes : records.browserSessions;
    set.delete(tx, poolId, hash);
    records.grantExpiries.delete(tx, ...key);
  }
}
