/** SELECT_CHALLENGE, and PASSWORD and PASSWORD_SRP once they were chosen. */
import { InvalidParameterException } from '../../errors.ts';
import { findUser } from '../../users.ts';
import type { Attempt } from '../attempt.ts';
import { checkSecretHash, needed, openProgress } from '../checks.ts';
import { begin, type ChoiceProgress, challengesOf } from '../flows/choice.ts';
import { byPassword } from '../flows/password.ts';
import { bySrp } from '../flows/srp.ts';
import type { Challenge } from './index.ts';
import { webAuthnBySession } from './webAuthn.ts';

export const selectChallenge: Challenge = async (ctx, attempt, responses, sent) => {
  const username = needed(responses, 'USERNAME');
  const answer = needed(responses, 'ANSWER');
  const { door } = attempt;
  checkSecretHash(ctx, door, responses.SECRET_HASH, [username]);
  const session = openProgress<ChoiceProgress>(ctx, attempt, 'SELECT_CHALLENGE', sent);
  const { username: name, sub, challenge } = session.state;
  const found = await findUser(ctx.room.store, door.pool, name);
  const comer = { name: username, user: found?.sub === sub ? found : undefined };
  const chosen = (await challengesOf(ctx, attempt, comer)).find((one) => one === answer);
  if (!chosen) throw new InvalidParameterException('The challenge that was selected is not available.');
  if (chosen === 'WEB_AUTHN' && responses.CREDENTIAL && challenge) {
    return webAuthnBySession(ctx, attempt, session, responses.CREDENTIAL);
  }
  return begin(ctx, withMetadata(attempt), comer, chosen, responses);
};

/** The session says that the client was asked; the password says who comes. */
export const password: Challenge = async (ctx, attempt, responses, sent) => {
  openProgress(ctx, attempt, 'PASSWORD', sent);
  return byPassword('USER_AUTH')(ctx, withMetadata(attempt), responses);
};

export const passwordSrp: Challenge = async (ctx, attempt, responses, sent) => {
  openProgress(ctx, attempt, 'PASSWORD_SRP', sent);
  return bySrp(ctx, withMetadata(attempt), responses);
};

/** The first factor is answered in a response here: what triggers before it are told comes with it. */
const withMetadata = (attempt: Attempt): Attempt => ({ ...attempt, validationData: attempt.clientMetadata });
