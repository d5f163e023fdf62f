/** Identities as administrators see them. https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_ListIdentities.html and its neighbours. */
import { AwsError } from '../../../kernel/index.ts';
import { type Context, ownIdentity, poolOf } from '../room.ts';
import { type Identity, records } from '../store.ts';
import { pageOf, readPlace } from './paging.ts';

export async function DescribeIdentity(ctx: Context, { IdentityId }: { IdentityId: string }) {
  return describe((await ownIdentity(ctx, IdentityId)).identity);
}

interface ListIdentitiesInput {
  IdentityPoolId: string;
  MaxResults: number;
  NextToken?: string;
  /** Leaves out those that were merged into others. */
  HideDisabled?: boolean;
}

export async function ListIdentities(ctx: Context, input: ListIdentitiesInput) {
  const { id } = await poolOf(ctx, input.IdentityPoolId);
  const size = input.MaxResults;
  const wanted: Identity[] = [];
  let last = readPlace(input.NextToken);
  // Pages are filled: hidden ones are read over, not counted.
  for (;;) {
    const found = await records.identities.values(ctx.room.store, {
      under: [id],
      ...(last === undefined ? {} : { gt: [id, last] }),
      limit: size + 1,
    });
    wanted.push(...found.filter(({ mergedInto }) => !input.HideDisabled || mergedInto === undefined));
    if (wanted.length > size || found.length <= size) break;
    last = found.at(-1)?.id;
  }
  const { shown, ...more } = pageOf(wanted, size, (identity) => identity.id);
  return { IdentityPoolId: id, Identities: shown.map(describe), ...more };
}

export async function DeleteIdentities(ctx: Context, input: { IdentityIdsToDelete: string[] }) {
  const unprocessed: { IdentityId: string; ErrorCode: 'AccessDenied' }[] = [];
  for (const IdentityId of new Set(input.IdentityIdsToDelete)) {
    try {
      await remove(ctx, IdentityId);
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') throw error;
      // Nobody learns whether another account has it.
      unprocessed.push({ IdentityId, ErrorCode: 'AccessDenied' });
    }
  }
  return { UnprocessedIdentityIds: unprocessed };
}

async function remove(ctx: Context, identityId: string): Promise<void> {
  const { pool } = await ownIdentity(ctx, identityId);
  await ctx.room.store.transact(async (tx) => {
    const identity = await records.identities.get(tx, pool.id, identityId);
    for (const { provider, subject } of identity?.logins ?? []) {
      records.logins.delete(tx, pool.id, provider, subject);
    }
    records.identities.delete(tx, pool.id, identityId);
    records.poolsOfIdentities.delete(tx, identityId);
  });
}

function describe({ id, logins, createdAt, modifiedAt }: Identity) {
  const providers = [...new Set(logins.map(({ provider }) => provider))];
  return {
    IdentityId: id,
    ...(providers.length > 0 ? { Logins: providers } : {}),
    CreationDate: new Date(createdAt),
    LastModifiedDate: new Date(modifiedAt),
  };
}
