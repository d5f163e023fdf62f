/** User pools themselves. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html and its neighbours. */
import type { Reader } from '../../../store/index.ts';
import { checkFirstFactors } from '../domain/factors.ts';
import { lambdaConfigOf } from '../domain/lambdaConfig.ts';
import { checkMailRegion } from '../domain/poolChecks.ts';
import {
  type GivenAttribute,
  type GivenSettings,
  schemaOf,
  settingsOf,
  withCustom,
} from '../domain/poolSettings.ts';
import { checkTags } from '../domain/tags.ts';
import { type Feature, missingFeatures } from '../domain/tiers.ts';
import { tracks } from '../domain/userSession.ts';
import {
  InvalidParameterException,
  LimitExceededException,
  TierChangeNotAllowedException,
  UserImportInProgressException,
} from '../errors.ts';
import { limits } from '../limits.ts';
import { type Context, poolArn, poolOf, unknownPool } from '../room.ts';
import { type Pool, records } from '../store.ts';
import { grantKey } from '../triggers/customSender.ts';
import { readPlace, writePlace } from './paging.ts';

const idAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const passkeysAlone =
  'WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA.';

interface CreateUserPoolInput extends GivenSettings {
  PoolName: string;
  Schema?: GivenAttribute[];
  UserPoolTags?: Record<string, string>;
}

export async function CreateUserPool(ctx: Context, input: CreateUserPoolInput) {
  const { account, region, now } = ctx;
  const { store, ids } = ctx.room;
  checkTags(input.UserPoolTags ?? {});
  checkMailRegion(input, region);
  const pool: Pool = {
    account,
    region,
    id: `${region}_${ids.token(9, idAlphabet)}`,
    name: input.PoolName,
    settings: settingsOf(input),
    schema: schemaOf(input.Schema),
    mfa: {},
    tags: input.UserPoolTags ?? {},
    createdAt: now,
    modifiedAt: now,
  };
  checkFirstFactors(pool, passkeysAlone);
  await grantKey(ctx, pool, pool.settings.LambdaConfig);
  await store.transact(async (tx) => {
    const known = await records.pools.range(tx, { under: [account, region], limit: limits.poolsMax });
    if (known.length >= limits.poolsMax) {
      throw new LimitExceededException(`Account ${account} has exceeded the limit of user pools.`);
    }
    records.pools.put(tx, [account, region, pool.id], pool);
    records.poolOwners.put(tx, [pool.id], { account, region });
  });
  return { UserPool: describe(pool, 0) };
}

export async function DescribeUserPool(ctx: Context, input: { UserPoolId: string }) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const { store } = ctx.room;
  const [users, prefix, custom] = await Promise.all([
    estimatedUsers(store, pool),
    records.poolDomains.get(store, pool.id, 'prefix'),
    records.poolDomains.get(store, pool.id, 'custom'),
  ]);
  return {
    UserPool: {
      ...describe(pool, users),
      ...(prefix === undefined ? {} : { Domain: prefix }),
      ...(custom === undefined ? {} : { CustomDomain: custom }),
    },
  };
}

export async function UpdateUserPool(
  ctx: Context,
  input: GivenSettings & { UserPoolId: string; PoolName?: string; UserPoolTags?: Record<string, string> },
) {
  if (input.UserPoolTags) checkTags(input.UserPoolTags);
  checkMailRegion(input, ctx.region);
  const { store } = ctx.room;
  if (input.UserPoolTier === 'LITE') await checkLite(store, await poolOf(ctx, input.UserPoolId));
  if (input.LambdaConfig) {
    const before = await poolOf(ctx, input.UserPoolId);
    await grantKey(ctx, before, lambdaConfigOf(input.LambdaConfig), before.settings.LambdaConfig);
  }
  await changePool(ctx, input.UserPoolId, (pool) => {
    const changed = {
      ...checkImport(pool),
      ...(input.PoolName === undefined ? {} : { name: input.PoolName }),
      settings: settingsOf(input, pool.settings, hasOwnFactor(pool)),
      tags: input.UserPoolTags ?? pool.tags,
    };
    return checkFirstFactors(changed, passkeysAlone);
  });
  return {};
}

/** @throws UserImportInProgressException */
function checkImport(pool: Pool): Pool {
  if (pool.importing === undefined) return pool;
  throw new UserImportInProgressException('The user pool cannot be changed while users are imported.');
}

/** Whether SetUserPoolMfaConfig gave the pool a second factor that needs no SMS. */
function hasOwnFactor({ mfa }: Pool): boolean {
  const token = mfa.SoftwareTokenMfaConfiguration as { Enabled?: boolean } | undefined;
  return token?.Enabled === true || mfa.EmailMfaConfiguration !== undefined;
}

/** What clients have, and sessions that are tracked, must go before a pool may have the least plan. @throws TierChangeNotAllowedException */
async function checkLite(reader: Reader, pool: Pool): Promise<void> {
  const clients = await records.clients.values(reader, {
    under: [pool.id],
    limit: limits.clientsPerPoolMax,
  });
  const wanted: Feature[] = tracks(pool) ? ['User Session Tracking'] : [];
  if (clients.some(({ settings }) => settings.RefreshTokenRotation?.Feature === 'ENABLED')) {
    wanted.push('Refresh Token Rotation');
  }
  if (clients.some(({ settings }) => settings.ExplicitAuthFlows?.includes('ALLOW_USER_AUTH'))) {
    wanted.push('Choice-Based Sign-In');
  }
  const complaint = missingFeatures('LITE', wanted);
  if (complaint !== undefined) throw new TierChangeNotAllowedException(complaint);
}

export async function AddCustomAttributes(
  ctx: Context,
  input: { UserPoolId: string; CustomAttributes: GivenAttribute[] },
) {
  await changePool(ctx, input.UserPoolId, (pool) => ({
    ...pool,
    schema: withCustom(pool.schema, input.CustomAttributes),
  }));
  return {};
}

export async function DeleteUserPool(ctx: Context, input: { UserPoolId: string }) {
  const { account, region } = ctx;
  const id = input.UserPoolId;
  await ctx.room.store.transact(async (tx) => {
    const pool = await records.pools.get(tx, account, region, id);
    if (!pool) throw unknownPool(id);
    if (pool.settings.DeletionProtection === 'ACTIVE') {
      throw new InvalidParameterException(
        'The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.',
      );
    }
    if ((await records.poolDomains.range(tx, { under: [id], limit: 1 })).length > 0) {
      throw new InvalidParameterException(
        'User pool cannot be deleted. It has a domain configured that should be deleted first.',
      );
    }
    for (const { id: clientId } of await records.clients.values(tx, {
      under: [id],
      limit: limits.clientsPerPoolMax,
    })) {
      records.clientPools.delete(tx, clientId);
    }
    for (const { file } of await records.importJobs.values(tx, {
      under: [id],
      limit: limits.importJobsMax,
    })) {
      if (file) ctx.room.blobs.release(tx, file.id);
    }
    records.pools.delete(tx, account, region, id);
    records.poolOwners.delete(tx, id);
    const parts = [
      records.clients,
      records.users,
      records.subs,
      records.aliases,
      records.codes,
      records.softwareTokens,
      records.devices,
      records.webAuthnCredentials,
      records.webAuthnChallenges,
      records.attempts,
      records.groups,
      records.members,
      records.groupsOf,
      records.sessions,
      records.challenges,
      records.riskConfigurations,
      records.authEvents,
      records.families,
      records.userSessions,
      records.signingKeys,
      records.retiredKeys,
      records.importJobs,
      records.authorizationCodes,
      records.resourceServers,
      records.uiCustomizations,
      records.brandings,
      records.brandingClients,
      records.brandingAssets,
      records.terms,
      records.browserSessions,
      records.grantExpiries,
      records.providers,
      records.providerNames,
      records.providerLinks,
      records.linksOf,
      records.samlKeys,
    ];
    for (const part of parts) part.deleteUnder(tx, id);
  });
  ctx.room.signers.forget(id);
  return {};
}

export async function ListUserPools(ctx: Context, input: { MaxResults: number; NextToken?: string }) {
  const { account, region } = ctx;
  const last = readPlace(input.NextToken);
  const found = await records.pools.values(ctx.room.store, {
    under: [account, region],
    ...(last ? { gt: [account, region, last] } : {}),
    limit: input.MaxResults + 1,
  });
  const shown = found.slice(0, input.MaxResults);
  return {
    UserPools: shown.map((pool) => ({
      Id: pool.id,
      Name: pool.name,
      LambdaConfig: pool.settings.LambdaConfig,
      LastModifiedDate: new Date(pool.modifiedAt),
      CreationDate: new Date(pool.createdAt),
    })),
    ...(found.length > shown.length ? { NextToken: writePlace(shown.at(-1)?.id) } : {}),
  };
}

/** @throws ResourceNotFoundException */
export async function changePool(ctx: Context, id: string, change: (pool: Pool) => Pool): Promise<Pool> {
  const { account, region, now } = ctx;
  return ctx.room.store.transact(async (tx) => {
    const pool = await records.pools.get(tx, account, region, id);
    if (!pool) throw unknownPool(id);
    const changed = { ...change(pool), modifiedAt: now };
    records.pools.put(tx, [account, region, id], changed);
    return changed;
  });
}

/** AWS's is an estimate as well: beyond this many nobody counts. */
const countedMax = 10_000;

async function estimatedUsers(reader: Reader, pool: Pool): Promise<number> {
  return (await records.subs.range(reader, { under: [pool.id], limit: countedMax })).length;
}

function describe(pool: Pool, users: number) {
  const { MfaConfiguration, ...settings } = pool.settings;
  return {
    Id: pool.id,
    Name: pool.name,
    Arn: poolArn(pool),
    ...settings,
    MfaConfiguration,
    SchemaAttributes: pool.schema,
    UserPoolTags: pool.tags,
    EstimatedNumberOfUsers: users,
    LastModifiedDate: new Date(pool.modifiedAt),
    CreationDate: new Date(pool.createdAt),
  };
}
