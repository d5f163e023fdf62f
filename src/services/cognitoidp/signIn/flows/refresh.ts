/** REFRESH_TOKEN_AUTH: new tokens, and the refresh token stays as it is. */
import { checkRefreshingDevice } from '../../devices.ts';
import { InvalidParameterException } from '../../errors.ts';
import { familyOf, rotates } from '../../operations/refresh.ts';
import { signTokens } from '../../tokens/issue.ts';
import { noteRefresh } from '../../userSessions/track.ts';
import { checkSecretHash, needed } from '../checks.ts';
import type { Flow } from './index.ts';

export const refresh: Flow = async (ctx, { door }, parameters) => {
  const token = needed(parameters, 'REFRESH_TOKEN');
  if (rotates(door)) {
    throw new InvalidParameterException('REFRESH_TOKEN_AUTH is not allowed with refresh token rotation.');
  }
  const { user, family, originJti, key } = await familyOf(ctx, door, token);
  checkSecretHash(ctx, door, parameters.SECRET_HASH, [user.username, user.sub]);
  await checkRefreshingDevice(ctx.room.store, door.pool, user, family, parameters.DEVICE_KEY);
  const result = await signTokens(ctx, door, user, {
    ...family.wishes,
    originJti,
    session: family.session,
    authTime: family.authTime,
    source: 'TokenGeneration_RefreshTokens',
  });
  await noteRefresh(ctx, door.pool, key, family.session);
  return { ChallengeParameters: {}, AuthenticationResult: result };
};
