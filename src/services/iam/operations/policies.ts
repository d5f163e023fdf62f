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
import { newTags, tagList, tagsShown } from '../domain/tags.ts';
import { AccessDenied, DeleteConflict, EntityAlreadyExists, LimitExceeded, NoSuchEntity } from '../errors.ts';
import { managedPolicyCharactersMax, policyVersionsMax } from '../limits.ts';
import {
  arnOf,
  encodeDocument,
  type IamContext,
  listed,
  pageAfter,
  pageOf,
  policyOf,
  uniqueId,
} from '../room.ts';
import { claimName, releaseName } from '../store/names.ts';
import { groups, type Identity, type ManagedPolicy, policies, roles, users } from '../store.ts';

export async function CreatePolicy(ctx: IamContext, input: CreatePolicyRequest) {
  const { room, account, now } = ctx;
  const name = input.PolicyName as string;
  const path = input.Path ?? '/';
  const document = checked(ctx, input.PolicyDocument as string);
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
    tags: newTags(input.Tags),
  };
  await room.store.transact(async (tx) => {
    const isTaken = await policies.exists(tx, account, policy.arn);
    if (isTaken || !(await claimName(tx, account, 'policy', name))) {
      throw new EntityAlreadyExists(
        `A policy called ${name} already exists. Duplicate names are not allowed.`,
      );
    }
    policies.put(tx, [account, policy.arn], policy);
  });
  return { Policy: shown(policy, unused) };
}

export async function GetPolicy(ctx: IamContext, input: GetPolicyRequest) {
  const policy = await policyOf(ctx, input.PolicyArn as string);
  const uses = await usesOf(ctx);
  // Here, and only here, AWS tells of tags that there aren't.
  return { Policy: { ...shown(policy, uses.get(policy.arn)), Tags: tagList(policy.tags) } };
}

export async function ListPolicies(ctx: IamContext, input: ListPoliciesRequest) {
  const scope = input.Scope ?? 'All';
  const own =
    scope === 'AWS' ? [] : await listed(ctx.room.store.all(policies, ctx.account), input.PathPrefix);
  const theirs =
    scope === 'Local'
      ? []
      : awsManagedPolicies().filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'));
  const uses = await usesOf(ctx);
  const wanted = ({ arn }: ManagedPolicy) => {
    const { attached, boundaries } = uses.get(arn) ?? unused;
    const usage = input.PolicyUsageFilter;
    if (usage === 'PermissionsPolicy' && attached === 0) return false;
    if (usage === 'PermissionsBoundary' && boundaries === 0) return false;
    return !input.OnlyAttached || attached + boundaries > 0;
  };
  const { page, paging } = pageAfter([...own, ...theirs].filter(wanted), input, placeOf);
  // Listings leave out tags and descriptions: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html
  return {
    Policies: page.map((policy) =>
      shown({ ...policy, tags: {}, description: undefined }, uses.get(policy.arn)),
    ),
    ...paging,
  };
}

/** The account's own by ARN, then AWS's by name. */
function placeOf({ arn, name }: ManagedPolicy): string {
  return arn.startsWith('arn:aws:iam::aws:') ? `1 ${name}` : `0 ${arn}`;
}

export async function DeletePolicy(ctx: IamContext, input: DeletePolicyRequest) {
  const arn = input.PolicyArn as string;
  await ctx.room.store.transact(async (tx) => {
    const policy = await ownPolicy(ctx, 'DeletePolicy', arn, tx);
    const { attached, boundaries } = (await usesOf(ctx, tx)).get(arn) ?? unused;
    if (attached + boundaries > 0) throw new DeleteConflict('Cannot delete a policy attached to entities.');
    if (policy.versions.length > 1) {
      throw new DeleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    }
    policies.delete(tx, ctx.account, arn);
    releaseName(tx, ctx.account, 'policy', policy.name);
  });
  return {};
}

export async function CreatePolicyVersion(ctx: IamContext, input: CreatePolicyVersionRequest) {
  const document = checked(ctx, input.PolicyDocument as string);
  const version = await edit(ctx, 'CreatePolicyVersion', input.PolicyArn, (policy) => {
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
  await edit(ctx, 'SetDefaultPolicyVersion', input.PolicyArn, (policy) => {
    policy.defaultVersion = versionOf(policy, input.VersionId as string).id;
  });
  return {};
}

export async function DeletePolicyVersion(ctx: IamContext, input: DeletePolicyVersionRequest) {
  await edit(ctx, 'DeletePolicyVersion', input.PolicyArn, (policy) => {
    const version = versionOf(policy, input.VersionId as string);
    if (version.id === policy.defaultVersion)
      throw new DeleteConflict('Cannot delete the default version of a policy.');
    policy.versions = policy.versions.filter(({ id }) => id !== version.id);
  });
  return {};
}

export async function ListEntitiesForPolicy(ctx: IamContext, input: ListEntitiesForPolicyRequest) {
  const { arn } = await policyOf(ctx, input.PolicyArn as string);
  const isBoundary = input.PolicyUsageFilter === 'PermissionsBoundary';
  const found: Holder[] = [];
  for await (const holder of holders(ctx)) {
    const { kind, entity } = holder;
    if (!(isBoundary ? entity.boundary === arn : entity.attached.includes(arn))) continue;
    // LocalManagedPolicy and AWSManagedPolicy say nothing of who has a policy.
    if (/^(User|Role|Group)$/.test(input.EntityFilter ?? '') && input.EntityFilter !== kind) continue;
    if (entity.path.startsWith(input.PathPrefix ?? '/')) found.push(holder);
  }
  const { page, paging } = pageAfter(found, input, ({ kind, entity }) => `${ranks[kind]} ${entity.name}`);
  const of = (wanted: Holder['kind']) =>
    page.filter(({ kind }) => kind === wanted).map(({ entity }) => entity);
  return {
    PolicyRoles: of('Role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
    PolicyUsers: of('User').map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyGroups: of('Group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    ...paging,
  };
}

/** The order in which `holders` tells them. */
const ranks = { Role: 0, User: 1, Group: 2 } as const;

interface Holder {
  kind: 'Role' | 'User' | 'Group';
  entity: Identity;
}

async function* holders(ctx: IamContext, reader?: Reader): AsyncGenerator<Holder> {
  for (const [kind, set] of [
    ['Role', roles],
    ['User', users],
    ['Group', groups],
  ] as const) {
    for await (const entity of ctx.room.store.all(set as typeof groups, ctx.account, reader))
      yield { kind, entity };
  }
}

interface Usage {
  attached: number;
  boundaries: number;
}

const unused: Usage = { attached: 0, boundaries: 0 };

/** How many have each policy, attached or as their boundary. */
async function usesOf(ctx: IamContext, reader?: Reader): Promise<Map<string, Usage>> {
  const uses = new Map<string, Usage>();
  const add = (arn: string, what: keyof Usage) => {
    const usage = uses.get(arn) ?? { ...unused };
    usage[what]++;
    uses.set(arn, usage);
  };
  for await (const { entity } of holders(ctx, reader)) {
    for (const arn of entity.attached) add(arn, 'attached');
    if (entity.boundary !== undefined) add(entity.boundary, 'boundaries');
  }
  return uses;
}

async function edit<T>(
  ctx: IamContext,
  operation: string,
  arn: string | undefined,
  change: (policy: ManagedPolicy) => T,
): Promise<T> {
  return await ctx.room.store.transact(async (tx) => {
    const policy = await ownPolicy(ctx, operation, arn as string, tx);
    const result = change(policy);
    policies.put(tx, [ctx.account, policy.arn], policy);
    return result;
  });
}

/** @throws AccessDenied for AWS's own, which belong to nobody here. */
async function ownPolicy(
  ctx: IamContext,
  operation: string,
  arn: string,
  reader: Reader,
): Promise<ManagedPolicy> {
  const policy = await policyOf(ctx, arn, reader);
  if (!arn.startsWith('arn:aws:iam::aws:')) return policy;
  throw new AccessDenied(
    `User: ${ctx.principal.arn} is not authorized to perform: iam:${operation} on resource: policy ${arn}`,
  );
}

function versionOf(policy: ManagedPolicy, id: string) {
  const version = policy.versions.find((one) => one.id === id);
  if (!version)
    throw new NoSuchEntity(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`);
  return version;
}

function checked({ room }: IamContext, document: string): string {
  if (document.replace(/\s/g, '').length > managedPolicyCharactersMax) {
    throw new LimitExceeded(`Cannot exceed quota for PolicySize: ${managedPolicyCharactersMax}`);
  }
  checkDocument(document, 'managed', room.policies);
  return document;
}

function shown(policy: ManagedPolicy, { attached, boundaries }: Usage = unused) {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: attached,
    PermissionsBoundaryUsageCount: boundaries,
    IsAttachable: true,
    ...(policy.description === undefined ? {} : { Description: policy.description }),
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.updatedAt),
    ...tagsShown(policy),
  };
}

function shownVersion(policy: ManagedPolicy, version: ManagedPolicy['versions'][number]) {
  return {
    VersionId: version.id,
    IsDefaultVersion: version.id === policy.defaultVersion,
    CreateDate: new Date(version.createdAt),
  };
}
