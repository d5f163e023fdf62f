/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
import type { AssumeRoleRequest, AssumeRoleResponse } from '@aws-sdk/client-sts';
import { NotImplemented, parseArn } from '../../../kernel/index.ts';
import type {
  AuthorizationRule,
  OperationContext,
  Principal,
  SessionFacts,
} from '../../../platform/index.ts';
import { type SessionTags, sessionTagsOf } from '../domain/sessionTags.ts';
import { AccessDenied, ValidationError } from '../errors.ts';
import { assumeRoleSecondsDefault, chainedSecondsMax } from '../limits.ts';
import { showsMfa } from '../mfa.ts';
import { isRoleArn, openRoleSession, readRole, roleSeconds, trustQuestions } from '../roles.ts';
import type { StsRoom } from '../room.ts';
import { packedSize, sessionPoliciesOf } from '../sessionPolicies.ts';

/** The trust policy of a role is its resource policy. */
export const authorizeAssumeRole: AuthorizationRule<StsRoom> = async (ctx, input: AssumeRoleRequest) => {
  const { principal } = ctx;
  const { RoleArn: roleArn = '' } = input;
  if (!isRoleArn(roleArn)) throw invalidArn(roleArn);
  const role = await readRole(ctx, roleArn);
  const questions = trustQuestions('sts:AssumeRole', roleArn, role, {
    sessionName: input.RoleSessionName ?? '',
    seconds: input.DurationSeconds,
    externalId: input.ExternalId,
    sourceIdentity: sourceIdentityOf(principal, input),
    hasMfa: await showsMfa(ctx, input),
    tags: tagsOf(principal, input),
  });
  if (principal.type !== 'root') return questions;
  return questions.map((one) => ({ ...one, forbidden: 'Roles may not be assumed by root accounts.' }));
};

export async function AssumeRole(
  ctx: OperationContext<StsRoom>,
  input: AssumeRoleRequest,
): Promise<AssumeRoleResponse> {
  const { principal } = ctx;
  const roleArn = input.RoleArn ?? '';
  if (input.ProvidedContexts !== undefined) {
    throw new NotImplemented('sts:AssumeRole with ProvidedContexts');
  }
  if (!isRoleArn(roleArn)) throw invalidArn(roleArn);
  const role = await readRole(ctx, roleArn);
  const account = parseArn(roleArn)?.account ?? '';
  if (!role && ctx.room.modes.of(account) === 'enforce') throw notAuthorized(principal, roleArn);
  await showsMfa(ctx, input);
  const isChained = principal.type === 'role';
  if (isChained && (input.DurationSeconds ?? assumeRoleSecondsDefault) > chainedSecondsMax) {
    throw new ValidationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
  const seconds = roleSeconds(input.DurationSeconds, role);
  const sourceIdentity = sourceIdentityOf(principal, input);
  const tags = tagsOf(principal, input);
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
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      ...openedBy(principal),
    },
  });
  return {
    ...opened,
    ...(packed === 0 ? {} : { PackedPolicySize: packed }),
    ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
  };
}

function tagsOf(principal: Principal, input: AssumeRoleRequest): SessionTags {
  const asked = { tags: input.Tags ?? [], transitiveKeys: input.TransitiveTagKeys ?? [] };
  return sessionTagsOf(asked, chainOf(principal));
}

/** What the session that asks hands on. */
function chainOf(principal: Principal) {
  if (principal.type !== 'role') return {};
  const { tags, session } = principal;
  return {
    ...(tags ? { tags } : {}),
    ...(session?.transitiveTagKeys ? { transitiveTagKeys: session.transitiveTagKeys } : {}),
  };
}

/** What a service runs stays what it runs, whatever further role it takes. */
function openedBy(principal: Principal): Pick<SessionFacts, 'openedBy'> {
  if (principal.type === 'service') return { openedBy: principal.service };
  const known = principal.type === 'role' ? principal.session?.openedBy : undefined;
  return known === undefined ? {} : { openedBy: known };
}

/** "After a source identity is set, the value cannot be changed." */
function sourceIdentityOf(principal: Principal, input: AssumeRoleRequest): string | undefined {
  const set = principal.type === 'role' ? principal.session?.sourceIdentity : undefined;
  if (set !== undefined && input.SourceIdentity !== undefined && input.SourceIdentity !== set) {
    throw new AccessDenied(
      'The requested SourceIdentity is different from the SourceIdentity of the calling session.',
    );
  }
  return set ?? input.SourceIdentity;
}

function invalidArn(roleArn: string) {
  return new ValidationError(`${roleArn} is invalid`);
}

function notAuthorized(principal: Principal, roleArn: string) {
  return new AccessDenied(
    `User: ${principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
  );
}
