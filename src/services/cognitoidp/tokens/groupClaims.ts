/** What groups say in tokens. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-user-groups.html */
import type { JWTPayload } from 'jose';
import type { Group } from '../store.ts';

export interface GroupClaims {
  /** By precedence. */
  groups: readonly string[];
  roles: readonly string[];
  preferredRole?: string | undefined;
}

/** @param groups of the user, by precedence. */
export function groupClaimsOf(groups: readonly Group[]): GroupClaims {
  return {
    groups: groups.map(({ name }) => name),
    roles: groups.flatMap(({ roleArn }) => (roleArn === undefined ? [] : [roleArn])),
    preferredRole: preferredRole(groups),
  };
}

/** Of both tokens. */
export const groupNames = ({ groups }: GroupClaims): JWTPayload =>
  groups.length > 0 ? { 'cognito:groups': [...groups] } : {};

/** Of the id token. */
export const groupRoles = ({ roles, preferredRole: preferred }: GroupClaims): JWTPayload => ({
  ...(roles.length > 0 ? { 'cognito:roles': [...roles] } : {}),
  ...(preferred === undefined ? {} : { 'cognito:preferred_role': preferred }),
});

/** The role of the first group in order of precedence, unless another role shares that precedence. */
function preferredRole(groups: readonly Group[]): string | undefined {
  const withRole = groups.filter(({ roleArn }) => roleArn !== undefined);
  const best = Math.min(...withRole.map(({ precedence }) => precedence ?? Number.POSITIVE_INFINITY));
  if (best === Number.POSITIVE_INFINITY) return withRole.length === 1 ? withRole[0]?.roleArn : undefined;
  const roles = new Set(
    withRole.filter(({ precedence }) => precedence === best).map(({ roleArn }) => roleArn),
  );
  return roles.size === 1 ? [...roles][0] : undefined;
}
