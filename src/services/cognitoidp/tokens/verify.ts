/** Access tokens that users send back to Cognito. */
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { NotAuthorizedException, ResourceNotFoundException } from '../errors.ts';
import { type Context, type Door, poolById } from '../room.ts';
import { records, type User } from '../store.ts';
import { unknownUser, userKey } from '../users.ts';
import { signInScope } from './scopes.ts';

export interface Bearer extends Door {
  user: User;
  claims: JWTPayload;
}

/**
 * The user behind an access token: RS256 under the pool's own key, unexpired, unrevoked, issued for a client and a user
 * who are still here.
 * @param scope that the token must have. @throws NotAuthorizedException, UserNotFoundException, ResourceNotFoundException
 */
export async function bearerOf(ctx: Context, token: string, scope = signInScope): Promise<Bearer> {
  const { room, now } = ctx;
  const pool = await poolById(room, poolIdOf(token));
  if (!pool) throw invalid();
  const key = await room.signers.verifier(pool.id, 'access', kidOf(token), now);
  if (!key) throw invalid();
  const claims = await verified(token, key, room.issuer(pool), now);
  if (claims.token_use !== 'access') throw invalid();
  const [client, user] = await Promise.all([
    records.clients.get(room.store, pool.id, String(claims.client_id)),
    records.users.get(room.store, pool.id, userKey(pool, String(claims.username))),
  ]);
  if (!client)
    throw new ResourceNotFoundException(`User pool client ${String(claims.client_id)} does not exist.`);
  if (!user || user.sub !== claims.sub) throw unknownUser();
  await checkRevocation(ctx, pool.id, userKey(pool, user.username), user, claims);
  if (!user.enabled) throw new NotAuthorizedException('User is disabled.');
  if (
    !String(claims.scope ?? '')
      .split(' ')
      .includes(scope)
  ) {
    throw new NotAuthorizedException('Access Token does not have required scopes');
  }
  return { pool, client, user, claims };
}

async function verified(
  token: string,
  key: Parameters<typeof jwtVerify>[1],
  issuer: string,
  now: number,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['RS256'],
      issuer,
      currentDate: new Date(now),
      requiredClaims: ['exp', 'sub', 'token_use', 'client_id', 'username'],
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new NotAuthorizedException('Access Token has expired');
    throw invalid();
  }
}

async function checkRevocation(
  { room }: Context,
  poolId: string,
  key: string,
  { signedOutAt }: User,
  { origin_jti: originJti, iat = 0 }: JWTPayload,
): Promise<void> {
  const isSignedOut =
    typeof originJti === 'string'
      ? !(await records.families.exists(room.store, poolId, key, originJti))
      : signedOutAt !== undefined && iat < Math.ceil(signedOutAt / 1000);
  if (isSignedOut) throw new NotAuthorizedException('Access Token has been revoked');
}

const invalid = () => new NotAuthorizedException('Invalid Access Token');

function kidOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).kid;
  } catch {
    throw invalid();
  }
}

/** Which pool's key to check the token with: nothing is believed of it before. */
function poolIdOf(token: string): string {
  try {
    return decodeJwt(token).iss?.split('/').at(-1) ?? '';
  } catch {
    throw invalid();
  }
}
