/** What may be answered, by the names of RespondToAuthChallenge. */
import type { Context } from '../../room.ts';
import type { Attempt, AuthAnswer, Parameters } from '../attempt.ts';
import { password, passwordSrp, selectChallenge } from './choice.ts';
import { custom } from './custom.ts';
import { deviceSrp, deviceVerifier } from './device.ts';
import { mfaSetup } from './mfaSetup.ts';
import { newPassword } from './newPassword.ts';
import { oneTimeCode } from './oneTimeCode.ts';
import { passwordVerifier } from './passwordVerifier.ts';
import { selectMfa } from './selectMfa.ts';
import { softwareToken } from './softwareToken.ts';
import { webAuthn } from './webAuthn.ts';

/** @param session as the client handed it back. */
export type Challenge = (
  ctx: Context,
  attempt: Attempt,
  responses: Parameters,
  session: string | undefined,
) => Promise<AuthAnswer>;

export const challenges: Readonly<Record<string, Challenge>> = {
  CUSTOM_CHALLENGE: custom,
  DEVICE_PASSWORD_VERIFIER: deviceVerifier,
  DEVICE_SRP_AUTH: deviceSrp,
  EMAIL_OTP: oneTimeCode('EMAIL_OTP', ['EMAIL_OTP_CODE', 'EMAIL_MFA_CODE']),
  MFA_SETUP: mfaSetup,
  NEW_PASSWORD_REQUIRED: newPassword,
  PASSWORD: password,
  PASSWORD_SRP: passwordSrp,
  PASSWORD_VERIFIER: passwordVerifier,
  SELECT_CHALLENGE: selectChallenge,
  SELECT_MFA_TYPE: selectMfa,
  SMS_MFA: oneTimeCode('SMS_MFA', ['SMS_MFA_CODE']),
  SMS_OTP: oneTimeCode('SMS_OTP', ['SMS_OTP_CODE']),
  SOFTWARE_TOKEN_MFA: softwareToken,
  WEB_AUTHN: webAuthn,
};
