/** SELECT_MFA_TYPE: which second factor the user would rather be asked for. */
import type { Factor } from '../../domain/factors.ts';
import { InvalidParameterException } from '../../errors.ts';
import { checkSecretHash, needed, openProgress, userOfSession } from '../checks.ts';
import { askFactor, type ChoiceState } from '../gates/secondFactor.ts';
import { carryOut } from '../goOn.ts';
import type { Challenge } from './index.ts';

/** The API's pages name email's choice so. */
const otherNames: Readonly<Record<string, Factor>> = { EMAIL_MFA: 'EMAIL_OTP' };

export const selectMfa: Challenge = async (ctx, attempt, responses, sent) => {
  const username = needed(responses, 'USERNAME');
  const answer = needed(responses, 'ANSWER');
  const { door } = attempt;
  checkSecretHash(ctx, door, responses.SECRET_HASH, [username]);
  const session = openProgress<ChoiceState>(ctx, attempt, 'SELECT_MFA_TYPE', sent);
  const { choices, ...progress } = session.state;
  const factor = choices.find((choice) => choice === (otherNames[answer] ?? answer));
  if (!factor) throw new InvalidParameterException('The MFA type that was selected is not available.');
  const user = await userOfSession(ctx, door, progress, username);
  return carryOut(ctx, await askFactor(ctx, attempt, user, progress, factor), session);
};
