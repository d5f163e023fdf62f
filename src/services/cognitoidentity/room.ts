/** What the operations of Cognito identity pools share. */
import type { Ids } from '../../kernel/index.ts';
import type { CognitoConfig, Issuers, OperationContext } from '../../platform/index.ts';
import type { Reader, Store } from '../../store/index.ts';
import { ResourceNotFoundException } from './errors.ts';
import { type Identity, type Pool, records } from './store.ts';
import type { Signers } from './tokens/signers.ts';

export interface IdentityRoom {
  readonly store: Store;
  readonly ids: Ids;
  readonly issuers: Pick<Issuers, 'keys' | 'standing'>;
  /** How the issuers of user pools are named. */
  readonly userPools: CognitoConfig;
  readonly signers: Signers;
}

export type Context = OperationContext<IdentityRoom>;

/** The pool that a signed call names: one of its own account and region. @throws ResourceNotFoundException */
export async function poolOf(ctx: Context, poolId: string, reader: Reader = ctx.room.store): Promise<Pool> {
  const pool = await records.pools.get(reader, ctx.account, ctx.region, poolId);
  if (!pool) throw unknownPool(poolId);
  return pool;
}

/** A pool by its id alone: unsigned calls have no account. @throws ResourceNotFoundException */
export async function poolById({ store }: Pick<IdentityRoom, 'store'>, poolId: string): Promise<Pool> {
  const place = await records.poolOwners.get(store, poolId);
  const pool = place && (await records.pools.get(store, place.account, place.region, poolId));
  if (!pool) throw unknownPool(poolId);
  return pool;
}

/** An identity by its id alone, and its pool. @throws ResourceNotFoundException */
export async function identityById(
  room: Pick<IdentityRoom, 'store'>,
  identityId: string,
): Promise<{ identity: Identity; pool: Pool }> {
  const poolId = await records.poolsOfIdentities.get(room.store, identityId);
  const identity = poolId && (await records.identities.get(room.store, poolId, identityId));
  if (!identity) throw unknownIdentity(identityId);
  return { identity, pool: await poolById(room, identity.poolId) };
}

/** The identity that a signed call names, of its own account and region. @throws ResourceNotFoundException */
export async function ownIdentity(ctx: Context, identityId: string) {
  const found = await identityById(ctx.room, identityId);
  if (found.pool.account !== ctx.account || found.pool.region !== ctx.region) {
    throw unknownIdentity(identityId);
  }
  return found;
}

export const unknownPool = (poolId: string) =>
  new ResourceNotFoundException(`IdentityPool '${poolId}' not found.`);

export const unknownIdentity = (identityId: string) =>
  new ResourceNotFoundException(`Identity '${identityId}' not found.`);

export const poolArn = ({ account, region, id }: Pick<Pool, 'account' | 'region' | 'id'>): string =>
  `arn:aws:cognito-identity:${region}:${account}:identitypool/${id}`;
