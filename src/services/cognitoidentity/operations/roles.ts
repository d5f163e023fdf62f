/** The roles of a pool. https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_SetIdentityPoolRoles.html */
import { checkRoleMappings, type RoleMapping } from '../domain/roles.ts';
import { type Context, poolOf } from '../room.ts';
import type { Pool } from '../store.ts';
import { changePool } from './identityPools.ts';

export interface SetIdentityPoolRolesInput {
  IdentityPoolId: string;
  Roles: Pool['roles'];
  RoleMappings?: Record<string, RoleMapping>;
}

export async function SetIdentityPoolRoles(ctx: Context, input: SetIdentityPoolRolesInput) {
  const roleMappings = input.RoleMappings ?? {};
  checkRoleMappings(roleMappings);
  await changePool(ctx, input.IdentityPoolId, (pool) => ({ ...pool, roles: input.Roles, roleMappings }));
  return {};
}

export async function GetIdentityPoolRoles(ctx: Context, { IdentityPoolId }: { IdentityPoolId: string }) {
  const { roles, roleMappings } = await poolOf(ctx, IdentityPoolId);
  return {
    IdentityPoolId,
    Roles: roles,
    ...(Object.keys(roleMappings).length > 0 ? { RoleMappings: roleMappings } : {}),
  };
}
