/** The answer to NEW_PASSWORD_REQUIRED: the password chosen, and attributes that were missing. */
import { isAddress } from '../../domain/attributeChange.ts';
import { type Attributes, checkAttributes } from '../../domain/attributes.ts';
import { checkPassword } from '../../domain/passwords.ts';
import { NotAuthorizedException } from '../../errors.ts';
import { withVerifications } from '../../operations/signUp.ts';
import { checkNewPassword } from '../../risk/protect.ts';
import type { Pool, User } from '../../store.ts';
import { changeUser, checkHistory, sealPassword, withPassword } from '../../users.ts';
import {
  checkSecretHash,
  checkStatus,
  invalidSession,
  needed,
  openProgress,
  userOfSession,
} from '../checks.ts';
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
  const user = await userOfSession(ctx, door, session.state, username);
  const given: Attributes = Object.fromEntries(
    Object.entries(responses)
      .filter(([name]) => name.startsWith(attributePrefix))
      .map(([name, value]) => [name.slice(attributePrefix.length), value]),
  );
  checkAttributes(given, { pool, client, existing: user.attributes });
  checkProvided(given, pool, user);
  checkPassword(password, pool.settings.Policies.PasswordPolicy);
  await checkNewPassword(ctx, pool, client.id, 'PASSWORD_CHANGE', password);
  await checkHistory(pool, user, password);
  const sealed = await sealPassword(room, pool, user, password);
  const changed = await changeUser(ctx, pool, user.username, async (current, tx) => {
    checkStatus(current);
    await session.use(tx);
    // The session stands for a temporary password: once somebody chose another one, it is worth nothing.
    if (current.sub !== user.sub || current.status !== 'FORCE_CHANGE_PASSWORD') throw invalidSession();
    checkProvided(given, pool, current);
    const attributes = withVerifications({ ...current.attributes, ...given });
    return { ...withPassword(pool, current, sealed), status: 'CONFIRMED', attributes };
  });
  return goOn(ctx, attempt, changed, {
    ...session.state,
    tokenSource: 'TokenGeneration_NewPasswordChallenge',
  });
};

/**
 * "You can't modify a required attribute that already has a value", nor an address that may have been verified: whoever
 * has a temporary password would have any address for theirs.
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
 */
function checkProvided(given: Attributes, { schema }: Pool, { attributes }: User): void {
  const taken = Object.keys(given).find(
    (name) =>
      attributes[name] && (isAddress(name) || schema.some(({ Name, Required }) => Required && Name === name)),
  );
  if (taken !== undefined) {
    throw new NotAuthorizedException(`Cannot modify an already provided ${taken}`);
  }
}
