/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
import type {
  AssumeRoleWithWebIdentityRequest,
  AssumeRoleWithWebIdentityResponse,
} from '@aws-sdk/client-sts';
import { NotImplemented, parseArn } from '../../../kernel/index.ts';
import type { AuthorizationRule, OperationContext } from '../../../platform/index.ts';
import { type SessionTags, sessionTagsOf } from '../domain/sessionTags.ts';
import { sourceIdentityOfClaims, tagsOfClaims } from '../domain/webIdentity.ts';
import { AccessDenied, ValidationError } from '../errors.ts';
import {
  isRoleArn,
  notAuthorized,
  openRoleSession,
  type Role,
  readRole,
  roleSeconds,
  trustQuestions,
} from '../roles.ts';
import type { StsRoom } from '../room.ts';
import { packedSize, sessionPoliciesOf } from '../sessionPolicies.ts';
import { verifyWebIdentity, type WebIdentity } from '../webIdentity.ts';

interface Asked {
  readonly identity: WebIdentity;
  readonly account: string;
  readonly role: Role | undefined;
  readonly tags: SessionTags;
  readonly sourceIdentity: string | undefined;
}

const action = 'sts:AssumeRoleWithWebIdentity';

/** The token says who asks; the trust policy answers. */
export const authorizeWebIdentity: AuthorizationRule<StsRoom> = async (
  ctx,
  input: AssumeRoleWithWebIdentityRequest,
) => {
  const { RoleArn: roleArn = '' } = input;
  const { identity, role, tags, sourceIdentity } = await askedOf(ctx, input);
  const questions = trustQuestions(action, roleArn, role, {
    sessionName: input.RoleSessionName ?? '',
    seconds: input.DurationSeconds,
    sourceIdentity,
    tags,
  });
  return questions.map((one) => ({
    ...one,
    principal: identity.principal,
    refusal: notAuthorized(one.action),
  }));
};

export async function AssumeRoleWithWebIdentity(
  ctx: OperationContext<StsRoom>,
  input: AssumeRoleWithWebIdentityRequest,
): Promise<AssumeRoleWithWebIdentityResponse> {
  const roleArn = input.RoleArn ?? '';
  const { identity, account, role, tags, sourceIdentity } = await askedOf(ctx, input);
  if (!role && ctx.room.modes.of(account) === 'enforce') throw new AccessDenied(notAuthorized(action));
  const seconds = roleSeconds(input.DurationSeconds, role);
  const sessionPolicies = await sessionPoliciesOf(ctx, account, input);
  const packed = packedSize(input, tags);
  const opened = await openRoleSession(ctx, {
    roleArn,
    role,
    sessionName: input.RoleSessionName ?? '',
    seconds,
    sessionPolicies,
    token: input,
    tags,
    facts: {
      issuedAt: ctx.now,
      federatedProvider: identity.provider,
      keys: identity.principal.keys,
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    },
  });
  return {
    ...opened,
    SubjectFromWebIdentityToken: identity.subject,
    Provider: identity.provider,
    Audience: identity.audience,
    ...(packed === 0 ? {} : { PackedPolicySize: packed }),
    ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
  };
}

/** The rule and the operation ask for the same token: it is verified once. */
const asked = new WeakMap<OperationContext<StsRoom>, Promise<Asked>>();

function askedOf(ctx: OperationContext<StsRoom>, input: AssumeRoleWithWebIdentityRequest): Promise<Asked> {
  const known = asked.get(ctx) ?? read(ctx, input);
  asked.set(ctx, known);
  return known;
}

async function read(ctx: OperationContext<StsRoom>, input: AssumeRoleWithWebIdentityRequest): Promise<Asked> {
  const { RoleArn: roleArn = '', WebIdentityToken: token = '', ProviderId } = input;
  // Opaque access tokens of Facebook and Login with Amazon, which only those can say anything of.
  if (ProviderId !== undefined) throw new NotImplemented('sts:AssumeRoleWithWebIdentity with ProviderId');
  if (!isRoleArn(roleArn)) throw new ValidationError('Request ARN is invalid');
  const account = parseArn(roleArn)?.account ?? '';
  const identity = await verifyWebIdentity(ctx, token, account);
  const tags = sessionTagsOf(tagsOfClaims(identity.claims));
  const sourceIdentity = sourceIdentityOfClaims(identity.claims);
  return { identity, account, role: await readRole(ctx, roleArn), tags, sourceIdentity };
}
