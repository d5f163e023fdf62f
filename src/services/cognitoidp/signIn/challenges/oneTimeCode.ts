/** SMS_MFA, EMAIL_OTP and SMS_OTP: the code of a message, as second or first factor. */
import { isSame } from '../../domain/secretHash.ts';
import { CodeMismatchException, InvalidParameterException } from '../../errors.ts';
import { notingFactor } from '../../risk/protect.ts';
import type { Context } from '../../room.ts';
import { checkSetup } from '../../softwareTokens.ts';
import type { Pool, User } from '../../store.ts';
import { changeUser } from '../../users.ts';
import type { Progress } from '../attempt.ts';
import { checkSecretHash, judge, needed, openProgress, userOfSession } from '../checks.ts';
import { afterFactor } from '../customAuth.ts';
import type { OtpChallenge, OtpState } from '../otp.ts';
import type { Challenge } from './index.ts';

/** @param names of the response that carries the code. */
export function oneTimeCode(challenge: OtpChallenge, names: readonly string[]): Challenge {
  return async (ctx, attempt, responses, sent) => {
    const username = needed(responses, 'USERNAME');
    const given = names.map((name) => responses[name]).find(Boolean);
    if (given === undefined) throw new InvalidParameterException(`Missing required parameter ${names[0]}`);
    const { door } = attempt;
    checkSecretHash(ctx, door, responses.SECRET_HASH, [username]);
    const session = openProgress<OtpState>(ctx, attempt, challenge, sent);
    const { code, attribute, value, isFirst, isSetup, ...progress } = session.state;
    // Nobody's session is answered like one with another code.
    const user = await userOfSession(ctx, door, session.state, username).catch(() => {
      throw mismatch();
    });
    const judged = judge(ctx, door.pool, user, session, () => (isSame(given, code) ? undefined : mismatch()));
    await notingFactor(ctx, attempt, user, progress.flow, judged);
    const known = isSetup
      ? await setUp(ctx, door.pool, user, attribute, value)
      : await verifiedBy(ctx, door.pool, user, attribute, value);
    const after = passed(progress, challenge, isFirst, responses.DEVICE_KEY);
    return afterFactor(ctx, attempt, known, after, session, challenge);
  };
}

const mismatch = () => new CodeMismatchException('Invalid code or auth state for the user.');

function passed(
  progress: Progress,
  challenge: OtpChallenge,
  isFirst: boolean | undefined,
  deviceKey: string | undefined,
): Progress {
  // The same challenge is both: only as a second factor is it one.
  const factor = challenge === 'EMAIL_OTP' && !isFirst ? 'EMAIL_MFA' : challenge;
  return {
    ...progress,
    factors: [...progress.factors, factor],
    ...(deviceKey && !progress.deviceKey ? { deviceKey } : {}),
  };
}

/** "When a user completes their first MFA, Amazon Cognito marks their email address or phone number as verified." */
async function verifiedBy(
  ctx: Context,
  pool: Pool,
  user: User,
  attribute: string,
  value: string,
): Promise<User> {
  if (user.attributes[attribute] !== value) return user;
  if (user.attributes[`${attribute}_verified`] === 'true') return user;
  return changeUser(ctx, pool, user.username, (current) =>
    current.attributes[attribute] === value ? withAddress(current, attribute, value) : current,
  );
}

/** @throws NotAuthorizedException the user has a factor by now. */
const setUp = (ctx: Context, pool: Pool, user: User, attribute: string, value: string): Promise<User> =>
  changeUser(ctx, pool, user.username, (current) => {
    checkSetup(pool, current);
    return withAddress(current, attribute, value);
  });

const withAddress = (user: User, attribute: string, value: string): User => ({
  ...user,
  attributes: { ...user.attributes, [attribute]: value, [`${attribute}_verified`]: 'true' },
});
