/** The answer to NEW_PASSWORD_REQUIRED: the password chosen, and attributes that were missing. */
import { isAddress } from '../../domain/attributeChange.ts';
import { type Attributes, checkAttributes } from '../../domain/attributes.ts';
import { checkPassword } from '../../domain/passwords.ts';
import { NotAuthorizedException } from '../../errors.ts';
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
import { type NewPasswordState, stampOf } from '../gates/newPassword.ts';
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
  const session = openProgress<NewPasswordState>(ctx, attempt, 'NEW_PASSWORD_REQUIRED', sent);
  const { stamp, ...progress } = session.state;
  const user = await userOfSession(ctx, door, progress, username);
  const given: Attributes = Object.fromEntries(
    Object.entries(responses)
      .filter(([name]) => name.startsWith(attributePrefix))
      .map(([name, value]) => [name.slice(attributePrefix.length), value]),
  );
  checkAttributes(given, { pool, client, existing: user.attributes, isChallenge: true });
  checkProvided(given, pool, user);
  checkPassword(password, pool.settings.Policies.PasswordPolicy);
  await checkNewPassword(ctx, pool, client.id, 'PASSWORD_CHANGE', password);
  await checkHistory(pool, user, password);
  const sealed = await sealPassword(room, pool, user, password);
  const changed = await changeUser(ctx, pool, user.username, async (current, tx) => {
    checkStatus(current);
    await session.use(tx);
    // The session stands for a temporary password: once somebody chose another one, it is worth nothing.
    const isOther = current.sub !== user.sub || stampOf(current) !== stamp;
    if (isOther || current.status !== 'FORCE_CHANGE_PASSWORD') throw invalidSession();
    checkProvided(given, pool, current);
    const attributes = { ...current.attributes, ...given };
    for (const name of Object.keys(given).filter(isAddress)) attributes[`${name}_verified`] = 'false';
    return { ...withPassword(pool, current, sealed), status: 'CONFIRMED', attributes };
  });
  return goOn(ctx, attempt, changed, {
    ...progress,
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
