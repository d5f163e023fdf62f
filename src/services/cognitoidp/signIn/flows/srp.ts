/** USER_SRP_AUTH: the password is proved, never sent. https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html */
import { createHmac } from 'node:crypto';
import { isAcceptable, publicNumber, verifierOf } from '../../domain/srp.ts';
import { InvalidParameterException, NotAuthorizedException } from '../../errors.ts';
import type { Context, Door } from '../../room.ts';
import type { User } from '../../store.ts';
import { preAuthentication } from '../../triggers/authentication.ts';
import { findUser, openVerifier, srpPool, unknownUser } from '../../users.ts';
import type { Attempt, AuthAnswer, Parameters, Round } from '../attempt.ts';
import { checkLock, checkSecretHash, hidesUsers, needed } from '../checks.ts';
import { sealSession } from '../sessions.ts';
import { checkStranger } from '../strangers.ts';
import type { Flow } from './index.ts';

/** What the secret block of PASSWORD_VERIFIER remembers. Numbers are hexadecimal. */
export interface SrpState {
  /** The user's; nobody's is made up, so that blocks are as long for names that nobody has. */
  sub: string;
  userId: string;
  clientNumber: string;
  secret: string;
  via: Attempt['via'];
  deviceKey?: string;
  /** Of CUSTOM_AUTH, which goes on after the proof. */
  rounds?: Round[];
}

export const bySrp: Flow = async (ctx, attempt, parameters) => {
  const { door } = attempt;
  const name = needed(parameters, 'USERNAME');
  checkSecretHash(ctx, door, parameters.SECRET_HASH, [name]);
  const clientNumber = clientNumberOf(parameters);
  const user = await findUser(ctx.room.store, door.pool, name);
  if (!user && !hidesUsers(door)) throw unknownUser();
  await preAuthentication(ctx, attempt, name, user);
  if (user && !user.enabled && !hidesUsers(door)) throw new NotAuthorizedException('User is disabled.');
  return askForProof(ctx, attempt, { name, user, clientNumber, deviceKey: parameters.DEVICE_KEY });
};

/** @throws InvalidParameterException */
export function clientNumberOf(parameters: Parameters): string {
  const clientNumber = needed(parameters, 'SRP_A');
  if (!isAcceptable(clientNumber)) throw new InvalidParameterException('Invalid SRP_A.');
  return clientNumber;
}

interface Asked {
  /** As it was sent; events and challenges tell it of nobody. */
  name: string;
  user: User | undefined;
  /** SRP_A. */
  clientNumber: string;
  deviceKey?: string | undefined;
  /** Of CUSTOM_AUTH. */
  rounds?: Round[];
}

/** PASSWORD_VERIFIER; nobody's looks like anybody's. @throws NotAuthorizedException the user is locked. */
export async function askForProof(
  ctx: Context,
  { door, via }: Attempt,
  { name, user, clientNumber, deviceKey, rounds }: Asked,
): Promise<AuthAnswer> {
  const { pool } = door;
  if (user) await checkLock(ctx, pool, user);
  const secret = ctx.room.ids.bytes(32);
  const stranger = user?.password ? undefined : await strangerOf(ctx, door, name);
  const userId = user?.username ?? stranger?.userId ?? name;
  if (!user) checkStranger(ctx, door, userId);
  const kept = user?.password
    ? openVerifier(ctx.room, pool, user.sub, user.password)
    : verifierOf(srpPool(pool), userId, '', stranger?.salt ?? secret);
  const state: SrpState = {
    sub: user?.sub ?? ctx.room.ids.uuid(),
    userId,
    clientNumber,
    secret: Buffer.from(secret).toString('hex'),
    via,
    ...(deviceKey ? { deviceKey } : {}),
    ...(rounds ? { rounds } : {}),
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

/** The username of whoever comes by a name: where users have ids for names, nobody has one as well. */
export async function nameOf(
  ctx: Context,
  door: Door,
  name: string,
  user: User | undefined,
): Promise<string> {
  return user?.username ?? (await strangerOf(ctx, door, name)).userId;
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
