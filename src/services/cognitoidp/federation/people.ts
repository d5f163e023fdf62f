/** From what an identity provider tells of somebody to a user of the pool. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-identity-federation.html */
import type { Transaction } from '../../../store/index.ts';
import type { Assurance } from '../domain/assurance.ts';
import { type Attributes, checkAttributes } from '../domain/attributes.ts';
import { identitiesOf, withIdentity } from '../domain/identities.ts';
import { NotAuthorizedException } from '../errors.ts';
import type { Context, Door } from '../room.ts';
import { type Pool, type Provider, records, type User } from '../store.ts';
import { functionOf, runTrigger } from '../triggers/invoke.ts';
import { postConfirmation, preSignUp } from '../triggers/signUp.ts';
import { addUser, changeUser, putUser, userKey } from '../users.ts';
import { dropLink, linkedTo, putLink, subjectAttribute } from './links.ts';

/** What a provider told, values as texts; lists as AWS writes them. */
export interface Told {
  subject: string;
  claims: Attributes;
  /** For the trigger InboundFederation, `{ idToken, userInfo, tokenResponse }` or `{ samlResponse }`. */
  attributes: Record<string, Attributes>;
  /** How strongly it says the user signed in. */
  assurance?: Assurance;
}

/**
 * The user for whom a provider vouches: linked to it, known from before, or made now. Attributes are written anew at each
 * sign-in.
 * @throws NotAuthorizedException the user is disabled. @throws InvalidParameterException attributes against the schema.
 * @throws UserLambdaValidationException a trigger refuses.
 */
export async function userFrom(ctx: Context, door: Door, provider: Provider, told: Told): Promise<User> {
  const { pool } = door;
  const claims = await inbound(ctx, door, provider, told);
  const mapped = mappedAttributes(provider, claims);
  const known = await knownUser(ctx, pool, provider, told.subject, mapped);
  if (known) {
    if (!known.enabled) throw new NotAuthorizedException('User is disabled.');
    return renewed(ctx, pool, provider, told.subject, known, mapped);
  }
  return made(ctx, door, provider, told.subject, mapped);
}

/** The function may change what is mapped: "Return an empty object to retain all original attributes unchanged." */
async function inbound(
  ctx: Context,
  { pool, client }: Door,
  provider: Provider,
  told: Told,
): Promise<Attributes> {
  if (functionOf(pool, 'InboundFederation') === undefined) return told.claims;
  const response = await runTrigger(ctx, pool, {
    name: 'InboundFederation',
    source: 'InboundFederation_ExternalProvider',
    userName: usernameFor(pool, provider, told.subject),
    clientId: client.id,
    request: { providerName: provider.name, providerType: provider.type, attributes: told.attributes },
    response: { userAttributesToMap: {} },
  });
  const { userAttributesToMap: wanted } = (response ?? {}) as { userAttributesToMap?: Attributes };
  if (!wanted || Object.keys(wanted).length === 0) return told.claims;
  return Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, String(value)]));
}

function mappedAttributes({ mapping }: Provider, claims: Attributes): Attributes {
  const mapped: Attributes = {};
  for (const [attribute, claim] of Object.entries(mapping)) {
    const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    if (attribute !== 'username' && attribute !== 'sub' && value) mapped[attribute] = value;
  }
  return mapped;
}

const ofSubject = ({ name }: Provider, subject: string) => ({
  provider: name,
  attribute: subjectAttribute,
  value: subject,
});

const usernameFor = (pool: Pool, { name }: Provider, subject: string): string =>
  userKey(pool, `${name}_${subject}`);

async function knownUser(
  { room: { store } }: Context,
  pool: Pool,
  { name }: Provider,
  subject: string,
  mapped: Attributes,
): Promise<User | undefined> {
  for (const [attribute, value] of [[subjectAttribute, subject] as const, ...Object.entries(mapped)]) {
    const key = await linkedTo(store, pool.id, { provider: name, attribute, value });
    const user = key === undefined ? undefined : await records.users.get(store, pool.id, key);
    if (user) return user;
  }
  return undefined;
}

function renewed(
  ctx: Context,
  pool: Pool,
  provider: Provider,
  subject: string,
  known: User,
  mapped: Attributes,
): Promise<User> {
  return changeUser(ctx, pool, known.username, (user, tx) => {
    checkMapped(pool, mapped, user);
    // From now on the provider's own id stands for a link that was made by an attribute.
    putLink(tx, pool.id, userKey(pool, user.username), ofSubject(provider, subject));
    const before = identitiesOf(user).find(
      ({ providerName, userId }) => providerName === provider.name && userId === subject,
    );
    const identities = before
      ? user.attributes.identities
      : withIdentity(user, {
          userId: subject,
          providerName: provider.name,
          providerType: provider.type,
          issuer: provider.metadata ? issuerOf(provider) : null,
          primary: false,
          dateCreated: ctx.now,
        });
    return {
      ...user,
      attributes: {
        ...user.attributes,
        ...unproved(mapped, user.attributes),
        ...mapped,
        ...(identities ? { identities } : {}),
      },
    };
  });
}

/** What was verified of an address says nothing of another one: the provider says so anew, or nobody does. */
function unproved(mapped: Attributes, before: Attributes): Attributes {
  const names = ['email', 'phone_number'].filter((name) => mapped[name] && mapped[name] !== before[name]);
  return Object.fromEntries(names.map((name) => [`${name}_verified`, 'false']));
}

async function made(
  ctx: Context,
  { pool, client }: Door,
  provider: Provider,
  subject: string,
  mapped: Attributes,
): Promise<User> {
  const username = usernameFor(pool, provider, subject);
  checkMapped(pool, mapped);
  const decision = await preSignUp(ctx, pool, {
    source: 'PreSignUp_ExternalProvider',
    userName: username,
    attributes: { 'cognito:email_alias': '', 'cognito:phone_number_alias': '', ...mapped },
    clientId: client.id,
  });
  // Whoever links the new identity in the function has made a user of it: then that is who signs in.
  const linked = await knownUser(ctx, pool, provider, subject, mapped);
  if (linked) return renewed(ctx, pool, provider, subject, linked, mapped);
  const verified = Object.fromEntries(decision.verified.map((name) => [`${name}_verified`, 'true']));
  const user: User = {
    username,
    sub: ctx.room.ids.uuid(),
    status: 'EXTERNAL_PROVIDER',
    enabled: true,
    attributes: unverified({ ...mapped, ...verified }),
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  };
  user.attributes.identities = withIdentity(user, {
    userId: subject,
    providerName: provider.name,
    providerType: provider.type,
    issuer: provider.metadata ? issuerOf(provider) : null,
    primary: true,
    dateCreated: ctx.now,
  });
  await ctx.room.store.transact(async (tx) => {
    await addUser(tx, pool, user);
    putLink(tx, pool.id, username, ofSubject(provider, subject));
    await joinGroup(tx, ctx, pool, provider, username);
  });
  await postConfirmation(ctx, pool, user, { source: 'PostConfirmation_ConfirmSignUp', clientId: client.id });
  return user;
}

/** SAML's issuer is shown; others' is null. */
function issuerOf({ metadata }: Provider): string | null {
  return /entityID="([^"]*)"/.exec(metadata?.document ?? '')?.[1] ?? null;
}

/** Required attributes may come by the mapping only; immutable ones may come once. */
function checkMapped(pool: Pool, mapped: Attributes, user?: User): void {
  checkAttributes(mapped, { pool, ...(user ? { existing: user.attributes } : {}) });
}

function unverified(attributes: Attributes): Attributes {
  const all = { ...attributes };
  for (const name of ['email', 'phone_number']) if (all[name]) all[`${name}_verified`] ??= 'false';
  return all;
}

/** "Autogenerated": each provider's users are a group. */
async function joinGroup(
  tx: Transaction,
  { now }: Context,
  pool: Pool,
  { name }: Provider,
  key: string,
): Promise<void> {
  const group = `${pool.id}_${name}`;
  if (!(await records.groups.exists(tx, pool.id, group))) {
    records.groups.put(tx, [pool.id, group], {
      poolId: pool.id,
      name: group,
      description: `Autogenerated group for users who sign in using ${name}`,
      createdAt: now,
      modifiedAt: now,
    });
  }
  records.members.put(tx, [pool.id, group, key], now);
  records.groupsOf.put(tx, [pool.id, key, group], now);
}

/** Takes a user's identities at a provider away, links included. */
export async function unlink(
  tx: Transaction,
  pool: Pool,
  user: User,
  isGone: (identity: { providerName: string; userId: string }) => boolean,
): Promise<void> {
  const kept = identitiesOf(user).filter((identity) => !isGone(identity));
  const { identities: _all, ...attributes } = user.attributes;
  const changed: User = {
    ...user,
    attributes: kept.length > 0 ? { ...attributes, identities: JSON.stringify(kept) } : attributes,
  };
  for (const { providerName, userId } of identitiesOf(user).filter(isGone)) {
    dropLink(tx, pool.id, userKey(pool, user.username), {
      provider: providerName,
      attribute: subjectAttribute,
      value: userId,
    });
  }
  await putUser(tx, pool, changed, user);
}
