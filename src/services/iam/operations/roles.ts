/** Roles: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html and its neighbours. */
import type {
  CreateRoleRequest,
  CreateRoleResponse,
  DeleteRolePermissionsBoundaryRequest,
  DeleteRoleRequest,
  GetRoleRequest,
  GetRoleResponse,
  ListRolesRequest,
  ListRolesResponse,
  PutRolePermissionsBoundaryRequest,
  RoleLastUsed,
  Role as ShownRole,
  UpdateAssumeRolePolicyRequest,
  UpdateRoleDescriptionRequest,
  UpdateRoleRequest,
} from '@aws-sdk/client-iam';
import type { Reader, Transaction } from '../../../store/index.ts';
import { checkDocument } from '../domain/document.ts';
import { newTags, tagsShown } from '../domain/tags.ts';
import { DeleteConflict, EntityAlreadyExists, LimitExceeded } from '../errors.ts';
import { trustPolicyCharactersMax } from '../limits.ts';
import {
  arnOf,
  attachablePolicy,
  boundaryShown,
  checkModifiable,
  encodeDocument,
  type IamContext,
  type IamRoom,
  listed,
  pageAfter,
  roleNamed,
  uniqueId,
} from '../room.ts';
import { claimName, releaseName } from '../store/names.ts';
import { profiles, type Role, roles } from '../store.ts';
import { resolvePrincipals, trustPolicyOf } from '../trusted.ts';

const sessionSecondsDefault = 3_600;

export async function CreateRole(ctx: IamContext, input: CreateRoleRequest): Promise<CreateRoleResponse> {
  const { room, account, now } = ctx;
  const name = input.RoleName as string;
  const path = input.Path ?? '/';
  checkTrustPolicy(ctx, input.AssumeRolePolicyDocument as string);
  const tags = newTags(input.Tags);
  if (input.PermissionsBoundary !== undefined) await boundaryOf(ctx, input.PermissionsBoundary);
  const role: Role = {
    name,
    id: uniqueId(room, 'AROA'),
    path,
    arn: arnOf(account, 'role', path, name),
    createdAt: now,
    description: input.Description,
    trustPolicy: input.AssumeRolePolicyDocument as string,
    maxSessionSeconds: input.MaxSessionDuration ?? sessionSecondsDefault,
    inline: {},
    attached: [],
    boundary: input.PermissionsBoundary,
    tags,
  };
  await room.store.transact(async (tx) => {
    const isTaken = await roles.exists(tx, account, name);
    if (isTaken || !(await claimName(tx, account, 'role', name)))
      throw new EntityAlreadyExists(`Role with name ${name} already exists.`);
    const trusted = await resolvePrincipals(tx, account, role.trustPolicy);
    roles.put(tx, [account, name], { ...role, trusted });
  });
  return { Role: input.MaxSessionDuration === undefined ? withoutDuration(shown(role)) : shown(role) };
}

export async function GetRole(ctx: IamContext, input: GetRoleRequest): Promise<GetRoleResponse> {
  const role = await roleNamed(ctx, input.RoleName as string);
  return {
    Role: { ...(await shownNow(ctx.room.store.reader, role)), RoleLastUsed: await lastUseOf(ctx.room, role) },
  };
}

export async function ListRoles(ctx: IamContext, input: ListRolesRequest): Promise<ListRolesResponse> {
  const all = await listed(ctx.room.store.all(roles, ctx.account), input.PathPrefix);
  const { page, paging } = pageAfter(all, input, ({ name }) => name);
  const { reader } = ctx.room.store;
  // Listings leave out tags and boundaries: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
  return {
    Roles: await Promise.all(
      page.map((role) => shownNow(reader, { ...role, tags: {}, boundary: undefined })),
    ),
    ...paging,
  };
}

export async function DeleteRole(ctx: IamContext, input: DeleteRoleRequest): Promise<object> {
  const { room, account } = ctx;
  const name = input.RoleName as string;
  await room.store.transact(async (tx) => {
    const role = await roleNamed(ctx, name, tx);
    checkModifiable(role);
    if (role.attached.length > 0)
      throw new DeleteConflict('Cannot delete entity, must detach all policies first.');
    if (Object.keys(role.inline).length > 0)
      throw new DeleteConflict('Cannot delete entity, must delete policies first.');
    for await (const profile of room.store.all(profiles, account, tx)) {
      if (profile.roleName === name)
        throw new DeleteConflict('Cannot delete entity, must remove roles from instance profile first.');
    }
    roles.delete(tx, account, name);
    releaseName(tx, account, 'role', name);
    room.uses.forget(tx, role.arn);
  });
  return {};
}

export async function UpdateRole(ctx: IamContext, input: UpdateRoleRequest): Promise<object> {
  await describe(ctx, input.RoleName as string, (role) => ({
    ...role,
    description: input.Description ?? role.description,
    maxSessionSeconds: input.MaxSessionDuration ?? role.maxSessionSeconds,
  }));
  return {};
}

export async function UpdateRoleDescription(ctx: IamContext, input: UpdateRoleDescriptionRequest) {
  const role = await describe(ctx, input.RoleName as string, (found) => ({
    ...found,
    description: input.Description,
  }));
  return { Role: await shownNow(ctx.room.store.reader, role) };
}

export async function UpdateAssumeRolePolicy(
  ctx: IamContext,
  input: UpdateAssumeRolePolicyRequest,
): Promise<object> {
  checkTrustPolicy(ctx, input.PolicyDocument as string);
  const trustPolicy = input.PolicyDocument as string;
  await changeOwn(ctx, input.RoleName as string, async (role, tx) => ({
    ...role,
    trustPolicy,
    trusted: await resolvePrincipals(tx, ctx.account, trustPolicy),
  }));
  return {};
}

export async function PutRolePermissionsBoundary(
  ctx: IamContext,
  input: PutRolePermissionsBoundaryRequest,
): Promise<object> {
  await boundaryOf(ctx, input.PermissionsBoundary as string);
  await changeOwn(ctx, input.RoleName as string, (role) => ({
    ...role,
    boundary: input.PermissionsBoundary,
  }));
  return {};
}

export async function DeleteRolePermissionsBoundary(
  ctx: IamContext,
  input: DeleteRolePermissionsBoundaryRequest,
): Promise<object> {
  await changeOwn(ctx, input.RoleName as string, (role) => ({ ...role, boundary: undefined }));
  return {};
}

/** For what nobody but the service may change of its own role. */
function changeOwn(ctx: IamContext, name: string, edit: Edit): Promise<Role> {
  return change(ctx, name, (role, tx) => {
    checkModifiable(role);
    return edit(role, tx);
  });
}

type Edit = (role: Role, tx: Transaction) => Role | Promise<Role>;

function change(ctx: IamContext, name: string, edit: Edit): Promise<Role> {
  return ctx.room.store.transact((tx) => edited(ctx, name, edit, tx));
}

/** For what changes nobody's rights. */
function describe(ctx: IamContext, name: string, edit: Edit): Promise<Role> {
  return ctx.room.store.transactAside((tx) => edited(ctx, name, edit, tx));
}

async function edited(ctx: IamContext, name: string, edit: Edit, tx: Transaction): Promise<Role> {
  const role = await edit(await roleNamed(ctx, name, tx), tx);
  roles.put(tx, [ctx.account, name], role);
  return role;
}

function checkTrustPolicy({ room }: IamContext, document: string): void {
  if (document.replace(/\s/g, '').length > trustPolicyCharactersMax) {
    throw new LimitExceeded(`Cannot exceed quota for ACLSizePerRole: ${trustPolicyCharactersMax}`);
  }
  checkDocument(document, 'trust', room.policies);
}

function boundaryOf(ctx: IamContext, arn: string) {
  return attachablePolicy(ctx, arn, ctx.room.store.reader, 'Scope ARN: ');
}

/** Who made the role anew has nothing to do with what its namesake did. */
export async function lastUseOf({ uses }: IamRoom, role: Role): Promise<RoleLastUsed> {
  const use = await uses.of(role.arn);
  return use && use.at >= role.createdAt ? { LastUsedDate: new Date(use.at), Region: use.region } : {};
}

/** With the trust policy as it holds now. */
export async function shownNow(reader: Reader, role: Role): Promise<ShownRole> {
  return shown({ ...role, trustPolicy: await trustPolicyOf(reader, role) });
}

/**
 * What is just made, and what an instance profile has, doesn't tell the duration that nobody asked for.
 * https://docs.aws.amazon.com/cli/latest/reference/iam/create-role.html#examples
 */
export function withoutDuration({ MaxSessionDuration: _, ...role }: ShownRole): ShownRole {
  return role;
}

export function shown(role: Role): ShownRole {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: new Date(role.createdAt),
    AssumeRolePolicyDocument: encodeDocument(role.trustPolicy),
    ...(role.description === undefined ? {} : { Description: role.description }),
    MaxSessionDuration: role.maxSessionSeconds,
    ...boundaryShown(role),
    ...tagsShown(role),
  };
}
