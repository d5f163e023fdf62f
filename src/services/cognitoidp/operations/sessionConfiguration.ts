/** Whether a pool tracks sessions, and how long its clients take one for a sign-in. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolSessionConfiguration.html and its neighbours. */
import { checkTier } from '../domain/tiers.ts';
import { defaultConfiguration, tracks } from '../domain/userSession.ts';
import { OperationNotEnabledException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Context, clientOf, poolOf, unknownClient, unknownPool } from '../room.ts';
import { type Client, type Pool, records } from '../store.ts';
import { changePool } from './userPools.ts';

interface OfClient {
  UserPoolId: string;
  ClientId: string;
}

export async function SetUserPoolSessionConfiguration(
  ctx: Context,
  input: {
    UserPoolId: string;
    UserSessionTracking: 'ENABLED' | 'DISABLED';
    TokenSession: { MaxPerUser: number };
  },
) {
  const { UserSessionTracking: tracking, TokenSession } = input;
  const changed = await changePool(ctx, input.UserPoolId, (pool) => {
    checkTier(pool.settings.UserPoolTier, ['User Session Tracking']);
    return { ...pool, sessions: { tracking, maxPerUser: TokenSession.MaxPerUser } };
  });
  return describePool(changed);
}

export async function GetUserPoolSessionConfiguration(ctx: Context, input: { UserPoolId: string }) {
  return describePool(await poolOf(ctx, input.UserPoolId));
}

/** "Session tracking must be enabled for the user pool". */
export async function SetUserPoolClientSessionConfiguration(
  ctx: Context,
  input: OfClient & { SSOSession: { MaxValidityMinutes: number } },
) {
  const { account, region, room, now } = ctx;
  return room.store.transact(async (tx) => {
    const pool = await records.pools.get(tx, account, region, input.UserPoolId);
    if (!pool) throw unknownPool(input.UserPoolId);
    const known = await records.clients.get(tx, pool.id, input.ClientId);
    if (!known) throw unknownClient(input.ClientId);
    checkTier(pool.settings.UserPoolTier, ['User Session Tracking']);
    if (!tracks(pool)) {
      throw new OperationNotEnabledException('User session tracking is not enabled for the user pool.');
    }
    const client = { ...known, ssoMinutes: input.SSOSession.MaxValidityMinutes, modifiedAt: now };
    records.clients.put(tx, [pool.id, client.id], client);
    return describeClient(client);
  });
}

/** What was set is shown while tracking is off as well: it is "retained but dormant". */
export async function GetUserPoolClientSessionConfiguration(ctx: Context, input: OfClient) {
  const pool = await poolOf(ctx, input.UserPoolId);
  return describeClient(await clientOf(ctx, pool, input.ClientId));
}

function describePool({ id, sessions }: Pool) {
  const { tracking, maxPerUser } = sessions ?? defaultConfiguration;
  return { UserPoolId: id, UserSessionTracking: tracking, TokenSession: { MaxPerUser: maxPerUser } };
}

const describeClient = ({ poolId, id, ssoMinutes }: Client) => ({
  UserPoolId: poolId,
  ClientId: id,
  SSOSession: { MaxValidityMinutes: ssoMinutes ?? limits.browserSessionMs / 60_000 },
});
