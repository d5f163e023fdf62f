/** Links to terms of use and privacy policies, shown where people sign up. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateTerms.html and its neighbours. */
import type { Reader } from '../../../store/index.ts';
import { InvalidParameterException, ResourceNotFoundException, TermsExistsException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Context, clientOf, poolOf } from '../room.ts';
import { records, type Terms } from '../store.ts';
import { readPlace, writePlace } from './paging.ts';

interface Given {
  TermsName?: string;
  TermsSource?: 'LINK';
  Enforcement?: 'NONE';
  Links?: Record<string, string>;
}

interface Named {
  UserPoolId: string;
  TermsId: string;
}

export async function CreateTerms(
  ctx: Context,
  input: Given & { UserPoolId: string; ClientId: string; TermsName: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  await clientOf(ctx, pool, input.ClientId);
  checkLinks(input.Links);
  const terms: Terms = {
    id: ctx.room.ids.uuid(),
    clientId: input.ClientId,
    name: input.TermsName,
    links: input.Links ?? {},
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  };
  await ctx.room.store.transact(async (tx) => {
    await checkName(tx, pool.id, terms);
    records.terms.put(tx, [pool.id, terms.id], terms);
  });
  return { Terms: describe(pool.id, terms) };
}

export async function DescribeTerms(ctx: Context, input: Named) {
  const pool = await poolOf(ctx, input.UserPoolId);
  return { Terms: describe(pool.id, await termsOf(ctx.room.store, pool.id, input.TermsId)) };
}

export async function DescribeTermsByClient(
  ctx: Context,
  input: { UserPoolId: string; ClientId: string; TermsName: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  await clientOf(ctx, pool, input.ClientId);
  const known = await records.terms.values(ctx.room.store, { under: [pool.id], limit: limits.termsMax });
  const terms = known.find(({ clientId, name }) => clientId === input.ClientId && name === input.TermsName);
  if (!terms) throw new ResourceNotFoundException(`Terms ${input.TermsName} do not exist.`);
  return { Terms: describe(pool.id, terms) };
}

export async function UpdateTerms(ctx: Context, input: Given & Named) {
  const pool = await poolOf(ctx, input.UserPoolId);
  checkLinks(input.Links);
  const changed = await ctx.room.store.transact(async (tx) => {
    const known = await termsOf(tx, pool.id, input.TermsId);
    const terms: Terms = {
      ...known,
      name: input.TermsName ?? known.name,
      links: input.Links ?? known.links,
      modifiedAt: ctx.now,
    };
    await checkName(tx, pool.id, terms);
    records.terms.put(tx, [pool.id, terms.id], terms);
    return terms;
  });
  return { Terms: describe(pool.id, changed) };
}

export async function DeleteTerms(ctx: Context, input: Named) {
  const pool = await poolOf(ctx, input.UserPoolId);
  await ctx.room.store.transact(async (tx) => {
    await termsOf(tx, pool.id, input.TermsId);
    records.terms.delete(tx, pool.id, input.TermsId);
  });
  return {};
}

export async function ListTerms(
  ctx: Context,
  input: { UserPoolId: string; MaxResults?: number; NextToken?: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const size = input.MaxResults ?? limits.pageMax;
  const last = readPlace(input.NextToken);
  const found = await records.terms.values(ctx.room.store, {
    under: [pool.id],
    ...(last ? { gt: [pool.id, last] } : {}),
    limit: size + 1,
  });
  const shown = found.slice(0, size);
  return {
    Terms: shown.map((terms) => {
      const {
        UserPoolId: _pool,
        ClientId: _client,
        Links: _links,
        TermsSource: _source,
        ...rest
      } = describe(pool.id, terms);
      return rest;
    }),
    ...(found.length > size ? { NextToken: writePlace(shown.at(-1)?.id) } : {}),
  };
}

/** A client has one document of each name. @throws TermsExistsException */
async function checkName(reader: Reader, poolId: string, { id, clientId, name }: Terms): Promise<void> {
  const known = await records.terms.values(reader, { under: [poolId], limit: limits.termsMax });
  if (known.some((one) => one.id !== id && one.clientId === clientId && one.name === name)) {
    throw new TermsExistsException(`Terms ${name} already exist for client ${clientId}.`);
  }
}

/** @throws InvalidParameterException */
function checkLinks(links: Readonly<Record<string, string>> | undefined): void {
  if (links === undefined) return;
  if (links['cognito:default'] === undefined) {
    throw new InvalidParameterException('Links must contain a value for cognito:default.');
  }
  for (const url of Object.values(links)) {
    if (!/^https?:\/\/[^\s]+$/i.test(url) || !URL.canParse(url)) {
      throw new InvalidParameterException(`${url} is not a valid URL.`);
    }
  }
}

async function termsOf(reader: Reader, poolId: string, id: string): Promise<Terms> {
  const terms = await records.terms.get(reader, poolId, id);
  if (!terms) throw new ResourceNotFoundException(`Terms ${id} do not exist.`);
  return terms;
}

const describe = (poolId: string, { id, clientId, name, links, createdAt, modifiedAt }: Terms) => ({
  TermsId: id,
  UserPoolId: poolId,
  ClientId: clientId,
  TermsName: name,
  TermsSource: 'LINK' as const,
  Enforcement: 'NONE' as const,
  Links: links,
  CreationDate: new Date(createdAt),
  LastModifiedDate: new Date(modifiedAt),
});
