/** One-time codes by SMS and email, as a first or a second factor. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-sms-email-message.html */
import { countCode } from '../codes.ts';
import { mfaConfigOf } from '../domain/factors.ts';
import { type Content, emailOf, filled, maskedAddress, post } from '../messages.ts';
import type { Context } from '../room.ts';
import type { Pool, User } from '../store.ts';
import { type CustomTexts, customTexts } from '../triggers/customMessage.ts';
import { senderEvent } from '../triggers/customSender.ts';
import { userKey } from '../users.ts';
import type { Attempt, AuthAnswer, Progress } from './attempt.ts';
import type { Asked } from './goOn.ts';
import { sealSession } from './sessions.ts';

export type OtpChallenge = 'SMS_MFA' | 'EMAIL_OTP' | 'SMS_OTP';

/** What the session of a code remembers: the code is worth something along with its session only. */
export interface OtpState extends Progress {
  code: string;
  attribute: 'email' | 'phone_number';
  /** Where it was sent. */
  value: string;
  /** The user's; nobody's is made up, so that sessions are as long for names that nobody has. */
  sub: string;
  /** It is the first factor. */
  isFirst?: boolean;
  /** The address is new: a right code makes it the user's. */
  isSetup?: boolean;
}

interface Sending {
  challenge: OtpChallenge;
  attribute: 'email' | 'phone_number';
  value: string;
  isFirst?: boolean;
  isSetup?: boolean;
}

const codeLength = 6;
const digits = '0123456789';

/** A code for a user, sent when the answer is handed out. @throws LimitExceededException then. */
export async function askForCode(
  ctx: Context,
  attempt: Attempt,
  user: User,
  progress: Progress,
  sending: Sending,
): Promise<Asked> {
  const { pool, client } = attempt.door;
  const { attribute, value } = sending;
  const source = 'CustomMessage_Authentication';
  // InitiateAuth's metadata isn't for messages: it goes to triggers before the first factor only.
  const { clientMetadata } = attempt;
  const telling = { user, source, clientId: client.id, clientMetadata };
  const custom = await customTexts(ctx, pool, attribute, telling);
  const code = ctx.room.ids.token(codeLength, digits);
  const sender = await senderEvent(ctx, pool, attribute, telling, code);
  const content = textOf(pool, attribute, user, code, custom);
  const answer = answerOf(ctx, attempt, progress, { ...sending, code, sub: user.sub }, user.username);
  return async (tx) => {
    await countCode(tx, ctx, pool, userKey(pool, user.username));
    await post(tx, ctx, pool, { user, attribute, destination: value, source, content, sender });
    return answer;
  };
}

/** For names that nobody has: as if a code had been sent. No answer is right. */
export function pretendCode(
  ctx: Context,
  attempt: Attempt,
  progress: Progress,
  sending: Sending,
): AuthAnswer {
  const code = ctx.room.ids.token(codeLength, digits);
  return answerOf(ctx, attempt, progress, { ...sending, code, sub: ctx.room.ids.uuid() }, progress.username);
}

function answerOf(
  ctx: Context,
  { door }: Attempt,
  progress: Progress,
  { challenge, ...rest }: Sending & { code: string; sub: string },
  userId: string,
): AuthAnswer {
  const state: OtpState = { ...progress, ...rest };
  return {
    ChallengeName: challenge,
    Session: sealSession(ctx, door, challenge, state).toString('base64url'),
    ChallengeParameters: {
      CODE_DELIVERY_DELIVERY_MEDIUM: rest.attribute === 'email' ? 'EMAIL' : 'SMS',
      CODE_DELIVERY_DESTINATION: maskedAddress(rest.attribute, rest.value),
      USER_ID_FOR_SRP: userId,
    },
  };
}

function textOf(pool: Pool, attribute: string, user: User, code: string, custom: CustomTexts): Content {
  const { SmsMfaConfiguration: sms, EmailMfaConfiguration: email } = mfaConfigOf(pool);
  const values = { '####': code, username: user.username };
  const plain = 'Your authentication code is {####}.';
  if (attribute === 'phone_number') {
    const own = sms?.SmsAuthenticationMessage ?? pool.settings.SmsAuthenticationMessage;
    return { body: filled(custom.sms ?? own ?? plain, values), code };
  }
  const body = custom.email ?? email?.Message ?? plain;
  const subject = custom.subject ?? email?.Subject ?? 'Your authentication code';
  return { ...emailOf(subject, body, values), code };
}
