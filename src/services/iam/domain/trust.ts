/**
 * Whom a trust policy names. IAM keeps the users and roles in it by their unique ids: who is deleted is shown by id from
 * then on, and whoever is made anew under the same name isn't trusted.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
 */
import { parseArn } from '../../../kernel/index.ts';
import { MalformedPolicyDocument } from '../errors.ts';

type Json = Record<string, unknown>;

/** An ARN of a user or role that a policy names. */
export interface NamedPrincipal {
  readonly arn: string;
  readonly account: string;
  readonly kind: 'user' | 'role';
  /** Without the path. */
  readonly name: string;
}

/**
 * @param document whose syntax was looked at before.
 * @throws MalformedPolicyDocument for a principal that is none.
 */
export function principalsNamed(document: string): NamedPrincipal[] {
  const named = new Map<string, NamedPrincipal>();
  for (const statement of statementsIn(JSON.parse(document))) {
    for (const block of [statement.Principal, statement.NotPrincipal]) {
      if (!isObject(block)) continue;
      for (const value of textsOf(block.AWS)) {
        const principal = readPrincipal(value);
        if (principal) named.set(value, principal);
      }
      for (const value of textsOf(block.Service)) {
        if (!/^[a-z0-9][a-z0-9.-]*\.[a-z]+$/i.test(value)) throw invalidPrincipal('SERVICE', value);
      }
    }
  }
  return [...named.values()];
}

/** @returns undefined for accounts, sessions, ids and everyone, who aren't looked up. */
function readPrincipal(value: string): NamedPrincipal | undefined {
  if (value === '*' || /^\d{12}$/.test(value) || /^A(ID|RO)A[A-Z0-9]{16,}$/.test(value)) return undefined;
  const { partition, service, region, account = '', resource = '' } = parseArn(value) ?? {};
  const isSound = partition === 'aws' && region === '' && /^\d{12}$/.test(account) && !/[*?\s]/.test(value);
  if (isSound && service === 'iam') {
    if (resource === 'root') return undefined;
    const [, kind, name] = /^(user|role)\/(?:.*\/)?([^/]+)$/.exec(resource) ?? [];
    if (name !== undefined) return { arn: value, account, kind: kind as 'user' | 'role', name };
  }
  if (isSound && service === 'sts' && /^(assumed-role\/[^/]+|federated-user)\/[^/]+$/.test(resource))
    return undefined;
  throw invalidPrincipal('AWS', value);
}

export function invalidPrincipal(kind: 'AWS' | 'SERVICE', value: string) {
  return new MalformedPolicyDocument(`Invalid principal in policy: "${kind}":"${value}"`);
}

/** The document with ids in the place of ARNs. @param ids by ARN; the document is as it was when there are none. */
export function withIds(document: string, ids: ReadonlyMap<string, string>): string {
  if (ids.size === 0) return document;
  const policy = JSON.parse(document) as Json;
  const replaced = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(replaced) : (ids.get(value as string) ?? value);
  const Statement = statementsIn(policy).map((statement) => {
    const copy = { ...statement };
    for (const name of ['Principal', 'NotPrincipal']) {
      const block = copy[name];
      if (isObject(block) && 'AWS' in block) copy[name] = { ...block, AWS: replaced(block.AWS) };
    }
    return copy;
  });
  return JSON.stringify({ ...policy, Statement });
}

function statementsIn(policy: unknown): Json[] {
  return isObject(policy) ? [policy.Statement].flat().filter(isObject) : [];
}

function textsOf(value: unknown): string[] {
  return [value].flat().filter((one) => typeof one === 'string');
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
