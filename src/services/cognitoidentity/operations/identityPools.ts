/** Identity pools themselves. https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_CreateIdentityPool.html and its neighbours. */
import { checkTags, type PoolSettings, settingsOf } from '../domain/poolSettings.ts';
import { LimitExceededException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Context, poolOf } from '../room.ts';
import { type Pool, records } from '../store.ts';
import { pageOf, readPlace } from './paging.ts';

type PoolInput = PoolSettings & { IdentityPoolTags?: Record<string, string> };

export async function CreateIdentityPool(ctx: Context, input: PoolInput) {
  const { account, region, now } = ctx;
  const { store, ids } = ctx.room;
  const tags = input.IdentityPoolTags ?? {};
  checkTags(tags);
  const pool: Pool = {
    account,
    region,
    id: `${region}:${ids.uuid()}`,
    settings: settingsOf(input),
    tags,
    roles: {},
    roleMappings: {},
    createdAt: now,
  };
  await store.transact(async (tx) => {
    const known = await records.pools.range(tx, { under: [account, region], limit: limits.poolsMax });
    if (known.length >= limits.poolsMax) {
      throw new LimitExceededException(`Account ${account} has exceeded the limit of identity pools.`);
    }
    records.pools.put(tx, [account, region, pool.id], pool);
    records.poolOwners.put(tx, [pool.id], { account, region });
  });
  return describe(pool);
}

export async function DescribeIdentityPool(ctx: Context, input: { IdentityPoolId: string }) {
  return describe(await poolOf(ctx, input.IdentityPoolId));
}

/** “If you don't provide a value for a parameter, Amazon Cognito sets it to its default value.” */
export async function UpdateIdentityPool(ctx: Context, input: PoolInput & { IdentityPoolId: string }) {
  const changed = await changePool(ctx, input.IdentityPoolId, (pool) => {
    const tags = input.IdentityPoolTags ?? pool.tags;
    checkTags(tags);
    return { ...pool, settings: settingsOf(input, pool.settings), tags };
  });
  return describe(changed);
}

export async function DeleteIdentityPool(ctx: Context, { IdentityPoolId: id }: { IdentityPoolId: string }) {
  const { account, region, room } = ctx;
  await room.store.transact(async (tx) => {
    await poolOf(ctx, id, tx);
    for (let after: string | undefined; ; ) {
      const found = await records.identities.values(tx, {
        under: [id],
        ...(after === undefined ? {} : { gt: [id, after] }),
        limit: deletedAtOnce,
      });
      for (const identity of found) records.poolsOfIdentities.delete(tx, identity.id);
      after = found.at(-1)?.id;
      if (found.length < deletedAtOnce) break;
    }
    records.pools.delete(tx, account, region, id);
    records.poolOwners.delete(tx, id);
    for (const part of [records.identities, records.logins, records.tagMaps]) part.deleteUnder(tx, id);
  });
  return {};
}

/** Identities read at once when their pool goes. */
const deletedAtOnce = 1_000;

export async function ListIdentityPools(ctx: Context, input: { MaxResults: number; NextToken?: string }) {
  const { account, region } = ctx;
  const last = readPlace(input.NextToken);
  const found = await records.pools.values(ctx.room.store, {
    under: [account, region],
    ...(last === undefined ? {} : { gt: [account, region, last] }),
    limit: input.MaxResults + 1,
  });
  const { shown, ...more } = pageOf(found, input.MaxResults, ({ id }) => id);
  return {
    IdentityPools: shown.map(({ id, settings }) => ({
      IdentityPoolId: id,
      IdentityPoolName: settings.IdentityPoolName,
    })),
    ...more,
  };
}

/** @throws ResourceNotFoundException */
export async function changePool(ctx: Context, id: string, change: (pool: Pool) => Pool): Promise<Pool> {
  return ctx.room.store.transact(async (tx) => {
    const changed = change(await poolOf(ctx, id, tx));
    records.pools.put(tx, [changed.account, changed.region, id], changed);
    return changed;
  });
}

function describe({ id, settings, tags }: Pool) {
  return { IdentityPoolId: id, ...settings, IdentityPoolTags: tags };
}
