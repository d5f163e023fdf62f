/** https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html */
import { AwsError, NotImplemented } from '../../../kernel/index.ts';
import { guestPolicy, guestPolicyArn } from '../domain/guestPolicy.ts';
import { authenticatedRole, guestRole, misconfigured } from '../domain/roles.ts';
import { enter, tokenOf } from '../entrance.ts';
import { NotAuthorizedException } from '../errors.ts';
import { limits } from '../limits.ts';
import { cognitoProvider, type Logins } from '../logins/verify.ts';
import { type Context, identityById } from '../room.ts';
import type { Pool } from '../store.ts';
import { readToken } from '../tokens/issue.ts';

interface GetCredentialsInput {
  IdentityId: string;
  Logins?: Logins;
  CustomRoleArn?: string;
}

interface StsCredentials {
  AccessKeyId?: string;
  SecretAccessKey?: string;
  SessionToken?: string;
  Expiration?: Date;
}

/** The enhanced flow: the pool chooses the role, and asks STS. */
export async function GetCredentialsForIdentity(ctx: Context, input: GetCredentialsInput) {
  const { identityId, pool, roleArn, token, guest } = await exchangeOf(ctx, input);
  const { Credentials } = await assume(ctx, pool, {
    RoleArn: roleArn,
    RoleSessionName: 'CognitoIdentityCredentials',
    WebIdentityToken: token,
    DurationSeconds: limits.credentialsSeconds,
    ...(guest ? { Policy: guestPolicy, PolicyArns: [{ arn: guestPolicyArn }] } : {}),
  });
  return {
    IdentityId: identityId,
    Credentials: {
      AccessKeyId: Credentials?.AccessKeyId,
      SecretKey: Credentials?.SecretAccessKey,
      SessionToken: Credentials?.SessionToken,
      Expiration: Credentials?.Expiration,
    },
  };
}

/** What STS is shown, and for which role. */
async function exchangeOf(ctx: Context, input: GetCredentialsInput) {
  const ownToken = input.Logins?.[cognitoProvider];
  if (ownToken !== undefined) return developerExchange(ctx, input, ownToken);
  const entrant = await enter(ctx, input);
  const { pool, identity, logins } = entrant;
  const guest = logins.length === 0;
  const roleArn = guest
    ? guestRole(pool, input.CustomRoleArn)
    : authenticatedRole(pool, logins, input.CustomRoleArn);
  const token = await tokenOf(ctx, entrant, limits.exchangeSeconds);
  return { identityId: identity.id, pool, roleArn, token, guest };
}

/** “If the token is for cognito-identity.amazonaws.com, it will be passed through to Security Token Service.” */
async function developerExchange(ctx: Context, input: GetCredentialsInput, token: string) {
  const { identity, pool } = await identityById(ctx.room, input.IdentityId);
  if (Object.keys(input.Logins ?? {}).length > 1) {
    throw new NotAuthorizedException("Invalid login token. Can't pass in a Cognito token.");
  }
  const { amr } = await readToken(ctx.room, token, { poolId: pool.id, identityId: identity.id }, ctx.now);
  // A guest's token of the basic flow is as well signed; it opens no role of those who logged in.
  const isGuest = !Array.isArray(amr) || !amr.includes('authenticated');
  if (isGuest || identity.mergedInto !== undefined) {
    throw new NotAuthorizedException(`Access to Identity '${identity.id}' is forbidden.`);
  }
  const roleArn = authenticatedRole({ roles: pool.roles, roleMappings: {} }, [], input.CustomRoleArn);
  return { identityId: identity.id, pool, roleArn, token, guest: false };
}

/** @throws InvalidIdentityPoolConfigurationException when STS refuses: the role isn't there, or doesn't trust the pool. */
async function assume(ctx: Context, { account, region }: Pool, input: object) {
  try {
    return await ctx.aws
      .as({ account, region })
      .call<{ Credentials?: StsCredentials }>('sts', 'AssumeRoleWithWebIdentity', input);
  } catch (error) {
    const isRefusal =
      error instanceof AwsError && error.fault === 'client' && !(error instanceof NotImplemented);
    throw isRefusal ? misconfigured() : error;
  }
}
