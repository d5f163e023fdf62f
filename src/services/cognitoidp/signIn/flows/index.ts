/** The ways in, by the names of InitiateAuth. */
import type { Context } from '../../room.ts';
import type { Attempt, AuthAnswer, Parameters } from '../attempt.ts';
import { choice } from './choice.ts';
import { custom } from './custom.ts';
import { byPassword } from './password.ts';
import { refresh } from './refresh.ts';
import { bySrp } from './srp.ts';

export type Flow = (ctx: Context, attempt: Attempt, parameters: Parameters) => Promise<AuthAnswer>;

/** Whether a client lets a flow in was checked before. */
export const flows: Readonly<Record<string, Flow>> = {
  USER_PASSWORD_AUTH: byPassword('USER_PASSWORD_AUTH'),
  ADMIN_USER_PASSWORD_AUTH: byPassword('ADMIN_USER_PASSWORD_AUTH'),
  USER_SRP_AUTH: bySrp,
  CUSTOM_AUTH: custom,
  USER_AUTH: choice,
  REFRESH_TOKEN_AUTH: refresh,
};
