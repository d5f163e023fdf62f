/** Attributes of users who exist, and how addresses are verified. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserAttributes.html and its neighbours. */
import type { Transaction } from '../../../store/index.ts';
import { type Delivery, fileCode, type PreparedCode, prepareCode, useCode } from '../codes.ts';
import { changeAttributes, isAddress } from '../domain/attributeChange.ts';
import { type Attributes, type AttributeType, checkAttributes, toAttributes } from '../domain/attributes.ts';
import { InvalidParameterException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Context, poolOf } from '../room.ts';
import { type Client, type Pool, records, type User } from '../store.ts';
import { bearerOf } from '../tokens/verify.ts';
import { changeUser, putUser, unknownUser, userKey, userOf } from '../users.ts';

type Metadata = Readonly<Record<string, string>>;

interface Bearing {
  AccessToken: string;
  ClientMetadata?: Metadata;
}

interface Named {
  UserPoolId: string;
  Username: string;
  ClientMetadata?: Metadata;
}

const codePurpose = (attribute: string) => `attribute:${attribute}`;

export async function UpdateUserAttributes(
  ctx: Context,
  input: Bearing & { UserAttributes: AttributeType[] },
) {
  const { pool, client, user } = await bearerOf(ctx, input.AccessToken);
  const given = toAttributes(input.UserAttributes);
  const sent = await change(ctx, { pool, client, user, given, metadata: input.ClientMetadata });
  return { CodeDeliveryDetailsList: sent };
}

export async function DeleteUserAttributes(ctx: Context, input: Bearing & { UserAttributeNames: string[] }) {
  const { pool, client, user } = await bearerOf(ctx, input.AccessToken);
  await change(ctx, { pool, client, user, given: emptied(input.UserAttributeNames) });
  return {};
}

export async function AdminUpdateUserAttributes(
  ctx: Context,
  input: Named & { UserAttributes: AttributeType[] },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const user = await userOf(ctx.room.store, pool, input.Username);
  const given = toAttributes(input.UserAttributes);
  await change(ctx, { pool, user, given, metadata: input.ClientMetadata });
  return {};
}

export async function AdminDeleteUserAttributes(
  ctx: Context,
  input: Named & { UserAttributeNames: string[] },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const user = await userOf(ctx.room.store, pool, input.Username);
  await change(ctx, { pool, user, given: emptied(input.UserAttributeNames) });
  return {};
}

const emptied = (names: readonly string[]): Attributes => Object.fromEntries(names.map((name) => [name, '']));

interface Change {
  pool: Pool;
  /** Absent for administrators. */
  client?: Client;
  user: User;
  given: Attributes;
  metadata?: Metadata | undefined;
}

/** Writes attributes, and sends a code to each address that needs one. @returns the codes' deliveries. */
async function change(ctx: Context, { pool, client, user, given, metadata }: Change): Promise<Delivery[]> {
  const writing = { pool, ...(client ? { client } : {}) };
  checkAttributes(given, { ...writing, existing: user.attributes, mayLack: true });
  const codes: PreparedCode[] = [];
  for (const [attribute, value] of Object.entries(changeAttributes(pool, user, given).toVerify)) {
    codes.push(
      await prepareCode(ctx, pool, {
        user: { ...user, attributes: { ...user.attributes, [attribute]: value } },
        purpose: codePurpose(attribute),
        attribute,
        source: 'CustomMessage_UpdateUserAttribute',
        lastsMs: limits.confirmationCodeMs,
        clientId: client?.id,
        clientMetadata: metadata,
      }),
    );
  }
  const sent: Delivery[] = [];
  const apply = async (current: User, tx: Transaction): Promise<User> => {
    checkAttributes(given, { ...writing, existing: current.attributes, mayLack: true });
    const { attributes, settled } = changeAttributes(pool, current, given);
    const key = userKey(pool, current.username);
    for (const attribute of settled) records.codes.delete(tx, pool.id, key, codePurpose(attribute));
    // The body may run again: only the last run's deliveries count.
    sent.length = 0;
    for (const code of codes) sent.push(await fileCode(tx, ctx, pool, code));
    return { ...current, attributes };
  };
  // An address that an administrator verifies moves as an alias: whoever had it has it unverified from then on.
  await changeUser(ctx, pool, user.username, apply, client === undefined);
  return sent;
}

export async function GetUserAttributeVerificationCode(
  ctx: Context,
  input: Bearing & { AttributeName: string },
) {
  const { pool, client, user } = await bearerOf(ctx, input.AccessToken);
  const attribute = addressOf(input.AttributeName);
  // An address that waits for its code is the one that the user means.
  const key = userKey(pool, user.username);
  const known = await records.codes.get(ctx.room.store, pool.id, key, codePurpose(attribute));
  const value = known && known.expiresAt > ctx.now ? known.value : user.attributes[attribute];
  if (!value) {
    const what = attribute === 'email' ? 'email address' : 'phone number';
    throw new InvalidParameterException(`User does not have a valid registered ${what}`);
  }
  const code = await prepareCode(ctx, pool, {
    user: { ...user, attributes: { ...user.attributes, [attribute]: value } },
    purpose: codePurpose(attribute),
    attribute,
    source: 'CustomMessage_VerifyUserAttribute',
    lastsMs: limits.confirmationCodeMs,
    clientId: client.id,
    clientMetadata: input.ClientMetadata,
  });
  return { CodeDeliveryDetails: await ctx.room.store.transact((tx) => fileCode(tx, ctx, pool, code)) };
}

/** The address that the code was sent to is the user's from now on, and verified. */
export async function VerifyUserAttribute(
  ctx: Context,
  input: { AccessToken: string; AttributeName: string; Code: string },
) {
  const { pool, user: found } = await bearerOf(ctx, input.AccessToken);
  const attribute = addressOf(input.AttributeName);
  const failure = await ctx.room.store.transact(async (tx) => {
    const user = await records.users.get(tx, pool.id, userKey(pool, found.username));
    if (!user) throw unknownUser();
    const used = await useCode(tx, ctx, pool, user, codePurpose(attribute), input.Code);
    if ('error' in used) return used.error;
    const attributes = { ...user.attributes, [attribute]: used.value, [`${attribute}_verified`]: 'true' };
    await putUser(tx, pool, { ...user, attributes, modifiedAt: ctx.now }, user);
    return undefined;
  });
  if (failure) throw failure;
  return {};
}

/** @throws InvalidParameterException only addresses can be verified. */
function addressOf(name: string): string {
  if (isAddress(name)) return name;
  throw new InvalidParameterException('Invalid attribute name. Only phone_number and email can be verified.');
}
