/** Users and groups under new names and paths: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html and API_UpdateGroup.html. */
import type { UpdateGroupRequest, UpdateUserRequest } from '@aws-sdk/client-iam';
import { withIds } from '../domain/trust.ts';
import { EntityAlreadyExists } from '../errors.ts';
import { arnOf, groupNamed, type IamContext, userNamed } from '../room.ts';
import { mfaDevices } from '../store/devices.ts';
import { claimName } from '../store/names.ts';
import { groups, type Role, roles, users } from '../store.ts';

export async function UpdateUser(ctx: IamContext, input: UpdateUserRequest) {
  const { room, account } = ctx;
  await room.store.transact(async (tx) => {
    const user = await userNamed(ctx, input.UserName as string, tx);
    const name = input.NewUserName ?? user.name;
    const path = input.NewPath ?? user.path;
    if (name !== user.name) {
      const isTaken = await users.exists(tx, account, name);
      if (isTaken || !(await claimName(tx, account, 'user', name, user.name))) {
        throw new EntityAlreadyExists(`User with name ${name} already exists.`);
      }
      for (const key of await room.store.keysOf(account, user.name, tx)) {
        room.store.deleteKey(tx, key);
        room.store.putKey(tx, { ...key, userName: name });
      }
      for (const serialNumber of user.mfaDevices ?? []) {
        const device = await mfaDevices.get(tx, account, serialNumber);
        if (!device?.owner) continue;
        mfaDevices.put(tx, [account, serialNumber], {
          ...device,
          owner: { ...device.owner, userName: name },
        });
      }
      users.delete(tx, account, user.name);
    }
    const arn = arnOf(account, 'user', path, name);
    users.put(tx, [account, name], { ...user, name, path, arn });
    if (arn === user.arn) return;
    // Roles trust the user, whatever it is called.
    const trusting: Role[] = [];
    for await (const role of room.store.all(roles, account, tx))
      if (role.trusted?.[user.arn] === user.id) trusting.push(role);
    for (const role of trusting) {
      const { [user.arn]: id = user.id, ...others } = role.trusted ?? {};
      const trustPolicy = withIds(role.trustPolicy, new Map([[user.arn, arn]]));
      roles.put(tx, [account, role.name], { ...role, trustPolicy, trusted: { ...others, [arn]: id } });
    }
  });
  return {};
}

export async function UpdateGroup(ctx: IamContext, input: UpdateGroupRequest) {
  const { room, account } = ctx;
  await room.store.transact(async (tx) => {
    const group = await groupNamed(ctx, input.GroupName as string, tx);
    const name = input.NewGroupName ?? group.name;
    const path = input.NewPath ?? group.path;
    if (name !== group.name) {
      const isTaken = await groups.exists(tx, account, name);
      if (isTaken || !(await claimName(tx, account, 'group', name, group.name))) {
        throw new EntityAlreadyExists(`Group with name ${name} already exists.`);
      }
      for await (const user of room.store.all(users, account, tx)) {
        if (!user.groups.includes(group.name)) continue;
        const memberships = user.groups.map((one) => (one === group.name ? name : one));
        users.put(tx, [account, user.name], { ...user, groups: memberships });
      }
      groups.delete(tx, account, group.name);
    }
    groups.put(tx, [account, name], { ...group, name, path, arn: arnOf(account, 'group', path, name) });
  });
  return {};
}
