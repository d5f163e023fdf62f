/** The answer to NEW_PASSWORD_REQUIRED: the password chosen, and attributes that were missing. */
import { type Attributes, checkAttributes } from '../../domain/attributes.ts';
import { checkPassword } from '../../domain/passwords.ts';
import { checkNewPassword } from '../../risk/protect.ts';
import { changeUser, checkHistory, sealPassword, userOf, withPassword } from '../../users.ts';
import { checkSecretHash, checkStatus, needed, openProgress } from '../checks.ts';
import { goOn } from '../goOn.ts';
import type { Challenge } from './index.ts';

const attributePrefix = 'userAttributes.';

export const newPassword: Challenge = async (ctx, attempt, responses, sent) => {
  const username = needed(responses, 'USERNAME');
  const password = needed(responses, 'NEW_PASSWORD');
  const { door } = attempt;
  checkSecretHash(ctx, door, responses.SECRET_HASH, [username]);
  const { pool, client } = door;
  const { room } = ctx;
  const session = openProgress(ctx, attempt, 'NEW_PASSWORD_REQUIRED', sent);
  const user = await userOf(room.store, pool, session.state.username);
  const given: Attributes = Object.fromEntries(
    Object.entries(responses)
      .filter(([name]) => name.startsWith(attributePrefix))
      .map(([name, value]) => [name.slice(attributePrefix.length), value]),
  );
  checkAttributes(given, { pool, client, existing: user.attributes });
  checkPassword(password, pool.settings.Policies.PasswordPolicy);
  await checkNewPassword(ctx, pool, client.id, 'PASSWORD_CHANGE', password);
  await checkHistory(pool, user, password);
  const sealed = await sealPassword(room, pool, user, password);
  const changed = await changeUser(ctx, pool, user.username, async (current, tx) => {
    checkStatus(current);
    await session.use(tx);
    const attributes = { ...current.attributes, ...given };
    return { ...withPassword(pool, current, sealed), status: 'CONFIRMED', attributes };
  });
  return goOn(ctx, attempt, changed, {
    ...session.state,
    tokenSource: 'TokenGeneration_NewPasswordChallenge',
  });
};
