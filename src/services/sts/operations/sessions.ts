/** GetSessionToken and GetFederationToken: temporary credentials of a user. */
import type {
  GetFederationTokenRequest,
  GetFederationTokenResponse,
  GetSessionTokenRequest,
  GetSessionTokenResponse,
} from '@aws-sdk/client-sts';
import type { OperationContext, Principal } from '../../../platform/index.ts';
import { AccessDenied } from '../errors.ts';
import { federationSecondsDefault, rootSecondsMax, sessionTokenSecondsDefault } from '../limits.ts';
import { credentialsOf, openSession, type StsRoom } from '../room.ts';
import { packedSize, sessionPoliciesOf } from './AssumeRole.ts';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html */
export async function GetSessionToken(
  ctx: OperationContext<StsRoom>,
  input: GetSessionTokenRequest,
): Promise<GetSessionTokenResponse> {
  if (ctx.principal.type === 'role') {
    throw new AccessDenied('Cannot call GetSessionToken with session credentials');
  }
  const seconds = lasting(ctx.principal, input.DurationSeconds ?? sessionTokenSecondsDefault);
  return { Credentials: credentialsOf(await openSession(ctx.room, ctx.principal, ctx.now, seconds)) };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html */
export async function GetFederationToken(
  ctx: OperationContext<StsRoom>,
  input: GetFederationTokenRequest,
): Promise<GetFederationTokenResponse> {
  const { principal } = ctx;
  if (principal.type !== 'user' && principal.type !== 'root') {
    throw new AccessDenied('Cannot call GetFederationToken with session credentials');
  }
  const sessionPolicies = await sessionPoliciesOf(ctx, ctx.account, input);
  const packed = packedSize(input);
  const arn = `arn:aws:sts::${ctx.account}:federated-user/${input.Name}`;
  // A federated session has its user's permissions, narrowed by the session policies; none given means none allowed.
  const federated: Principal = {
    type: 'role',
    account: ctx.account,
    arn,
    roleArn: principal.arn,
    roleId: ctx.account,
    sessionName: input.Name as string,
    sessionPolicies,
  };
  const seconds = lasting(principal, input.DurationSeconds ?? federationSecondsDefault);
  return {
    Credentials: credentialsOf(await openSession(ctx.room, federated, ctx.now, seconds)),
    FederatedUser: { FederatedUserId: `${ctx.account}:${input.Name}`, Arn: arn },
    PackedPolicySize: packed,
  };
}

function lasting(principal: Principal, seconds: number): number {
  return principal.type === 'root' ? Math.min(seconds, rootSecondsMax) : seconds;
}
