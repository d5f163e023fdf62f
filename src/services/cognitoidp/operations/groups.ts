/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateGroup.html and its neighbours */

import type { Reader } from '../../../store/index.ts';
import { GroupExistsException, LimitExceededException, ResourceNotFoundException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Context, poolOf } from '../room.ts';
import { type Group, records } from '../store.ts';
import { userKey, userOf } from '../users.ts';
import { describe as describeUser } from './adminUsers.ts';
import { readPlace, writePlace } from './paging.ts';

interface GroupInput {
  UserPoolId: string;
  GroupName: string;
  Description?: string;
  RoleArn?: string;
  Precedence?: number;
}

interface Page {
  Limit?: number;
  NextToken?: string;
}

/** Members that are read at a time. */
const chunk = 1_000;

export async function CreateGroup(ctx: Context, input: GroupInput) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const group: Group = {
    poolId: pool.id,
    name: input.GroupName,
    ...changesOf(input),
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  };
  await ctx.room.store.transact(async (tx) => {
    if (await records.groups.exists(tx, pool.id, group.name)) {
      throw new GroupExistsException('A group with the name already exists.');
    }
    const known = await records.groups.range(tx, { under: [pool.id], limit: limits.groupsPerPoolMax });
    if (known.length >= limits.groupsPerPoolMax) {
      throw new LimitExceededException('The user pool has exceeded the limit of groups.');
    }
    records.groups.put(tx, [pool.id, group.name], group);
  });
  return { Group: describe(group) };
}

export async function GetGroup(ctx: Context, input: GroupInput) {
  const pool = await poolOf(ctx, input.UserPoolId);
  return { Group: describe(await groupOf(ctx.room.store, pool.id, input.GroupName)) };
}

export async function UpdateGroup(ctx: Context, input: GroupInput) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const changed = await ctx.room.store.transact(async (tx) => {
    const known = await groupOf(tx, pool.id, input.GroupName);
    const group: Group = { ...known, ...changesOf(input), modifiedAt: ctx.now };
    records.groups.put(tx, [pool.id, group.name], group);
    return group;
  });
  return { Group: describe(changed) };
}

export async function DeleteGroup(ctx: Context, input: GroupInput) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const { store } = ctx.room;
  await store.transact(async (tx) => {
    await groupOf(tx, pool.id, input.GroupName);
    // A group that gets the same name later has none of these members.
    const under = [pool.id, input.GroupName];
    for (let after = under; ; ) {
      const members = await records.members.range(tx, { under, gt: after, limit: chunk });
      for (const { key } of members) records.groupsOf.delete(tx, pool.id, key[2], input.GroupName);
      const last = members.at(-1);
      if (!last || members.length < chunk) break;
      after = [...last.key];
    }
    records.members.deleteUnder(tx, pool.id, input.GroupName);
    records.groups.delete(tx, pool.id, input.GroupName);
  });
  return {};
}

export async function ListGroups(ctx: Context, input: Page & { UserPoolId: string }) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const size = input.Limit || limits.pageMax;
  const last = readPlace(input.NextToken);
  const found = await records.groups.values(ctx.room.store, {
    under: [pool.id],
    ...(last ? { gt: [pool.id, last] } : {}),
    limit: size + 1,
  });
  return { Groups: found.slice(0, size).map(describe), ...next(found.length > size, found[size - 1]?.name) };
}

export async function AdminAddUserToGroup(ctx: Context, input: GroupInput & { Username: string }) {
  const pool = await poolOf(ctx, input.UserPoolId);
  await ctx.room.store.transact(async (tx) => {
    const { name } = await groupOf(tx, pool.id, input.GroupName);
    const key = userKey(pool, (await userOf(tx, pool, input.Username)).username);
    const known = await records.groupsOf.range(tx, { under: [pool.id, key], limit: limits.groupsPerUserMax });
    if (known.some((entry) => entry.key[2] === name)) return;
    if (known.length >= limits.groupsPerUserMax) {
      throw new LimitExceededException('The user has exceeded the limit of groups.');
    }
    records.members.put(tx, [pool.id, name, key], ctx.now);
    records.groupsOf.put(tx, [pool.id, key, name], ctx.now);
  });
  return {};
}

export async function AdminRemoveUserFromGroup(ctx: Context, input: GroupInput & { Username: string }) {
  const pool = await poolOf(ctx, input.UserPoolId);
  await ctx.room.store.transact(async (tx) => {
    const { name } = await groupOf(tx, pool.id, input.GroupName);
    const key = userKey(pool, (await userOf(tx, pool, input.Username)).username);
    records.members.delete(tx, pool.id, name, key);
    records.groupsOf.delete(tx, pool.id, key, name);
  });
  return {};
}

export async function AdminListGroupsForUser(
  ctx: Context,
  input: Page & { UserPoolId: string; Username: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const { store } = ctx.room;
  const key = userKey(pool, (await userOf(store, pool, input.Username)).username);
  const size = input.Limit || limits.pageMax;
  const last = readPlace(input.NextToken);
  const found = await records.groupsOf.range(store, {
    under: [pool.id, key],
    ...(last ? { gt: [pool.id, key, last] } : {}),
    limit: size + 1,
  });
  const shown = found.slice(0, size);
  const groups = await Promise.all(shown.map((entry) => records.groups.get(store, pool.id, entry.key[2])));
  return {
    Groups: groups.filter((group) => group !== undefined).map(describe),
    ...next(found.length > size, shown.at(-1)?.key[2]),
  };
}

export async function ListUsersInGroup(
  ctx: Context,
  input: Page & { UserPoolId: string; GroupName: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const { store } = ctx.room;
  await groupOf(store, pool.id, input.GroupName);
  const size = input.Limit || limits.pageMax;
  const last = readPlace(input.NextToken);
  const found = await records.members.range(store, {
    under: [pool.id, input.GroupName],
    ...(last ? { gt: [pool.id, input.GroupName, last] } : {}),
    limit: size + 1,
  });
  const shown = found.slice(0, size);
  const users = await Promise.all(shown.map((entry) => records.users.get(store, pool.id, entry.key[2])));
  return {
    Users: users.filter((user) => user !== undefined).map((user) => describeUser(user)),
    ...next(found.length > size, shown.at(-1)?.key[2]),
  };
}

const next = (more: boolean, place: string | undefined) => (more ? { NextToken: writePlace(place) } : {});

/** @throws ResourceNotFoundException */
async function groupOf(reader: Reader, poolId: string, name: string): Promise<Group> {
  const group = await records.groups.get(reader, poolId, name);
  if (!group) throw new ResourceNotFoundException('Group not found.');
  return group;
}

function changesOf({ Description, RoleArn, Precedence }: GroupInput) {
  return {
    ...(Description === undefined ? {} : { description: Description }),
    ...(RoleArn === undefined ? {} : { roleArn: RoleArn }),
    ...(Precedence === undefined ? {} : { precedence: Precedence }),
  };
}

function describe(group: Group) {
  return {
    GroupName: group.name,
    UserPoolId: group.poolId,
    ...(group.description === undefined ? {} : { Description: group.description }),
    ...(group.roleArn === undefined ? {} : { RoleArn: group.roleArn }),
    ...(group.precedence === undefined ? {} : { Precedence: group.precedence }),
    LastModifiedDate: new Date(group.modifiedAt),
    CreationDate: new Date(group.createdAt),
  };
}
