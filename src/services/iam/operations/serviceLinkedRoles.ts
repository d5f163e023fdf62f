/** Service-linked roles: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html and its neighbours. */
import type {
  CreateServiceLinkedRoleRequest,
  DeleteServiceLinkedRoleRequest,
  GetServiceLinkedRoleDeletionStatusRequest,
} from '@aws-sdk/client-iam';
import { awsManagedPolicy } from '../domain/managedPolicies.ts';
import { linkedService, serviceLinkedRole } from '../domain/serviceLinkedRoles.ts';
import { InvalidInput, NoSuchEntity } from '../errors.ts';
import { arnOf, type IamContext, type IamRoom, roleNamed, uniqueId } from '../room.ts';
import { claimName, releaseName } from '../store/names.ts';
import { type RoleDeletion, roleDeletions } from '../store/reports.ts';
import { type Role, roles } from '../store.ts';
import { shown, withoutDuration } from './roles.ts';

const sessionSeconds = 3_600;

export async function CreateServiceLinkedRole(ctx: IamContext, input: CreateServiceLinkedRoleRequest) {
  const { room, account, now } = ctx;
  const service = input.AWSServiceName as string;
  const known = serviceLinkedRole(service);
  if (!known) {
    throw new InvalidInput(`Service-linked roles are not supported for the service principal ${service}.`);
  }
  if (input.CustomSuffix !== undefined && !known.suffix) {
    throw new InvalidInput(`Custom suffix is not allowed for ${service}`);
  }
  const suffix = input.CustomSuffix === undefined ? '' : `_${input.CustomSuffix}`;
  const name = `AWSServiceRoleFor${known.name}${suffix}`;
  const path = `/aws-service-role/${service}/`;
  const policy = `arn:aws:iam::aws:policy/aws-service-role/${known.policy}`;
  const role: Role = {
    name,
    id: uniqueId(room, 'AROA'),
    path,
    arn: arnOf(account, 'role', path, name),
    createdAt: now,
    description: input.Description,
    trustPolicy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: [service] } }],
    }),
    maxSessionSeconds: sessionSeconds,
    inline: {},
    attached: awsManagedPolicy(policy) ? [policy] : [],
    boundary: undefined,
    tags: {},
  };
  await room.store.transact(async (tx) => {
    const isTaken = await roles.exists(tx, account, name);
    if (isTaken || !(await claimName(tx, account, 'role', name))) {
      throw new InvalidInput(
        `Service role name ${name} has been taken in this account, please try a different suffix.`,
      );
    }
    roles.put(tx, [account, name], role);
  });
  return { Role: withoutDuration(shown(role)) };
}

/** What was asked for and isn't done yet is answered again; the role goes in the background. */
export async function DeleteServiceLinkedRole(ctx: IamContext, input: DeleteServiceLinkedRoleRequest) {
  const { room, account } = ctx;
  const roleName = input.RoleName as string;
  return await room.store.transact(async (tx) => {
    const role = await roleNamed(ctx, roleName, tx);
    const service = linkedService(role.path);
    if (service === undefined) throw new NoSuchEntity(`The role with name ${roleName} cannot be found.`);
    for await (const { id, status, roleId } of room.store.all(roleDeletions, account, tx)) {
      if (status === 'IN_PROGRESS' && roleId === role.id) return { DeletionTaskId: id };
    }
    const id = `task/aws-service-role/${service}/${roleName}/${room.ids.uuid()}`;
    const deletion: RoleDeletion = { id, roleName, roleId: role.id, status: 'IN_PROGRESS' };
    roleDeletions.put(tx, [account, id], deletion);
    await room.roleDeletions.enqueue(tx, { account, id }, { id });
    return { DeletionTaskId: id };
  });
}

export async function GetServiceLinkedRoleDeletionStatus(
  ctx: IamContext,
  input: GetServiceLinkedRoleDeletionStatusRequest,
) {
  const id = input.DeletionTaskId as string;
  if (!id.startsWith('task/')) throw new InvalidInput(`The deletion task id ${id} is not valid.`);
  const deletion = await roleDeletions.get(ctx.room.store.reader, ctx.account, id);
  if (!deletion) throw new NoSuchEntity(`The deletion task with id ${id} cannot be found.`);
  return { Status: deletion.status };
}

/** The background's part; doing it twice does no harm. */
export async function deleteLinkedRole(room: IamRoom, account: string, id: string): Promise<void> {
  await room.store.transact(async (tx) => {
    const deletion = await roleDeletions.get(tx, account, id);
    if (deletion?.status !== 'IN_PROGRESS') return;
    const role = await roles.get(tx, account, deletion.roleName);
    // Somebody may have made a role of the same name meanwhile.
    if (role?.id === deletion.roleId) {
      roles.delete(tx, account, role.name);
      releaseName(tx, account, 'role', role.name);
      room.uses.forget(tx, role.arn);
    }
    roleDeletions.put(tx, [account, id], { ...deletion, status: 'SUCCEEDED' });
  });
}
