/** NEW_PASSWORD_REQUIRED: a temporary password lets a user in as far as to choose one. */
import { readable } from '../../domain/attributes.ts';
import { NotAuthorizedException } from '../../errors.ts';
import type { AuthAnswer } from '../attempt.ts';
import type { Gate } from '../goOn.ts';
import { sealSession } from '../sessions.ts';

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
  return {
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    Session: sealSession(ctx, door, 'NEW_PASSWORD_REQUIRED', progress).toString('base64url'),
    ChallengeParameters: {
      USER_ID_FOR_SRP: user.username,
      requiredAttributes: JSON.stringify(missing.map(({ Name }) => `userAttributes.${Name}`)),
      userAttributes: JSON.stringify(readable(door.client, user.attributes)),
    },
  };
};
