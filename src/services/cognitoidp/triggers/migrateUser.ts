/** UserMigration: whoever isn't here yet may be known elsewhere. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-migrate-user.html */
import { AwsError } from '../../../kernel/index.ts';
import { checkAttributes } from '../domain/attributes.ts';
import { factorsOfPool, withFactor } from '../domain/factors.ts';
import { InvalidParameterException, UserNotFoundException } from '../errors.ts';
import type { Context, Door } from '../room.ts';
import { hidesUsers, wrongPassword } from '../signIn/checks.ts';
import type { User, UserStatus } from '../store.ts';
import { addUser, namesOf, sealPassword } from '../users.ts';
import { runTrigger, type TriggerResponse, unreadable } from './invoke.ts';

type Metadata = Readonly<Record<string, string>> | undefined;

export interface Stranger {
  /** As it was entered. */
  name: string;
  /** Absent when it is forgotten. */
  password?: string;
  validationData?: Metadata;
  clientMetadata?: Metadata;
}

/**
 * @returns the user, in the pool from now on; undefined when the pool has no such trigger.
 * @throws NotAuthorizedException, UserNotFoundException the function doesn't know them, or what it says of them can't be:
 * which of both the client isn't told.
 */
export async function migrateUser(ctx: Context, door: Door, stranger: Stranger): Promise<User | undefined> {
  try {
    const response = await ask(ctx, door, stranger);
    return response && (await create(ctx, door, stranger, response));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (hidesUsers(door)) throw wrongPassword();
    throw new UserNotFoundException(`Exception migrating user in app client ${door.client.id}`);
  }
}

function ask(
  ctx: Context,
  { pool, client }: Door,
  { name, password, validationData, clientMetadata }: Stranger,
) {
  return runTrigger(ctx, pool, {
    name: 'UserMigration',
    source: `UserMigration_${password === undefined ? 'ForgotPassword' : 'Authentication'}`,
    userName: name,
    clientId: client.id,
    request: {
      ...(password === undefined ? {} : { password }),
      validationData: validationData ?? null,
      ...(clientMetadata ? { clientMetadata } : {}),
    },
    response: {
      userAttributes: null,
      forceAliasCreation: null,
      finalUserStatus: null,
      messageAction: null,
      desiredDeliveryMediums: null,
      enableSMSMFA: null,
    },
  });
}

async function create(
  ctx: Context,
  { pool }: Door,
  { name, password }: Stranger,
  { userAttributes, finalUserStatus, forceAliasCreation, enableSMSMFA }: TriggerResponse,
): Promise<User> {
  const { username: own, sub: _not, ...given } = attributesOf(userAttributes);
  const sub = ctx.room.ids.uuid();
  // Whoever entered an alias is told by their own name: `userAttributes.username`.
  const wanted = pool.settings.UsernameAttributes ? name : (own ?? name);
  const { username, attributes } = namesOf(pool, wanted, given, sub);
  checkAttributes(attributes, { pool, mayLack: true });
  if (enableSMSMFA === true && !(attributes.phone_number && factorsOfPool(pool).includes('SMS_MFA'))) {
    throw new InvalidParameterException('SMS MFA needs a phone number, and a pool that has it.');
  }
  const made: User = {
    username,
    sub,
    status: statusOf(finalUserStatus, password),
    enabled: true,
    attributes,
    ...(password === undefined
      ? {}
      : { password: await sealPassword(ctx.room, pool, { username, sub }, password) }),
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  };
  const user = enableSMSMFA === true ? withFactor(made, 'SMS_MFA') : made;
  await ctx.room.store.transact((tx) => addUser(tx, pool, user, forceAliasCreation === true));
  return user;
}

/** "If you don't set this attribute to `CONFIRMED`, it's set to `RESET_REQUIRED`." Whose password nobody knows has to set one. */
const statusOf = (wanted: unknown, password: string | undefined): UserStatus =>
  wanted === 'CONFIRMED' && password !== undefined ? 'CONFIRMED' : 'RESET_REQUIRED';

/** "This field is required." */
function attributesOf(given: unknown): Record<string, string> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw unreadable();
  return Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => {
        if (typeof value === 'object') throw unreadable();
        return [name, String(value)];
      }),
  );
}
