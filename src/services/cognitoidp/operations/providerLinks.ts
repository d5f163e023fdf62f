/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminLinkProviderForUser.html and AdminDisableProviderForUser */
import { identitiesOf, withIdentity } from '../domain/identities.ts';
import { InvalidParameterException, LimitExceededException } from '../errors.ts';
import { dropLink, linkedTo, putLink, subjectAttribute } from '../federation/links.ts';
import { unlink } from '../federation/people.ts';
import { providerOf } from '../federation/providers.ts';
import { limits } from '../limits.ts';
import { type Context, poolOf } from '../room.ts';
import { type Pool, records, type User } from '../store.ts';
import { putUser, unknownUser, userKey, userOf } from '../users.ts';

interface ProviderUser {
  ProviderName?: string;
  ProviderAttributeName?: string;
  ProviderAttributeValue?: string;
}

export async function AdminLinkProviderForUser(
  ctx: Context,
  input: { UserPoolId: string; DestinationUser: ProviderUser; SourceUser: ProviderUser },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const { ProviderName: name = '', ProviderAttributeName, ProviderAttributeValue: value } = input.SourceUser;
  if (name === 'Cognito') {
    throw new InvalidParameterException(
      'Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser',
    );
  }
  if (!value) throw new InvalidParameterException('SourceUser.ProviderAttributeValue is required.');
  const provider = await providerOf(ctx.room.store, pool, name);
  const attribute = ProviderAttributeName ?? subjectAttribute;
  if (attribute !== subjectAttribute && !Object.hasOwn(provider.mapping, attribute)) {
    throw new InvalidParameterException(`The attribute ${attribute} isn't mapped by the provider ${name}.`);
  }
  await ctx.room.store.transact(async (tx) => {
    const user = await destination(tx, pool, input.DestinationUser);
    const key = userKey(pool, user.username);
    const owner = await linkedTo(tx, pool.id, { provider: name, attribute, value });
    if (owner === key) throw new InvalidParameterException('SourceUser is already linked to DestinationUser');
    if (owner !== undefined) {
      throw new InvalidParameterException(
        'Merging is not currently supported, provide a SourceUser that has not been signed up in order to link',
      );
    }
    if (identitiesOf(user).length >= limits.linkedIdentitiesMax) {
      throw new LimitExceededException('The user has exceeded the limit of linked identities.');
    }
    putLink(tx, pool.id, key, { provider: name, attribute, value });
    const attributes = { ...user.attributes };
    if (attribute === subjectAttribute) {
      attributes.identities = withIdentity(user, {
        userId: value,
        providerName: name,
        providerType: provider.type,
        issuer: null,
        primary: false,
        dateCreated: ctx.now,
      });
    }
    await putUser(tx, pool, { ...user, attributes, modifiedAt: ctx.now }, user);
  });
  return {};
}

export async function AdminDisableProviderForUser(
  ctx: Context,
  input: { UserPoolId: string; User: ProviderUser },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const { ProviderName: name = '', ProviderAttributeName, ProviderAttributeValue: value = '' } = input.User;
  if (name !== 'Cognito') await providerOf(ctx.room.store, pool, name);
  await ctx.room.store.transact(async (tx) => {
    if (name === 'Cognito') {
      const user = await userOf(tx, pool, value);
      const { password: _gone, passwordHistory: _too, ...rest } = user;
      await putUser(tx, pool, { ...rest, modifiedAt: ctx.now }, user);
      return;
    }
    const attribute = ProviderAttributeName ?? subjectAttribute;
    const key = await linkedTo(tx, pool.id, { provider: name, attribute, value });
    const user = key === undefined ? undefined : await records.users.get(tx, pool.id, key);
    if (!user) throw unknownUser();
    dropLink(tx, pool.id, userKey(pool, user.username), { provider: name, attribute, value });
    const own = identitiesOf(user).find((one) => one.providerName === name && one.userId === value);
    // Who came to be by this provider has no other way in.
    if (own?.primary) {
      await putUser(tx, pool, { ...user, enabled: false, signedOutAt: ctx.now, modifiedAt: ctx.now }, user);
      return;
    }
    await unlink(
      tx,
      pool,
      { ...user, modifiedAt: ctx.now },
      (one) => one.providerName === name && one.userId === value,
    );
  });
  return {};
}

/** The pool's own users go by `Cognito` and their username, others by their provider and its id of them. */
async function destination(
  tx: Parameters<typeof userOf>[0],
  pool: Pool,
  { ProviderName: name = 'Cognito', ProviderAttributeValue: value = '' }: ProviderUser,
): Promise<User> {
  if (name === 'Cognito') return userOf(tx, pool, value);
  const key = await linkedTo(tx, pool.id, { provider: name, attribute: subjectAttribute, value });
  return userOf(tx, pool, key ?? `${name}_${value}`);
}
