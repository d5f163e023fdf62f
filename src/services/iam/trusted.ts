/** Who the principals of trust policies are: looked up when a policy is put, and again whenever it is read. */
import type { Reader } from '../../store/index.ts';
import { invalidPrincipal, type NamedPrincipal, principalsNamed, withIds } from './domain/trust.ts';
import { type Role, roles, users } from './store.ts';

/**
 * The users and roles that a trust policy names, by ARN, with their unique ids. Those of other accounts may be of accounts
 * that aren't in this cloud: they needn't be there.
 * @throws MalformedPolicyDocument
 */
export async function resolvePrincipals(
  reader: Reader,
  account: string,
  document: string,
): Promise<Record<string, string> | undefined> {
  const named = principalsNamed(document);
  if (named.length === 0) return undefined;
  const ids: Record<string, string> = {};
  for (const principal of named) {
    const id = await idOf(reader, principal);
    if (id !== undefined) ids[principal.arn] = id;
    else if (principal.account === account) throw invalidPrincipal('AWS', principal.arn);
  }
  return ids;
}

/** The trust policy as it holds now: with the ids of those who were deleted since. */
export async function trustPolicyOf(reader: Reader, role: Role): Promise<string> {
  if (!role.trusted) return role.trustPolicy;
  const gone = new Map<string, string>();
  for (const principal of principalsNamed(role.trustPolicy)) {
    const id = Object.hasOwn(role.trusted, principal.arn) ? role.trusted[principal.arn] : undefined;
    if (id !== undefined && (await idOf(reader, principal)) !== id) gone.set(principal.arn, id);
  }
  return withIds(role.trustPolicy, gone);
}

async function idOf(reader: Reader, { account, kind, name, arn }: NamedPrincipal) {
  const found = await (kind === 'user' ? users : roles).get(reader, account, name);
  return found?.arn === arn ? found.id : undefined;
}
