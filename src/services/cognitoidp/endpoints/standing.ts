/** Whether a user would still get the token that somebody shows. */
import type { Standing } from '../../../platform/index.ts';
import { poolOfIssuer } from '../addresses.ts';
import { type CognitoRoom, poolById } from '../room.ts';
import { records } from '../store.ts';

/**
 * @param claims of a token of ours that was verified. For those who ask so: identity pools with ServerSideTokenCheck,
 * which “make sure that the user has not been globally signed out or deleted”.
 */
export async function issuerStanding(
  room: CognitoRoom,
  claims: Readonly<Record<string, unknown>>,
): Promise<Standing> {
  const { iss, sub, origin_jti: originJti, iat } = claims;
  const pool = await poolById(room, poolOfIssuer(String(iss)) ?? '');
  const key = pool && (await records.subs.get(room.store, pool.id, String(sub)));
  const user = key === undefined ? undefined : await records.users.get(room.store, pool?.id ?? '', key);
  if (!pool || key === undefined || !user) return 'gone';
  if (!user.enabled) return 'disabled';
  // Clients without token revocation give tokens that don't say which sign-in they are of.
  const isSignedOut =
    typeof originJti === 'string'
      ? !(await records.families.exists(room.store, pool.id, key, originJti))
      : user.signedOutAt !== undefined && Number(iat ?? 0) < Math.ceil(user.signedOutAt / 1000);
  return isSignedOut ? 'signed out' : 'good';
}
