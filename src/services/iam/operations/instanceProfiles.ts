/** Instance profiles: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html and its neighbours. */
import type {
  AddRoleToInstanceProfileRequest,
  CreateInstanceProfileRequest,
  DeleteInstanceProfileRequest,
  GetInstanceProfileRequest,
  ListInstanceProfilesForRoleRequest,
  ListInstanceProfilesRequest,
  RemoveRoleFromInstanceProfileRequest,
} from '@aws-sdk/client-iam';
import type { Reader, Transaction } from '../../../store/index.ts';
import { newTags, tagList, tagsShown } from '../domain/tags.ts';
import { DeleteConflict, EntityAlreadyExists, LimitExceeded, NoSuchEntity } from '../errors.ts';
import { arnOf, type IamContext, listed, pageAfter, roleNamed, uniqueId } from '../room.ts';
import { claimName, releaseName } from '../store/names.ts';
import { type InstanceProfile, profiles, roles } from '../store.ts';
import { shownNow, withoutDuration } from './roles.ts';

export async function CreateInstanceProfile(ctx: IamContext, input: CreateInstanceProfileRequest) {
  const { room, account, now } = ctx;
  const name = input.InstanceProfileName as string;
  const path = input.Path ?? '/';
  const profile: InstanceProfile = {
    name,
    id: uniqueId(room, 'AIPA'),
    path,
    arn: arnOf(account, 'instance-profile', path, name),
    createdAt: now,
    roleName: undefined,
    tags: newTags(input.Tags),
  };
  await room.store.transact(async (tx) => {
    const isTaken = await profiles.exists(tx, account, name);
    if (isTaken || !(await claimName(tx, account, 'instance-profile', name)))
      throw new EntityAlreadyExists(`Instance Profile ${name} already exists.`);
    profiles.put(tx, [account, name], profile);
  });
  return { InstanceProfile: await shown(ctx, profile) };
}

export async function GetInstanceProfile(ctx: IamContext, input: GetInstanceProfileRequest) {
  const profile = await profileNamed(ctx, input.InstanceProfileName as string);
  return { InstanceProfile: { ...(await shown(ctx, profile)), Tags: tagList(profile.tags) } };
}

export async function ListInstanceProfiles(ctx: IamContext, input: ListInstanceProfilesRequest) {
  const all = await listed(ctx.room.store.all(profiles, ctx.account), input.PathPrefix);
  const { page, paging } = pageAfter(all, input, ({ name }) => name);
  return { InstanceProfiles: await shownInList(ctx, page), ...paging };
}

export async function ListInstanceProfilesForRole(
  ctx: IamContext,
  input: ListInstanceProfilesForRoleRequest,
) {
  const role = await roleNamed(ctx, input.RoleName as string);
  const all = await listed(ctx.room.store.all(profiles, ctx.account), undefined);
  const having = all.filter(({ roleName }) => roleName === role.name);
  const { page, paging } = pageAfter(having, input, ({ name }) => name);
  return { InstanceProfiles: await shownInList(ctx, page), ...paging };
}

export async function DeleteInstanceProfile(ctx: IamContext, input: DeleteInstanceProfileRequest) {
  await ctx.room.store.transact(async (tx) => {
    const profile = await profileNamed(ctx, input.InstanceProfileName as string, tx);
    if (profile.roleName !== undefined)
      throw new DeleteConflict('Cannot delete entity, must remove roles from instance profile first.');
    profiles.delete(tx, ctx.account, profile.name);
    releaseName(tx, ctx.account, 'instance-profile', profile.name);
  });
  return {};
}

export async function AddRoleToInstanceProfile(ctx: IamContext, input: AddRoleToInstanceProfileRequest) {
  await edit(ctx, input.InstanceProfileName as string, async (profile, tx) => {
    const role = await roleNamed(ctx, input.RoleName as string, tx);
    if (profile.roleName !== undefined)
      throw new LimitExceeded('Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1');
    return { ...profile, roleName: role.name };
  });
  return {};
}

export async function RemoveRoleFromInstanceProfile(
  ctx: IamContext,
  input: RemoveRoleFromInstanceProfileRequest,
) {
  await edit(ctx, input.InstanceProfileName as string, async (profile) => {
    if (profile.roleName !== input.RoleName)
      throw new NoSuchEntity(`The role with name ${input.RoleName} cannot be found.`);
    return { ...profile, roleName: undefined };
  });
  return {};
}

async function edit(
  ctx: IamContext,
  name: string,
  change: (profile: InstanceProfile, tx: Transaction) => Promise<InstanceProfile>,
) {
  await ctx.room.store.transact(async (tx) => {
    profiles.put(tx, [ctx.account, name], await change(await profileNamed(ctx, name, tx), tx));
  });
}

async function profileNamed(
  ctx: IamContext,
  name: string,
  reader: Reader = ctx.room.store.reader,
): Promise<InstanceProfile> {
  const profile = await profiles.get(reader, ctx.account, name);
  if (!profile) throw new NoSuchEntity(`Instance Profile ${name} cannot be found.`);
  return profile;
}

/** Listings leave out tags: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html */
function shownInList(ctx: IamContext, page: readonly InstanceProfile[]) {
  return Promise.all(page.map((profile) => shown(ctx, { ...profile, tags: {} })));
}

async function shown(ctx: IamContext, profile: InstanceProfile) {
  const role =
    profile.roleName === undefined
      ? undefined
      : await roles.get(ctx.room.store.reader, ctx.account, profile.roleName);
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: new Date(profile.createdAt),
    // As in listings of roles.
    Roles: role
      ? [withoutDuration(await shownNow(ctx.room.store.reader, { ...role, tags: {}, boundary: undefined }))]
      : [],
    ...tagsShown(profile),
  };
}
