/** PreAuthentication and PostAuthentication. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-authentication.html and user-pool-lambda-post-authentication.html */
import { checkAddress } from '../risk/protect.ts';
import type { Context } from '../room.ts';
import type { Attempt, Progress } from '../signIn/attempt.ts';
import { hidesUsers } from '../signIn/checks.ts';
import type { User } from '../store.ts';
import { functionOf, runTrigger } from './invoke.ts';
import { userAttributesOf, withMetadata } from './userAttributes.ts';

/**
 * Before anything that the user knows is checked. For names that nobody has it runs where clients aren't told so: the
 * function is told instead.
 * @param name as it was sent. @throws UserLambdaValidationException the function refuses the sign-in.
 */
export async function preAuthentication(
  ctx: Context,
  attempt: Attempt,
  name: string,
  user: User | undefined,
): Promise<void> {
  const { door, validationData } = attempt;
  await checkAddress(ctx, attempt);
  const isHidden = hidesUsers(door);
  if (!user && !isHidden) return;
  await runTrigger(ctx, door.pool, {
    name: 'PreAuthentication',
    source: 'PreAuthentication_Authentication',
    userName: user?.username ?? name,
    clientId: door.client.id,
    request: {
      userAttributes: user ? userAttributesOf(door.pool, user) : {},
      validationData: validationData ?? null,
      ...(isHidden ? { userNotFound: !user } : {}),
    },
  });
}

/** Whether anything runs between the last right answer and the tokens. */
export const hasPostAuthentication = ({ door: { pool } }: Attempt): boolean =>
  functionOf(pool, 'PostAuthentication') !== undefined;

/** After every factor was right, before tokens. @throws UserLambdaValidationException the function refuses the sign-in. */
export async function postAuthentication(
  ctx: Context,
  { door, clientMetadata }: Attempt,
  user: User,
  { deviceKey }: Progress,
): Promise<void> {
  const { pool, client } = door;
  await runTrigger(ctx, pool, {
    name: 'PostAuthentication',
    source: 'PostAuthentication_Authentication',
    userName: user.username,
    clientId: client.id,
    request: {
      userAttributes: userAttributesOf(pool, user),
      newDeviceUsed: pool.settings.DeviceConfiguration !== undefined && deviceKey === undefined,
      ...withMetadata(clientMetadata),
    },
  });
}
