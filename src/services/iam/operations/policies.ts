/** Managed policies and their versions: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html and its neighbours. */
import type {
  CreatePolicyRequest,
  CreatePolicyVersionRequest,
  DeletePolicyRequest,
  DeletePolicyVersionRequest,
  GetPolicyRequest,
  GetPolicyVersionRequest,
  ListEntitiesForPolicyRequest,
  ListPoliciesRequest,
  ListPolicyVersionsRequest,
  SetDefaultPolicyVersionRequest,
} from '@aws-sdk/client-iam';
import type { Reader } from '../../../store/index.ts';
import { checkDocument } from '../domain/document.ts';
import { awsManagedPolicies } from '../domain/managedPolicies.ts';
import { DeleteConflict, EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity } from '../errors.ts';
import { managedPolicyCharactersMax, policyVersionsMax } from '../limits.ts';
import {
  arnOf,
  encodeDocument,
  type IamContext,
  listed,
  pageOf,
  policyOf,
  tagList,
  tagRecord,
  uniqueId,
} from '../room.ts';
import { groups, type ManagedPolicy, policies, roles, users } from '../store.ts';

export async function CreatePolicy(ctx: IamContext, input: CreatePolicyRequest) {
  const { room, account, now } = ctx;
  const name = input.PolicyName as string;
  const path = input.Path ?? '/';
  const document = checked(input.PolicyDocument as string);
  const policy: ManagedPolicy = {
    name,
    id: uniqueId(room, 'ANPA'),
    path,
    arn: arnOf(account, 'policy', path, name),
    description: input.Description,
    createdAt: now,
    updatedAt: now,
    defaultVersion: 'v1',
    versions: [{ id: 'v1', document, createdAt: now }],
    nextVersion: 2,
    tags: tagRecord(input.Tags),
  };
  await room.store.transact(async (tx) => {
    if (await policies.exists(tx, account, policy.arn)) {
      throw new EntityAlreadyExists(
        `A policy called ${name} already exists. Duplicate names are not allowed.`,
      );
    }
    policies.put(tx, [account, policy.arn], policy);
  });
  return { Policy: shown(policy, 0) };
}

export async function GetPolicy(ctx: IamContext, input: GetPolicyRequest) {
  const policy = await policyOf(ctx, input.PolicyArn as string);
  const { attached } = await usersOf(ctx, policy.arn);
  return { Policy: shown(policy, attached.length) };
}

export async function ListPolicies(ctx: IamContext, input: ListPoliciesRequest) {
  const scope = input.Scope ?? 'All';
  const own =
    scope === 'AWS' ? [] : await listed(ctx.room.store.all(policies, ctx.account), input.PathPrefix);
  const theirs =
    scope === 'Local'
      ? []
      : awsManagedPolicies().filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'));
  const counts = new Map<string, number>();
  for (const set of [roles, users, groups]) {
    for await (const entity of ctx.room.store.all(set as typeof groups, ctx.account)) {
      for (const arn of entity.attached) counts.set(arn, (counts.get(arn) ?? 0) + 1);
    }
  }
  const all = [...own, ...theirs].filter(({ arn }) => !input.OnlyAttached || counts.has(arn));
  const { page, paging } = pageOf(all, input);
  return { Policies: page.map((policy) => shown(policy, counts.get(policy.arn) ?? 0)), ...paging };
}

export async function DeletePolicy(ctx: IamContext, input: DeletePolicyRequest) {
  const arn = input.PolicyArn as string;
  await ctx.room.store.transact(async (tx) => {
    const policy = await ownPolicy(ctx, arn, tx);
    const { attached } = await usersOf(ctx, arn, tx);
    if (attached.length > 0) throw new DeleteConflict('Cannot delete a policy attached to entities.');
    if (policy.versions.length > 1) {
      throw new DeleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    }
    policies.delete(tx, ctx.account, arn);
  });
  return {};
}

export async function CreatePolicyVersion(ctx: IamContext, input: CreatePolicyVersionRequest) {
  const document = checked(input.PolicyDocument as string);
  const version = await edit(ctx, input.PolicyArn as string, (policy) => {
    if (policy.versions.length >= policyVersionsMax) {
      throw new LimitExceeded(
        'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
      );
    }
    const made = { id: `v${policy.nextVersion}`, document, createdAt: ctx.now };
    policy.versions.push(made);
    policy.nextVersion++;
    policy.updatedAt = ctx.now;
    if (input.SetAsDefault) policy.defaultVersion = made.id;
    return made;
  });
  return {
    PolicyVersion: {
      VersionId: version.id,
      IsDefaultVersion: input.SetAsDefault ?? false,
      CreateDate: new Date(version.createdAt),
    },
  };
}

export async function GetPolicyVersion(ctx: IamContext, input: GetPolicyVersionRequest) {
  const policy = await policyOf(ctx, input.PolicyArn as string);
  const version = versionOf(policy, input.VersionId as string);
  return { PolicyVersion: { ...shownVersion(policy, version), Document: encodeDocument(version.document) } };
}

export async function ListPolicyVersions(ctx: IamContext, input: ListPolicyVersionsRequest) {
  const policy = await policyOf(ctx, input.PolicyArn as string);
  const { page, paging } = pageOf([...policy.versions].reverse(), input);
  return { Versions: page.map((version) => shownVersion(policy, version)), ...paging };
}

export async function SetDefaultPolicyVersion(ctx: IamContext, input: SetDefaultPolicyVersionRequest) {
  await edit(ctx, input.PolicyArn as string, (policy) => {
    policy.defaultVersion = versionOf(policy, input.VersionId as string).id;
  });
  return {};
}

export async function DeletePolicyVersion(ctx: IamContext, input: DeletePolicyVersionRequest) {
  await edit(ctx, input.PolicyArn as string, (policy) => {
    const version = versionOf(policy, input.VersionId as string);
    if (version.id === policy.defaultVersion)
      throw new DeleteConflict('Cannot delete the default version of a policy.');
    policy.versions = policy.versions.filter(({ id }) => id !== version.id);
  });
  return {};
}

export async function ListEntitiesForPolicy(ctx: IamContext, input: ListEntitiesForPolicyRequest) {
  const { arn } = await policyOf(ctx, input.PolicyArn as string);
  const { attached } = await usersOf(ctx, arn);
  const { page, paging } = pageOf(attached, input);
  const of = (kind: string) => page.filter((entity) => entity.kind === kind);
  return {
    PolicyRoles: of('role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
    PolicyUsers: of('user').map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyGroups: of('group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    ...paging,
  };
}

async function usersOf(ctx: IamContext, arn: string, reader?: Reader) {
  const attached: { kind: 'role' | 'user' | 'group'; name: string; id: string }[] = [];
  for (const [kind, set] of [
    ['role', roles],
    ['user', users],
    ['group', groups],
  ] as const) {
    for await (const entity of ctx.room.store.all(set as typeof groups, ctx.account, reader)) {
      if (entity.attached.includes(arn)) attached.push({ kind, name: entity.name, id: entity.id });
    }
  }
  return { attached };
}

async function edit<T>(ctx: IamContext, arn: string, change: (policy: ManagedPolicy) => T): Promise<T> {
  return await ctx.room.store.transact(async (tx) => {
    const policy = await ownPolicy(ctx, arn, tx);
    const result = change(policy);
    policies.put(tx, [ctx.account, arn], policy);
    return result;
  });
}

async function ownPolicy(ctx: IamContext, arn: string, reader: Reader): Promise<ManagedPolicy> {
  if (arn.startsWith('arn:aws:iam::aws:')) throw new InvalidInput('Policies of AWS cannot be changed.');
  const policy = await policies.get(reader, ctx.account, arn);
  if (!policy) throw new NoSuchEntity(`Policy ${arn} was not found.`);
  return policy;
}

function versionOf(policy: ManagedPolicy, id: string) {
  const version = policy.versions.find((one) => one.id === id);
  if (!version)
    throw new NoSuchEntity(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`);
  return version;
}

function checked(document: string): string {
  if (document.replace(/\s/g, '').length > managedPolicyCharactersMax) {
    throw new LimitExceeded(`Cannot exceed quota for PolicySize: ${managedPolicyCharactersMax}`);
  }
  checkDocument(document, 'identity');
  return document;
}

function shown(policy: ManagedPolicy, attachmentCount: number) {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: attachmentCount,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    ...(policy.description === undefined ? {} : { Description: policy.description }),
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.updatedAt),
    ...(Object.keys(policy.tags).length === 0 ? {} : { Tags: tagList(policy.tags) }),
  };
}

function shownVersion(policy: ManagedPolicy, version: ManagedPolicy['versions'][number]) {
  return {
    VersionId: version.id,
    IsDefaultVersion: version.id === policy.defaultVersion,
    CreateDate: new Date(version.createdAt),
  };
}
