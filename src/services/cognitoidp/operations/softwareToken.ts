/** Authenticator apps. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AssociateSoftwareToken.html and VerifySoftwareToken */
import { newSecret, stepOf } from '../domain/softwareToken.ts';
import {
  EnableSoftwareTokenMFAException,
  InvalidParameterException,
  NotAuthorizedException,
} from '../errors.ts';
import { type Context, poolOf } from '../room.ts';
import type { Attempt } from '../signIn/attempt.ts';
import { openSetup, sealSetup } from '../signIn/setup.ts';
import { checkTokenAllowed, forgetToken, keepPending, keepToken, pendingSecret } from '../softwareTokens.ts';
import { bearerOf } from '../tokens/verify.ts';
import { userOf } from '../users.ts';

interface Who {
  AccessToken?: string;
  Session?: string;
}

/** @throws SoftwareTokenMFANotFoundException the pool has no such factor. */
export async function AssociateSoftwareToken(ctx: Context, input: Who) {
  const who = whoOf(input);
  if ('session' in who) return associateBySession(ctx, 'api', who.session);
  const { user, pool } = await bearerOf(ctx, who.accessToken);
  checkTokenAllowed(pool);
  const secret = newSecret((length) => ctx.room.ids.bytes(length));
  await keepPending(ctx, pool, user, secret);
  return { SecretCode: secret };
}

/** For who has lost the device that the app is on: the next sign-in sets up another where the pool wants a factor. */
export async function AdminDeleteSoftwareToken(
  ctx: Context,
  input: { UserPoolId: string; Username: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  await forgetToken(ctx, pool, await userOf(ctx.room.store, pool, input.Username));
  return {};
}

/** @param via where the sign-in began: sessions of pages are no use to the API, and the other way round. */
export async function associateBySession(ctx: Context, via: Attempt['via'], sent: string) {
  const { door, session } = await openSetup(ctx, via, sent);
  checkTokenAllowed(door.pool);
  const secret = newSecret((length) => ctx.room.ids.bytes(length));
  const { verifiedStep: _earlier, ...state } = session.state;
  return { SecretCode: secret, Session: sealSetup(ctx, door, { ...state, secret }) };
}

interface VerifyInput extends Who {
  UserCode: string;
  FriendlyDeviceName?: string;
}

/** @throws EnableSoftwareTokenMFAException the code is wrong. */
export async function VerifySoftwareToken(ctx: Context, input: VerifyInput) {
  const who = whoOf(input);
  const { UserCode: code, FriendlyDeviceName: name } = input;
  if ('session' in who) return verifyBySession(ctx, 'api', who.session, code, name);
  const { user, pool } = await bearerOf(ctx, who.accessToken);
  checkTokenAllowed(pool);
  const secret = await pendingSecret(ctx, pool, user);
  if (secret === undefined) throw mismatch();
  await keepToken(ctx, pool, user, { secret, step: rightStep(ctx, secret, code), name }, false);
  return { Status: 'SUCCESS' as const };
}

/** @returns the session that answers MFA_SETUP. */
export async function verifyBySession(
  ctx: Context,
  via: Attempt['via'],
  sent: string,
  code: string,
  name?: string,
) {
  const { door, session } = await openSetup(ctx, via, sent);
  checkTokenAllowed(door.pool);
  const { secret } = session.state;
  if (secret === undefined) throw new NotAuthorizedException('Invalid session for the user.');
  const state = { ...session.state, verifiedStep: rightStep(ctx, secret, code) };
  return {
    Status: 'SUCCESS' as const,
    Session: sealSetup(ctx, door, { ...state, ...(name ? { name: name.slice(0, nameMax) } : {}) }),
  };
}

/** Characters of an app's name that are kept: a session has 2,048 in all. */
const nameMax = 256;

function whoOf({ AccessToken, Session }: Who): { accessToken: string } | { session: string } {
  if (AccessToken !== undefined && Session === undefined) return { accessToken: AccessToken };
  if (Session !== undefined && AccessToken === undefined) return { session: Session };
  throw new InvalidParameterException('Either an AccessToken or a Session must be given, and not both.');
}

function rightStep({ now }: Context, secret: string, code: string): number {
  const step = stepOf(secret, code, now);
  if (step === undefined) throw mismatch();
  return step;
}

const mismatch = () => new EnableSoftwareTokenMFAException('Code mismatch');
