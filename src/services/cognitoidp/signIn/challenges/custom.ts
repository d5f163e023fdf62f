/** CUSTOM_CHALLENGE: the answer to what a function asked. */
import { NotAuthorizedException } from '../../errors.ts';
import { verifyAnswer } from '../../triggers/customChallenge.ts';
import { findUser } from '../../users.ts';
import { checkSecretHash, needed, openProgress } from '../checks.ts';
import { type CustomProgress, nextChallenge, takeState } from '../customAuth.ts';
import type { Challenge } from './index.ts';

export const custom: Challenge = async (ctx, attempt, responses, sent) => {
  const username = needed(responses, 'USERNAME');
  const answer = needed(responses, 'ANSWER');
  const { door } = attempt;
  const { pool } = door;
  checkSecretHash(ctx, door, responses.SECRET_HASH, [username]);
  const session = openProgress<CustomProgress>(ctx, attempt, 'CUSTOM_CHALLENGE', sent);
  const { sub, challenge, ...progress } = session.state;
  const found = await findUser(ctx.room.store, pool, username);
  // Nobody's challenge is answered by somebody, nor the other way round; nor by whoever has the name by now.
  if (found?.sub !== sub || (!found && username !== progress.username)) {
    throw new NotAuthorizedException('Invalid session for the user.');
  }
  const { rounds, hidden, metadata } = await takeState(ctx, pool.id, challenge, (tx) => session.use(tx));
  const subject = { user: found, name: progress.username };
  const isRight = await verifyAnswer(ctx, attempt, subject, { hidden, answer });
  const factors =
    isRight && !progress.factors.includes('CUSTOM') ? [...progress.factors, 'CUSTOM'] : progress.factors;
  return nextChallenge(ctx, attempt, {
    subject,
    progress: { ...progress, factors },
    rounds: [
      ...rounds,
      { challengeName: 'CUSTOM_CHALLENGE', challengeResult: isRight, challengeMetadata: metadata },
    ],
  });
};
