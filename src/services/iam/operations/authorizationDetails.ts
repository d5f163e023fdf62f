/** Everything about everybody in one listing: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html */
import type { GetAccountAuthorizationDetailsRequest } from '@aws-sdk/client-iam';
import { awsManagedPolicies } from '../domain/managedPolicies.ts';
import { encodeDocument, findPolicy, type IamContext, listed, pageOf, tagList } from '../room.ts';
import { groups, type Identity, type ManagedPolicy, policies, profiles, roles, users } from '../store.ts';

import { lastUseOf } from './roles.ts';

type Kind = 'User' | 'Role' | 'Group' | 'LocalManagedPolicy' | 'AWSManagedPolicy';

export async function GetAccountAuthorizationDetails(
  ctx: IamContext,
  input: GetAccountAuthorizationDetailsRequest,
) {
  const { store } = ctx.room;
  const wanted = (kind: Kind) => !input.Filter?.length || input.Filter.includes(kind);
  const [allUsers, allRoles, allGroups, own, allProfiles] = await Promise.all([
    listed(store.all(users, ctx.account), undefined),
    listed(store.all(roles, ctx.account), undefined),
    listed(store.all(groups, ctx.account), undefined),
    listed(store.all(policies, ctx.account), undefined),
    listed(store.all(profiles, ctx.account), undefined),
  ]);
  const uses = new Map<string, number>();
  for (const entity of [...allUsers, ...allRoles, ...allGroups]) {
    for (const arn of entity.attached) uses.set(arn, (uses.get(arn) ?? 0) + 1);
  }
  const entries: { kind: Kind; show(): Promise<object> }[] = [
    ...allUsers.map((user) => ({
      kind: 'User' as const,
      show: async () => ({
        ...(await identity(ctx, user, 'User')),
        GroupList: user.groups,
        Tags: tagList(user.tags),
        ...boundaryOf(user),
      }),
    })),
    ...allGroups.map((group) => ({ kind: 'Group' as const, show: () => identity(ctx, group, 'Group') })),
    ...allRoles.map((role) => ({
      kind: 'Role' as const,
      show: async () => ({
        ...(await identity(ctx, role, 'Role')),
        AssumeRolePolicyDocument: encodeDocument(role.trustPolicy),
        InstanceProfileList: allProfiles
          .filter(({ roleName }) => roleName === role.name)
          .map((profile) => ({
            InstanceProfileName: profile.name,
            InstanceProfileId: profile.id,
            Path: profile.path,
            Arn: profile.arn,
            CreateDate: new Date(profile.createdAt),
            Roles: [],
          })),
        Tags: tagList(role.tags),
        RoleLastUsed: await lastUseOf(ctx.room, role),
        ...boundaryOf(role),
      }),
    })),
    ...own.map((policy) => ({
      kind: 'LocalManagedPolicy' as const,
      show: async () => managedPolicy(policy, uses.get(policy.arn) ?? 0),
    })),
    // AWS lists its own policies only as far as something uses them.
    ...awsManagedPolicies()
      .filter(({ arn }) => uses.has(arn))
      .map((policy) => ({
        kind: 'AWSManagedPolicy' as const,
        show: async () => managedPolicy(policy, uses.get(policy.arn) ?? 0),
      })),
  ];
  const { page, paging } = pageOf(
    entries.filter(({ kind }) => wanted(kind)),
    input,
  );
  const of = (...kinds: Kind[]) =>
    Promise.all(page.filter(({ kind }) => kinds.includes(kind)).map((entry) => entry.show()));
  return {
    UserDetailList: await of('User'),
    GroupDetailList: await of('Group'),
    RoleDetailList: await of('Role'),
    Policies: await of('LocalManagedPolicy', 'AWSManagedPolicy'),
    ...paging,
  };
}

async function identity(ctx: IamContext, entity: Identity, kind: 'User' | 'Role' | 'Group') {
  const attached = await Promise.all(
    entity.attached.map((arn) => findPolicy(ctx.account, arn, ctx.room.store.reader)),
  );
  return {
    Path: entity.path,
    [`${kind}Name`]: entity.name,
    [`${kind}Id`]: entity.id,
    Arn: entity.arn,
    CreateDate: new Date(entity.createdAt),
    [`${kind}PolicyList`]: Object.entries(entity.inline).map(([PolicyName, document]) => ({
      PolicyName,
      PolicyDocument: encodeDocument(document),
    })),
    AttachedManagedPolicies: attached.flatMap((policy) =>
      policy ? [{ PolicyName: policy.name, PolicyArn: policy.arn }] : [],
    ),
  };
}

function boundaryOf(entity: Identity) {
  if (entity.boundary === undefined) return {};
  return {
    PermissionsBoundary: {
      PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
      PermissionsBoundaryArn: entity.boundary,
    },
  };
}

function managedPolicy(policy: ManagedPolicy, attachments: number) {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: attachments,
    IsAttachable: true,
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.updatedAt),
    PolicyVersionList: policy.versions.map((version) => ({
      VersionId: version.id,
      IsDefaultVersion: version.id === policy.defaultVersion,
      CreateDate: new Date(version.createdAt),
      Document: encodeDocument(version.document),
    })),
  };
}
