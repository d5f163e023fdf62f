/** SOFTWARE_TOKEN_MFA: the code of an authenticator app. */
import { notingFactor } from '../../risk/protect.ts';
import { useToken } from '../../softwareTokens.ts';
import { checkSecretHash, judge, needed, openProgress, userOfSession } from '../checks.ts';
import { afterFactor } from '../customAuth.ts';
import type { Challenge } from './index.ts';

export const softwareToken: Challenge = async (ctx, attempt, responses, sent) => {
  const username = needed(responses, 'USERNAME');
  const code = needed(responses, 'SOFTWARE_TOKEN_MFA_CODE');
  const { door } = attempt;
  const { pool } = door;
  checkSecretHash(ctx, door, responses.SECRET_HASH, [username]);
  const session = openProgress(ctx, attempt, 'SOFTWARE_TOKEN_MFA', sent);
  const user = await userOfSession(ctx, door, session.state, username);
  const judged = judge(ctx, pool, user, session, (tx) => useToken(tx, ctx, pool, user, code));
  await notingFactor(ctx, attempt, user, session.state.flow, judged);
  const { DEVICE_KEY: deviceKey } = responses;
  const progress = {
    ...session.state,
    factors: [...session.state.factors, 'SOFTWARE_TOKEN_MFA'],
    ...(deviceKey && !session.state.deviceKey ? { deviceKey } : {}),
  };
  return afterFactor(ctx, attempt, user, progress, session, 'SOFTWARE_TOKEN_MFA');
};
