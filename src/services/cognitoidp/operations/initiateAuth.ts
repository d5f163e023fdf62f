/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html and AdminInitiateAuth */
import { createHmac } from 'node:crypto';
import { NotImplemented } from '../../../kernel/index.ts';
import { allowsFlow } from '../domain/clientSettings.ts';
import { hashPassword, isPassword } from '../domain/passwords.ts';
import { isAcceptable, publicNumber, verifierOf } from '../domain/srp.ts';
import { InvalidParameterException, NotAuthorizedException } from '../errors.ts';
import { type Context, clientOf, type Door, doorOf, poolOf, runTrigger } from '../room.ts';
import { sealSession } from '../sessions.ts';
import {
  type AuthAnswer,
  checkLock,
  checkSecretHash,
  goOn,
  hidesUsers,
  missingUser,
  recordFailure,
  wrongPassword,
} from '../signIn.ts';
import { findUser, openVerifier, srpPool, unknownUser } from '../users.ts';
import { refresh } from './refresh.ts';

interface AuthInput {
  AuthFlow: string;
  AuthParameters?: Record<string, string>;
}

type Parameters = Record<string, string>;

export async function InitiateAuth(ctx: Context, input: AuthInput & { ClientId: string }) {
  const door = await doorOf(ctx, input.ClientId);
  const flow = input.AuthFlow;
  if (flow.startsWith('ADMIN_')) throw new InvalidParameterException('Initiate Auth method not supported.');
  return start(ctx, door, flow, input.AuthParameters ?? {}, `${flow} flow not enabled for this client`);
}

export async function AdminInitiateAuth(
  ctx: Context,
  input: AuthInput & { UserPoolId: string; ClientId: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const door = { pool, client: await clientOf(ctx, pool, input.ClientId) };
  const flow = input.AuthFlow === 'ADMIN_NO_SRP_AUTH' ? 'ADMIN_USER_PASSWORD_AUTH' : input.AuthFlow;
  if (flow === 'USER_PASSWORD_AUTH') {
    throw new InvalidParameterException('Initiate Auth method not supported.');
  }
  return start(ctx, door, flow, input.AuthParameters ?? {}, 'Auth flow not enabled for this client');
}

function start(
  ctx: Context,
  door: Door,
  sent: string,
  parameters: Parameters,
  refusal: string,
): Promise<AuthAnswer> {
  const flow = sent === 'REFRESH_TOKEN' ? 'REFRESH_TOKEN_AUTH' : sent;
  if (!allowsFlow(door.client.settings, flow)) throw new InvalidParameterException(refusal);
  switch (flow) {
    case 'USER_PASSWORD_AUTH':
    case 'ADMIN_USER_PASSWORD_AUTH':
      return byPassword(ctx, door, parameters);
    case 'USER_SRP_AUTH':
      return bySrp(ctx, door, parameters);
    case 'REFRESH_TOKEN_AUTH':
      return refresh(ctx, door, parameters);
    default:
      throw new NotImplemented(`The flow ${flow} of Cognito user pools`);
  }
}

async function byPassword(ctx: Context, door: Door, parameters: Parameters): Promise<AuthAnswer> {
  const username = needed(parameters, 'USERNAME');
  const password = needed(parameters, 'PASSWORD');
  checkSecretHash(ctx, door, parameters.SECRET_HASH, [username]);
  const { pool } = door;
  const user = await findUser(ctx.room.store, pool, username);
  if (!user?.password) {
    if (!user) runTrigger(pool, 'UserMigration');
    // As long as for a user who exists: the time says no more than the answer.
    await hashPassword(password, ctx.room.ids.bytes(16));
    throw user ? wrongPassword() : missingUser(door);
  }
  if (!user.enabled && !hidesUsers(door)) throw new NotAuthorizedException('User is disabled.');
  await checkLock(ctx, pool, user);
  if (!(await isPassword(password, user.password.hash))) {
    await recordFailure(ctx, pool, user);
    throw wrongPassword();
  }
  return goOn(ctx, door, user);
}

/** What the secret block of PASSWORD_VERIFIER remembers. Numbers are hexadecimal. */
export interface SrpState {
  /** The user's `sub`; nobody's has none. */
  sub?: string;
  userId: string;
  clientNumber: string;
  secret: string;
}

async function bySrp(ctx: Context, door: Door, parameters: Parameters): Promise<AuthAnswer> {
  const username = needed(parameters, 'USERNAME');
  const clientNumber = needed(parameters, 'SRP_A');
  checkSecretHash(ctx, door, parameters.SECRET_HASH, [username]);
  if (!isAcceptable(clientNumber)) throw new InvalidParameterException('Invalid SRP_A.');
  const { pool } = door;
  const user = await findUser(ctx.room.store, pool, username);
  if (!user && !hidesUsers(door)) throw unknownUser();
  if (user && !user.enabled && !hidesUsers(door)) throw new NotAuthorizedException('User is disabled.');
  if (user) await checkLock(ctx, pool, user);
  const secret = ctx.room.ids.bytes(32);
  const stranger = user?.password ? undefined : await strangerOf(ctx, door, username);
  const userId = user?.username ?? stranger?.userId ?? username;
  const kept = user?.password
    ? openVerifier(ctx.room, pool, user.sub, user.password)
    : verifierOf(srpPool(pool), userId, '', stranger?.salt ?? secret);
  const state: SrpState = {
    ...(user?.password ? { sub: user.sub } : {}),
    userId,
    clientNumber,
    secret: Buffer.from(secret).toString('hex'),
  };
  return {
    ChallengeName: 'PASSWORD_VERIFIER',
    ChallengeParameters: {
      SALT: kept.salt,
      SECRET_BLOCK: sealSession(ctx, door, 'PASSWORD_VERIFIER', state).toString('base64'),
      SRP_B: publicNumber(kept, secret),
      USERNAME: userId,
      USER_ID_FOR_SRP: userId,
    },
  };
}

/** For names that nobody has: the same salt each time, and the same id where users have ids for names. RFC 5054, 2.5.1.3. */
async function strangerOf(ctx: Context, { pool }: Door, name: string) {
  const { access } = await ctx.room.signers.signers(pool.id);
  const key = access.privateKey.export({ format: 'der', type: 'pkcs8' });
  const digest = createHmac('sha256', key).update('stranger').update(name).digest();
  const hex = digest.toString('hex', 16);
  const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  return { salt: digest.subarray(0, 16), userId: pool.settings.UsernameAttributes ? uuid : name };
}

/** @throws InvalidParameterException */
export function needed(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (value === undefined || value === '') {
    throw new InvalidParameterException(`Missing required parameter ${name}`);
  }
  return value;
}
