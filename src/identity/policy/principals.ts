/** Whether a resource policy's Principal element names who asks, and how closely. */
import { canonicalUserIdOf, type Principal } from '../../platform/index.ts';
import type { Principals } from './document.ts';

/**
 * Users and roles are named by their ARN, or by the id that is theirs only: trust policies keep that of those who were
 * deleted. `account`: only the account is named, which hands the decision to its identity policies. `role`: the role is
 * named, and boundaries and session policies still limit it. `direct`: the user, the session, the service or
 * everyone is named, and that is enough.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
 */
export type Naming = 'direct' | 'role' | 'account';

export function namingOf(principals: Principals, principal: Principal): Naming | undefined {
  const naming = named(principals, principal);
  if (!principals.isNegated) return naming;
  return naming === undefined ? 'direct' : undefined;
}

function named(principals: Principals, principal: Principal): Naming | undefined {
  if (principals.isEveryone) return 'direct';
  if (principal.type === 'service') {
    return principals.services.includes(principal.service) ? 'direct' : undefined;
  }
  if (principal.type === 'federated') {
    return principals.federated.includes(principal.arn) ? 'direct' : undefined;
  }
  if (principal.type === 'anonymous') return undefined;
  const ofAccount = principal.type === 'root' ? 'direct' : 'account';
  let closest: Naming | undefined =
    principals.canonicalUsers.length > 0 &&
    principals.canonicalUsers.includes(canonicalUserIdOf(principal.account))
      ? ofAccount
      : undefined;
  for (const value of principals.aws) {
    if (value === principal.arn && principal.type !== 'root') return 'direct';
    if (principal.type === 'user' && value === principal.userId) return 'direct';
    if (principal.type === 'role' && (value === principal.roleArn || value === principal.roleId))
      closest = 'role';
    if (principal.type === 'federatedUser') {
      const { arn, userId } = principal.user;
      if (value === arn || value === userId) closest = 'role';
    }
    const isAccount =
      value === principal.account ||
      (value.startsWith('arn:') && value.endsWith(`:iam::${principal.account}:root`));
    if (isAccount) closest ??= ofAccount;
  }
  return closest;
}
