/** USER_AUTH: the user chooses how to begin, or the client knows it. https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-selection-sdk.html */
import { NotImplemented } from '../../../../kernel/index.ts';
import { InvalidParameterException, NotAuthorizedException } from '../../errors.ts';
import type { Context } from '../../room.ts';
import type { User } from '../../store.ts';
import { preAuthentication } from '../../triggers/authentication.ts';
import { findUser } from '../../users.ts';
import { requestOptions } from '../../webAuthn.ts';
import type { Attempt, AuthAnswer, Parameters, Progress } from '../attempt.ts';
import { availableChallenges, type FirstChallenge, pretendedChallenges } from '../available.ts';
import {
  checkLock,
  checkSecretHash,
  checkStatus,
  checkVia,
  hidesUsers,
  missingUser,
  needed,
} from '../checks.ts';
import { carryOut, goOn } from '../goOn.ts';
import { askForCode, pretendCode } from '../otp.ts';
import { openSession, sealSession } from '../sessions.ts';
import type { Flow } from './index.ts';
import { byPassword } from './password.ts';
import { bySrp, nameOf } from './srp.ts';

/** What the sessions of choices and passkeys remember. */
export interface ChoiceProgress extends Progress {
  /** The user's; nobody's is made up. */
  sub: string;
  /** Of the passkey's ceremony. */
  challenge?: string;
}

/** Who comes, by the name that was entered. */
interface Comer {
  name: string;
  /** Nobody, where clients aren't told so. */
  user: User | undefined;
}

export const choice: Flow = async (ctx, attempt, parameters) => {
  const name = needed(parameters, 'USERNAME');
  const { door } = attempt;
  // Tokens say by what somebody came in; a way further up by an access token isn't built.
  if (parameters.TARGET_ACR_VALUES || parameters.ACCESS_TOKEN) {
    throw new NotImplemented('Step-up authentication of Cognito user pools');
  }
  checkSecretHash(ctx, door, parameters.SECRET_HASH, [name]);
  const user = await findUser(ctx.room.store, door.pool, name);
  if (!user && !hidesUsers(door)) throw missingUser(door);
  if (attempt.session !== undefined) return fromSignUp(ctx, attempt, user, attempt.session);
  const comer: Comer = { name, user };
  const available = await challengesOf(ctx, attempt, comer);
  const preferred = available.find((challenge) => challenge === parameters.PREFERRED_CHALLENGE);
  if (preferred) return begin(ctx, attempt, comer, preferred, parameters);
  const [only, ...others] = available;
  // Where there is nothing to choose, and nothing else was wanted, the one challenge comes at once.
  if (only && others.length === 0 && !parameters.PREFERRED_CHALLENGE) {
    return { ...(await begin(ctx, attempt, comer, only, parameters)), AvailableChallenges: available };
  }
  return {
    ...(await asked(ctx, attempt, comer, 'SELECT_CHALLENGE', parameters)),
    AvailableChallenges: available,
  };
};

/** What the user can begin with. */
export async function challengesOf(
  ctx: Context,
  { door: { pool } }: Attempt,
  { user }: Comer,
): Promise<FirstChallenge[]> {
  return user ? availableChallenges(ctx, pool, user) : pretendedChallenges(pool);
}

/** Begins a sign-in as it was chosen. @param parameters of InitiateAuth, or of the answer to SELECT_CHALLENGE. */
export async function begin(
  ctx: Context,
  attempt: Attempt,
  comer: Comer,
  chosen: FirstChallenge,
  parameters: Parameters,
): Promise<AuthAnswer> {
  if (chosen === 'PASSWORD' && parameters.PASSWORD) return byPassword('USER_AUTH')(ctx, attempt, parameters);
  if (chosen === 'PASSWORD_SRP' && parameters.SRP_A) return bySrp(ctx, attempt, parameters);
  if (chosen === 'EMAIL_OTP' || chosen === 'SMS_OTP')
    return sendCode(ctx, attempt, comer, chosen, parameters);
  return asked(ctx, attempt, comer, chosen, parameters);
}

async function sendCode(
  ctx: Context,
  attempt: Attempt,
  { name, user }: Comer,
  challenge: 'EMAIL_OTP' | 'SMS_OTP',
  parameters: Parameters,
): Promise<AuthAnswer> {
  const { door } = attempt;
  const attribute = challenge === 'EMAIL_OTP' ? 'email' : 'phone_number';
  await preAuthentication(ctx, attempt, name, user);
  const progress = progressOf(attempt, await nameOf(ctx, door, name, user), parameters);
  const sending = { challenge, attribute, isFirst: true } as const;
  if (user && !user.enabled && !hidesUsers(door)) throw new NotAuthorizedException('User is disabled.');
  if (!user?.enabled) {
    const value = pretendedAddress(attribute, name);
    return pretendCode(ctx, attempt, progress, { ...sending, value });
  }
  checkStatus(user);
  await checkLock(ctx, door.pool, user);
  const value = user.attributes[attribute] ?? '';
  return carryOut(ctx, await askForCode(ctx, attempt, user, progress, { ...sending, value }));
}

/** As if somebody had it. */
function pretendedAddress(attribute: string, name: string): string {
  if (attribute === 'email') return name.includes('@') ? name : `${name}@example.com`;
  return name.startsWith('+') ? name : '+15555550100';
}

function progressOf({ via }: Attempt, username: string, { DEVICE_KEY: deviceKey }: Parameters): Progress {
  return { via, flow: 'USER_AUTH', username, factors: [], ...(deviceKey ? { deviceKey } : {}) };
}

/** A challenge to which the client brings what it didn't send along; passkeys are handed their ceremony. */
async function asked(
  ctx: Context,
  attempt: Attempt,
  { name, user }: Comer,
  challenge: FirstChallenge | 'SELECT_CHALLENGE',
  parameters: Parameters,
): Promise<AuthAnswer> {
  const { door } = attempt;
  const { pool } = door;
  const isOffered =
    challenge === 'WEB_AUTHN' ||
    (challenge === 'SELECT_CHALLENGE' &&
      user !== undefined &&
      (await availableChallenges(ctx, pool, user)).includes('WEB_AUTHN'));
  const options = user && isOffered ? await requestOptions(ctx, pool, user) : undefined;
  const state: ChoiceProgress = {
    ...progressOf(attempt, user?.username ?? name, parameters),
    sub: user?.sub ?? ctx.room.ids.uuid(),
    ...(options ? { challenge: options.challenge } : {}),
  };
  return {
    ChallengeName: challenge,
    Session: sealSession(ctx, door, challenge, state).toString('base64url'),
    ChallengeParameters: {
      USERNAME: name,
      ...(options ? { CREDENTIAL_REQUEST_OPTIONS: JSON.stringify(options) } : {}),
    },
  };
}

/** What ConfirmSignUp's session remembers: the code that confirmed the sign-up was a first factor. */
export interface ConfirmedSignUp {
  via: Attempt['via'];
  username: string;
  sub: string;
  factor: 'EMAIL_OTP' | 'SMS_OTP';
}

async function fromSignUp(
  ctx: Context,
  attempt: Attempt,
  user: User | undefined,
  sent: string,
): Promise<AuthAnswer> {
  const bytes = Buffer.from(sent, 'base64url');
  const session = openSession<ConfirmedSignUp>(ctx, attempt.door, 'CONFIRM_SIGN_UP', bytes);
  const { via, sub, factor } = session.state;
  checkVia(attempt, via);
  if (user?.sub !== sub) throw new InvalidParameterException('Invalid session for the user.');
  await preAuthentication(ctx, attempt, user.username, user);
  const progress = { ...progressOf(attempt, user.username, {}), factors: [factor] };
  return goOn(ctx, attempt, user, progress, session);
}
