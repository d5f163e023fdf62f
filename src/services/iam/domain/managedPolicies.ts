/**
 * AWS's own managed policies: their published documents, in the versions that were the default when they were
 * taken over. https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
import { createHash } from 'node:crypto';
import type { ManagedPolicy } from '../store.ts';
import documents from './managedPolicies.json' with { type: 'json' };

interface Published {
  path: string;
  /** The default version, `v12`; earlier ones aren't kept. */
  version: string;
  created: string;
  updated: string;
  document: string;
}

const published: Readonly<Record<string, Published>> = documents;
const arnPrefix = 'arn:aws:iam::aws:policy';

/** @returns undefined for an ARN that isn't AWS's or isn't in the table. */
export function awsManagedPolicy(arn: string): ManagedPolicy | undefined {
  if (!arn.startsWith(arnPrefix)) return undefined;
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const policy = Object.hasOwn(published, name) ? published[name] : undefined;
  return policy && arn === `${arnPrefix}${policy.path}${name}` ? managed(name, policy) : undefined;
}

/** All of them, by name. */
export function awsManagedPolicies(): ManagedPolicy[] {
  return Object.entries(published).map(([name, policy]) => managed(name, policy));
}

function managed(name: string, { path, version, created, updated, document }: Published): ManagedPolicy {
  const updatedAt = Date.parse(updated);
  return {
    name,
    id: idOf(name),
    path,
    arn: `${arnPrefix}${path}${name}`,
    description: undefined,
    createdAt: Date.parse(created),
    updatedAt,
    defaultVersion: version,
    versions: [{ id: version, document, createdAt: updatedAt }],
    nextVersion: Number(version.slice(1)) + 1,
    tags: {},
  };
}

/** AWS's real ids aren't published: these are of the same form (ANPA and seventeen of base 32) and stable. */
function idOf(name: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const digest = createHash('sha256').update(name).digest().subarray(0, 17);
  return `ANPA${[...digest].map((byte) => alphabet[byte & 31]).join('')}`;
}
