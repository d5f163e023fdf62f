/** MFA_SETUP: the user has an authenticator app now, or names an email address for codes. */
import { isEmail } from '../../domain/attributes.ts';
import { factorsOfPool } from '../../domain/factors.ts';
import { InvalidParameterException, SoftwareTokenMFANotFoundException } from '../../errors.ts';
import { checkSetup, keepToken } from '../../softwareTokens.ts';
import { checkSecretHash, checkVia, needed, userOfSession } from '../checks.ts';
import { carryOut, goOn } from '../goOn.ts';
import { askForCode } from '../otp.ts';
import { openSetup, type SetupState } from '../setup.ts';
import type { Challenge } from './index.ts';

export const mfaSetup: Challenge = async (ctx, attempt, responses, sent) => {
  const username = needed(responses, 'USERNAME');
  const { door } = attempt;
  const { pool, client } = door;
  checkSecretHash(ctx, door, responses.SECRET_HASH, [username]);
  if (!sent) throw new InvalidParameterException('Missing required parameter Session');
  const { door: own, session } = await openSetup(ctx, attempt.via, sent);
  if (own.client.id !== client.id) throw new InvalidParameterException('Invalid session for the client.');
  checkVia(attempt, session.state.via);
  const { secret, verifiedStep, name, until: _until, ...progress }: SetupState = session.state;
  const user = await userOfSession(ctx, door, session.state, username);
  checkSetup(pool, user);
  const { EMAIL: email } = responses;
  if (email !== undefined) {
    const mayHave = factorsOfPool(pool).includes('EMAIL_OTP') && !user.attributes.email;
    if (!mayHave || !isEmail(email)) throw new InvalidParameterException('Invalid email address format.');
    const challenge = { challenge: 'EMAIL_OTP', attribute: 'email', value: email, isSetup: true } as const;
    return carryOut(ctx, await askForCode(ctx, attempt, user, progress, challenge), session);
  }
  if (secret === undefined || verifiedStep === undefined) {
    throw new SoftwareTokenMFANotFoundException('Software Token MFA has not been verified for the user.');
  }
  const changed = await keepToken(ctx, pool, user, { secret, step: verifiedStep, name }, true);
  const factors = [...progress.factors, 'SOFTWARE_TOKEN_MFA'];
  return goOn(ctx, attempt, changed, { ...progress, factors }, session);
};
