/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminResetUserPassword.html */
import { fileCode, prepareCode } from '../codes.ts';
import { NotAuthorizedException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Context, poolOf } from '../room.ts';
import { changeUser, userOf } from '../users.ts';
import { recoveryAddress } from './forgotPassword.ts';

/** From now on the password is worth nothing; the code that the user is sent sets another. */
export async function AdminResetUserPassword(
  ctx: Context,
  input: { UserPoolId: string; Username: string; ClientMetadata?: Record<string, string> },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const user = await userOf(ctx.room.store, pool, input.Username);
  if (user.status !== 'CONFIRMED' && user.status !== 'RESET_REQUIRED') {
    throw new NotAuthorizedException('User password cannot be reset in the current state.');
  }
  const code = await prepareCode(ctx, pool, {
    user,
    purpose: 'reset',
    attribute: recoveryAddress(pool, user),
    source: 'CustomMessage_ForgotPassword',
    lastsMs: limits.resetCodeMs,
    clientMetadata: input.ClientMetadata,
  });
  await changeUser(ctx, pool, user.username, async (current, tx) => {
    await fileCode(tx, ctx, pool, code);
    return { ...current, status: 'RESET_REQUIRED' };
  });
  return {};
}
