/** WEB_AUTHN: a passkey signs the challenge. https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion */
import type { Transaction } from '../../../../store/index.ts';
import { NotAuthorizedException } from '../../errors.ts';
import type { Context } from '../../room.ts';
import { type Pool, records, type User } from '../../store.ts';
import { preAuthentication } from '../../triggers/authentication.ts';
import { userKey, userOf } from '../../users.ts';
import { type Assertion, isBothFactors, verifyAssertion } from '../../webAuthn.ts';
import type { Attempt, AuthAnswer } from '../attempt.ts';
import { checkSecretHash, judge, needed, openProgress } from '../checks.ts';
import type { ChoiceProgress } from '../flows/choice.ts';
import { goOn } from '../goOn.ts';
import type { OpenedSession } from '../sessions.ts';
import type { Challenge } from './index.ts';

export const webAuthn: Challenge = async (ctx, attempt, responses, sent) => {
  const username = needed(responses, 'USERNAME');
  const credential = needed(responses, 'CREDENTIAL');
  checkSecretHash(ctx, attempt.door, responses.SECRET_HASH, [username]);
  const session = openProgress<ChoiceProgress>(ctx, attempt, 'WEB_AUTHN', sent);
  return webAuthnBySession(ctx, attempt, session, credential);
};

/** @param session of WEB_AUTHN or SELECT_CHALLENGE: it has the ceremony's challenge. */
export async function webAuthnBySession(
  ctx: Context,
  attempt: Attempt,
  session: OpenedSession<ChoiceProgress>,
  credential: string,
): Promise<AuthAnswer> {
  const { pool } = attempt.door;
  const { sub, challenge, ...progress } = session.state;
  const user = await userOf(ctx.room.store, pool, progress.username);
  if (user.sub !== sub || challenge === undefined) throw refused();
  await preAuthentication(ctx, attempt, user.username, user);
  const assertion = await verifyAssertion(ctx, pool, user, challenge, credential);
  await judge(ctx, pool, user, session, (tx) => accept(tx, pool, user, assertion));
  const verified = assertion?.userVerified && isBothFactors(pool, user) ? ['USER_VERIFIED'] : [];
  const key = assertion?.credential.attachment === 'platform' ? 'WEB_AUTHN_PLATFORM' : 'WEB_AUTHN';
  const passed = { ...progress, factors: [...progress.factors, key, ...verified] };
  return goOn(ctx, attempt, user, passed, session);
}

/** Counts the signature: an authenticator that counts is never at an earlier number again. */
async function accept(
  tx: Transaction,
  pool: Pool,
  user: User,
  assertion: Assertion | undefined,
): Promise<Error | undefined> {
  if (!assertion) return refused();
  const place: [string, string, string] = [pool.id, userKey(pool, user.username), assertion.credential.id];
  const current = await records.webAuthnCredentials.get(tx, ...place);
  if (!current) return refused();
  const { counter } = assertion;
  if ((counter > 0 || current.counter > 0) && counter <= current.counter) return refused();
  records.webAuthnCredentials.put(tx, place, { ...current, counter });
  return undefined;
}

const refused = () => new NotAuthorizedException('Invalid credential.');
