/** App clients. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html and its neighbours. */
import type { Reader } from '../../../store/index.ts';
import { checkClient, clientSettingsOf, type GivenClient } from '../domain/clientSettings.ts';
import { InvalidParameterException, LimitExceededException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Context, clientOf, poolOf, unknownClient } from '../room.ts';
import { type Client, type Pool, records } from '../store.ts';
import { checkOAuth } from './clientOAuth.ts';
import { clientSecrets, newSecret, sealSecret } from './clientSecrets.ts';
import { removePagesOf } from './managedLoginBranding.ts';
import { readPlace, writePlace } from './paging.ts';

interface ClientInput extends GivenClient {
  UserPoolId: string;
  ClientName: string;
  GenerateSecret?: boolean;
  ClientSecret?: string;
}

const idLength = 26;

export async function CreateUserPoolClient(ctx: Context, input: ClientInput) {
  const { ids, store } = ctx.room;
  const pool = await poolOf(ctx, input.UserPoolId);
  const { UserPoolId: _pool, ClientName, GenerateSecret, ClientSecret, ...given } = input;
  if (GenerateSecret && ClientSecret !== undefined) {
    throw new InvalidParameterException('GenerateSecret and ClientSecret cannot be specified together.');
  }
  const settings = clientSettingsOf(given);
  const hasSecret = ClientSecret !== undefined || GenerateSecret === true;
  checkClient(settings, pool, { hasSecret });
  await checkProviders(store, pool, settings.SupportedIdentityProviders);
  await checkOAuth(store, pool, settings, hasSecret);
  const id = ids.token(idLength);
  const secret = ClientSecret ?? (GenerateSecret ? newSecret(ctx) : undefined);
  const client: Client = {
    id,
    poolId: pool.id,
    name: ClientName,
    settings,
    ...(secret === undefined ? {} : { secrets: [sealSecret(ctx, id, secret)] }),
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  };
  await store.transact(async (tx) => {
    const known = await records.clients.range(tx, { under: [pool.id], limit: limits.clientsPerPoolMax });
    if (known.length >= limits.clientsPerPoolMax) {
      throw new LimitExceededException('The user pool has exceeded the limit of user pool clients.');
    }
    records.clients.put(tx, [pool.id, id], client);
    records.clientPools.put(tx, [id], { account: pool.account, region: pool.region, poolId: pool.id });
  });
  return { UserPoolClient: describe(ctx, client) };
}

export async function DescribeUserPoolClient(ctx: Context, input: { UserPoolId: string; ClientId: string }) {
  const pool = await poolOf(ctx, input.UserPoolId);
  return { UserPoolClient: describe(ctx, await clientOf(ctx, pool, input.ClientId)) };
}

/** What isn't sent goes back to its default. */
export async function UpdateUserPoolClient(
  ctx: Context,
  input: GivenClient & { UserPoolId: string; ClientId: string; ClientName?: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const { UserPoolId: _pool, ClientId, ClientName, ...given } = input;
  const changed = await ctx.room.store.transact(async (tx) => {
    const known = await records.clients.get(tx, pool.id, ClientId);
    if (!known) throw unknownClient(ClientId);
    const settings = clientSettingsOf(given, known.settings);
    const hasSecret = known.secrets !== undefined;
    checkClient(settings, pool, { hasSecret, doing: 'updating' });
    await checkProviders(tx, pool, settings.SupportedIdentityProviders);
    await checkOAuth(tx, pool, settings, hasSecret);
    const client: Client = { ...known, name: ClientName ?? known.name, settings, modifiedAt: ctx.now };
    records.clients.put(tx, [pool.id, ClientId], client);
    return client;
  });
  return { UserPoolClient: describe(ctx, changed) };
}

export async function DeleteUserPoolClient(ctx: Context, input: { UserPoolId: string; ClientId: string }) {
  const pool = await poolOf(ctx, input.UserPoolId);
  await ctx.room.store.transact(async (tx) => {
    if (!(await records.clients.exists(tx, pool.id, input.ClientId))) throw unknownClient(input.ClientId);
    records.clients.delete(tx, pool.id, input.ClientId);
    await removePagesOf(tx, pool.id, input.ClientId);
    records.clientPools.delete(tx, input.ClientId);
  });
  return {};
}

export async function ListUserPoolClients(
  ctx: Context,
  input: { UserPoolId: string; MaxResults?: number; NextToken?: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const size = input.MaxResults ?? limits.pageMax;
  const last = readPlace(input.NextToken);
  const found = await records.clients.values(ctx.room.store, {
    under: [pool.id],
    ...(last ? { gt: [pool.id, last] } : {}),
    limit: size + 1,
  });
  const shown = found.slice(0, size);
  return {
    UserPoolClients: shown.map(({ id, name }) => ({
      ClientId: id,
      UserPoolId: pool.id,
      ClientName: name,
    })),
    ...(found.length > size ? { NextToken: writePlace(shown.at(-1)?.id) } : {}),
  };
}

/** Those of the pool, and `COGNITO` for the pool itself. @throws InvalidParameterException */
async function checkProviders(reader: Reader, { id }: Pool, names: readonly string[] = []): Promise<void> {
  for (const name of names) {
    if (name === 'COGNITO' || (await records.providers.exists(reader, id, name))) continue;
    throw new InvalidParameterException(`The provider ${name} does not exist for User Pool ${id}.`);
  }
}

function describe(ctx: Context, client: Client) {
  const secret = clientSecrets(ctx, client).at(0);
  return {
    UserPoolId: client.poolId,
    ClientName: client.name,
    ClientId: client.id,
    ...(secret === undefined ? {} : { ClientSecret: secret }),
    LastModifiedDate: new Date(client.modifiedAt),
    CreationDate: new Date(client.createdAt),
    ...client.settings,
  };
}
