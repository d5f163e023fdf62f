/** Identities in the store: whose some logins are, and what follows when they are somebody else's too. */

import type { Reader, Transaction } from '../../store/index.ts';
import { type Linking, link } from './domain/linking.ts';
import { NotAuthorizedException } from './errors.ts';
import { limits } from './limits.ts';
import type { Context } from './room.ts';
import { unknownIdentity } from './room.ts';
import { type Identity, type LinkedLogin, type Pool, records } from './store.ts';

/** An identity that nobody had before, not yet kept. */
export function newIdentity({ room, now }: Context, pool: Pool, authenticated: boolean): Identity {
  return {
    id: `${pool.region}:${room.ids.uuid()}`,
    poolId: pool.id,
    logins: [],
    authenticated,
    createdAt: now,
    modifiedAt: now,
  };
}

export function putIdentity(tx: Transaction, identity: Identity): void {
  records.identities.put(tx, [identity.poolId, identity.id], identity);
  records.poolsOfIdentities.put(tx, [identity.id], identity.poolId);
  for (const { provider, subject } of identity.logins) {
    records.logins.put(tx, [identity.poolId, provider, subject], identity.id);
  }
}

export function putLinking(tx: Transaction, { identity, merged }: Linking): void {
  for (const one of merged) records.identities.put(tx, [one.poolId, one.id], one);
  putIdentity(tx, identity);
}

/** Whose a login is. */
export async function ownerOf(
  reader: Reader,
  poolId: string,
  { provider, subject }: LinkedLogin,
): Promise<Identity | undefined> {
  const id = await records.logins.get(reader, poolId, provider, subject);
  return id === undefined ? undefined : records.identities.get(reader, poolId, id);
}

/**
 * The identity of verified logins: found, linked, merged or made. @param givenId which identity the caller says it is.
 * @throws NotAuthorizedException, ResourceConflictException, ResourceNotFoundException
 */
export async function identityOf(
  ctx: Context,
  pool: Pool,
  logins: readonly LinkedLogin[],
  givenId?: string,
): Promise<Identity> {
  const fresh = newIdentity(ctx, pool, true);
  return ctx.room.store.transact(async (tx) => {
    const given = givenId === undefined ? undefined : await heirOf(tx, pool.id, givenId);
    const owners = await Promise.all(logins.map((login) => ownerOf(tx, pool.id, login)));
    const linking = link({
      logins,
      owners,
      given,
      fresh,
      developerProvider: pool.settings.DeveloperProviderName,
      now: ctx.now,
    });
    if (linking.changed) putLinking(tx, linking);
    return linking.identity;
  });
}

/** A guest's identity, for calls without logins. @throws NotAuthorizedException */
export function checkGuest(pool: Pool, identity: Identity): void {
  if (identity.authenticated || identity.mergedInto !== undefined) {
    throw new NotAuthorizedException(`Access to Identity '${identity.id}' is forbidden.`);
  }
  checkGuests(pool);
}

/** @throws NotAuthorizedException */
export function checkGuests({ settings }: Pool): void {
  if (!settings.AllowUnauthenticatedIdentities) {
    throw new NotAuthorizedException('Unauthenticated access is not supported for this identity pool.');
  }
}

/** The identity, or the one that it was merged into. @throws ResourceNotFoundException */
async function heirOf(reader: Reader, poolId: string, identityId: string): Promise<Identity> {
  let id = identityId;
  for (let merger = 0; merger < limits.mergersMax; merger++) {
    const identity = await records.identities.get(reader, poolId, id);
    if (!identity) break;
    if (identity.mergedInto === undefined) return identity;
    id = identity.mergedInto;
  }
  throw unknownIdentity(identityId);
}
