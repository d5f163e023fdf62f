/** NEW_PASSWORD_REQUIRED: a temporary password lets a user in as far as to choose one. */
import { createHash } from 'node:crypto';
import { readable } from '../../domain/attributes.ts';
import { NotAuthorizedException } from '../../errors.ts';
import type { User } from '../../store.ts';
import type { AuthAnswer, Progress } from '../attempt.ts';
import type { Gate } from '../goOn.ts';
import { sealSession } from '../sessions.ts';

/** What the session remembers: which temporary password it stands for. */
export interface NewPasswordState extends Progress {
  stamp: string;
}

/** Of the password that a user has now; it says nothing of it. */
export const stampOf = ({ password }: User): string =>
  createHash('sha256')
    .update(password?.hash ?? '')
    .digest('base64url')
    .slice(0, 16);

export const newPasswordRequired: Gate = (ctx, { door }, user, progress): AuthAnswer | undefined => {
  if (user.status !== 'FORCE_CHANGE_PASSWORD') return undefined;
  // Whoever came in by something else hasn't used the temporary password.
  if (!progress.factors.includes('PASSWORD')) return undefined;
  if (user.temporaryUntil !== undefined && user.temporaryUntil <= ctx.now) {
    throw new NotAuthorizedException('Temporary password has expired and must be reset by an administrator.');
  }
  const missing = door.pool.schema.filter(
    ({ Name, Required }) => Required && Name !== 'sub' && !user.attributes[Name],
  );
  const state: NewPasswordState = { ...progress, stamp: stampOf(user) };
  return {
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    Session: sealSession(ctx, door, 'NEW_PASSWORD_REQUIRED', state).toString('base64url'),
    ChallengeParameters: {
      USER_ID_FOR_SRP: user.username,
      requiredAttributes: JSON.stringify(missing.map(({ Name }) => `userAttributes.${Name}`)),
      userAttributes: JSON.stringify(readable(door.client, user.attributes)),
    },
  };
};
