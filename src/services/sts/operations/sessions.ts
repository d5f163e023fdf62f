/** GetSessionToken and GetFederationToken: temporary credentials of a user. */
import type {
  GetFederationTokenRequest,
  GetFederationTokenResponse,
  GetSessionTokenRequest,
  GetSessionTokenResponse,
} from '@aws-sdk/client-sts';
import type { AuthorizationRule, OperationContext, Principal } from '../../../platform/index.ts';
import { mergedTags, sessionTagsOf } from '../domain/sessionTags.ts';
import { AccessDenied } from '../errors.ts';
import { federationSecondsDefault, rootSecondsMax, sessionTokenSecondsDefault } from '../limits.ts';
import { showsMfa } from '../mfa.ts';
import { tagContext } from '../roles.ts';
import { openSession, type StsRoom } from '../room.ts';
import { packedSize, sessionPoliciesOf } from '../sessionPolicies.ts';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html */
export async function GetSessionToken(
  ctx: OperationContext<StsRoom>,
  input: GetSessionTokenRequest,
): Promise<GetSessionTokenResponse> {
  const { principal } = ctx;
  if ((principal.type !== 'user' && principal.type !== 'root') || principal.session) {
    throw new AccessDenied('Cannot call GetSessionToken with session credentials');
  }
  const seconds = lasting(principal, input.DurationSeconds ?? sessionTokenSecondsDefault);
  const hasMfa = await showsMfa(ctx, input);
  const facts = { issuedAt: ctx.now, ...(hasMfa ? { mfaAt: ctx.now } : {}) };
  return await openSession(ctx.room, principal, facts, seconds, input);
}

export const authorizeFederationToken: AuthorizationRule<StsRoom> = (
  { account },
  input: GetFederationTokenRequest,
) => {
  const common = {
    resources: [`arn:aws:sts::${account}:federated-user/${input.Name}`],
    context: tagContext(sessionTagsOf({ tags: input.Tags ?? [], transitiveKeys: [] })),
  };
  const actions = ['sts:GetFederationToken', ...(input.Tags?.length ? ['sts:TagSession'] : [])];
  return actions.map((action) => ({ ...common, action }));
};

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html */
export async function GetFederationToken(
  ctx: OperationContext<StsRoom>,
  input: GetFederationTokenRequest,
): Promise<GetFederationTokenResponse> {
  const { principal, account } = ctx;
  if ((principal.type !== 'user' && principal.type !== 'root') || principal.session) {
    throw new AccessDenied('Cannot call GetFederationToken with session credentials');
  }
  const name = input.Name ?? '';
  const tags = sessionTagsOf({ tags: input.Tags ?? [], transitiveKeys: [] });
  const sessionPolicies = await sessionPoliciesOf(ctx, account, input);
  const packed = packedSize(input, tags);
  const merged = mergedTags((principal.type === 'user' && principal.tags) || {}, tags);
  const federated: Extract<Principal, { type: 'federatedUser' }> = {
    type: 'federatedUser',
    account,
    arn: `arn:aws:sts::${account}:federated-user/${name}`,
    name,
    user:
      principal.type === 'root'
        ? { arn: principal.arn }
        : { arn: principal.arn, userName: principal.userName, userId: principal.userId },
    sessionPolicies,
    ...(Object.keys(merged).length > 0 ? { tags: merged } : {}),
    session: { issuedAt: ctx.now },
  };
  const seconds = lasting(principal, input.DurationSeconds ?? federationSecondsDefault);
  return {
    ...(await openSession(ctx.room, federated, federated.session, seconds, input)),
    FederatedUser: { FederatedUserId: `${account}:${name}`, Arn: federated.arn },
    PackedPolicySize: packed,
  };
}

function lasting(principal: Principal, seconds: number): number {
  return principal.type === 'root' ? Math.min(seconds, rootSecondsMax) : seconds;
}
