/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
import type { AssumeRoleRequest, AssumeRoleResponse } from '@aws-sdk/client-sts';
import { AwsError, NotImplemented, parseArn } from '../../../kernel/index.ts';
import { type OperationContext, type Principal, rootOf } from '../../../platform/index.ts';
import { AccessDenied, MalformedPolicyDocument, ValidationError } from '../errors.ts';
import {
  assumeRoleSecondsDefault,
  chainedSecondsMax,
  roleSecondsMax,
  sessionPolicyCharactersMax,
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
  for (const member of ['PolicyArns', 'SerialNumber', 'TokenCode', 'ProvidedContexts'] as const) {
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
  const sessionPolicies = input.Policy === undefined ? [] : [checkPolicy(input.Policy)];
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
    ...(input.Policy === undefined
      ? {}
      : { PackedPolicySize: Math.ceil((input.Policy.length / sessionPolicyCharactersMax) * 100) }),
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

export function checkPolicy(document: string): string {
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
