/** Everything about everybody in one listing: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html */
import type { GetAccountAuthorizationDetailsRequest } from '@aws-sdk/client-iam';
import { awsManagedPolicies } from '../domain/managedPolicies.ts';
import { tagList } from '../domain/tags.ts';
import { boundaryShown, encodeDocument, findPolicy, type IamContext, listed, pageAfter } from '../room.ts';
import { groups, type Identity, type ManagedPolicy, policies, profiles, roles, users } from '../store.ts';
import { trustPolicyOf } from '../trusted.ts';
import { lastUseOf, shownNow } from './roles.ts';

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
  const { attached, boundaries } = usesOf([...allUsers, ...allRoles, ...allGroups]);
  const usesShown = ({ arn }: ManagedPolicy) => ({
    AttachmentCount: attached.get(arn) ?? 0,
    PermissionsBoundaryUsageCount: boundaries.get(arn) ?? 0,
  });
  const entries: Entry[] = [
    ...allUsers.map((user) => ({
      kind: 'User' as const,
      name: user.name,
      show: async () => ({
        ...(await identity(ctx, user, 'User')),
        GroupList: user.groups,
        Tags: tagList(user.tags),
        ...boundaryShown(user),
      }),
    })),
    ...allGroups.map((group) => ({
      kind: 'Group' as const,
      name: group.name,
      show: () => identity(ctx, group, 'Group'),
    })),
    ...allRoles.map((role) => ({
      kind: 'Role' as const,
      name: role.name,
      show: async () => ({
        ...(await identity(ctx, role, 'Role')),
        AssumeRolePolicyDocument: encodeDocument(await trustPolicyOf(store.reader, role)),
        InstanceProfileList: await Promise.all(
          allProfiles
            .filter(({ roleName }) => roleName === role.name)
            .map(async (profile) => ({
              InstanceProfileName: profile.name,
              InstanceProfileId: profile.id,
              Path: profile.path,
              Arn: profile.arn,
              CreateDate: new Date(profile.createdAt),
              Roles: [await shownNow(store.reader, { ...role, tags: {}, boundary: undefined })],
            })),
        ),
        Tags: tagList(role.tags),
        RoleLastUsed: await lastUseOf(ctx.room, role),
        ...boundaryShown(role),
      }),
    })),
    ...own.map((policy) => ({
      kind: 'LocalManagedPolicy' as const,
      name: policy.arn,
      show: async () => managedPolicy(policy, usesShown(policy)),
    })),
    // AWS lists its own policies only as far as something uses them.
    ...awsManagedPolicies()
      .filter(({ arn }) => attached.has(arn) || boundaries.has(arn))
      .map((policy) => ({
        kind: 'AWSManagedPolicy' as const,
        name: policy.name,
        show: async () => managedPolicy(policy, usesShown(policy)),
      })),
  ];
  const { page, paging } = pageAfter(
    entries.filter(({ kind }) => wanted(kind)),
    input,
    ({ kind, name }) => `${ranks[kind]} ${name}`,
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

interface Entry {
  kind: Kind;
  name: string;
  show(): Promise<object>;
}

/** The order in which they are listed. */
const ranks = { User: 0, Group: 1, Role: 2, LocalManagedPolicy: 3, AWSManagedPolicy: 4 } as const;

function usesOf(entities: readonly Identity[]) {
  const attached = new Map<string, number>();
  const boundaries = new Map<string, number>();
  const add = (uses: Map<string, number>, arn: string) => uses.set(arn, (uses.get(arn) ?? 0) + 1);
  for (const entity of entities) {
    for (const arn of entity.attached) add(attached, arn);
    if (entity.boundary !== undefined) add(boundaries, entity.boundary);
  }
  return { attached, boundaries };
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

function managedPolicy(policy: ManagedPolicy, uses: object) {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    ...uses,
    IsAttachable: true,
    ...(policy.description === undefined ? {} : { Description: policy.description }),
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
