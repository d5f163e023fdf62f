/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
import type { AssumeRoleRequest, AssumeRoleResponse } from '@aws-sdk/client-sts';
import { AwsError, NotImplemented, parseArn } from '../../../kernel/index.ts';
import { type OperationContext, type Principal, rootOf } from '../../../platform/index.ts';
import { AccessDenied, MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError } from '../errors.ts';
import {
  assumeRoleSecondsDefault,
  chainedSecondsMax,
  packedCharactersMax,
  roleSecondsMax,
  sessionPolicyArnsMax,
} from '../limits.ts';
import { credentialsOf, openSession, type StsRoom } from '../room.ts';

interface Role {
  RoleId?: string;
  Arn?: string;
  MaxSessionDuration?: number;
  AssumeRolePolicyDocument?: string;
  Tags?: { Key?: string; Value?: string }[];
}

export async function AssumeRole(
  ctx: OperationContext<StsRoom>,
  input: AssumeRoleRequest,
): Promise<AssumeRoleResponse> {
  const roleArn = input.RoleArn as string;
  const sessionName = input.RoleSessionName as string;
  for (const member of ['SerialNumber', 'TokenCode', 'ProvidedContexts'] as const) {
    if (input[member] !== undefined) throw new NotImplemented(`sts:AssumeRole with ${member}`);
  }
  const arn = parseArn(roleArn);
  if (arn?.service !== 'iam' || !arn.resource.startsWith('role/')) {
    throw new ValidationError(`${roleArn} is invalid`);
  }
  const role = await readRole(ctx, roleArn);
  if (!role && ctx.room.iam === 'enforce') throw notAuthorized(ctx.principal, roleArn);
  const seconds = input.DurationSeconds ?? assumeRoleSecondsDefault;
  checkDuration(ctx.principal, seconds, role?.MaxSessionDuration ?? roleSecondsMax);
  const sessionPolicies = await sessionPoliciesOf(ctx, arn.account, input);
  const packed = packedSize(input);
  const roleName = arn.resource.split('/').at(-1) ?? '';
  const roleId = role?.RoleId ?? `AROA${Buffer.from(roleArn).toString('hex').slice(-17).toUpperCase()}`;
  const tags = { ...tagsOf(role?.Tags), ...tagsOf(input.Tags) };
  const principal: Principal = {
    type: 'role',
    account: arn.account,
    arn: `arn:${arn.partition}:sts::${arn.account}:assumed-role/${roleName}/${sessionName}`,
    roleArn,
    roleId,
    sessionName,
    ...(sessionPolicies.length > 0 ? { sessionPolicies } : {}),
    ...(Object.keys(tags).length > 0 ? { tags } : {}),
  };
  const session = await openSession(ctx.room, principal, ctx.now, seconds);
  return {
    Credentials: credentialsOf(session),
    AssumedRoleUser: { AssumedRoleId: `${roleId}:${sessionName}`, Arn: principal.arn },
    ...(packed === 0 ? {} : { PackedPolicySize: packed }),
    ...(input.SourceIdentity === undefined ? {} : { SourceIdentity: input.SourceIdentity }),
  };
}

/** The role as its own account sees it; undefined when there is none. */
export async function readRole(ctx: OperationContext<StsRoom>, roleArn: string): Promise<Role | undefined> {
  const arn = parseArn(roleArn);
  const account = arn?.account ?? ctx.account;
  try {
    const { Role } = await ctx.aws
      .as({ principal: rootOf(account), account })
      .call<{ Role?: Role }>('iam', 'GetRole', { RoleName: arn?.resource.split('/').at(-1) ?? '' });
    return Role;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'NoSuchEntity') return undefined;
    throw error;
  }
}

/**
 * The documents that narrow a session: the inline one and those of managed policies of `account` or AWS.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
 */
export async function sessionPoliciesOf(
  ctx: OperationContext<StsRoom>,
  account: string,
  input: { Policy?: string | undefined; PolicyArns?: { arn?: string | undefined }[] | undefined },
): Promise<string[]> {
  const inline = input.Policy === undefined ? [] : [checkPolicy(input.Policy)];
  const arns = (input.PolicyArns ?? []).map(({ arn }) => arn ?? '');
  if (arns.length > sessionPolicyArnsMax) {
    throw new ValidationError(`Cannot exceed quota for PolicyArns: ${sessionPolicyArnsMax}`);
  }
  const managed = await Promise.all(arns.map((arn) => managedDocument(ctx, account, arn)));
  return [...inline, ...managed];
}

async function managedDocument(
  ctx: OperationContext<StsRoom>,
  account: string,
  arn: string,
): Promise<string> {
  const aws = ctx.aws.as({ principal: rootOf(account), account });
  try {
    const { Policy } = await aws.call<{ Policy?: { DefaultVersionId?: string } }>('iam', 'GetPolicy', {
      PolicyArn: arn,
    });
    const { PolicyVersion } = await aws.call<{ PolicyVersion?: { Document?: string } }>(
      'iam',
      'GetPolicyVersion',
      {
        PolicyArn: arn,
        VersionId: Policy?.DefaultVersionId ?? 'v1',
      },
    );
    return decodeURIComponent(PolicyVersion?.Document ?? '');
  } catch (error) {
    if (error instanceof AwsError && error.code === 'NoSuchEntity') {
      throw new ValidationError(`The policy ${arn} does not exist or cannot be attached to a session.`);
    }
    throw error;
  }
}

/**
 * Percent of the space that a session's policies and tags may take, by their plain text; how AWS packs them isn't published.
 * @throws PackedPolicyTooLarge past 100.
 */
export function packedSize(input: {
  Policy?: string | undefined;
  PolicyArns?: { arn?: string | undefined }[] | undefined;
  Tags?: { Key?: string | undefined; Value?: string | undefined }[] | undefined;
}): number {
  const texts = [
    input.Policy ?? '',
    ...(input.PolicyArns ?? []).map(({ arn = '' }) => arn),
    ...(input.Tags ?? []).map(({ Key = '', Value = '' }) => Key + Value),
  ];
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  const percent = Math.ceil((characters / packedCharactersMax) * 100);
  if (percent > 100) {
    throw new PackedPolicyTooLarge(
      `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
    );
  }
  return percent;
}

function notAuthorized(principal: Principal, roleArn: string) {
  return new AccessDenied(
    `User: ${principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
  );
}

function checkDuration(principal: Principal, seconds: number, roleMax: number): void {
  if (principal.type === 'role' && seconds > chainedSecondsMax) {
    throw new ValidationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
  if (seconds > roleMax) {
    throw new ValidationError(
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
}

function checkPolicy(document: string): string {
  try {
    const parsed: unknown = JSON.parse(document);
    if (parsed !== null && typeof parsed === 'object' && 'Statement' in parsed) return document;
  } catch {
    // Said below.
  }
  throw new MalformedPolicyDocument('The policy is not in the valid JSON format.');
}

function tagsOf(tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined) {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}
