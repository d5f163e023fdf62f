/** APIs with scopes of their own. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateResourceServer.html and its neighbours. */
import { InvalidParameterException, LimitExceededException, ResourceNotFoundException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Context, poolOf } from '../room.ts';
import { type ResourceServer, records } from '../store.ts';
import { readPlace, writePlace } from './paging.ts';

interface Named {
  UserPoolId: string;
  Identifier: string;
}

interface ServerInput extends Named {
  Name: string;
  Scopes?: { ScopeName: string; ScopeDescription: string }[];
}

export async function CreateResourceServer(ctx: Context, input: ServerInput) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const server = serverOf(input);
  await ctx.room.store.transact(async (tx) => {
    const known = await records.resourceServers.range(tx, {
      under: [pool.id],
      limit: limits.resourceServersMax,
    });
    if (known.some(({ key }) => key[1] === server.identifier)) {
      throw new InvalidParameterException(`${server.identifier} already exists in user pool ${pool.id}.`);
    }
    if (known.length >= limits.resourceServersMax) {
      throw new LimitExceededException('The user pool has exceeded the limit of resource servers.');
    }
    records.resourceServers.put(tx, [pool.id, server.identifier], server);
  });
  return { ResourceServer: describe(pool.id, server) };
}

export async function DescribeResourceServer(ctx: Context, { UserPoolId, Identifier }: Named) {
  const pool = await poolOf(ctx, UserPoolId);
  const server = await records.resourceServers.get(ctx.room.store, pool.id, Identifier);
  if (!server) throw unknownServer(Identifier);
  return { ResourceServer: describe(pool.id, server) };
}

/** Scopes that aren't sent are gone. */
export async function UpdateResourceServer(ctx: Context, input: ServerInput) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const server = serverOf(input);
  await ctx.room.store.transact(async (tx) => {
    if (!(await records.resourceServers.exists(tx, pool.id, server.identifier))) {
      throw unknownServer(server.identifier);
    }
    records.resourceServers.put(tx, [pool.id, server.identifier], server);
  });
  return { ResourceServer: describe(pool.id, server) };
}

export async function DeleteResourceServer(ctx: Context, { UserPoolId, Identifier }: Named) {
  const pool = await poolOf(ctx, UserPoolId);
  await ctx.room.store.transact(async (tx) => {
    if (!(await records.resourceServers.exists(tx, pool.id, Identifier))) throw unknownServer(Identifier);
    records.resourceServers.delete(tx, pool.id, Identifier);
  });
  return {};
}

export async function ListResourceServers(
  ctx: Context,
  input: { UserPoolId: string; MaxResults?: number; NextToken?: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const size = input.MaxResults ?? limits.resourceServersPageMax;
  const last = readPlace(input.NextToken);
  const found = await records.resourceServers.values(ctx.room.store, {
    under: [pool.id],
    ...(last ? { gt: [pool.id, last] } : {}),
    limit: size + 1,
  });
  const shown = found.slice(0, size);
  return {
    ResourceServers: shown.map((server) => describe(pool.id, server)),
    ...(found.length > size ? { NextToken: writePlace(shown.at(-1)?.identifier) } : {}),
  };
}

function serverOf({ Identifier, Name, Scopes = [] }: ServerInput): ResourceServer {
  const names = Scopes.map(({ ScopeName }) => ScopeName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new InvalidParameterException(`Duplicate scope name: ${twice}`);
  return { identifier: Identifier, name: Name, scopes: Scopes };
}

const describe = (poolId: string, { identifier, name, scopes }: ResourceServer) => ({
  UserPoolId: poolId,
  Identifier: identifier,
  Name: name,
  ...(scopes.length > 0 ? { Scopes: scopes } : {}),
});

const unknownServer = (identifier: string) =>
  new ResourceNotFoundException(`Resource server ${identifier} does not exist.`);
