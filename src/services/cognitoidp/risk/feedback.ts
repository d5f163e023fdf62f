/** Tokens by which a user says of an event that it was theirs, or wasn't: for that event only. */
import type { CognitoRoom } from '../room.ts';
import type { Pool, User } from '../store.ts';
import type { AuthEvent } from './events.ts';

interface Claims {
  sub: string;
  eventId: string;
}

const purpose = (pool: Pool) => `cognitoidp.feedback/${pool.id}`;

export function writeFeedbackToken(
  { vault }: CognitoRoom,
  pool: Pool,
  { sub }: User,
  { id }: AuthEvent,
): string {
  const claims: Claims = { sub, eventId: id };
  return Buffer.from(vault.seal(purpose(pool), JSON.stringify(claims))).toString('base64url');
}

export function isFeedbackToken(
  { vault }: CognitoRoom,
  pool: Pool,
  user: User,
  eventId: string,
  token: string,
): boolean {
  try {
    const claims = JSON.parse(
      vault.open(purpose(pool), Buffer.from(token, 'base64url')).toString(),
    ) as Claims;
    return claims.sub === user.sub && claims.eventId === eventId;
  } catch {
    return false;
  }
}
