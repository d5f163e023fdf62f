/** What the ways to become a role have in common: the role itself, how long a session lasts, the session. */
import { AwsError, parseArn } from '../../kernel/index.ts';
import {
  type AuthorizationRequest,
  type OperationContext,
  rootOf,
  type SessionFacts,
} from '../../platform/index.ts';
import { hasTags, mergedTags, type SessionTags } from './domain/sessionTags.ts';
import { ValidationError } from './errors.ts';
import { assumeRoleSecondsDefault, roleSecondsMax } from './limits.ts';
import { type AskedToken, openSession, type StsRoom } from './room.ts';

/** As GetRole tells it. */
export interface Role {
  RoleId?: string;
  Arn?: string;
  MaxSessionDuration?: number;
  AssumeRolePolicyDocument?: string;
  Tags?: { Key?: string; Value?: string }[];
}

/** The role as its own account sees it; undefined when there is none. */
export async function readRole(ctx: OperationContext<StsRoom>, roleArn: string): Promise<Role | undefined> {
  const arn = parseArn(roleArn);
  if (!arn || !isRoleArn(roleArn)) return undefined;
  try {
    const { Role } = await ctx.aws
      .as({ principal: rootOf(arn.account), account: arn.account })
      .call<{ Role?: Role }>('iam', 'GetRole', { RoleName: roleNameOf(roleArn) });
    // A name is unique in its account whatever its path; an ARN with another path names nobody.
    return Role?.Arn === undefined || Role.Arn === roleArn ? Role : undefined;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'NoSuchEntity') return undefined;
    throw error;
  }
}

export function isRoleArn(text: string): boolean {
  const arn = parseArn(text);
  return arn?.service === 'iam' && /^\d{12}$/.test(arn.account) && /^role\/(.*[^/])$/.test(arn.resource);
}

export function roleNameOf(roleArn: string): string {
  return roleArn.slice(roleArn.lastIndexOf('/') + 1);
}

/** What a request to become a role says, for the trust policy to ask about. */
export interface AskedSession {
  readonly sessionName: string;
  readonly seconds: number | undefined;
  readonly externalId?: string | undefined;
  readonly sourceIdentity: string | undefined;
  /** A code of an MFA device came with the request. */
  readonly hasMfa?: boolean;
  readonly tags: SessionTags;
}

/**
 * What the role's trust policy, which is its resource policy, is asked: `action`, and what else the request does.
 * Tags and source identities that a chain hands on are set anew for each role of it.
 */
export function trustQuestions(
  action: string,
  roleArn: string,
  role: Role | undefined,
  asked: AskedSession,
): (AuthorizationRequest & { action: string })[] {
  const common = {
    resources: [roleArn],
    resourcePolicy: decodeURIComponent(role?.AssumeRolePolicyDocument ?? '{}'),
    context: trustContext(role, asked),
  };
  const actions = [
    action,
    ...(hasTags(asked.tags) ? ['sts:TagSession'] : []),
    ...(asked.sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
  return actions.map((one) => ({ ...common, action: one }));
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html */
function trustContext(role: Role | undefined, asked: AskedSession): Record<string, string | string[]> {
  const context: Record<string, string | string[]> = { 'sts:RoleSessionName': asked.sessionName };
  if (asked.seconds !== undefined) context['sts:DurationSeconds'] = String(asked.seconds);
  if (asked.externalId !== undefined) context['sts:ExternalId'] = asked.externalId;
  if (asked.sourceIdentity !== undefined) context['sts:SourceIdentity'] = asked.sourceIdentity;
  Object.assign(context, tagContext(asked.tags));
  for (const { Key = '', Value = '' } of role?.Tags ?? []) {
    context[`aws:ResourceTag/${Key}`] = Value;
    context[`iam:ResourceTag/${Key}`] = Value;
  }
  if (asked.hasMfa) {
    context['aws:MultiFactorAuthPresent'] = 'true';
    context['aws:MultiFactorAuthAge'] = '0';
  }
  return context;
}

/** The tags of a request, as policies ask about them. */
export function tagContext({ given, transitive }: SessionTags): Record<string, string | string[]> {
  const context: Record<string, string | string[]> = {};
  for (const [key, value] of Object.entries(given)) context[`aws:RequestTag/${key}`] = value;
  if (Object.keys(given).length > 0) context['aws:TagKeys'] = Object.keys(given);
  if (transitive.length > 0) context['sts:TransitiveTagKeys'] = [...transitive];
  return context;
}

export interface RoleSession {
  readonly roleArn: string;
  /** Absent in the modes that refuse nobody: a role that doesn't exist is assumed too. */
  readonly role: Role | undefined;
  readonly sessionName: string;
  readonly seconds: number;
  readonly sessionPolicies: readonly string[];
  readonly tags: SessionTags;
  readonly facts: SessionFacts;
  readonly token: AskedToken;
}

/** Said to those who show tokens and assertions: neither who they are nor what is missing. */
export function notAuthorized(action: string): string {
  return `Not authorized to perform ${action}`;
}

/** Makes the session. @returns the members that every answer has. */
export async function openRoleSession(ctx: OperationContext<StsRoom>, asked: RoleSession) {
  const { roleArn, role, sessionName, sessionPolicies, facts } = asked;
  const arn = parseArn(roleArn);
  const account = arn?.account ?? ctx.account;
  const roleId = role?.RoleId ?? `AROA${Buffer.from(roleArn).toString('hex').slice(-17).toUpperCase()}`;
  const own = Object.fromEntries((role?.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
  const tags = mergedTags(own, asked.tags);
  const transitiveTagKeys = asked.tags.transitive;
  const principal = {
    type: 'role',
    account,
    arn: `arn:${arn?.partition ?? 'aws'}:sts::${account}:assumed-role/${roleNameOf(roleArn)}/${sessionName}`,
    roleArn,
    roleId,
    sessionName,
    ...(sessionPolicies.length > 0 ? { sessionPolicies } : {}),
    ...(Object.keys(tags).length > 0 ? { tags } : {}),
  } as const;
  const session = { ...facts, ...(transitiveTagKeys.length > 0 ? { transitiveTagKeys } : {}) };
  const opened = await openSession(ctx.room, principal, session, asked.seconds, asked.token);
  return {
    ...opened,
    AssumedRoleUser: { AssumedRoleId: `${roleId}:${sessionName}`, Arn: principal.arn },
  };
}

/** @throws ValidationError past what the role allows. */
export function roleSeconds(asked: number | undefined, role: Role | undefined): number {
  const seconds = asked ?? assumeRoleSecondsDefault;
  if (seconds > (role?.MaxSessionDuration ?? roleSecondsMax)) {
    throw new ValidationError(
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
  return seconds;
}
