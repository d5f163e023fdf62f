/**
 * Temporary credentials of users that may not ask IAM or STS, whatever their policies say.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html, “Permissions”
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html, “Permissions”
 */
import type { Principal } from '../platform/index.ts';

/** Answered by STS itself: it needs no permission, or says in its own words who may not. */
const openToAll = new Set(['GetCallerIdentity', 'GetSessionToken', 'GetFederationToken']);

/** @param service folder name. @returns whether AWS takes these credentials for no valid ones there. */
export function isShutOut(principal: Principal, service: string, operation: string): boolean {
  if (service !== 'iam' && service !== 'sts') return false;
  const isFederated = principal.type === 'federatedUser';
  const isOwn = (principal.type === 'user' || principal.type === 'root') && principal.session !== undefined;
  if (!isFederated && !isOwn) return false;
  if (service === 'iam') return isFederated || principal.session?.mfaAt === undefined;
  return !openToAll.has(operation) && (isFederated || operation !== 'AssumeRole');
}
