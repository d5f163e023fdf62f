/** A second factor, where the pool or the user wants one. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html */
import { attributeOf, type Factor, wantedFactor } from '../../domain/factors.ts';
import { SoftwareTokenMFANotFoundException } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Context } from '../../room.ts';
import { records, type User } from '../../store.ts';
import { userKey } from '../../users.ts';
import type { Attempt, AuthAnswer, Progress } from '../attempt.ts';
import type { Asked, Gate } from '../goOn.ts';
import { askForCode } from '../otp.ts';
import { sealSession } from '../sessions.ts';
import { sealSetup } from '../setup.ts';

export const secondFactor: Gate = (ctx, attempt, user, progress) => {
  if (isPassed(progress)) return undefined;
  const wanted = wantedFactor(attempt.door.pool, user, progress.risk?.mfa !== undefined);
  if (wanted.kind === 'nothing') return undefined;
  if (wanted.kind === 'one') return askFactor(ctx, attempt, user, progress, wanted.factor);
  if (wanted.kind === 'choice') return askChoice(ctx, attempt, user, progress, wanted.factors);
  return {
    ChallengeName: 'MFA_SETUP',
    Session: sealSetup(ctx, attempt.door, { ...progress, sub: user.sub, until: ctx.now + limits.setupMs }),
    ChallengeParameters: {
      MFAS_CAN_SETUP: JSON.stringify(wanted.factors),
      USER_ID_FOR_SRP: user.username,
    },
  };
};

/** Factors of a sign-in that need no other one beside them. A device that proved itself stands for codes. */
const enough = new Set(['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_MFA', 'DEVICE', 'USER_VERIFIED']);

function isPassed({ flow, factors }: Progress): boolean {
  // MFA comes after passwords: functions of the owner's that ask for no password ask for what they want.
  if (flow === 'CUSTOM_AUTH' && !factors.includes('PASSWORD')) return true;
  return factors.some((factor) => enough.has(factor));
}

/** What SELECT_MFA_TYPE's session remembers. */
export interface ChoiceState extends Progress {
  choices: Factor[];
}

function askChoice(
  ctx: Context,
  { door }: Attempt,
  user: User,
  progress: Progress,
  choices: Factor[],
): AuthAnswer {
  const state: ChoiceState = { ...progress, choices };
  return {
    ChallengeName: 'SELECT_MFA_TYPE',
    Session: sealSession(ctx, door, 'SELECT_MFA_TYPE', state).toString('base64url'),
    ChallengeParameters: { MFAS_CAN_CHOOSE: JSON.stringify(choices), USER_ID_FOR_SRP: user.username },
  };
}

/** @throws SoftwareTokenMFANotFoundException */
export async function askFactor(
  ctx: Context,
  attempt: Attempt,
  user: User,
  progress: Progress,
  factor: Factor,
): Promise<Asked> {
  const { door } = attempt;
  if (factor !== 'SOFTWARE_TOKEN_MFA') {
    const attribute = attributeOf(factor);
    const value = user.attributes[attribute] ?? '';
    return askForCode(ctx, attempt, user, progress, { challenge: factor, attribute, value });
  }
  const token = await records.softwareTokens.get(
    ctx.room.store,
    door.pool.id,
    userKey(door.pool, user.username),
  );
  if (!token?.secret) throw noToken();
  return {
    ChallengeName: 'SOFTWARE_TOKEN_MFA',
    Session: sealSession(ctx, door, 'SOFTWARE_TOKEN_MFA', progress).toString('base64url'),
    ChallengeParameters: {
      ...(token.name ? { FRIENDLY_DEVICE_NAME: token.name } : {}),
      USER_ID_FOR_SRP: user.username,
    },
  };
}

export const noToken = () =>
  new SoftwareTokenMFANotFoundException('Software Token MFA does not exist for the user.');
