/** What the operations of Cognito user pools share. */
import type { Deliveries } from '../../delivery/index.ts';
import type { Clock, Ids } from '../../kernel/index.ts';
import type { HostBook, Issuers, OperationContext } from '../../platform/index.ts';
import type { Blobs } from '../../store/blobs.port.ts';
import type { Store } from '../../store/index.ts';
import type { Vault } from '../../store/vault.ts';
import type { TaskQueue } from '../../tasks/index.ts';
import { ResourceNotFoundException } from './errors.ts';
import type { ImportTask } from './importing/run.ts';
import type { LogDelivery } from './logDelivery.ts';
import type { Mail } from './mail.ts';
import { type Client, type Pool, records } from './store.ts';
import type { Signers } from './tokens/signers.ts';

export interface CognitoRoom {
  readonly store: Store;
  readonly vault: Vault;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly signers: Signers;
  readonly mail: Mail;
  readonly imports: TaskQueue<ImportTask>;
  readonly blobs: Blobs;
  /** Where this cloud is reached, `http://127.0.0.1:4566`. */
  readonly endpoint: string;
  readonly logDelivery: LogDelivery;
  /** To functions that send messages in the place of Cognito. */
  readonly deliveries: Deliveries;
  readonly hosts: HostBook;
  /** Keys of identity providers. */
  readonly issuers: Issuers;
  /** Issuer of a pool's tokens. */
  issuer(pool: Pick<Pool, 'region' | 'id'>): string;
}

export type Context = OperationContext<CognitoRoom>;

/** The pool that a signed call names: one of its own account and region. @throws ResourceNotFoundException */
export async function poolOf(ctx: Context, poolId: string): Promise<Pool> {
  const pool = await records.pools.get(ctx.room.store, ctx.account, ctx.region, poolId);
  if (!pool) throw unknownPool(poolId);
  return pool;
}

export const unknownPool = (poolId: string) =>
  new ResourceNotFoundException(`User pool ${poolId} does not exist.`);

/** A pool by its id alone, for tokens and addresses. */
export async function poolById(
  { store }: Pick<CognitoRoom, 'store'>,
  poolId: string,
): Promise<Pool | undefined> {
  const place = await records.poolOwners.get(store, poolId);
  return place && records.pools.get(store, place.account, place.region, poolId);
}

/** Where a sign-in happens: a pool and one of its clients. */
export interface Door {
  pool: Pool;
  client: Client;
}

/** The client that an unsigned call names, and its pool. @throws ResourceNotFoundException */
export async function doorOf({ room }: Context, clientId: string): Promise<Door> {
  const place = await records.clientPools.get(room.store, clientId);
  const [pool, client] = place
    ? await Promise.all([
        records.pools.get(room.store, place.account, place.region, place.poolId),
        records.clients.get(room.store, place.poolId, clientId),
      ])
    : [];
  if (!pool || !client) throw unknownClient(clientId);
  return { pool, client };
}

export const unknownClient = (clientId: string) =>
  new ResourceNotFoundException(`User pool client ${clientId} does not exist.`);

/** A client of a pool that the call names. @throws ResourceNotFoundException */
export async function clientOf({ room }: Context, pool: Pool, clientId: string): Promise<Client> {
  const client = await records.clients.get(room.store, pool.id, clientId);
  if (!client) throw unknownClient(clientId);
  return client;
}

export const poolArn = ({ account, region, id }: Pick<Pool, 'account' | 'region' | 'id'>): string =>
  `arn:aws:cognito-idp:${region}:${account}:userpool/${id}`;
