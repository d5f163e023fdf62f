/** CUSTOM_AUTH: alone, or after the password was proved (`CHALLENGE_NAME` SRP_A). */
import { InvalidParameterException, NotAuthorizedException } from '../../errors.ts';
import { preAuthentication } from '../../triggers/authentication.ts';
import { findUser, unknownUser } from '../../users.ts';
import { checkSecretHash, hidesUsers, needed } from '../checks.ts';
import { nextChallenge } from '../customAuth.ts';
import type { Flow } from './index.ts';
import { clientNumberOf, nameOf } from './srp.ts';

export const custom: Flow = async (ctx, attempt, parameters) => {
  const { door, via } = attempt;
  const username = needed(parameters, 'USERNAME');
  checkSecretHash(ctx, door, parameters.SECRET_HASH, [username]);
  const { CHALLENGE_NAME: first = 'CUSTOM_CHALLENGE', DEVICE_KEY: deviceKey } = parameters;
  if (first !== 'SRP_A' && first !== 'CUSTOM_CHALLENGE') {
    throw new InvalidParameterException(`Invalid CHALLENGE_NAME: ${first}.`);
  }
  const clientNumber = first === 'SRP_A' ? clientNumberOf(parameters) : undefined;
  const user = await findUser(ctx.room.store, door.pool, username);
  if (!user && !hidesUsers(door)) throw unknownUser();
  await preAuthentication(ctx, attempt, username, user);
  if (user && !user.enabled && !hidesUsers(door)) throw new NotAuthorizedException('User is disabled.');
  const name = await nameOf(ctx, door, username, user);
  return nextChallenge(ctx, attempt, {
    subject: { user, name },
    progress: {
      via,
      flow: 'CUSTOM_AUTH',
      username: name,
      factors: [],
      ...(deviceKey ? { deviceKey } : {}),
    },
    rounds:
      clientNumber === undefined
        ? []
        : [{ challengeName: 'SRP_A', challengeResult: true, challengeMetadata: null }],
    ...(clientNumber === undefined ? {} : { clientNumber }),
  });
};
