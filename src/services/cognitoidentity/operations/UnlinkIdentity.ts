/** https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UnlinkIdentity.html */
import { loginsDontMatch } from '../domain/linking.ts';
import { InvalidParameterException } from '../errors.ts';
import { type Logins, verifyLogins } from '../logins/verify.ts';
import { type Context, identityById, unknownIdentity } from '../room.ts';
import { type LinkedLogin, records } from '../store.ts';

interface UnlinkIdentityInput {
  IdentityId: string;
  Logins: Logins;
  LoginsToRemove: string[];
}

/** Whoever shows one of an identity's logins takes logins from it; those are strangers when they come again. */
export async function UnlinkIdentity(ctx: Context, input: UnlinkIdentityInput) {
  const { pool } = await identityById(ctx.room, input.IdentityId);
  const shown = await verifyLogins(ctx, pool, input.Logins);
  const removed = new Set(input.LoginsToRemove);
  // Developers' logins are theirs to take: UnlinkDeveloperIdentity, which is signed.
  if (removed.has(pool.settings.DeveloperProviderName ?? '')) {
    throw new InvalidParameterException('Please provide a valid public provider');
  }
  await ctx.room.store.transact(async (tx) => {
    const identity = await records.identities.get(tx, pool.id, input.IdentityId);
    if (!identity) throw unknownIdentity(input.IdentityId);
    const isLinked = ({ provider, subject }: LinkedLogin) =>
      identity.logins.some((login) => login.provider === provider && login.subject === subject);
    if (!shown.some(isLinked)) throw loginsDontMatch();
    const logins = identity.logins.filter(({ provider }) => !removed.has(provider));
    for (const { provider, subject } of identity.logins) {
      if (removed.has(provider)) records.logins.delete(tx, pool.id, provider, subject);
    }
    records.identities.put(tx, [pool.id, identity.id], { ...identity, logins, modifiedAt: ctx.now });
  });
  return {};
}
