/** What a grant allows. https://docs.aws.amazon.com/kms/latest/developerguide/grants.html */
import type { Principal } from '../../../platform/index.ts';
import type { Grant, GrantConstraints } from '../store.ts';
import type { EncryptionContext } from './cipher.ts';

/** Whether a grant allows an operation, with the encryption context of the request. */
export function covers(
  { operations, constraints }: Grant,
  operation: string,
  context: EncryptionContext | undefined,
): boolean {
  if (!operations.includes(operation)) return false;
  const { EncryptionContextSubset: subset, EncryptionContextEquals: equals } = constraints ?? {};
  // Operations without an encryption context aren't constrained by one.
  if (context === undefined) return true;
  if (subset && !isWithin(subset, context)) return false;
  return !equals || (isWithin(equals, context) && isWithin(context, equals));
}

const isWithin = (one: EncryptionContext, other: EncryptionContext): boolean =>
  Object.entries(one).every(([key, value]) => Object.hasOwn(other, key) && other[key] === value);

/**
 * Who may grant only because of a grant gives no more than that grant has: its operations or fewer, under its constraints
 * or stricter ones. https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html#grant-creategrant
 */
export function isNarrower(
  { Operations, Constraints = {} }: { Operations: readonly string[]; Constraints?: GrantConstraints },
  { operations, constraints = {} }: Grant,
): boolean {
  if (!Operations.every((one) => operations.includes(one))) return false;
  const { EncryptionContextSubset: subset, EncryptionContextEquals: equals } = constraints;
  if (equals) {
    const own = Constraints.EncryptionContextEquals;
    return own !== undefined && isWithin(equals, own) && isWithin(own, equals);
  }
  if (!subset) return true;
  const own = Constraints.EncryptionContextEquals ?? Constraints.EncryptionContextSubset;
  return own !== undefined && isWithin(subset, own);
}

/** By which names a principal may have been granted something. */
export function namesOf(principal: Principal): string[] {
  if (principal.type === 'anonymous') return [];
  if (principal.type === 'service') return [principal.service];
  const account = `arn:aws:iam::${principal.account}:root`;
  if (principal.type === 'root') return [principal.arn];
  return principal.type === 'role' ? [principal.arn, principal.roleArn, account] : [principal.arn, account];
}
