/** Users in the store: how a name leads to one, and what follows from a change of one. */

import { hashPassword, isPassword, saltBytes } from '../../kernel/index.ts';
import type { Reader, Transaction } from '../../store/index.ts';
import { type Attributes, isEmail, isPhoneNumber } from './domain/attributes.ts';
import { type Verifier, verifierOf } from './domain/srp.ts';
import {
  AliasExistsException,
  InvalidParameterException,
  PasswordHistoryPolicyViolationException,
  UserNotFoundException,
  UsernameExistsException,
} from './errors.ts';
import { dropLinksOf } from './federation/links.ts';
import { limits } from './limits.ts';
import type { CognitoRoom, Context } from './room.ts';
import { type Password, type Pool, records, type User } from './store.ts';

/** What users of a pool are filed under. Cases count unless the pool says otherwise: API_UsernameConfigurationType. */
export function userKey(pool: Pool, username: string): string {
  return pool.settings.UsernameConfiguration?.CaseSensitive === false ? username.toLowerCase() : username;
}

/** A user by username or by an address or name that stands for it. */
export async function findUser(reader: Reader, pool: Pool, name: string): Promise<User | undefined> {
  // Nobody can be called so, and nothing be filed under it.
  if (name.length > limits.attributeValueMax || !name.isWellFormed()) return undefined;
  const key = userKey(pool, name);
  const user = await records.users.get(reader, pool.id, key);
  if (user) return user;
  for (const attribute of aliasesInOrder(pool)) {
    const owner = await records.aliases.get(reader, pool.id, attribute, key);
    if (owner !== undefined) return records.users.get(reader, pool.id, owner);
  }
  return undefined;
}

/** The user that administrators name: by `sub` as well. @throws UserNotFoundException */
export async function userOf(reader: Reader, pool: Pool, name: string): Promise<User> {
  const named = await findUser(reader, pool, name);
  if (named) return named;
  const key = name.isWellFormed() ? await records.subs.get(reader, pool.id, name) : undefined;
  const user = key === undefined ? undefined : await records.users.get(reader, pool.id, key);
  if (!user) throw unknownUser();
  return user;
}

export const unknownUser = () => new UserNotFoundException('User does not exist.');

/** What nobody verifies stands last: whoever calls themselves by another's address doesn't get in its way. */
const aliasesInOrder = (pool: Pool): readonly string[] =>
  ['email', 'phone_number', 'preferred_username'].filter((name) => aliasesOf(pool).includes(name));

function aliasesOf({ settings }: Pool): readonly string[] {
  return settings.UsernameAttributes ?? settings.AliasAttributes ?? [];
}

/**
 * A new user's name and attributes, as the pool wants them: where addresses are usernames, the username is the `sub`.
 * @throws InvalidParameterException
 */
export function namesOf(
  pool: Pool,
  name: string,
  given: Attributes,
  sub: string,
): { username: string; attributes: Attributes } {
  const { UsernameAttributes: addresses, AliasAttributes: aliases } = pool.settings;
  if (addresses) {
    const attribute = addresses.includes('email') && isEmail(name) ? 'email' : 'phone_number';
    if (attribute === 'phone_number' && !(addresses.includes('phone_number') && isPhoneNumber(name))) {
      const [one, other] = ['email', 'phone_number'].filter((name) => addresses.includes(name));
      const wanted = other
        ? 'either an email or a phone number'
        : one === 'email'
          ? 'an email'
          : 'a phone number';
      throw new InvalidParameterException(`Username should be ${wanted}.`);
    }
    return { username: sub, attributes: { ...given, [attribute]: name } };
  }
  if (aliases?.includes('email') && isEmail(name)) {
    throw new InvalidParameterException(
      'Username cannot be of email format, since user pool is configured for email alias.',
    );
  }
  if (aliases?.includes('phone_number') && isPhoneNumber(name)) {
    throw new InvalidParameterException(
      'Username cannot be of phone number format, since user pool is configured for phone number alias.',
    );
  }
  return { username: userKey(pool, name), attributes: given };
}

/** Which aliases a user has: addresses once they are verified, where they are no usernames. */
export function aliasValues(pool: Pool, { attributes }: User): Map<string, string> {
  const values = new Map<string, string>();
  for (const attribute of aliasesOf(pool)) {
    const value = attributes[attribute];
    if (!value) continue;
    const isSure =
      attribute === 'preferred_username' ||
      pool.settings.UsernameAttributes !== undefined ||
      attributes[`${attribute}_verified`] === 'true';
    if (isSure) values.set(attribute, userKey(pool, value));
  }
  return values;
}

/**
 * @param forceAliases takes verified addresses away from others.
 * @param known said when somebody is called so: AdminCreateUser has words of its own.
 * @throws UsernameExistsException, AliasExistsException
 */
export async function addUser(
  tx: Transaction,
  pool: Pool,
  user: User,
  forceAliases = false,
  known = 'User already exists',
): Promise<void> {
  const key = userKey(pool, user.username);
  // Whoever has it for a nickname would be found by it no more.
  const isNickname = await records.aliases.exists(tx, pool.id, 'preferred_username', key);
  if (isNickname || (await records.users.exists(tx, pool.id, key))) {
    throw new UsernameExistsException(
      pool.settings.UsernameAttributes ? 'An account with the given email already exists.' : known,
    );
  }
  records.subs.put(tx, [pool.id, user.sub], key);
  await putUser(tx, pool, user, undefined, forceAliases);
}

/**
 * Writes a user and its aliases.
 * @param before as it stands in the store.
 * @param takeOver takes verified addresses away from others (`ForceAliasCreation`): neither their nicknames nor, where
 * addresses are usernames, their names.
 * @throws AliasExistsException, UsernameExistsException
 */
export async function putUser(
  tx: Transaction,
  pool: Pool,
  user: User,
  before: User | undefined,
  takeOver = false,
): Promise<void> {
  const key = userKey(pool, user.username);
  const old = before ? aliasValues(pool, before) : new Map<string, string>();
  const now = aliasValues(pool, user);
  for (const [attribute, value] of old) {
    if (now.get(attribute) !== value) records.aliases.delete(tx, pool.id, attribute, value);
  }
  for (const [attribute, value] of now) {
    const owner = await records.aliases.get(tx, pool.id, attribute, value);
    if (owner === key) continue;
    if (attribute === 'preferred_username' && value !== key) {
      if (await records.users.exists(tx, pool.id, value)) throw taken(pool, attribute, before === undefined);
    }
    if (owner !== undefined) {
      const isName = attribute === 'preferred_username' || pool.settings.UsernameAttributes !== undefined;
      if (!takeOver || isName) throw taken(pool, attribute, before === undefined);
      await loseAlias(tx, pool, owner, attribute);
    }
    records.aliases.put(tx, [pool.id, attribute, value], key);
  }
  records.users.put(tx, [pool.id, key], user);
}

/** New users clash by name, as the service sees it, whatever of theirs it is that clashes. */
function taken({ settings }: Pool, attribute: string, isNew: boolean): Error {
  const what = { email: 'email', phone_number: 'phone number' }[attribute] ?? attribute;
  const given = settings.UsernameAttributes ? `given ${attribute}` : what;
  const message = `An account with the ${given} already exists.`;
  return isNew ? new UsernameExistsException(message) : new AliasExistsException(message);
}

/** Whether a new user's name, or an address or name that would stand for it, is somebody else's. */
export async function isTaken(reader: Reader, pool: Pool, user: User): Promise<boolean> {
  if (await records.users.exists(reader, pool.id, userKey(pool, user.username))) return true;
  for (const [attribute, value] of aliasValues(pool, user)) {
    if (await records.aliases.exists(reader, pool.id, attribute, value)) return true;
  }
  return false;
}

async function loseAlias(tx: Transaction, pool: Pool, owner: string, attribute: string): Promise<void> {
  const user = await records.users.get(tx, pool.id, owner);
  if (!user) return;
  const attributes = { ...user.attributes, [`${attribute}_verified`]: 'false' };
  records.users.put(tx, [pool.id, owner], { ...user, attributes });
}

export async function removeUser(tx: Transaction, pool: Pool, user: User): Promise<void> {
  const key = userKey(pool, user.username);
  for (const [attribute, value] of aliasValues(pool, user)) {
    records.aliases.delete(tx, pool.id, attribute, value);
  }
  const groups = await records.groupsOf.range(tx, { under: [pool.id, key], limit: 1_000 });
  for (const { key: parts } of groups) records.members.delete(tx, pool.id, parts[2], key);
  records.groupsOf.deleteUnder(tx, pool.id, key);
  records.codes.deleteUnder(tx, pool.id, key);
  records.softwareTokens.delete(tx, pool.id, key);
  records.devices.deleteUnder(tx, pool.id, key);
  records.webAuthnCredentials.deleteUnder(tx, pool.id, key);
  records.webAuthnChallenges.delete(tx, pool.id, key);
  records.families.deleteUnder(tx, pool.id, key);
  records.userSessions.deleteUnder(tx, pool.id, key);
  records.authEvents.deleteUnder(tx, pool.id, key);
  await dropLinksOf(tx, pool.id, key);
  records.attempts.delete(tx, pool.id, key);
  records.subs.delete(tx, pool.id, user.sub);
  records.users.delete(tx, pool.id, key);
}

/**
 * Reads a user anew and writes what `change` makes of it, in one transaction.
 * @param takeOver takes verified addresses away from others, as `putUser` does.
 * @throws UserNotFoundException when it was deleted meanwhile.
 */
export function changeUser(
  ctx: Context,
  pool: Pool,
  username: string,
  change: (user: User, tx: Transaction) => User | Promise<User>,
  takeOver = false,
): Promise<User> {
  return ctx.room.store.transact(async (tx) => {
    const before = await records.users.get(tx, pool.id, userKey(pool, username));
    if (!before) throw unknownUser();
    const changed = { ...(await change(before, tx)), modifiedAt: ctx.now };
    await putUser(tx, pool, changed, before, takeOver);
    return changed;
  });
}

const verifierPurpose = (pool: Pool, sub: string) => `cognitoidp.verifier/${pool.id}/${sub}`;

/** What is kept of a password. SRP's clients know the user by username, as `USER_ID_FOR_SRP` tells them. */
export async function sealPassword(
  { ids, vault }: CognitoRoom,
  pool: Pool,
  { username, sub }: Pick<User, 'username' | 'sub'>,
  password: string,
): Promise<Password> {
  const verifier = verifierOf(srpPool(pool), username, password, ids.bytes(saltBytes));
  return {
    hash: await hashPassword(password, ids.bytes(saltBytes)),
    verifier: vault.seal(verifierPurpose(pool, sub), JSON.stringify(verifier)),
  };
}

export function openVerifier({ vault }: CognitoRoom, pool: Pool, sub: string, password: Password): Verifier {
  return JSON.parse(vault.open(verifierPurpose(pool, sub), password.verifier).toString()) as Verifier;
}

/** The name of a pool in SRP: its id without the region. */
export const srpPool = ({ id }: Pool): string => id.slice(id.indexOf('_') + 1);

/** @throws PasswordHistoryPolicyViolationException the password is one of the last. */
export async function checkHistory(pool: Pool, user: User, password: string): Promise<void> {
  const size = pool.settings.Policies.PasswordPolicy.PasswordHistorySize ?? 0;
  if (size === 0) return;
  const past = [...(user.password ? [user.password.hash] : []), ...(user.passwordHistory ?? [])];
  for (const hash of past.slice(0, size)) {
    if (await isPassword(password, hash)) {
      throw new PasswordHistoryPolicyViolationException('Password has previously been used');
    }
  }
}

/** A user with a new password, and the last ones remembered as far as the pool asks for it. */
export function withPassword(pool: Pool, user: User, password: Password): User {
  const size = pool.settings.Policies.PasswordPolicy.PasswordHistorySize ?? 0;
  const { temporaryUntil: _until, passwordHistory: _history, ...rest } = user;
  const past = [...(user.password ? [user.password.hash] : []), ...(user.passwordHistory ?? [])].slice(
    0,
    size,
  );
  return { ...rest, password, ...(past.length > 0 ? { passwordHistory: past } : {}) };
}
