/** Sessions that lead from SignUp over ConfirmSignUp to a first sign-in by USER_AUTH. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmSignUp.html */
import { allowsFlow } from '../domain/clientSettings.ts';
import type { Context, Door } from '../room.ts';
import type { User } from '../store.ts';
import type { ConfirmedSignUp } from './flows/choice.ts';
import { openSession, sealSession } from './sessions.ts';

interface SigningUp {
  sub: string;
}

export interface Handed {
  Session?: string;
}

/** For ConfirmSignUp, where the client may sign in by choice. */
export function sessionOfSignUp(ctx: Context, door: Door, { sub }: User): Handed {
  if (!allowsFlow(door.client.settings, 'USER_AUTH')) return {};
  const state: SigningUp = { sub };
  return { Session: sealSession(ctx, door, 'SIGN_UP', state).toString('base64url') };
}

/**
 * For InitiateAuth: the code that confirmed the sign-up counts as the first factor. Nothing for whoever didn't sign up just
 * now: a session that has expired confirms all the same.
 * @param attribute to whose address the code went.
 */
export function sessionOfConfirmation(
  ctx: Context,
  door: Door,
  { username, sub }: User,
  attribute: string,
  sent: string | undefined,
): Handed {
  if (sent === undefined || !isOf(ctx, door, sub, sent)) return {};
  const factor = attribute === 'email' ? 'EMAIL_OTP' : 'SMS_OTP';
  const state: ConfirmedSignUp = { via: 'api', username, sub, factor };
  return { Session: sealSession(ctx, door, 'CONFIRM_SIGN_UP', state).toString('base64url') };
}

function isOf(ctx: Context, door: Door, sub: string, sent: string): boolean {
  try {
    return openSession<SigningUp>(ctx, door, 'SIGN_UP', Buffer.from(sent, 'base64url')).state.sub === sub;
  } catch {
    return false;
  }
}
