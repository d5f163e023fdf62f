/** https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetOpenIdTokenForDeveloperIdentity.html */
import { DeveloperUserAlreadyRegisteredException, InvalidParameterException } from '../errors.ts';
import { identityOf, ownerOf } from '../identities.ts';
import { limits } from '../limits.ts';
import type { VerifiedLogin } from '../logins/verified.ts';
import { type Logins, verifyLogins } from '../logins/verify.ts';
import { type Context, ownIdentity, poolOf, unknownIdentity } from '../room.ts';
import { type Pool, records } from '../store.ts';
import { signToken } from '../tokens/issue.ts';

interface Input {
  IdentityPoolId: string;
  /** Absent: found by the logins, or made. */
  IdentityId?: string;
  /** One of the developer's own provider, and any others with their tokens. */
  Logins: Logins;
  PrincipalTags?: Record<string, string>;
  /** Seconds. */
  TokenDuration?: number;
}

export async function GetOpenIdTokenForDeveloperIdentity(ctx: Context, input: Input) {
  const pool = await poolOf(ctx, input.IdentityPoolId);
  const { login, others } = readLogins(pool, input.Logins);
  const logins = [login, ...(await verifyLogins(ctx, pool, others))];
  if (input.IdentityId !== undefined) await checkGiven(ctx, pool, input.IdentityId, login);
  const identity = await identityOf(ctx, pool, logins, input.IdentityId);
  const token = await signToken(
    ctx.room,
    {
      poolId: pool.id,
      identityId: identity.id,
      amr: ['authenticated', ...logins.flatMap(({ amr }) => amr)],
      tags: input.PrincipalTags ?? {},
      seconds: input.TokenDuration ?? limits.developerTokenSecondsDefault,
    },
    ctx.now,
  );
  return { IdentityId: identity.id, Token: token };
}

/** The call is signed: the developer's word is enough for whose user it is. @throws InvalidParameterException */
function readLogins({ id, settings }: Pool, logins: Logins): { login: VerifiedLogin; others: Logins } {
  const provider = settings.DeveloperProviderName;
  const subject = provider !== undefined && Object.hasOwn(logins, provider) ? logins[provider] : undefined;
  if (provider === undefined || subject === undefined) {
    throw new InvalidParameterException(
      'This identity pool does not support the specified developer provider.',
    );
  }
  const { [provider]: _own, ...others } = logins;
  return {
    login: {
      provider,
      subject,
      claims: {},
      amr: [provider, `${provider}:${id}:${subject}`],
      mappingNames: [provider],
      kind: 'developer',
    },
    others,
  };
}

/** @throws ResourceNotFoundException, DeveloperUserAlreadyRegisteredException */
async function checkGiven(ctx: Context, pool: Pool, identityId: string, login: VerifiedLogin): Promise<void> {
  const given = await ownIdentity(ctx, identityId);
  if (given.pool.id !== pool.id) throw unknownIdentity(identityId);
  const owner = await ownerOf(ctx.room.store, pool.id, login);
  if (!owner || owner.id === identityId) return;
  // An id from before a merger is still good for whom it was merged into.
  const current = await records.identities.get(ctx.room.store, pool.id, identityId);
  if (current?.mergedInto === owner.id) return;
  throw new DeveloperUserAlreadyRegisteredException(
    'The provided developer user identifier is already registered with Cognito under a different identity ID.',
  );
}
