/** What may be answered, by the names of RespondToAuthChallenge. */
import type { Context } from '../../room.ts';
import type { Attempt, AuthAnswer, Parameters } from '../attempt.ts';
import { custom } from './custom.ts';
import { newPassword } from './newPassword.ts';
import { passwordVerifier } from './passwordVerifier.ts';

/** @param session as the client handed it back. */
export type Challenge = (
  ctx: Context,
  attempt: Attempt,
  responses: Parameters,
  session: string | undefined,
) => Promise<AuthAnswer>;

export const challenges: Readonly<Record<string, Challenge>> = {
  CUSTOM_CHALLENGE: custom,
  NEW_PASSWORD_REQUIRED: newPassword,
  PASSWORD_VERIFIER: passwordVerifier,
};
