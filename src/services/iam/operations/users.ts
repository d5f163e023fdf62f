/** Users, groups and memberships: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html and its neighbours. */
import type {
  AddUserToGroupRequest,
  CreateGroupRequest,
  CreateUserRequest,
  DeleteGroupRequest,
  DeleteUserRequest,
  GetGroupRequest,
  GetUserRequest,
  ListGroupsForUserRequest,
  ListGroupsRequest,
  ListUsersRequest,
  RemoveUserFromGroupRequest,
} from '@aws-sdk/client-iam';
import type { Reader } from '../../../store/index.ts';
import { newTags, tagsShown } from '../domain/tags.ts';
import { DeleteConflict, EntityAlreadyExists, LimitExceeded, ValidationError } from '../errors.ts';
import { groupsPerUserMax } from '../limits.ts';
import {
  arnOf,
  attachablePolicy,
  boundaryShown,
  groupNamed,
  type IamContext,
  listed,
  pageAfter,
  pageOf,
  uniqueId,
  userNamed,
} from '../room.ts';
import {
  credentialsOf,
  loginProfiles,
  serviceCredentials,
  signingCertificates,
  sshPublicKeys,
} from '../store/credentials.ts';
import { claimName, releaseName } from '../store/names.ts';
import { type Group, groups, type User, users } from '../store.ts';

export async function CreateUser(ctx: IamContext, input: CreateUserRequest) {
  const { room, account, now } = ctx;
  const name = input.UserName as string;
  const path = input.Path ?? '/';
  if (input.PermissionsBoundary !== undefined)
    await attachablePolicy(ctx, input.PermissionsBoundary, room.store.reader, 'Scope ARN: ');
  const user: User = {
    name,
    id: uniqueId(room, 'AIDA'),
    path,
    arn: arnOf(account, 'user', path, name),
    createdAt: now,
    groups: [],
    inline: {},
    attached: [],
    boundary: input.PermissionsBoundary,
    tags: newTags(input.Tags),
  };
  await room.store.transact(async (tx) => {
    const isTaken = await users.exists(tx, account, name);
    if (isTaken || !(await claimName(tx, account, 'user', name)))
      throw new EntityAlreadyExists(`User with name ${name} already exists.`);
    users.put(tx, [account, name], user);
  });
  return { User: shownUser(user) };
}

export async function GetUser(ctx: IamContext, input: GetUserRequest) {
  const { principal } = ctx;
  if (input.UserName === undefined && principal.type === 'root') {
    // https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html: without a name, whoever asks.
    return {
      User: {
        Path: '/',
        UserName: 'root',
        UserId: principal.account,
        Arn: principal.arn,
        CreateDate: new Date(0),
      },
    };
  }
  const name = input.UserName ?? (principal.type === 'user' ? principal.userName : undefined);
  if (name === undefined)
    throw new ValidationError('Must specify userName when calling with non-User credentials');
  return { User: shownUser(await userNamed(ctx, name)) };
}

export async function ListUsers(ctx: IamContext, input: ListUsersRequest) {
  const all = await listed(ctx.room.store.all(users, ctx.account), input.PathPrefix);
  const { page, paging } = pageAfter(all, input, ({ name }) => name);
  return { Users: page.map(shownInList), ...paging };
}

export async function DeleteUser(ctx: IamContext, input: DeleteUserRequest) {
  const { room, account } = ctx;
  const name = input.UserName as string;
  await room.store.transact(async (tx) => {
    const user = await userNamed(ctx, name, tx);
    if (user.attached.length > 0)
      throw new DeleteConflict('Cannot delete entity, must detach all policies first.');
    if (Object.keys(user.inline).length > 0)
      throw new DeleteConflict('Cannot delete entity, must delete policies first.');
    if (user.groups.length > 0)
      throw new DeleteConflict('Cannot delete entity, must remove users from group first.');
    if ((await room.store.keysOf(account, name, tx)).length > 0) {
      throw new DeleteConflict('Cannot delete entity, must delete access keys first.');
    }
    if (user.mfaDevices?.length) {
      throw new DeleteConflict('Cannot delete entity, must delete MFA device first.');
    }
    if (await loginProfiles.exists(tx, user.id))
      throw new DeleteConflict('Cannot delete entity, must delete login profile first.');
    if ((await credentialsOf(signingCertificates, user.id, tx)).length > 0)
      throw new DeleteConflict('Cannot delete entity, must delete signing certificates first.');
    if ((await credentialsOf(sshPublicKeys, user.id, tx)).length > 0)
      throw new DeleteConflict('Cannot delete entity, must remove referenced objects first.');
    if ((await credentialsOf(serviceCredentials, user.id, tx)).length > 0)
      throw new DeleteConflict('Cannot delete entity, must remove referenced objects first.');
    users.delete(tx, account, name);
    releaseName(tx, account, 'user', name);
  });
  return {};
}

export async function CreateGroup(ctx: IamContext, input: CreateGroupRequest) {
  const { room, account, now } = ctx;
  const name = input.GroupName as string;
  const path = input.Path ?? '/';
  const group: Group = {
    name,
    id: uniqueId(room, 'AGPA'),
    path,
    arn: arnOf(account, 'group', path, name),
    createdAt: now,
    inline: {},
    attached: [],
    boundary: undefined,
    tags: {},
  };
  await room.store.transact(async (tx) => {
    const isTaken = await groups.exists(tx, account, name);
    if (isTaken || !(await claimName(tx, account, 'group', name)))
      throw new EntityAlreadyExists(`Group with name ${name} already exists.`);
    groups.put(tx, [account, name], group);
  });
  return { Group: shownGroup(group) };
}

export async function GetGroup(ctx: IamContext, input: GetGroupRequest) {
  const group = await groupNamed(ctx, input.GroupName as string);
  const { page, paging } = pageAfter(await membersOf(ctx, group.name), input, ({ name }) => name);
  return { Group: shownGroup(group), Users: page.map(shownInList), ...paging };
}

export async function ListGroups(ctx: IamContext, input: ListGroupsRequest) {
  const all = await listed(ctx.room.store.all(groups, ctx.account), input.PathPrefix);
  const { page, paging } = pageAfter(all, input, ({ name }) => name);
  return { Groups: page.map(shownGroup), ...paging };
}

export async function DeleteGroup(ctx: IamContext, input: DeleteGroupRequest) {
  const { room, account } = ctx;
  const name = input.GroupName as string;
  await room.store.transact(async (tx) => {
    const group = await groupNamed(ctx, name, tx);
    if ((await membersOf(ctx, name, tx)).length > 0)
      throw new DeleteConflict('Cannot delete entity, must remove users from group first.');
    if (group.attached.length > 0)
      throw new DeleteConflict('Cannot delete entity, must detach all policies first.');
    if (Object.keys(group.inline).length > 0)
      throw new DeleteConflict('Cannot delete entity, must delete policies first.');
    groups.delete(tx, account, name);
    releaseName(tx, account, 'group', name);
  });
  return {};
}

export async function AddUserToGroup(ctx: IamContext, input: AddUserToGroupRequest) {
  await ctx.room.store.transact(async (tx) => {
    const group = await groupNamed(ctx, input.GroupName as string, tx);
    const user = await userNamed(ctx, input.UserName as string, tx);
    if (user.groups.includes(group.name)) return;
    if (user.groups.length >= groupsPerUserMax)
      throw new LimitExceeded(`Cannot exceed quota for GroupsPerUser: ${groupsPerUserMax}`);
    users.put(tx, [ctx.account, user.name], { ...user, groups: [...user.groups, group.name] });
  });
  return {};
}

export async function RemoveUserFromGroup(ctx: IamContext, input: RemoveUserFromGroupRequest) {
  await ctx.room.store.transact(async (tx) => {
    const group = await groupNamed(ctx, input.GroupName as string, tx);
    const user = await userNamed(ctx, input.UserName as string, tx);
    users.put(tx, [ctx.account, user.name], {
      ...user,
      groups: user.groups.filter((name) => name !== group.name),
    });
  });
  return {};
}

export async function ListGroupsForUser(ctx: IamContext, input: ListGroupsForUserRequest) {
  const user = await userNamed(ctx, input.UserName as string);
  const found = await Promise.all(user.groups.map((name) => groupNamed(ctx, name)));
  const { page, paging } = pageOf(found, input);
  return { Groups: page.map(shownGroup), ...paging };
}

async function membersOf(ctx: IamContext, groupName: string, reader?: Reader): Promise<User[]> {
  const members: User[] = [];
  for await (const user of ctx.room.store.all(users, ctx.account, reader))
    if (user.groups.includes(groupName)) members.push(user);
  return members;
}

/** Listings leave out tags and boundaries: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html */
function shownInList(user: User) {
  return shownUser({ ...user, tags: {}, boundary: undefined });
}

export function shownUser(user: User) {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: new Date(user.createdAt),
    ...boundaryShown(user),
    ...tagsShown(user),
  };
}

function shownGroup(group: Group) {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: group.arn,
    CreateDate: new Date(group.createdAt),
  };
}
